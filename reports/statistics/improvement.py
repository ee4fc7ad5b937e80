"""Probability of improvement: how often one trial of an arm beats one of its control."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import special

from study.status.intervals import CONFIDENCE

_EDGE = 1e-9


def probability_of_improvement(arm: npt.ArrayLike, control: npt.ArrayLike) -> tuple[float, float, float]:
    """Return how likely a trial of the arm beats one of the control on other seeds, with its 95 % interval.

    Every trial of the one side is compared with every one of the other; a tie counts half. The interval is Newcombe's:
    it keeps its width where all trials of one side win, of which a bootstrap of few seeds would make a certainty.

    Sources: Agarwal et al. (2021), "Deep reinforcement learning at the edge of the statistical precipice" (rliable);
    Newcombe (2006), "Confidence intervals for an effect size measure based on the Mann-Whitney statistic. Part 2",
    method 5.

    Args:
        arm: Scores, turned so that higher is better.
        control: Likewise.

    Returns:
        The probability, its lower and its upper bound; all missing where a side has no trial.
    """
    ours, theirs = np.asarray(arm, dtype=float), np.asarray(control, dtype=float)
    if not (ours.size and theirs.size):
        return math.nan, math.nan, math.nan
    gaps = ours[:, None] - theirs[None, :]
    found = float((gaps > 0).mean() + (gaps == 0).mean() / 2)
    z = float(special.ndtri((1 + CONFIDENCE) / 2))
    more = (ours.size + theirs.size) / 2 - 1

    def beyond(truth: float) -> float:
        deviation = (1 - truth) / (2 - truth) + truth / (1 + truth)
        variance = truth * (1 - truth) * (1 + more * deviation) / (ours.size * theirs.size)
        return (truth - found) ** 2 - z**2 * variance

    # At 0 and at 1 the deviation vanishes, so that they always solve the equation: the other solution is the bound.
    from scipy import optimize  # a fifth of a second, which a command that needs power alone does not wait for

    low = float(optimize.brentq(beyond, 0, min(found, 1 - _EDGE))) if found > 0 else 0.0
    high = float(optimize.brentq(beyond, max(found, _EDGE), 1)) if found < 1 else 1.0
    return found, low, high
