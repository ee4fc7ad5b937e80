"""Student-t intervals of means, for each group of a frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from study.status.intervals import ALPHA as ALPHA
from study.status.intervals import CONFIDENCE, half_width

if TYPE_CHECKING:
    import pandas as pd

LEVEL = f"{100 * CONFIDENCE:.0f} %"
"""The coverage in words."""


def intervals(frame: pd.DataFrame, *, by: Sequence[str], column: str) -> pd.DataFrame:
    """Return the mean of `column` with its Student-t interval for each group.

    Args:
        frame: Long: one row a value.
        by: Columns that name the group.
        column: The values; missing ones are left out.

    Returns:
        `by`, `n`, `mean`, `low`, `high`; the interval is missing where n < 2.
    """
    grouped = frame.groupby(list(by), sort=False, observed=True)[column]
    table = grouped.agg(n="count", mean="mean", deviation="std").reset_index()
    table["n"] = table["n"].astype(int)
    degrees = (table["n"] - 1).clip(lower=1)
    half = half_width(table["deviation"], table["n"].clip(lower=1), degrees)
    table["low"] = table["mean"] - half
    table["high"] = table["mean"] + half
    return table.drop(columns="deviation")


def student_half_width(deviation: float, n: int, degrees: int) -> float:
    """Return half the width of the Student-t interval of a mean of n values with this standard deviation."""
    if n < 1 or degrees < 1:
        return math.nan
    return float(half_width(deviation, n, degrees))
