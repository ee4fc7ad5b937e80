"""Numbers as text, the same in a terminal and on a page."""

from __future__ import annotations

import math

from study.task import Metric

_MOST_DIGITS = 8
"""After the point of a difference."""


def percent(fraction: float, digits: int = 2) -> str:
    """Return a fraction of 1 as a percentage: 0.9905 -> '99.05 %'."""
    return f"{100 * fraction:.{digits}f} %"


def difference_digits(metric: Metric, *differences: float | None) -> int:
    """Return the digits after the point of differences that stand together: two of percentage points.

    Args:
        metric: What they are differences of.
        differences: Scaled as they are shown; the largest has three digits that count. Missing ones are left out.
    """
    if metric.unit == "fraction":
        return 2
    largest = max((abs(found) for found in differences if found is not None and math.isfinite(found)), default=0.0)
    if largest < 10**-_MOST_DIGITS:
        return 2
    return min(max(2 - math.floor(math.log10(largest)), 0), _MOST_DIGITS)
