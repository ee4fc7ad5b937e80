"""What chance alone may explain: intervals of one model's accuracy, and whether a result beats guessing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, stdev
from typing import Any

from study.task import Metric

CONFIDENCE = 0.95
"""Coverage of every interval that the program prints."""
ALPHA = 1 - CONFIDENCE
"""What a p is compared with, but where several looks share it."""

ALPHA = round(1 - CONFIDENCE, 12)
"""What a p is compared with, of a single look at a single family of tests."""

ROUNDING = 1e-6
"""Accuracies come from single precision: what differs by less is equal. It is below one image of a million."""


def no_better_than_guessing(accuracies: Sequence[float], images: int, fraction: float) -> bool:
    """Tell whether replicates are not shown to beat who always answers the most frequent class.

    The rule: the lower end of the 95 % interval of their mean is not above `fraction`. The interval is Student's t over
    the seeds; with a single seed, or with seeds that are all equal and so say nothing of their spread, it is the
    Wilson interval of that accuracy on so many images.

    Args:
        accuracies: Test accuracy of each replicate, a fraction of 1; at least one.
        images: Images of the test split.
        fraction: Fraction of the test images that belong to the most frequent class.

    Raises:
        ValueError: There is no accuracy or no image, or an accuracy or `fraction` is not in 0..1.
    """
    if not accuracies or images < 1 or not all(0.0 <= value <= 1.0 for value in (*accuracies, fraction)):
        raise ValueError(
            f"needs accuracies and a fraction in 0..1 of at least one image, not {accuracies=}, {images=}, {fraction=}"
        )
    return _lower_end(accuracies, images) <= fraction + ROUNDING


def half_width(deviation: Any, n: Any, degrees: Any) -> Any:  # noqa: ANN401 - numbers or arrays of them
    """Return half the width of the 95 % Student-t interval of a mean.

    Args:
        deviation: Standard deviation of the values.
        n: Number of the values, 1 or more.
        degrees: Degrees of freedom of the deviation, 1 or more.

    Returns:
        A number; an array where any argument is one.
    """
    import numpy as np
    from scipy import special  # `scipy.stats`, whose `t.ppf` this is, takes two seconds to import

    return special.stdtrit(degrees, (1 + CONFIDENCE) / 2) * deviation / np.sqrt(n)


def t_interval(values: Sequence[float]) -> tuple[float, float] | tuple[None, None]:
    """Return the 95 % Student-t interval of the mean; None, None under two values."""
    if len(values) < 2:
        return None, None
    half = float(half_width(stdev(values), len(values), len(values) - 1))
    mean = fmean(values)
    return mean - half, mean + half


def score_interval(scores: Sequence[float], metric: Metric) -> tuple[float, float] | tuple[None, None]:
    """Return the 95 % interval of the mean of test scores; of a fraction cut to 0..1, beyond which no mean lies."""
    low, high = t_interval(scores)
    if low is None or high is None or metric.unit != "fraction":
        return low, high  # type: ignore[return-value]
    return max(low, 0.0), min(high, 1.0)


def wilson(fraction: float, images: int) -> tuple[float, float]:
    """Return the 95 % Wilson interval of one model that is right on `fraction` of so many test images.

    Source: Wilson (1927), equation for the score interval; as `scipy.stats.binomtest` computes it.
    """
    from scipy import special

    if images < 1 or math.isnan(fraction):
        return math.nan, math.nan
    right = round(fraction * images)
    share, z = right / images, float(special.ndtri((1 + CONFIDENCE) / 2))
    double = 2 * (images + z**2)
    middle = (2 * images * share + z**2) / double
    half = z / double * math.sqrt(4 * images * share * (1 - share) + z**2)
    return 0.0 if right == 0 else middle - half, 1.0 if right == images else middle + half


def _lower_end(accuracies: Sequence[float], images: int) -> float:
    low, _ = t_interval(accuracies)
    if low is None or max(accuracies) - min(accuracies) <= ROUNDING:
        return wilson(fmean(accuracies), images)[0]
    return low
