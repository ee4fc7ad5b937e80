"""How made trainings are scored: as a classification by its accuracy, from pictures."""

from __future__ import annotations

from study.task import TASKS, DataSpec, Metric, TaskName
from study.training.preprocessing import Preprocessing
from study.training.scoring import Scoring

ACCURACY: Metric = TASKS["classification"].primary
PIXELS = Preprocessing()


def spec_of(classes: int = 4, shape: tuple[int, ...] = (1, 28, 28), task: TaskName = "classification") -> DataSpec:
    """Returns the description of a classification, or of another task with so many outputs."""
    return DataSpec(task=task, shape=shape, class_names=tuple(str(label) for label in range(classes)))


def by_accuracy(classes: int = 4, shape: tuple[int, ...] = (1, 28, 28)) -> Scoring:
    """Returns a classification's scoring by accuracy alone."""
    return Scoring(spec_of(classes, shape), ACCURACY, (ACCURACY,))
