"""What chance alone may explain: intervals of one model's accuracy, and whether a result beats guessing."""

from __future__ import annotations

import math
from collections.abc import Sequence

CONFIDENCE = 0.95
"""Coverage of every interval that the program prints."""

_ROUNDING = 1e-6
"""Accuracies come from single precision: what differs by less is equal. It is below one image of a million."""


def no_better_than_guessing(accuracies: Sequence[float], images: int, share: float) -> bool:
    """Tells whether replicates are not shown to beat who always answers the most frequent class.

    The rule: the lower end of the 95 % interval of their mean is not above `share`. The interval is Student's t over
    the seeds; with a single seed, or with seeds that are all equal and so say nothing of their spread, it is the
    Wilson interval of that accuracy on so many images.

    Args:
        accuracies: Test accuracy of each replicate, a fraction of 1; at least one.
        images: Images of the test split.
        share: Fraction of the test images that belong to the most frequent class.

    Raises:
        ValueError: There is no accuracy or no image, or an accuracy or `share` is not in 0..1.
    """
    if not accuracies or images < 1 or not all(0.0 <= value <= 1.0 for value in (*accuracies, share)):
        raise ValueError(
            f"needs accuracies and a share in 0..1 of at least one image, not {accuracies=}, {images=}, {share=}"
        )
    return _lower_end(accuracies, images) <= share + _ROUNDING


def wilson(share: float, images: int) -> tuple[float, float]:
    """Returns the 95 % Wilson interval of one model that is right on `share` of so many test images.

    Source: Wilson (1927), equation for the score interval, by way of `scipy.stats.binomtest`.
    """
    from scipy import stats  # half a second that commands without an interval need not spend

    if images < 1 or math.isnan(share):
        return math.nan, math.nan
    interval = stats.binomtest(round(share * images), images).proportion_ci(CONFIDENCE, method="wilson")
    return float(interval.low), float(interval.high)


def _lower_end(accuracies: Sequence[float], images: int) -> float:
    import numpy as np
    from scipy import stats

    mean = math.fsum(accuracies) / len(accuracies)
    if max(accuracies) - min(accuracies) <= _ROUNDING:
        return wilson(mean, images)[0]
    return float(
        stats.t.interval(CONFIDENCE, len(accuracies) - 1, loc=mean, scale=stats.sem(np.asarray(accuracies)))[0]
    )
