"""Values as text. One place, so that a number looks the same wherever it stands."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from study.status import numbers

MISSING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"

Show = Callable[[Mapping[Any, Any]], str]


def is_missing(value: object) -> bool:
    """Return whether the value is None or not a number."""
    return value is None or (isinstance(value, float) and math.isnan(value)) or value is pd.NA


def percent(fraction: float | None, digits: int = 2) -> str:
    """Return a fraction of 1 as `99.05 %`."""
    return MISSING if fraction is None or is_missing(fraction) else numbers.percent(fraction, digits)


def percent_interval(low: float, high: float) -> str:
    """Return `98.90 to 99.20 %`, cut to what a fraction can be; no interval where the seeds do not differ."""
    if is_missing(low) or is_missing(high):
        return "needs 2 seeds"
    if low == high:
        return "no interval: all seeds alike"
    return f"{100 * max(low, 0.0):.2f} to {100 * min(high, 1.0):.2f} %"


def signed(value: float, digits: int = 2) -> str:
    """Return a number with its sign, `+0.10`; what rounds to nothing has none."""
    if is_missing(value):
        return MISSING
    text = f"{abs(value):.{digits}f}"
    if float(text) == 0:
        return text
    return ("+" if value > 0 else MINUS) + text


def points(difference: float) -> str:
    """Return a difference of fractions in percentage points."""
    return MISSING if is_missing(difference) else f"{signed(100 * difference)} percentage points"


def points_interval(low: float, high: float) -> str:
    """Return an interval of differences of fractions in percentage points."""
    if is_missing(low) or is_missing(high):
        return "needs 2 seeds"
    return f"{signed(100 * low)} to {signed(100 * high)} percentage points"


def probability(p: float) -> str:
    """Return a p with two significant digits."""
    if is_missing(p):
        return MISSING
    return f"{p:.2g}" if p >= 1e-4 else "under 0.0001"


def whole(value: float | None) -> str:
    """Return a count with its thousands parted: `421,642`."""
    return MISSING if value is None or is_missing(value) else f"{round(value):,}"


def decimal(value: float, digits: int) -> str:
    """Return a number with so many digits after the point."""
    return MISSING if is_missing(value) else f"{value:.{digits}f}"


def value(found: object) -> str:
    """Return a hyperparameter's value."""
    if is_missing(found):
        return MISSING
    if isinstance(found, bool):
        return "yes" if found else "no"
    return f"{found:.4g}" if isinstance(found, float) else str(found)


def minutes(seconds: float) -> str:
    """Return a time in minutes, one unit for all so that columns compare."""
    return MISSING if is_missing(seconds) else f"{seconds / 60:,.1f}"


def moment(time: str) -> str:
    """Return a time as the database holds it, in UTC, as `2026-11-24 05:18 UTC`."""
    return f"{time[:16].replace('T', ' ')} UTC"


def objectives(plan: Mapping[Any, Any]) -> str:
    """Return what a plan's search is after: `maximize validation accuracy, minimize parameters`."""
    pairs = zip(plan["direction"].split(","), plan["objective"].split(","), strict=True)
    return ", ".join(f"{way.strip()} {name.strip().replace('_', ' ')}" for way, name in pairs)


def count(number: int, noun: str) -> str:
    """Return `1 trial`, `2 trials`, `1 study`, `2 studies`."""
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number:,} {noun if number == 1 else plural}"


def shown(column: str, form: Callable[[Any], str] = str) -> Show:
    """Return how to show one column of a row."""

    def show(row: Mapping[Any, Any]) -> str:
        value = row[column]
        return MISSING if is_missing(value) else form(value)

    return show
