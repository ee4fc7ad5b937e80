"""From a table's columns to inputs: numbers as they are, categories one-hot; what cannot be one is refused or said.

Nothing is scaled or filled in here: that is fitted on what a trial learns from, in `study.training.preprocessing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from study.data.dataset import Feature
from study.data.tables.files import Table, listed
from study.errors import StudyError

if TYPE_CHECKING:
    import pandas as pd

MOST_LEVELS = 50
"""Of a category: each becomes an input."""
MISSING = "(missing)"
"""The level of a missing category, where that is asked for."""
SHOWN_CELLS = 5
"""How many cells a sentence lists at most."""
FEWEST_ROWS = 20
"""In a shorter table, different values in every row do not make an id."""


@dataclass(frozen=True, slots=True)
class Features:
    """What a table's inputs are: found in the rows that are learned from, and then the same for every other table."""

    inputs: tuple[Feature, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """A name for each: `age`, `city = Bern`."""
        return tuple(column if level is None else f"{column} = {level}" for column, level in self.inputs)

    @property
    def levels(self) -> dict[str, list[str] | None]:
        """The columns in order, each with its levels; None where it is a number."""
        found: dict[str, list[str] | None] = {}
        for column, level in self.inputs:
            if level is None:
                found[column] = None
            else:
                known = found.setdefault(column, [])
                if known is not None:
                    known.append(level)
        return found

    def encode(self, table: Table, columns: Sequence[str], *, impute: bool) -> Tensor:
        """Return the inputs of a table's rows, (n, features) float32; NaN is a missing number.

        Args:
            table: Its columns may stand in any order.
            columns: Those of the table that may be inputs.
            impute: Whether missing values are allowed.

        Raises:
            StudyError: A column is lacking, holds text for numbers, infinite or missing numbers, or an unknown level.
        """
        levels = self.levels
        lacking = [column for column in levels if column not in table.frame.columns]
        if lacking:
            raise StudyError(f"{table.source} lacks {listed(lacking)}, which what was learned from has; add it.")
        _refuse_missing(table, list(levels), impute=impute)
        parts = []
        for column, known in levels.items():
            series = table.frame[column]
            parts.append(
                _numbers(table, series)[:, None] if known is None else _one_hot(table, series, known, impute=impute)
            )
        return torch.from_numpy(np.concatenate(parts, axis=1))


def find_features(table: Table, columns: Sequence[str], *, impute: bool) -> tuple[Features, tuple[str, ...]]:
    """Find out what a table's inputs are.

    Args:
        table: What is learned from; of a single file, all of it.
        columns: Those that may be inputs.
        impute: Whether missing values are allowed; a missing category is a level of its own then.

    Returns:
        The inputs, and a sentence for each thing that was decided or looks wrong.

    Raises:
        StudyError: A column cannot be an input, values are missing, or nothing is left.
    """
    _refuse_missing(table, columns, impute=impute)
    inputs: list[Feature] = []
    constant, rows, ids, texts = [], [], [], []
    notes = []
    for column in columns:
        series = table.frame[column]
        present, number = series.dropna(), _is_number(table, series)
        different = int(present.nunique())
        if different < 2 and (number or not different or len(present) == len(series)):
            constant.append(column)
        elif number:
            if _counts_rows(series):
                rows.append(column)
                continue
            if _is_id(series):
                ids.append(column)
            notes += _blurred(column, present)
            inputs.append((column, None))
        elif len(series) >= FEWEST_ROWS and different == len(series):
            texts.append(column)
        else:
            levels = _levels(table, series)
            inputs += [(column, level) for level in levels]
            if MISSING in levels:
                notes.append(f"Where '{column}' is missing, that is a level of its own, {MISSING!r}.")
    notes = [*_told(constant, rows, ids, texts), *notes]
    if not inputs:
        raise StudyError(f"{table.source} has no column to learn from beside the target. {' '.join(notes)}".strip())
    categories = {column: 0 for column, level in inputs if level is not None}
    if categories:
        made = sum(level is not None for _, level in inputs)
        which = f"{listed(list(categories))} {'is a category' if len(categories) == 1 else 'are categories'}"
        notes.append(f"{which}, made {made} inputs of 0 and 1, one a level.")
    return Features(tuple(inputs)), tuple(notes)


def _told(constant: list[str], rows: list[str], ids: list[str], texts: list[str]) -> list[str]:
    said = []
    if constant:
        said.append(f"{listed(constant)} {_has(constant)} at most one value, and {_is(constant)} left out.")
    if rows:
        said.append(f"{listed(rows)} {'counts' if len(rows) == 1 else 'count'} the rows, and {_is(rows)} left out.")
    if texts:
        said.append(
            f"{listed(texts)} {_has(texts)} another text in every row, as an id or a date has, and {_is(texts)} left "
            f"out."
        )
    if ids:
        said.append(
            f"{listed(ids)} {_has(ids)} another whole number in every row, as an id has, and {_is(ids)} an input all "
            f"the same: remove from the table what is an id."
        )
    return said


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _has(names: Sequence[str]) -> str:
    return "has" if len(names) == 1 else "have"


def cells(mask: pd.DataFrame) -> str:
    """Return where a table's mask is set, for a sentence: row 3 of 'age', row 9 of 'fare' and 4 more."""
    rows, columns = np.nonzero(mask.to_numpy())
    shown = [
        f"row {mask.index[row]} of '{mask.columns[column]}'"
        for row, column in zip(rows[:SHOWN_CELLS].tolist(), columns[:SHOWN_CELLS].tolist(), strict=True)
    ]
    more = len(rows) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")


def _refuse_missing(table: Table, columns: Sequence[str], *, impute: bool) -> None:
    missing = table.frame[list(columns)].isna()
    count = int(missing.to_numpy().sum())
    if count and not impute:
        raise StudyError(
            f"{table.source} has {count:,} missing value{'' if count == 1 else 's'} (the heading not counted): "
            f"{cells(missing)}; fill {'it' if count == 1 else 'them'}, remove the row or the column, or let --impute "
            f"median stand in."
        )


def _is_number(table: Table, series: pd.Series) -> bool:
    """Return whether a column holds numbers; other columns are categories.

    Raises:
        StudyError: It holds something else than numbers, text and truth values, or text among numbers.
    """
    from pandas.api import types

    kind = series.dtype
    if types.is_bool_dtype(kind) or isinstance(kind, types.CategoricalDtype):
        return False
    if types.is_numeric_dtype(kind) and not types.is_complex_dtype(kind):
        return True
    if not (types.is_string_dtype(kind) or types.is_object_dtype(kind)):
        raise StudyError(
            f"'{series.name}' of {table.source} holds values of type {kind}, which is neither a number nor a "
            f"category; turn it into numbers or text."
        )
    present = series.dropna()
    odd = next((value for value in present if not isinstance(value, str | bool | int | float | np.generic)), None)
    if odd is not None:
        raise StudyError(
            f"'{series.name}' of {table.source} holds values of type {type(odd).__name__}, which is neither a number "
            f"nor a category; turn it into numbers or text."
        )
    _refuse_text_among_numbers(table, present)
    return False


def _refuse_text_among_numbers(table: Table, present: pd.Series) -> None:
    """Refuse a column most of whose values are numbers: the others are mistakes, or marks of what is missing."""
    import pandas as pd

    if present.map(lambda value: isinstance(value, bool | np.bool_)).any():
        return
    text = pd.to_numeric(present, errors="coerce").isna()
    if text.any() and 2 * int(text.sum()) < len(present):
        place, count = int(text.to_numpy().argmax()), int(text.sum())
        raise StudyError(
            f"'{present.name}' of {table.source} holds numbers, but {present.iloc[place]!r} in row "
            f"{present.index[place]} (the heading not counted), and text in {count:,} row{'' if count == 1 else 's'} "
            f"in all; correct it, or leave such cells empty and let --impute median stand in."
        )


def _counts_rows(series: pd.Series) -> bool:
    """Return whether a column is the number of the row, counted from 0 or 1."""
    numbers = np.arange(len(series))
    return len(series) >= FEWEST_ROWS and any(np.array_equal(series.to_numpy(), numbers + first) for first in (0, 1))


def _is_id(series: pd.Series) -> bool:
    from pandas.api import types

    return len(series) >= FEWEST_ROWS and types.is_integer_dtype(series.dtype) and series.nunique() == len(series)


def _blurred(column: str, present: pd.Series) -> list[str]:
    """Say that a column's numbers are told apart no more as the numbers that a network computes with."""
    before, after = present.nunique(), present.astype(np.float32).nunique()
    if after == before:
        return []
    return [
        f"'{column}' has {before:,} different numbers, of which {after:,} stay different in 32 bits; subtract what "
        f"they have in common."
    ]


def _levels(table: Table, series: pd.Series) -> list[str]:
    """Return a category's levels in ascending order, the missing one last.

    Raises:
        StudyError: There are too many.
    """
    levels = sorted(set(_text(series.dropna())))
    if len(levels) > MOST_LEVELS:
        raise StudyError(
            f"'{series.name}' of {table.source} is a category of {len(levels):,} levels ({levels[0]!r}, "
            f"{levels[1]!r}, ...), and at most {MOST_LEVELS} are made inputs; put rare ones together, or remove the "
            f"column."
        )
    return [*levels, MISSING] if series.isna().any() else levels


def _text(series: pd.Series) -> list[str]:
    return [str(value) for value in series]


def _numbers(table: Table, series: pd.Series) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    from pandas.api import types

    if not types.is_numeric_dtype(series.dtype):
        if series.isna().all():
            return np.full(len(series), np.nan, dtype=np.float32)
        _is_number(table, series)
        place = int(series.notna().to_numpy().argmax())
        raise StudyError(
            f"'{series.name}' of {table.source} has to hold numbers, as what was learned from does, found "
            f"{str(series.iloc[place])!r} in row {place + 1}; correct it."
        )
    with np.errstate(over="ignore"):
        values: np.ndarray[tuple[int], np.dtype[np.float32]] = series.astype(float).to_numpy().astype(np.float32)
    infinite = np.isinf(values)
    if infinite.any():
        place = int(infinite.argmax())
        raise StudyError(
            f"'{series.name}' of {table.source} has to hold finite numbers of at most 3.4e38, found "
            f"{float(series.iloc[place])} in row {series.index[place]}; correct it, or leave the cell empty."
        )
    return values


def _one_hot(
    table: Table, series: pd.Series, levels: list[str], *, impute: bool
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    values = np.array(_text(series.astype(object).where(series.notna(), MISSING)), dtype=object)
    found = np.stack([values == level for level in levels], axis=1)
    unknown = ~found.any(axis=1)
    if unknown.any():
        place = int(unknown.argmax())
        raise StudyError(
            f"'{series.name}' of {table.source} is {str(values[place])!r} in row {series.index[place]}, and what was "
            f"learned from knows {listed(levels)} alone; correct it, or add such rows to what is learned from."
        )
    return found.astype(np.float32)
