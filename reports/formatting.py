"""Values as text. One place, so that a number looks the same wherever it stands, on a page or in a terminal.

An effect is `effect_with_interval`, a score `score_with_interval`, a ratio of times or sizes `ratio`, a p
`probability`, seeds that would be needed `seeds_needed`. What is missing is `MISSING`; a number without an interval
says why, by `ONE_SEED` or `SEEDS_ALIKE`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from study.status import numbers
from study.status.intervals import ALPHA
from study.task import COSTS, Metric, plain_number
from study.task import MISSING as MISSING

MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"

_FRACTION = Metric("fraction", "maximize", "fraction")
ONE_SEED = "no interval: one seed"
ONE_SEARCH = "no interval: one search"
SEEDS_ALIKE = "no interval: all seeds alike"
_MOST_DIGITS = 8
"""Of a p."""
_MOST_SEEDS = 1_000
"""Beyond this, it is said only that more are needed."""

Show = Callable[[Mapping[Any, Any]], str]


def is_missing(value: object) -> bool:
    """Return whether the value is None or not a number."""
    return value is None or (isinstance(value, float) and math.isnan(value)) or value is pd.NA


def percent(fraction: float | None, digits: int = 2) -> str:
    """Return a fraction of 1 as `99.05 %`."""
    return MISSING if fraction is None or is_missing(fraction) else numbers.percent(fraction, digits)


def score(value: float | None, metric: Metric, digits: int | None = None) -> str:
    """Return a score with its unit: `99.05 %` of a fraction, `0.1234` of a plain number."""
    return MISSING if value is None or is_missing(value) else _minus(metric.show(value, digits))


def number(value: float) -> str:
    """Return a plain number with four significant digits."""
    return MISSING if is_missing(value) else _minus(plain_number(value))


def _minus(text: str) -> str:
    return f"{MINUS}{text[1:]}" if text.startswith("-") else text


def score_interval(low: float, high: float, metric: Metric) -> str:
    """Return an interval of scores; that of a fraction cut to what it can be."""
    if metric.unit == "fraction":
        return percent_interval(low, high)
    if is_missing(low) or is_missing(high):
        return ONE_SEED
    if numbers.alike(low, high):
        return SEEDS_ALIKE
    digits = numbers.score_digits(metric, low, high)
    return f"{score(low, metric, digits)} to {score(high, metric, digits)}"


def percent_interval(low: float, high: float) -> str:
    """Return `98.90 to 99.20 %`, cut to what a fraction can be; no interval where the seeds do not differ."""
    if is_missing(low) or is_missing(high):
        return ONE_SEED
    if numbers.alike(low, high):
        return SEEDS_ALIKE
    first, last = 100 * max(low, 0.0), 100 * min(high, 1.0)
    digits = numbers.difference_digits(_FRACTION, first, last)
    return f"{first:.{digits}f} to {last:.{digits}f} %"


def signed(value: float, digits: int = 2) -> str:
    """Return a number with its sign, `+0.10`; what rounds to nothing has none."""
    if is_missing(value):
        return MISSING
    text = f"{abs(value):,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        return text
    return ("+" if value > 0 else MINUS) + text


def effect(value: float, metric: Metric, *beside: float) -> str:
    """Return a difference with its sign and without its unit.

    Args:
        value: Scaled as it is shown: percentage points of a fraction.
        metric: What it is a difference of.
        beside: Others that stand with it, such as the ends of its interval: all have the same digits.
    """
    return signed(value, numbers.difference_digits(metric, value, *beside))


def no_interval(n: float, searches: float | None = None) -> str:
    """Return why an effect over so many seeds has no interval, of what was re-tuned by so many searches if it was.

    One search tells nothing of what another would find, however many seeds its settings were trained on.
    """
    if searches is not None and searches == 1:
        return ONE_SEARCH
    return SEEDS_ALIKE if n > 1 else ONE_SEED


def effect_interval(value: float, low: float, high: float, metric: Metric, *, why: str = ONE_SEED) -> str:
    """Return `+0.10 to +0.32`, with the digits of the difference in it; all are scaled as they are shown.

    Where it is missing, it is said why, which `no_interval` tells; so is that every pair differs by the same.
    """
    if is_missing(low) or is_missing(high):
        return why
    if numbers.alike(low, high):
        return SEEDS_ALIKE
    return f"{effect(low, metric, value, high)} to {effect(high, metric, value, low)}"


def effect_with_interval(
    value: float, low: float, high: float, metric: Metric, *, with_unit: bool = False, why: str = ONE_SEED
) -> str:
    """Return `+0.21 (+0.10 to +0.32)`, or `+0.21 percentage points (+0.10 to +0.32)`.

    Args:
        value: Scaled as it is shown: percentage points of a fraction.
        low: Lower end of its interval; missing where there is one pair.
        high: Its upper end.
        metric: What it is a difference of.
        with_unit: Whether the unit follows the number.
        why: What stands for an interval that is missing, from `no_interval`.
    """
    if is_missing(value):
        return MISSING
    told = effect(value, metric, *(end for end in (low, high) if not is_missing(end)))
    return f"{told}{f' {unit(metric)}' if with_unit else ''} ({effect_interval(value, low, high, metric, why=why)})"


def score_with_interval(mean: float, low: float, high: float, metric: Metric) -> str:
    """Return `99.05 % (98.90 to 99.20 %)`; without an interval it is said why there is none.

    Args:
        mean: As scores are stored.
        low: Lower end of its interval; missing where there is one seed.
        high: Its upper end.
        metric: What it is a score of.
    """
    return MISSING if is_missing(mean) else f"{score(mean, metric)} ({score_interval(low, high, metric)})"


def unit(metric: Metric) -> str:
    """Return what follows a difference: `percentage points`, or `in log loss`."""
    return metric.differences_in if metric.unit == "fraction" else f"in {metric.label}"


def points(difference: float, metric: Metric, *beside: float) -> str:
    """Return a difference of scores as they are stored with its unit: `+0.10 percentage points`."""
    if is_missing(difference):
        return MISSING
    shown_beside = [metric.scale * other for other in beside]
    return f"{effect(metric.scale * difference, metric, *shown_beside)} {unit(metric)}"


def points_interval(difference: float, low: float, high: float, metric: Metric) -> str:
    """Return the interval of a difference of scores as they are stored, in percentage points of a fraction."""
    if is_missing(low) or is_missing(high):
        return ONE_SEED
    middle, first, last = (metric.scale * end for end in (difference, low, high))
    if numbers.alike(first, last):
        return SEEDS_ALIKE
    after = f" {unit(metric)}" if metric.unit == "fraction" else ""
    return effect_interval(middle, first, last, metric) + after


def probability(p: float) -> str:
    """Return a p with two significant digits, or as many as tell it from 0.05, with which it is compared."""
    if is_missing(p):
        return MISSING
    if p < 1e-4:
        return "under 0.0001"
    texts = (f"{p:.{digits}g}" for digits in range(2, _MOST_DIGITS))
    return next((text for text in texts if (float(text) > ALPHA) == (p > ALPHA)), f"{p:.2g}")


def ratio(found: float | None, low: float | None = None, high: float | None = None) -> str:
    """Return a ratio of times or sizes, with its interval where it has one: `1.44`, `1.44 (1.30 to 1.61)`."""
    if found is None or is_missing(found):
        return MISSING
    if low is None or high is None or is_missing(low) or is_missing(high) or numbers.alike(low, high):
        return f"{found:.2f}"
    return f"{found:.2f} ({low:.2f} to {high:.2f})"


def seeds_needed(number: float | None) -> str:
    """Return how many seeds would be needed; of more than a thousand only that it is more."""
    if number is None or is_missing(number):
        return MISSING
    return f"over {_MOST_SEEDS:,}" if number > _MOST_SEEDS else whole(number)


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


def minutes(duration: float) -> str:
    """Return a time in minutes, one unit for all so that columns compare."""
    return MISSING if is_missing(duration) else numbers.duration(duration / 60)


def seconds(value: float | None) -> str:
    """Return seconds without their unit: `12.3`, and of less than one two digits that count: `0.0027`."""
    return MISSING if value is None or is_missing(value) else numbers.duration(value)


def moment(time: str) -> str:
    """Return a time as the database holds it, in UTC, as `2026-11-24 05:18 UTC`."""
    return f"{time[:16].replace('T', ' ')} UTC"


def objectives(metrics: Sequence[Metric]) -> str:
    """Return what a search is after: `maximize validation accuracy, minimize parameters`."""
    return ", ".join(
        f"{metric.direction} {'' if metric.name in COSTS else 'validation '}{metric.label}" for metric in metrics
    )


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
