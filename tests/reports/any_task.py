"""Small studies of every task and of metrics that go either way, in a test's laboratory: no training, no engine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from study.task import TASKS, Metric, TaskName
from study.task.predictions import prediction_type, target_type
from study.trial import Phase, TestResult, Trial, TrialState
from tests.reports.laboratory import METRICS, Laboratory

EXAMPLES = 40
NAMES: dict[str, list[str]] = {
    "regression": ["price", "rent"],
    "multilabel": ["cat", "dog", "bird"],
    "classification": ["low", "middle", "high"],
}
SHAPES: dict[str, list[int]] = {"regression": [5], "multilabel": [12, 4], "classification": [5]}


def planned(laboratory: Laboratory, study: str, task: TaskName, metric: str | Metric, **columns: object) -> str:
    """Plans a study of this task, with its task's metrics recorded beside the objective."""
    found = METRICS[metric] if isinstance(metric, str) else metric
    recorded = {entry.name: entry for entry in (found, *TASKS[task].metrics)}
    about = {"task": task, "input_shape": SHAPES[task], "class_names": NAMES[task], "test_examples": EXAMPLES}
    about |= {"dataset_hash": study, "metric_definitions": [entry.columns() for entry in recorded.values()]}
    return laboratory.plan(study, metric=found, **(about | columns))


def targets_of(task: TaskName) -> NDArray[np.generic]:
    """Returns made targets: classes by turns, labels of which the last never occurs, two numbers that rise."""
    place = np.arange(EXAMPLES)
    if task == "classification":
        return place % 3
    if task == "multilabel":
        return np.stack([place % 2, place % 4 == 0, np.zeros(EXAMPLES)], axis=1)
    return np.stack([10.0 * place, 5.0 - place], axis=1)


def scored(
    laboratory: Laboratory,
    study: str,
    task: TaskName,
    scores: Sequence[float],
    answers: Sequence[NDArray[np.generic]],
    *,
    role: str = "baseline",
    number: int = 0,
    metrics: Sequence[dict[str, float | None]] = (),
) -> None:
    """Gives a study complete replicates with these scores and answers, and the targets of its test split.

    `number` says whose configuration it is: that of the search trial with this number.
    """
    outputs = len(NAMES[task])
    machine = {"device": "cpu", "precision": "float32", "threads": 1}
    for replicate, (score, answer) in enumerate(zip(scores, answers, strict=True)):
        trial = Trial(
            study=study,
            phase=Phase.REPLICATE,
            variant=role,
            configuration=laboratory.configuration(number),
            seed=500 + replicate,
            epochs=3,
            replicate=replicate,
        )
        laboratory.database.begin_trial(trial, worker=0, environment=laboratory.environment, machine=machine)
        result = TestResult(
            loss=0.1,
            score=score,
            predictions=np.asarray(answer).astype(prediction_type(task, outputs)).tobytes(),
            confidences=np.full(EXAMPLES, 0.5, dtype="<f2").tobytes() if task == "classification" else None,
            seconds=0.1,
            metrics=metrics[replicate] if metrics else {},
        )
        laboratory.database.finish_trial(trial.id, TrialState.COMPLETE, result=result)
    targets = targets_of(task).astype(target_type(task, outputs))
    laboratory.database.save_test_split(study, targets.tobytes())
