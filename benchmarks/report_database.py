"""Makes a large trial database out of random numbers: our tables and Optuna's, filled by bulk inserts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import optuna
from sqlalchemy import Connection, MetaData, Table, insert

from search_spaces.cnn import SPACE
from study.database import TrialDatabase, schema
from study.task import TASKS
from study.trial import Phase, TrialState, fingerprint

STUDY = "cnn@mnist"
REPLICATES = 5
TEST_IMAGES = 10_000
CLASSES = 10
ACCURACY = TASKS["classification"].primary
_CHUNK = 20_000
_START = datetime(2026, 1, 1, tzinfo=UTC)
_SECONDS = 2.0
"""Of one made-up epoch."""

Row = dict[str, Any]


def make_database(path: Path, *, trials: int, epochs: int, seed: int = 0) -> str:
    """Make a finished study of so many search trials, each with all its epochs, and return its URL.

    Nine in ten trials are complete, the rest pruned at their last epoch, so that no trial has fewer rows than another.
    """
    storage = f"sqlite:///{path}"
    generator = np.random.default_rng(seed)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    optuna.create_study(study_name=STUDY, storage=storage, direction="maximize")
    database = TrialDatabase(storage)
    environment = database.save_environment(_environment())
    database.save_plan(_plan(trials, epochs))
    configurations = [_configuration(generator) if number else _baseline() for number in range(trials)]
    accuracies = _curves(configurations, epochs, generator)
    states = np.where(generator.random(trials) < 0.9, TrialState.COMPLETE.value, TrialState.PRUNED.value)
    states[0] = TrialState.COMPLETE.value
    best = int(np.argmax(np.where(states == TrialState.COMPLETE.value, accuracies[:, -1], 0.0)))
    searched = [
        _trial(
            number=number,
            configuration=configuration,
            state=str(states[number]),
            value=float(accuracies[number, -1]),
            epochs=epochs,
            environment=environment,
        )
        for number, configuration in enumerate(configurations)
    ]
    finals = [
        _final(variant, configurations[number], replicate, epochs, environment)
        for variant, number in (("baseline", 0), ("best", best))
        for replicate in range(REPLICATES)
    ]
    with database.engine.begin() as connection:
        _write(connection, schema.trial, searched + finals)
        _write(connection, schema.epoch, _epochs(searched, accuracies))
        _write(connection, schema.epoch, _epochs(finals, np.tile(accuracies[best], (len(finals), 1)), validated=False))
        _write_tests(connection, finals, generator)
        _write_optuna(connection, searched, accuracies)
    database.close()
    return storage


def _environment() -> Row:
    return {
        "python": "3",
        "packages": {},
        "platform": "made up",
        "processor": "made up",
        "cores": 2,
        "memory_bytes": 2**33,
        "accelerator": None,
        "code_version": "benchmark",
        "git_commit": None,
    }


def _plan(trials: int, epochs: int) -> Row:
    return {
        "study": STUDY,
        "space": SPACE.name,
        "space_source": SPACE.name,
        "space_hash": SPACE.hash,
        "definition": SPACE.describe(),
        "model": SPACE.model,
        "baseline": _baseline(),
        "fixed": {},
        "dataset": "mnist",
        "dataset_source": "mnist",
        "dataset_hash": "0" * 64,
        "data_root": "data",
        "task": "classification",
        "input_shape": [1, 28, 28],
        "class_names": [str(number) for number in range(CLASSES)],
        "train_examples": 50_000,
        "validation_examples": 10_000,
        "test_examples": TEST_IMAGES,
        "train_size": None,
        "final_examples": 60_000,
        "trials": trials,
        "epochs": epochs,
        "replicates": REPLICATES,
        "timeout_seconds": None,
        "objective": "accuracy",
        "direction": "maximize",
        "metric_definitions": [ACCURACY.columns()],
        "seed": 0,
        "sampler": "tpe",
        "pruner": "median",
        "device": "cpu",
        "precision": "float32",
        "workers": 2,
        "code_version": "benchmark",
        "commands": [f"python -m study run cnn --dataset mnist --trials {trials} --epochs {epochs}"],
    }


def _baseline() -> Row:
    return {name: domain.default for name, domain in SPACE.domains.items()}


def _configuration(generator: np.random.Generator) -> Row:
    values: Row = {}
    for name, domain in SPACE.describe()["domains"].items():  # type: ignore[attr-defined]
        if domain["kind"] == "Choice":
            values[name] = domain["choices"][generator.integers(len(domain["choices"]))]
        elif domain["kind"] == "Int":
            values[name] = int(generator.integers(domain["low"], domain["high"] + 1, endpoint=False))
            values[name] -= (values[name] - domain["low"]) % domain["step"]
        else:
            share = generator.random()
            low, high = domain["low"], domain["high"]
            values[name] = low * (high / low) ** share if domain["log"] else low + share * (high - low)
    return values


def _curves(configurations: list[Row], epochs: int, generator: np.random.Generator) -> npt.NDArray[np.float64]:
    """Return validation accuracies (trials, epochs): best near a learning rate of 0.002, better with width."""
    rates = np.log10([row["learning_rate"] for row in configurations])
    widths = np.array([row["width"] for row in configurations])
    error = 0.008 + 0.02 * (rates + 2.7) ** 2 + 0.004 * (48 - widths) / 32
    error = error * generator.lognormal(0.0, 0.1, len(error))  # (trials,)
    number = np.arange(1, epochs + 1)
    curves = error[:, None] * (1 + 4 * np.exp(-number / 4)) * generator.lognormal(0.0, 0.03, (len(error), epochs))
    return np.clip(1 - curves, 0.0, 1.0)  # (trials, epochs)


def _trial(*, number: int, configuration: Row, state: str, value: float, epochs: int, environment: str) -> Row:
    worker = number % 2
    start = _START + timedelta(seconds=_SECONDS * epochs * (number // 2))
    return _common(configuration, epochs, environment, start) | {
        "id": f"{number:016x}",
        "phase": Phase.SEARCH.value,
        "variant": "search" if number else "baseline",
        "replicate": None,
        "optuna_number": number,
        "seed": number,
        "state": state,
        "value": value if state == TrialState.COMPLETE.value else None,
        "parameters": 411_000 * configuration["width"] // 32,
        "worker": worker,
    }


def _final(variant: str, configuration: Row, replicate: int, epochs: int, environment: str) -> Row:
    identity = 2**40 + 2 * replicate + (variant == "best")
    return _common(configuration, epochs, environment, _START + timedelta(days=3, hours=replicate)) | {
        "id": f"{identity:016x}",
        "phase": Phase.REPLICATE.value,
        "variant": variant,
        "replicate": replicate,
        "optuna_number": None,
        "seed": 10**6 + replicate,
        "state": TrialState.COMPLETE.value,
        "value": None,
        "parameters": 411_000 * configuration["width"] // 32,
        "worker": 0,
    }


def _common(configuration: Row, epochs: int, environment: str, start: datetime) -> Row:
    return {
        "study": STUDY,
        "configuration": configuration,
        "changes": {},
        "configuration_hash": fingerprint(configuration),
        "epochs": epochs,
        "attempt": 1,
        "device": "cpu",
        "precision": "float32",
        "threads": 1,
        "environment": environment,
        "created_at": start.isoformat(timespec="microseconds"),
        "started_at": start.isoformat(timespec="microseconds"),
        "finished_at": (start + timedelta(seconds=_SECONDS * epochs)).isoformat(timespec="microseconds"),
    }


def _epochs(trials: list[Row], accuracies: npt.NDArray[np.float64], *, validated: bool = True) -> Iterable[Row]:
    for trial, curve in zip(trials, accuracies.tolist(), strict=True):
        for number, accuracy in enumerate(curve, start=1):
            yield {
                "trial": trial["id"],
                "epoch": number,
                "train_loss": 3 * (1 - accuracy),
                "train_score": accuracy,
                "validation_loss": 3 * (1 - accuracy) if validated else None,
                "validation_score": accuracy if validated else None,
                "metrics": {"accuracy": accuracy} if validated else {},
                "learning_rate": 0.001,
                "seconds": _SECONDS,
                "recorded_at": trial["finished_at"],
            }


def _write_tests(connection: Connection, finals: list[Row], generator: np.random.Generator) -> None:
    labels = generator.integers(CLASSES, size=TEST_IMAGES).astype(np.uint8)
    images = np.arange(100)
    _write(connection, schema.test_split, [{"dataset_hash": "0" * 64, "targets": labels.tobytes()}])
    shape = {"dataset_hash": "0" * 64, "height": 28, "width": 28, "channels": 1}
    pixels = generator.integers(256, size=(len(images), 28 * 28)).astype(np.uint8)
    _write(
        connection,
        schema.test_image,
        [{**shape, "image": int(image), "pixels": pixels[image].tobytes()} for image in images],
    )
    rows = []
    for trial in finals:
        wrong = generator.random(TEST_IMAGES) < 0.01
        predictions = np.where(wrong, (labels + 1) % CLASSES, labels).astype(np.uint8)
        confidences = (1 - 0.3 * generator.random(TEST_IMAGES)).astype("<f2")
        rows.append(
            {
                "trial": trial["id"],
                "loss": 0.03,
                "score": float((predictions == labels).mean()),
                "predictions": predictions.tobytes(),
                "confidences": confidences.tobytes(),
                "seconds": 1.0,
                "recorded_at": trial["finished_at"],
            }
        )
    _write(connection, schema.test_result, rows)


def _write_optuna(connection: Connection, trials: list[Row], accuracies: npt.NDArray[np.float64]) -> None:
    """Fill Optuna's tables with the same trials; its keys are the trials' numbers plus 1."""
    tables = MetaData()
    tables.reflect(connection)
    domains = {name: _distribution(domain) for name, domain in SPACE.describe()["domains"].items()}  # type: ignore[attr-defined]
    written: dict[str, list[Row]] = {"trials": [], "trial_values": [], "trial_params": []}
    for number, trial in enumerate(trials):
        key = number + 1
        begun, ended = (
            datetime.fromisoformat(trial[name]).replace(tzinfo=None) for name in ("started_at", "finished_at")
        )
        written["trials"].append(
            {
                "trial_id": key,
                "number": number,
                "study_id": 1,
                "state": trial["state"].upper(),
                "datetime_start": begun,
                "datetime_complete": ended,
            }
        )
        # Optuna gives a pruned trial its last report as its value.
        value = {"trial_id": key, "objective": 0, "value": float(accuracies[number, -1]), "value_type": "FINITE"}
        written["trial_values"].append(value)
        for name, (distribution, internal) in domains.items():
            value = internal(trial["configuration"][name])
            row = {"trial_id": key, "param_name": name, "param_value": value, "distribution_json": distribution}
            written["trial_params"].append(row)
    for name, rows in written.items():
        _write(connection, tables.tables[name], rows)
    reports = (
        {"trial_id": key, "step": step, "intermediate_value": value, "intermediate_value_type": "FINITE"}
        for key, curve in enumerate(accuracies.tolist(), start=1)
        for step, value in enumerate(curve, start=1)
    )
    _write(connection, tables.tables["trial_intermediate_values"], reports)


def _distribution(domain: Mapping[str, Any]) -> tuple[str, Any]:
    """Return a domain as Optuna stores it, and how Optuna stores a value of it."""
    if domain["kind"] == "Choice":
        choices = list(domain["choices"])
        text = json.dumps({"name": "CategoricalDistribution", "attributes": {"choices": choices}})
        return text, lambda value: float(choices.index(value))
    attributes = {"low": domain["low"], "high": domain["high"], "log": domain.get("log", False)}
    attributes["step"] = domain.get("step")
    return json.dumps({"name": f"{domain['kind']}Distribution", "attributes": attributes}), float


def _write(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            connection.execute(insert(table), chunk)
            chunk = []
    if chunk:
        connection.execute(insert(table), chunk)
