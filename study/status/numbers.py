"""Numbers as text, the same in a terminal and on a page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from study.task import Metric

_MOST_DIGITS = 8
"""After the point of a difference or a score."""
_MOST_OF_SECONDS = 6
"""After the point of a duration."""


def percent(fraction: float, digits: int = 2) -> str:
    """Return a fraction of 1 as a percentage: 0.9905 -> '99.05 %'."""
    return f"{100 * fraction:.{digits}f} %"


def duration(amount: float) -> str:
    """Return a time without its unit: one digit after the point, of less than 1 two that count (0.0027)."""
    if amount >= 1 or amount <= 0:
        return f"{amount:,.1f}"
    return f"{amount:.{min(1 - math.floor(math.log10(amount)), _MOST_OF_SECONDS)}f}"


def in_json(value: Any) -> Any:  # noqa: ANN401 - any value
    """Return a value as JSON can have it, spelled as CSV spells it: `nan`, `inf` and `-inf` as texts."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {key: in_json(entry) for key, entry in value.items()}
    return [in_json(entry) for entry in value] if isinstance(value, list | tuple) else value


def alike(low: float, high: float) -> bool:
    """Return whether the ends of an interval are one number, but for how a computer rounds."""
    return math.isclose(low, high, rel_tol=1e-9, abs_tol=1e-12)


def difference_digits(metric: Metric, *differences: float | None) -> int:
    """Return the digits after the point of differences that stand together.

    Args:
        metric: What they are differences of.
        differences: Scaled as they are shown. Missing ones are left out.

    Returns:
        Two of percentage points; else so many that the largest has three that count. More where the largest and the
        smallest would look the same, and are not.
    """
    known = [found for found in differences if found is not None and math.isfinite(found)]
    largest = max(map(abs, known), default=0.0)
    if metric.unit == "fraction" or largest < 10**-_MOST_DIGITS:
        digits = 2
    else:
        digits = min(max(2 - math.floor(math.log10(largest)), 0), _MOST_DIGITS)
    return _told_apart(digits, min(known), max(known)) if known else digits


def score_digits(metric: Metric, low: float, high: float) -> int | None:
    """Return the digits after the point with which the ends of an interval of plain scores differ.

    Returns:
        None where they differ as the metric shows them.
    """
    if metric.show(low) != metric.show(high):
        return None
    magnitude = math.floor(math.log10(abs(high))) if high else 0
    return _told_apart(min(max(3 - magnitude, 0), _MOST_DIGITS), low, high)


def _told_apart(digits: int, low: float, high: float) -> int:
    """Return the fewest digits, from so many on, with which two numbers look different; as given where they are one."""
    if alike(low, high):
        return digits
    different = (more for more in range(digits, _MOST_DIGITS) if f"{low:.{more}f}" != f"{high:.{more}f}")
    return next(different, max(digits, _MOST_DIGITS))
