"""A small trial database that tests fill through the database's own methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from reports.analysis.frames import Frames, load
from study.database import TrialDatabase
from study.task import TASKS, Metric
from study.trial import Epoch, Phase, TestResult, Trial, TrialState

BASELINE = {"optimizer": "adam", "learning_rate": 0.001, "momentum": 0.9, "bidirectional": False}
DOMAINS = {
    "optimizer": {"kind": "Choice", "default": "adam", "choices": ["adam", "sgd"], "when": {}},
    "learning_rate": {"kind": "Float", "default": 0.001, "low": 1e-4, "high": 1e-2, "log": True, "when": {}},
    "momentum": {"kind": "Float", "default": 0.9, "low": 0.5, "high": 0.98, "when": {"optimizer": ["sgd"]}},
}
NOTEBOOK = {
    "source": "the notebook",
    "dataset": "mnist",
    "train_losses": [0.2, 0.1, 0.05],
    "epochs": 3,
    "metric": "accuracy",
    "test_score": 0.9905,
}
TEST_IMAGES = 1000
METRICS = {metric.name: metric for task in TASKS.values() for metric in task.metrics}
ACCURACY = METRICS["accuracy"]
Outcome = tuple[str, float | None]
"""A search trial's state and its last validation score; None for a trial that ended without an epoch."""


class Laboratory:
    """A trial database that tests fill by saying what came out."""

    def __init__(self, folder: Path, storage: str | None = None) -> None:
        self.storage = storage or f"sqlite:///{folder / 'studies.db'}"
        self.database = TrialDatabase(self.storage)
        self.environment = self.database.save_environment(
            {
                "python": "3.11.9",
                "packages": {"torch": "2.12.0", "optuna": "5.0.0"},
                "platform": "Linux",
                "processor": "A processor",
                "cores": 2,
                "memory_bytes": 8 * 2**30,
                "accelerator": None,
                "code_version": "0.1.0",
                "git_commit": "0123456789abcdef",
            }
        )
        self.epochs: dict[str, int] = {}

    def plan(self, study: str = "cnn@mnist", *, metric: Metric = ACCURACY, **columns: object) -> str:
        space, dataset = study.rsplit("@", 1)
        published = columns.pop("published", NOTEBOOK)
        claims = "search_spaces.notebook.claims" if space in ("cnn", "lstm") else None
        row: dict[str, Any] = {
            "study": study,
            "search": 1 if "parent" in columns else None,
            "space": space,
            "space_source": space,
            "space_hash": "a" * 64,
            "definition": {
                "name": space,
                "domains": DOMAINS,
                "variants": [],
                "published": published,
                "claims": claims,
            },
            "model": space,
            "baseline": BASELINE,
            "fixed": {},
            "dataset": dataset,
            "dataset_source": dataset,
            "dataset_hash": "b" * 64,
            "data_root": "data",
            "task": "classification",
            "input_shape": [1, 28, 28],
            "class_names": [str(digit) for digit in range(10)],
            "train_examples": 4000,
            "validation_examples": 500,
            "test_examples": TEST_IMAGES,
            "train_size": None,
            "final_examples": 4500,
            "trials": 4,
            "epochs": 3,
            "replicates": 2,
            "timeout_seconds": None,
            "objective": metric.name,
            "direction": metric.direction,
            "metrics": None,
            "metric_definitions": [metric.columns()],
            "seed": 0,
            "sampler": "tpe",
            "pruner": "median",
            "device": "auto",
            "precision": "auto",
            "workers": 1,
            "code_version": "0.1.0",
            "commands": [f"python -m study run {space} --dataset {dataset}"],
        }
        self.database.save_plan(row | columns)
        self.epochs[study] = int(str(columns.get("epochs", row["epochs"])))
        return study

    def search(self, study: str, *outcomes: Outcome, first: int = 0) -> None:
        for number, (state, score) in enumerate(outcomes, start=first):
            trial = Trial(
                study=study,
                phase=Phase.SEARCH,
                variant="search" if number else "baseline",
                configuration=self.configuration(number),
                seed=number,
                epochs=self.epochs[study],
                number=number,
            )
            last = self.epochs[study] if state == "complete" else 1
            validation = [score - 0.02 * (last - epoch) for epoch in range(1, last + 1)] if score else []
            value = {"value": score} if state == "complete" else {}
            failure = {"failure_type": "ValueError", "failure_message": "no | <b>"} if state == "failed" else {}
            self._train(trial, [0.3 / epoch for epoch in range(1, last + 1)], validation)
            if state != "running":
                self.database.finish_trial(trial.id, TrialState(state), **value, **failure)

    def finals(
        self,
        study: str,
        variant: str,
        scores: Sequence[float],
        *,
        number: int = 0,
        state: str = "complete",
        loss: float = 0.2,
    ) -> None:
        """`number` says whose configuration it is: that of the search trial with this number."""
        for replicate, score in enumerate(scores):
            trial = Trial(
                study=study,
                phase=Phase.REPLICATE,
                variant=variant,
                configuration=self.configuration(number),
                seed=1000 + replicate,
                epochs=self.epochs[study],
                replicate=replicate,
            )
            self._train(trial, [(loss + 0.02 * replicate) / epoch for epoch in range(1, self.epochs[study] + 1)], [])
            result = TestResult(
                loss=0.1,
                score=score,
                predictions=bytes(TEST_IMAGES),
                confidences=bytes(2 * TEST_IMAGES),
                seconds=0.1,
            )
            if state != "running":
                self.database.finish_trial(trial.id, TrialState(state), result=result if state == "complete" else None)

    def frames(self, *studies: str) -> Frames:
        return load(self.storage, studies)

    @staticmethod
    def configuration(number: int) -> Mapping[str, Any]:
        return BASELINE | ({"learning_rate": 0.001 * (1 + number), "optimizer": "sgd"} if number else {})

    def _train(self, trial: Trial, losses: Sequence[float], validation: Sequence[float]) -> None:
        machine = {"device": "cpu", "precision": "float32", "threads": 2}
        self.database.begin_trial(trial, worker=0, environment=self.environment, machine=machine)
        if trial.phase is Phase.SEARCH:
            losses = losses[: len(validation)]
        for number, loss in enumerate(losses, start=1):
            epoch = Epoch(
                number=number,
                train_loss=loss,
                train_score=1 - loss / 4,
                validation_loss=None,
                validation_score=None,
                learning_rate=0.001,
                seconds=2.0,
                processor_seconds=2.0,
            )
            if validation:
                epoch = replace(epoch, validation_loss=loss, validation_score=validation[number - 1])
            self.database.record_epochs({trial.id: epoch})
