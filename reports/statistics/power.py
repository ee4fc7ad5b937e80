"""Which effect so many seeds find, and how many seeds find an effect."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import special

from reports.statistics.guarded import guarded
from reports.statistics.intervals import ALPHA

POWER = 0.8
MOST_SEEDS = 1000
"""Beyond this the answer is: the effect, if there is one, is too small to be worth the trials."""
_STUDIES = 1000
_DRAWN = 40
"""Up to so many seeds the rule itself is tried out; beyond, what a variance borrows changes nothing."""


@cache
def detectable(seeds: int, variants: int, level: float = ALPHA) -> float:
    """Return the smallest effect that so many seeds find with a chance of `POWER`, in standard deviations of a pair.

    It is what the rule finds (`reports.statistics.guarded`, with Holm's correction) in 1,000 drawn studies of normal
    noise and equal spreads, always the same ones, where one variant of the family has an effect. Where spreads differ,
    it takes a larger effect: `docs/statistics.md` has how much.

    Args:
        seeds: Pairs of trials, at least 2.
        variants: Size of the family of tests, at least 1.
        level: What the corrected p is compared with.
    """
    own = seeds - 1
    generator = np.random.default_rng(0)
    means = generator.standard_normal(_STUDIES) / math.sqrt(seeds)
    if seeds > _DRAWN:
        spreads, degrees = np.ones(_STUDIES), np.full(_STUDIES, float(own))
    else:
        # The family is that of an ablation: its variants, and its noise floor.
        drawn = generator.chisquare(own, (_STUDIES, variants + 1)) / own
        both = [guarded(variances, own) for variances in drawn]
        spreads, degrees = (np.array([pair[side][0] for pair in both]) for side in (0, 1))
    limits = -special.stdtrit(degrees, level / variants / 2)
    return float(np.quantile(limits * np.sqrt(spreads / seeds) - means, POWER))


def seeds_for_power(
    effect: npt.ArrayLike, deviation: npt.ArrayLike, variants: npt.ArrayLike, level: npt.ArrayLike = ALPHA
) -> npt.NDArray[np.float64]:
    """Return the fewest seeds with which effects are `detectable`.

    Args:
        effect: Mean differences that one wants to find. Those that were observed would advise by their own luck.
        deviation: Standard deviations of single differences.
        variants: Sizes of the families of tests that they belong to.
        level: What the corrected p are compared with.

    Returns:
        Whole numbers; infinite beyond `MOST_SEEDS`, missing where the effect or its deviation is.
    """
    given = (np.asarray(a, dtype=float) for a in (effect, deviation, variants, level))
    sizes, spreads, tests, levels = np.broadcast_arrays(*given)
    found = [
        _seeds(size, spread, int(family), own) if np.isfinite([size, spread]).all() else math.nan
        for size, spread, family, own in zip(sizes.flat, spreads.flat, tests.flat, levels.flat, strict=True)
    ]
    return np.array(found, dtype=float).reshape(sizes.shape)


def _seeds(effect: float, spread: float, variants: int, level: float) -> float:
    if effect == 0:
        return math.inf
    fewest, most = 2, MOST_SEEDS + 1
    while fewest < most:
        middle = (fewest + most) // 2
        enough = middle > MOST_SEEDS or detectable(middle, variants, float(level)) * spread <= abs(effect)
        fewest, most = (fewest, middle) if enough else (middle + 1, most)
    return math.inf if fewest > MOST_SEEDS else fewest
