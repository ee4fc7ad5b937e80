"""What a model said of every example of the test split, and what is true of it: as arrays, and as bytes to store.

Knows numpy alone, so that a report reads what a trial wrote.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from study.task import TaskName

_ONE_BYTE = 256
"""So many classes have numbers of one byte."""


def label_type(classes: int) -> np.dtype[Any]:
    """Return how the number of a class is stored, little-endian: one byte up to 256 classes, else two."""
    return np.dtype("u1" if classes <= _ONE_BYTE else "<u2")


def prediction_type(task: TaskName, outputs: int) -> np.dtype[Any]:
    """Return how predictions are stored, little-endian.

    Args:
        task: classification: the predicted class. multilabel: the probability of each label. regression: the value
            of each target.
        outputs: Classes, labels or targets.
    """
    return {
        "classification": label_type(outputs),
        "multilabel": np.dtype("<f2"),
        "regression": np.dtype("<f4"),
    }[task]


def target_type(task: TaskName, outputs: int) -> np.dtype[Any]:
    """Return how targets are stored, little-endian: a class's number, 0 or 1 for each label, a target's value."""
    return {"classification": label_type(outputs), "multilabel": np.dtype("u1"), "regression": np.dtype("<f4")}[task]


def predictions_of(stored: bytes, task: TaskName, outputs: int) -> NDArray[Any]:
    """Return stored predictions: (n,) of classification, else (n, outputs)."""
    return _shaped(np.frombuffer(stored, dtype=prediction_type(task, outputs)), task, outputs)


def targets_of(stored: bytes, task: TaskName, outputs: int) -> NDArray[Any]:
    """Return stored targets: (n,) of classification, else (n, outputs)."""
    return _shaped(np.frombuffer(stored, dtype=target_type(task, outputs)), task, outputs)


def _shaped(array: NDArray[Any], task: TaskName, outputs: int) -> NDArray[Any]:
    return array if task == "classification" else array.reshape(-1, outputs)
