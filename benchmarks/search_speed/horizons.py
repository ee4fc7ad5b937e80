"""How well an early score tells which configuration is best at the end, by what it is taken of."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.stats import spearmanr

from benchmarks.search_speed.grid import EPOCHS, LEVELS, RUNGS, SHAPE
from benchmarks.search_speed.table import Floats, Table

BEST = 0.3
"""The part of the configurations among which a search has to choose in the end."""


def correlations(table: Table) -> Iterator[tuple[str, int, float, float]]:
    """Yield what is scored, after which epoch, and its rank correlation with the last error: of all, of the best."""
    rows = table.recorded
    final = table.final
    best = final <= np.quantile(final, BEST)
    for name, scores, epochs in (
        ("weights as they are", table.error[0, rows], range(1, EPOCHS)),
        ("averaged weights", table.averaged[0, rows], RUNGS),
        ("after a short decay", table.decayed[0, rows], RUNGS),
    ):
        for place, epoch in enumerate(epochs):
            yield name, epoch, _correlation(scores[:, place], final), _correlation(scores[best, place], final[best])


def by_schedule(table: Table) -> dict[str, tuple[float, float, float]]:
    """Return the median error after the first, the second and the last epoch, by schedule."""
    levels = np.unravel_index(table.recorded, SHAPE)[list(LEVELS).index("schedule")]
    return {
        str(schedule): tuple(  # type: ignore[misc]
            float(np.median(table.error[0, table.recorded[levels == level], epoch - 1])) for epoch in (1, 2, EPOCHS)
        )
        for level, schedule in enumerate(LEVELS["schedule"])
    }


def between_seeds(table: Table) -> tuple[int, float, float]:
    """Return how many rows have two seeds, the median of their relative difference at the end, and the correlation."""
    both = table.error[:, ~np.isnan(table.error[1, :, -1]), -1]
    differences = np.abs(both[1] - both[0]) / both.mean(axis=0)
    return both.shape[1], float(np.median(differences)), _correlation(both[0], both[1])


def _correlation(one: Floats, other: Floats) -> float:
    return float(spearmanr(one, other).statistic)
