"""From arrays of targets to what is learned: classes, labels of 0 and 1, or numbers.

Classes are found as they always were, in `labels`; the other tasks' targets as those of a table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from study.data.arrays.labels import clean_labels, encode, find_classes
from study.data.tables.files import Table
from study.data.tables.targets import find_task
from study.errors import StudyError
from study.task import TaskName

Array = NDArray[Any]
Sources = Mapping[str, tuple[Array, str]]
"""An array of targets, (n,) or (n, targets), and what holds it for sentences; training first."""


def read_targets(sources: Sources, asked: TaskName | None) -> tuple[list[Tensor], tuple[str, ...], tuple[str, ...]]:
    """Find out what is learned, and encode it.

    Args:
        sources: By split.
        asked: The task, if that was said. Else one list of whole numbers or text holds classes, of fractions the
            numbers of a regression; several columns hold labels where all are 0 or 1, else numbers.

    Returns:
        The targets of each split as it holds them, a name for each output, and sentences on how they were found.

    Raises:
        StudyError: They are none of those, or none of the task that was asked.
    """
    first, source = next(iter(sources.values()))
    if asked == "classification" or (asked is None and _are_classes(first)):
        cleaned = {split: clean_labels(array, held) for split, (array, held) in sources.items()}
        classes, notes = find_classes(next(iter(cleaned.values())), source)
        encoded = [encode(labels, classes, sources[split][1]) for split, labels in cleaned.items()]
        return encoded, classes.names, notes
    tables = [_table(array, held) for array, held in sources.values()]
    learned, notes = find_task(tables[0], tuple(tables[0].frame.columns), asked)
    return [learned.encode(table) for table in tables], learned.class_names, notes


def _are_classes(targets: Array) -> bool:
    """Return whether targets, of which nobody said what they are, are classes."""
    if targets.ndim == 2 and 1 not in targets.shape:
        return False
    with np.errstate(invalid="ignore"):
        return targets.dtype.kind != "f" or bool((targets % 1 == 0).all())


def _table(targets: Array, source: str) -> Table:
    """Return targets as columns: `target`, or the numbers of several."""
    import pandas as pd

    if targets.ndim == 2 and 1 in targets.shape:
        targets = targets.reshape(-1)
    if targets.ndim not in (1, 2):
        raise StudyError(f"{source} has to hold a target for each input, found {_shape(targets.shape)}.")
    columns = targets[:, None] if targets.ndim == 1 else targets
    names = ["target"] if columns.shape[1] == 1 else [str(number) for number in range(columns.shape[1])]
    return Table(source, pd.DataFrame(columns, columns=names, index=pd.RangeIndex(1, len(columns) + 1)))


def _shape(shape: Sequence[int]) -> str:
    return " x ".join(map(str, shape)) or "one value"
