"""Small studies of every kind that a database may hold side by side, each filled by the name of its kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from study.trial import Phase, TestImage, TestResult, Trial, TrialState
from tests.reports.ablations import Arm, ablate, baseline
from tests.reports.laboratory import Laboratory

CLASSES = ("zero", "one", "two")
TRUTH = (0, 0, 1, 1, 2, 2)
MISTAKEN = (0, 1, 1, 2, 2, 0)


def predict(laboratory: Laboratory, study: str, truth: Sequence[int], *predicted: Sequence[int]) -> None:
    """Gives a study replicates of its baseline, one for each row of predicted classes, labels and pictures."""
    for replicate, classes in enumerate(predicted):
        configuration = laboratory.configuration(0)
        trial = Trial(study, Phase.REPLICATE, "baseline", configuration, 5 + replicate, 3, replicate=replicate)
        machine = {"device": "cpu", "precision": "float32", "threads": 1}
        laboratory.database.begin_trial(trial, worker=0, environment=laboratory.environment, machine=machine)
        right = float(np.mean(np.array(classes) == np.array(truth)))
        confidences = np.full(len(truth), 0.75, dtype="<f2").tobytes()
        result = TestResult(0.1, right, bytes(classes), confidences, 0.1)
        laboratory.database.finish_trial(trial.id, TrialState.COMPLETE, result=result)
    dataset_hash = study
    laboratory.database.save_test_split(dataset_hash, bytes(truth))
    images = [TestImage(number, 2, 3, 1, bytes([number % 256] * 6)) for number in range(len(truth))]
    laboratory.database.save_test_images(dataset_hash, images)


def planned(laboratory: Laboratory, study: str, **columns: object) -> str:
    given = {"class_names": list(CLASSES), "test_examples": len(TRUTH), "dataset_hash": study}
    return laboratory.plan(study, **(given | columns))


def _perfect(laboratory: Laboratory, study: str) -> None:
    planned(laboratory, study)
    laboratory.search(study, ("complete", 1.0))
    predict(laboratory, study, TRUTH, TRUTH)


def _mistaken(laboratory: Laboratory, study: str) -> None:
    planned(laboratory, study)
    laboratory.search(study, ("complete", 0.9), ("pruned", 0.5))
    predict(laboratory, study, TRUTH, MISTAKEN, TRUTH)


def _not_begun(laboratory: Laboratory, study: str) -> None:
    planned(laboratory, study)


def _nothing_finished(laboratory: Laboratory, study: str) -> None:
    planned(laboratory, study)
    laboratory.search(study, ("running", 0.9))
    laboratory.finals(study, "baseline", [0.5], state="running")


def _all_failed(laboratory: Laboratory, study: str) -> None:
    planned(laboratory, study)
    laboratory.search(study, ("failed", None), ("diverged", None))
    laboratory.finals(study, "baseline", [0.5], state="failed")


def _no_replicate(laboratory: Laboratory, study: str) -> None:
    planned(laboratory, study, replicates=0)
    laboratory.search(study, ("complete", 0.9), ("complete", 0.95), ("complete", 0.8), ("complete", 0.85))


def _ablation_only(laboratory: Laboratory, study: str) -> None:
    planned(laboratory, study, trials=0, replicates=0)
    ablate(laboratory, study, baseline(0.9, 0.91), Arm("dropout", [0.92, 0.93]))


def _ablation_begun(laboratory: Laboratory, study: str) -> None:
    planned(laboratory, study, trials=0, replicates=0)
    ablate(laboratory, study, baseline(0.9, "failed"), Arm("dropout", [None, None], parameters=None))


def _no_parameters(laboratory: Laboratory, study: str) -> None:
    planned(laboratory, study, train_size=100, timeout_seconds=60.0, patience=1)
    laboratory.search(study, ("complete", 0.9), ("interrupted", 0.7))
    predict(laboratory, study, TRUTH, [0] * len(TRUTH))


KINDS: dict[str, Callable[[Laboratory, str], None]] = {
    "perfect": _perfect,
    "mistaken": _mistaken,
    "not-begun": _not_begun,
    "nothing-finished": _nothing_finished,
    "all-failed": _all_failed,
    "no-replicate": _no_replicate,
    "ablation-only": _ablation_only,
    "ablation-begun": _ablation_begun,
    "guessing": _no_parameters,
}
