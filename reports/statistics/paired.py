"""Differences between trainings with the same seed: the sign-flip test, and best against baseline."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from reports.statistics.intervals import ALPHA, intervals

EXACT_PAIRS = 40
"""Up to this many pairs every assignment of signs is counted: two halves of 2**20 sums."""


def smallest_p(pairs: int) -> float:
    """Returns the smallest two-sided p that a sign-flip test on so many pairs can give: 2^(1 - n), at most 1."""
    return min(1.0, 2.0 ** (1 - pairs))


SEEDS_NEEDED = next(n for n in range(1, 64) if smallest_p(n) < ALPHA)
"""With fewer pairs no sign-flip test can reach a p under ALPHA."""


def sign_flip_p(differences: npt.ArrayLike) -> float:
    """Returns the two-sided p of the sign-flip test that paired differences are symmetric about 0.

    It is the share of all 2^n assignments of signs whose sum lies at least as far from 0 as the observed one: exact
    up to `EXACT_PAIRS`, the normal limit beyond. Missing without a difference.
    """
    sizes = np.abs(np.asarray(differences, dtype=float))
    if sizes.size == 0:
        return math.nan
    # Relative to the largest possible sum, so that rounding never parts two equal sums.
    observed = abs(float(np.sum(np.asarray(differences, dtype=float)))) - 1e-9 * float(sizes.sum())
    if observed <= 0:
        return 1.0
    if sizes.size > EXACT_PAIRS:
        return float(max(2 * stats.norm.sf(observed / math.sqrt(float(np.square(sizes).sum()))), 5e-324))
    middle = sizes.size // 2
    left, right = _signed_sums(sizes[:middle]), np.sort(_signed_sums(sizes[middle:]))
    # By symmetry the lower tail is as heavy as the upper: count left + right >= observed, twice.
    beyond = right.size - np.searchsorted(right, observed - left, side="left")
    return min(1.0, 2 * float(beyond.sum()) / (left.size * right.size))


def paired_differences(finals: pd.DataFrame) -> pd.DataFrame:
    """Compares the best configuration with the baseline, training by training with the same seed.

    Args:
        finals: One row a final training: `study`, `role` ("best" or "baseline"), `replicate`, `seed`, `accuracy`.

    Returns:
        A row for each study with a pair: `study`, `n`, `difference`, `low`, `high` (shares of 1), `p`, `smallest_p`,
        `verdict`.
    """
    keys = ["study", "replicate", "seed"]
    sides = [finals.loc[finals["role"] == role, [*keys, "accuracy"]] for role in ("best", "baseline")]
    pairs = sides[0].merge(sides[1], on=keys, suffixes=("_best", "_baseline")).dropna()
    pairs["difference"] = pairs["accuracy_best"] - pairs["accuracy_baseline"]
    table = intervals(pairs, by=["study"], column="difference").rename(columns={"mean": "difference"})
    grouped = {study: group.to_numpy() for study, group in pairs.groupby("study")["difference"]}
    table["p"] = [sign_flip_p(grouped[study]) for study in table["study"]]
    table["smallest_p"] = [smallest_p(n) for n in table["n"]]
    table["verdict"] = [
        verdict(n=n, low=low, high=high, p=p)
        for n, low, high, p in zip(table["n"], table["low"], table["high"], table["p"], strict=True)
    ]
    return table


def verdict(*, n: int, low: float, high: float, p: float) -> str:
    """Says in words what the pairs show; never an improvement on the interval or the p alone."""
    if n < SEEDS_NEEDED:
        return f"cannot tell with {n} seed{'' if n == 1 else 's'} (needs at least {SEEDS_NEEDED})"
    if p < ALPHA and low > 0:
        return "better than the baseline"
    if p < ALPHA and high < 0:
        return "worse than the baseline"
    return "no evidence of a difference"


def _signed_sums(sizes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    sums = np.zeros(1)
    for size in sizes:
        sums = np.concatenate([sums - size, sums + size])  # (2 ** k,)
    return sums
