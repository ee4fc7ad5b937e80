"""Example by example: which test examples one model gets right and the other wrong, and whether more than by chance."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import stats

Counts = npt.NDArray[np.int64]
Correct = npt.NDArray[np.bool_]


def gained_and_lost(arm: Correct, control: Correct) -> tuple[Counts, Counts]:
    """Return how many examples the arm's models gain and lose against the control's.

    Args:
        arm: (pairs, examples): whether the arm's model is right.
        control: (pairs, examples): whether the control's model is right.
    """
    return (arm & ~control).sum(axis=1), (control & ~arm).sum(axis=1)


def mcnemar_p(gained: npt.ArrayLike, lost: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the exact two-sided p that two models err equally often, for each pair of models.

    Source: McNemar (1947), exact (binomial) form.
    """
    fewer = np.minimum(gained, lost)
    p: npt.NDArray[np.float64] = np.asarray(2 * stats.binom.cdf(fewer, np.add(gained, lost), 0.5), dtype=float)
    return np.minimum(1.0, p)


def combined_mcnemar_p(gained: npt.ArrayLike, lost: npt.ArrayLike) -> float:
    """Return one p over the seeds; missing without a seed, the exact two-sided p with one.

    In each direction the k-th smallest of the K exact one-sided p, times K / k, where k seeds are the smallest
    majority: valid however the seeds depend on each other (they share the test examples). Then the smaller of the two
    directions, doubled. A majority in one direction matters: two trials of one configuration differ too, so
    two-sided p may all be small though the differences point either way.

    Source: Rüger (1978); compare the quantile aggregation of Meinshausen, Meier and Bühlmann (2009).
    """
    more, fewer = np.asarray(gained), np.asarray(lost)  # (seeds,)
    seeds = more.size
    if seeds == 0:
        return math.nan
    majority = seeds // 2 + 1
    sides = [stats.binom.sf(side - 1, more + fewer, 0.5) for side in (more, fewer)]
    return min(1.0, *(2 * seeds / majority * float(np.sort(side)[majority - 1]) for side in sides))
