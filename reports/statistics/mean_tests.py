"""Tests of mean differences for each group of a frame, their spreads guarded within families."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from reports.statistics.guarded import guarded, guarded_p, half_widths
from reports.statistics.sign_flip import sign_flip_p

if TYPE_CHECKING:
    import pandas as pd

_ROUNDING = 1e-9
"""Of the largest difference: seeds whose differences deviate by less are alike but for the arithmetic."""


def mean_tests(
    frame: pd.DataFrame, *, by: Sequence[str], family: Sequence[str], floors: pd.Series | None = None
) -> pd.DataFrame:
    """Return the mean of `difference` for each group, with the interval and the p of its guarded t test.

    Interval and p rest on the same spread, so they cannot disagree. Where no seed of the whole family differs from
    another there is no interval, and p is the exact sign flip's.

    Args:
        frame: Long: one row a difference; missing ones are left out.
        by: Columns that name a group.
        family: Those of `by` that name the groups whose spreads may raise each other.
        floors: By `by` (a tuple where there are several), what the variance cannot be below.

    Returns:
        `by`, `n`, `effect`, `deviation` (as observed), `floor` (the root of what the variance cannot be below),
        `spread` (the standard deviation that the rest stands on), `degrees`, `low`, `high`, `p`, `sign_flip_p`.
    """
    grouped = frame.groupby(list(by), sort=False, observed=True)["difference"]
    table = grouped.agg(n="count", effect="mean", variance="var").reset_index()
    table["n"] = table["n"].astype(int)
    largest = grouped.agg(lambda values: values.abs().max()).to_numpy(dtype=float)
    table["variance"] = table["variance"].where(~(table["variance"] <= (_ROUNDING * largest) ** 2), 0.0)
    lowest = np.zeros(len(table))
    if floors is not None and len(floors):
        keys = [names if len(by) > 1 else names[0] for names in table[list(by)].itertuples(index=False, name=None)]
        import pandas as pd

        lowest = floors.reindex(pd.Index(keys, tupleize_cols=False)).fillna(0.0).to_numpy(dtype=float)
    variance, degrees = np.full(len(table), np.nan), np.full(len(table), np.nan)
    for places in table.groupby(list(family), sort=False, observed=True).indices.values():
        members = table.iloc[places]
        own = (members["n"] - 1).clip(lower=0)
        variance[places], degrees[places] = guarded(members["variance"], own, lowest[places])
    half = half_widths(variance, table["n"], degrees)
    flipped = grouped.agg(lambda values: sign_flip_p(values.dropna().to_numpy())).to_numpy(dtype=float)
    p = guarded_p(table["effect"], variance, table["n"], degrees)
    return table.drop(columns="variance").assign(
        deviation=np.sqrt(table["variance"]),
        floor=np.sqrt(lowest),
        spread=np.sqrt(variance),
        degrees=degrees,
        low=table["effect"] - half,
        high=table["effect"] + half,
        p=np.where((variance == 0) & np.isnan(p), flipped, p),
        sign_flip_p=flipped,
    )
