"""How many seeds find an effect, and which effect so many seeds find."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

from reports.statistics.intervals import ALPHA

POWER = 0.8
MOST_SEEDS = 1000
"""Beyond this the answer is: the effect, if there is one, is too small to be worth the trials."""


def seeds_for_power(
    effect: npt.ArrayLike, deviation: npt.ArrayLike, variants: npt.ArrayLike
) -> npt.NDArray[np.float64]:
    """Return the fewest seeds that find these effects with a chance of `POWER`.

    The power is that of the two-sided paired t test at ALPHA / variants: Holm's first step, so an upper bound for
    the later ones.

    Args:
        effect: Mean differences that one wants to find. Those that were observed would advise by their own luck.
        deviation: Standard deviations of single differences.
        variants: Sizes of Holm's families that they belong to.

    Returns:
        Whole numbers; infinite beyond `MOST_SEEDS`, missing where the effect or its deviation is.
    """
    size, spread, tests = np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in (effect, deviation, variants)))
    known = np.isfinite(size) & np.isfinite(spread)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(size == 0, 0.0, np.abs(size) / spread)
    ratio = np.where(known, np.minimum(ratio, 100.0), 0.0)  # no spread at all: as good as a hundred deviations
    level = ALPHA / np.maximum(tests, 1)
    low, high = np.full(size.shape, 1), np.full(size.shape, MOST_SEEDS + 1)
    while np.any(high - low > 1):
        middle = np.maximum((low + high) // 2, 2)
        enough = _power(ratio, middle, level) >= POWER
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    found = np.where(high > MOST_SEEDS, np.inf, high).astype(float)
    return np.where(known, found, np.nan)


def detectable(seeds: int, variants: int) -> float:
    """Return the smallest effect that so many seeds find with a chance of `POWER`, in standard deviations of a pair.

    It is the inverse of `seeds_for_power`: by the two-sided t test at ALPHA / variants on the seeds' own degrees of
    freedom. Where all spreads are equal, what is borrowed (`reports.statistics.guarded`) finds smaller effects, with
    few seeds much smaller ones; where spreads differ threefold it hardly does.

    Args:
        seeds: Pairs of trials, at least 2.
        variants: Size of the family of tests.
    """
    level = np.asarray(ALPHA / max(variants, 1))

    def lacking(ratio: float) -> float:
        return float(_power(np.asarray(ratio), np.asarray(seeds), level)) - POWER

    return float(optimize.brentq(lacking, 1e-3, 1e3))


def _power(
    ratio: npt.NDArray[np.float64], seeds: npt.NDArray[np.int_], level: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    limit = stats.t.isf(level / 2, seeds - 1)
    power: npt.NDArray[np.float64] = stats.nct.sf(limit, seeds - 1, ratio * np.sqrt(seeds))
    # The distribution's tail is lost to rounding where the effect is many deviations large: certain to be found.
    return np.where(np.isnan(power), 1.0, power)
