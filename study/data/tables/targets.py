"""From columns of targets to a task and its targets: classes, labels of 0 and 1, or numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from study.data.tables.files import Table, listed
from study.data.tables.inputs import cells
from study.errors import StudyError
from study.task import TaskName

if TYPE_CHECKING:
    import pandas as pd

MOST_WHOLE = 20
"""So many different whole numbers, or fewer, are taken for classes where nothing is said."""
FEWEST_EACH = 3
"""Rows a class, on average, below which whole numbers are not taken for classes."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What is learned: found in the rows that are learned from, and then the same for every other table."""

    task: TaskName
    columns: tuple[str, ...]
    classes: tuple[str, ...] = ()
    """Of a classification, in the order of their numbers, as text."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """A name for each output."""
        return self.classes if self.task == "classification" else self.columns

    def encode(self, table: Table) -> Tensor:
        """Return the targets of a table's rows, as a split holds them.

        Raises:
            StudyError: A value is missing, or is none of those that there may be.
        """
        frame = target_columns(table, self.columns)
        if self.task == "classification":
            return _classes(table, frame[self.columns[0]], self.classes)
        if self.task == "multilabel":
            _refuse_other_labels(table, frame)
            return torch.from_numpy(frame.to_numpy().astype(np.uint8))
        _refuse_text(table, frame)
        with np.errstate(over="ignore"):
            values = frame.to_numpy().astype(np.float64).astype(np.float32)
        return torch.from_numpy(values)


def target_columns(table: Table, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return the columns of the targets.

    Raises:
        StudyError: One is lacking, or a value is missing: there is nothing to learn in such a row.
    """
    names = [table.column(name, "--target") for name in columns]
    frame = table.frame[names]
    missing = frame.isna()
    if missing.to_numpy().any():
        raise StudyError(
            f"{table.source} has to hold every target, found none in {cells(missing)} (the heading not counted); "
            f"remove such rows, in which nothing can be learned."
        )
    return frame.set_axis(list(columns), axis=1)


def find_task(table: Table, columns: tuple[str, ...], asked: TaskName | None) -> tuple[Learned, tuple[str, ...]]:
    """Find out what is learned.

    Args:
        table: What is learned from; of a single file, all of it.
        columns: The targets.
        asked: The task, if that was said.

    Returns:
        The task with its classes; and a sentence on how it was found, where it was not said.

    Raises:
        StudyError: The targets are not those of the task that was asked, or of none.
    """
    frame = target_columns(table, columns)
    found, why = _several(table, frame, asked) if len(columns) > 1 else _single(frame[columns[0]])
    task = asked or found
    if asked == "multilabel" and len(columns) == 1:
        raise StudyError(
            f"--task multilabel has at least 2 targets of 0 and 1, not {columns[0]!r} alone; name several by --target, "
            f"or take --task classification."
        )
    if asked == "classification" and len(columns) > 1:
        raise StudyError(
            f"--task classification has one target, whose values are the classes, not {listed(columns)}; name one by "
            f"--target, or take --task multilabel."
        )
    if asked == "classification":
        _refuse_fractions(table, frame[columns[0]])
    if task == "regression":
        _refuse_text(table, frame)
    if task == "multilabel":
        _refuse_other_labels(table, frame)
    learned = Learned(task, columns)
    if task == "classification":
        learned = replace(learned, classes=_class_names(frame[columns[0]]))
    notes = () if asked else (_said(learned, why),)
    return learned, notes


def _said(learned: Learned, why: str) -> str:
    targets = f"The target{'' if len(learned.columns) == 1 else 's'} {listed(learned.columns)}"
    match learned.task:
        case "classification":
            return f"{targets} {why}: classification into {len(learned.classes):,} classes."
        case "multilabel":
            return f"{targets} {why}: multilabel, each is there or not."
        case _:
            return f"{targets} {why}: regression."


def _single(series: pd.Series) -> tuple[TaskName, str]:
    """Return the task of one target, and why."""
    from pandas.api import types

    different = int(series.nunique())
    if types.is_bool_dtype(series.dtype):
        return "classification", "is true or false"
    if not types.is_numeric_dtype(series.dtype):
        return "classification", "holds text"
    if types.is_float_dtype(series.dtype):
        return "regression", "holds fractions"
    if different <= MOST_WHOLE and different * FEWEST_EACH <= len(series):
        return "classification", f"holds {different} different whole numbers (--task regression takes them as numbers)"
    return "regression", f"holds {different:,} different whole numbers (--task classification takes them as classes)"


def _several(table: Table, frame: pd.DataFrame, asked: TaskName | None) -> tuple[TaskName, str]:
    """Return the task of several targets, and why.

    Raises:
        StudyError: One holds text.
    """
    if asked is None:
        _refuse_text(table, frame)
    if all(_is_label(frame[name]) for name in frame.columns):
        return "multilabel", "hold 0 and 1 alone (--task regression takes them as numbers)"
    return "regression", "hold numbers"


def _is_label(series: pd.Series) -> bool:
    from pandas.api import types

    return types.is_numeric_dtype(series.dtype) and bool(series.isin((0, 1)).all())


def _refuse_text(table: Table, frame: pd.DataFrame) -> None:
    from pandas.api import types

    single = len(frame.columns) == 1
    labels = "" if single else " or labels of 0 and 1"
    remedy = "take --task classification, or name another column by --target" if single else "name others by --target"
    for name in frame.columns:
        series = frame[name]
        if not types.is_numeric_dtype(series.dtype) or types.is_complex_dtype(series.dtype):
            raise StudyError(
                f"The target '{name}' of {table.source} has to hold numbers{labels}, found {str(series.iloc[0])!r} in "
                f"row 1; {remedy}."
            )


def _refuse_fractions(table: Table, series: pd.Series) -> None:
    from pandas.api import types

    if not types.is_float_dtype(series.dtype):
        return
    fractional = ~(series % 1 == 0)
    if fractional.any():
        place = int(fractional.to_numpy().argmax())
        raise StudyError(
            f"--task classification has a target of classes: text or whole numbers, but '{series.name}' of "
            f"{table.source} is {float(series.iloc[place])} in row {place + 1}; take --task regression, or make it "
            f"classes first."
        )


def _refuse_other_labels(table: Table, frame: pd.DataFrame) -> None:
    for name in frame.columns:
        series = frame[name]
        wrong = ~series.isin((0, 1))
        if wrong.any():
            place = int(wrong.to_numpy().argmax())
            raise StudyError(
                f"--task multilabel has targets of 0 and 1, but '{name}' of {table.source} is "
                f"{str(series.iloc[place])!r} in row {place + 1}; take --task regression, or name other columns by "
                f"--target."
            )


def _class_names(series: pd.Series) -> tuple[str, ...]:
    """Return the classes in ascending order: of numbers, of text, or the one that a category has."""
    from pandas.api import types

    if isinstance(series.dtype, types.CategoricalDtype):
        present = set(series)
        return tuple(str(value) for value in series.dtype.categories if value in present)
    if types.is_float_dtype(series.dtype):
        series = series.astype(np.int64)
    if types.is_numeric_dtype(series.dtype):
        return tuple(str(value) for value in sorted(series.unique().tolist()))
    return tuple(sorted({str(value) for value in series}))


def _classes(table: Table, series: pd.Series, classes: tuple[str, ...]) -> Tensor:
    from pandas.api import types

    if types.is_float_dtype(series.dtype) and not (series % 1 != 0).any():
        series = series.astype(np.int64)
    number = {name: place for place, name in enumerate(classes)}
    found = [number.get(str(value), -1) for value in series]
    if -1 in found:
        place = found.index(-1)
        raise StudyError(
            f"The target '{series.name}' of {table.source} is {str(series.iloc[place])!r} in row {place + 1}, and what "
            f"was learned from knows {listed(classes)} alone; correct it, or add such rows to what is learned from."
        )
    return torch.tensor(found, dtype=torch.int64)
