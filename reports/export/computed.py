"""What a study's ablations found, as tables: what the report and `show --ablation` compute, with its types."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from reports.analysis import per_seed
from reports.analysis.designs import factorial, noise_floor, path
from reports.analysis.effects import effects
from reports.analysis.frames import Frames
from reports.export.columns import Column, Kind, Table, moment

COMPUTED: dict[str, Callable[[Frames], pd.DataFrame]] = {
    "effects": effects,
    "contrasts": factorial,
    "path": path,
    "noise_floor": noise_floor,
    "per_seed": per_seed.trials,
}
"""Table -> what computes it."""
_WHOLE = frozenset({"step", "parameters"})
"""Whole numbers that may be missing, which a frame has as floats."""
_NESTED = frozenset({"changes"})


def computed_tables(frames: Frames) -> Iterator[Table]:
    """Yield the tables of what the ablations of a study found."""
    for name, compute in COMPUTED.items():
        frame = compute(frames)
        yield Table(name, tuple(_column(str(column), frame[column]) for column in frame))


def _column(name: str, series: pd.Series) -> Column:
    kind = _kind(name, series)
    values = [None if _is_missing(value) else value for value in series.tolist()]
    if kind is Kind.INTEGER:
        values = [None if value is None else int(value) for value in values]
    elif kind is Kind.TIME:
        values = [None if value is None else moment(value) for value in values]
    return Column(name, kind, values)


def _kind(name: str, series: pd.Series) -> Kind:
    if name in _NESTED:
        return Kind.JSON
    if name in _WHOLE or pd.api.types.is_integer_dtype(series.dtype):
        return Kind.INTEGER
    if pd.api.types.is_bool_dtype(series.dtype):
        return Kind.BOOLEAN
    if name.endswith("_at"):
        return Kind.TIME
    return Kind.FLOAT if pd.api.types.is_float_dtype(series.dtype) else Kind.TEXT


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and value != value)
