"""The sign-flip test: could paired differences have come out as they did, had their signs been drawn by lot?"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import special

EXACT_PAIRS = 40
"""Up to this many pairs every assignment of signs is counted: two halves of 2**20 sums."""


def sign_flip_p(differences: npt.ArrayLike) -> float:
    """Return the two-sided p of the sign-flip test that paired differences are symmetric about 0.

    It is the fraction of all 2^n assignments of signs whose sum lies at least as far from 0 as the observed one: exact
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
        return float(max(2 * special.ndtr(-observed / math.sqrt(float(np.square(sizes).sum()))), 5e-324))
    middle = sizes.size // 2
    left, right = _signed_sums(sizes[:middle]), np.sort(_signed_sums(sizes[middle:]))
    # By symmetry the lower tail is as heavy as the upper: count left + right >= observed, twice.
    beyond = right.size - np.searchsorted(right, observed - left, side="left")
    return min(1.0, 2 * float(beyond.sum()) / (left.size * right.size))


def _signed_sums(sizes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    sums = np.zeros(1)
    for size in sizes:
        sums = np.concatenate([sums - size, sums + size])  # (2 ** k,)
    return sums
