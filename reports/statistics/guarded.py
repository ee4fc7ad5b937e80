"""Spread of few differences, guarded: a variance that is small by luck is raised towards those of its family.

Three seeds tell a variance so badly that some variant among many looks steady by chance, and a t test then claims an
effect. Moderated t tests (Smyth 2004, "limma") borrow from the other variants, but lower large variances as well, and
claim too much where variants really differ in spread. Here borrowing only ever raises a variance. `docs/statistics.md`
has the errors and the power that a simulation and real trials gave this rule and its rivals.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import special

from study.status.intervals import half_width

Values = npt.NDArray[np.float64]

MOST_BORROWED = 8.0
"""Degrees of freedom that a variance may borrow at most."""
BORROWED_FRACTION = 1 / 3
"""Of the degrees that the other variances of its family have: their prior is itself estimated from them."""
NEAR = 1.5
"""A variance up to so many times the family's counts the borrowed degrees as its own; a larger one stands alone."""
_SMALLEST = 1e-5
"""Of the family's median variance: what is below it, as of tied seeds, would send its logarithm astray."""


def guarded(variances: npt.ArrayLike, degrees: npt.ArrayLike, floors: npt.ArrayLike = 0.0) -> tuple[Values, Values]:
    """Return the variance and the degrees of freedom that a t test of each mean difference rests on.

    With the variance v on d degrees, the family's variance w on b borrowed degrees, it is the largest of v,
    (b w + d v) / (b + d), and the floor. Degrees are b + d where v is below `NEAR` times w, else d.

    Args:
        variances: Of single differences, one entry a member of the family, controls among them; missing where unknown.
        degrees: Degrees of freedom of each, 0 where the variance is unknown.
        floors: What a variance cannot be below, from elsewhere.

    Returns:
        Two arrays, as long as `variances`; missing where that is.
    """
    given, own = np.broadcast_arrays(np.asarray(variances, dtype=float), np.asarray(degrees, dtype=float))
    lowest = np.nan_to_num(np.broadcast_to(np.asarray(floors, dtype=float), given.shape))
    known = np.isfinite(given) & (own > 0)
    trusted, shared = _family(given[known], own[known])
    others = own[known].sum() - np.where(known, own, 0.0)
    borrowed = np.minimum(min(trusted, MOST_BORROWED), BORROWED_FRACTION * others)
    with np.errstate(invalid="ignore", divide="ignore"):
        pooled = (borrowed * shared + own * given) / (borrowed + own)
        raised = np.maximum(np.maximum(given, pooled), lowest)
        counted = own + np.where(given < NEAR * shared, borrowed, 0.0)
    return np.where(known, raised, np.nan), np.where(known, counted, np.nan)


def guarded_p(effects: npt.ArrayLike, variances: npt.ArrayLike, n: npt.ArrayLike, degrees: npt.ArrayLike) -> Values:
    """Return the two-sided p of a t test that each mean difference is 0; missing where nothing varies.

    Args:
        effects: Mean differences.
        variances: Of single differences, as `guarded` returns them.
        n: Differences.
        degrees: Degrees of freedom of the variances.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        statistics = np.abs(np.asarray(effects, dtype=float)) * np.sqrt(np.divide(n, variances))
        p = 2 * special.stdtr(degrees, -statistics)
    return np.where(np.asarray(variances, dtype=float) > 0, p, np.nan)


def half_widths(variances: npt.ArrayLike, n: npt.ArrayLike, degrees: npt.ArrayLike) -> Values:
    """Return half the width of the 95 % interval that goes with `guarded_p`: p is 0.05 where it just reaches 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        half = half_width(np.sqrt(np.asarray(variances, dtype=float)), np.asarray(n, dtype=float), degrees)
    return np.where(np.asarray(variances, dtype=float) > 0, half, np.nan)


def prior(variances: Values, degrees: Values) -> tuple[float, float]:
    """Return limma's prior of variances: how many degrees of freedom it is worth, and the variance that it expects.

    Its worth follows from the spread of the logarithms.

    Source: Smyth (2004), "Linear models and empirical Bayes methods for assessing differential
    expression", section 6.2.

    Args:
        variances: At least two, not all 0.
        degrees: Degrees of freedom of each.
    """
    middle = float(np.median(variances)) or float(variances.mean())
    positive = np.maximum(variances, _SMALLEST * middle)
    logs = np.log(positive) - special.digamma(degrees / 2) + np.log(degrees / 2)
    beyond_chance = float(logs.var(ddof=1) - special.polygamma(1, degrees / 2).mean())
    if beyond_chance <= 0:
        return math.inf, float(positive.mean())
    half = _inverse_trigamma(beyond_chance)
    return 2 * half, math.exp(float(logs.mean()) + float(special.digamma(half)) - math.log(half))


def _family(variances: Values, degrees: Values) -> tuple[float, float]:
    """Return how many degrees of freedom the family's variance is worth, and that variance.

    The variance is the larger of limma's prior and the median of the members', freed of the bias of few degrees.
    """
    if variances.size < 2 or not variances.any():
        return 0.0, 0.0
    worth, expected = prior(variances, degrees)
    return worth, max(expected, float(np.median(variances * degrees / special.chdtri(degrees, 0.5))))


def _inverse_trigamma(value: float) -> float:
    """Solve trigamma(x) = value by Newton's method, which from this start converges from one side (Smyth 2004)."""
    found = 0.5 + 1 / value
    for _ in range(50):
        reached = float(special.polygamma(1, found))
        step = reached * (1 - reached / value) / float(special.polygamma(2, found))
        found += step
        if -step < 1e-8 * found:
            break
    return found
