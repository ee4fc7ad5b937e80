"""Intervals of means and of shares."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from study.intervals import CONFIDENCE

ALPHA = 1 - CONFIDENCE
LEVEL = f"{100 * CONFIDENCE:.0f} %"
"""The coverage in words."""


def intervals(frame: pd.DataFrame, *, by: Sequence[str], column: str) -> pd.DataFrame:
    """Returns the mean of `column` with its Student-t interval for each group.

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
    half = stats.t.ppf(1 - ALPHA / 2, degrees) * table["deviation"] / np.sqrt(table["n"].clip(lower=1))
    table["low"] = table["mean"] - half
    table["high"] = table["mean"] + half
    return table.drop(columns="deviation")


def student_half_width(deviation: float, n: int, degrees: int) -> float:
    """Returns half the width of the Student-t interval of a mean of n values with this standard deviation."""
    if n < 1 or degrees < 1:
        return math.nan
    return float(stats.t.ppf(1 - ALPHA / 2, degrees)) * deviation / math.sqrt(n)
