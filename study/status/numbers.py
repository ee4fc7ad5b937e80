"""Numbers as text, the same in a terminal and on a page."""

from __future__ import annotations


def percent(fraction: float, digits: int = 2) -> str:
    """Return a fraction of 1 as a percentage: 0.9905 -> '99.05 %'."""
    return f"{100 * fraction:.{digits}f} %"
