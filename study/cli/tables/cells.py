"""What every printed table is made of: the console, a table, and how values read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from study.status import numbers
from study.task import MISSING, Metric

LOG_WIDTH = 160
"""Columns of a table that does not go to a terminal."""


def console() -> Console:
    """Return a console for tables, wide enough wherever it goes."""
    found = Console(highlight=False, emoji=False)
    return found if found.is_terminal else Console(highlight=False, emoji=False, width=LOG_WIDTH)


def make_table(*columns: str, title: str | None = None) -> Table:
    """Return an empty table whose cells fold rather than lose text."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def percent(fraction: float | None) -> str:
    """Format an accuracy: 0.9905 -> '99.05 %'; nothing is a dash."""
    return MISSING if fraction is None else numbers.percent(fraction)


def changed_values(changes: Mapping[str, Any]) -> str:
    """Format what differs from the baseline: `learning_rate=0.00213 width=48`."""
    return " ".join(f"{name}={brief(value)}" for name, value in changes.items())


def seconds(amount: float | None) -> str:
    """Format seconds: 12.345 -> '12.3', 0.00271 -> '0.0027'; nothing is a dash."""
    return MISSING if amount is None else numbers.duration(amount)


def brief(value: object) -> str:
    """Format a hyperparameter's value as `--set` takes it; a real number with four digits."""
    if isinstance(value, list | tuple):
        parts = [f"({brief(entry)})" if isinstance(entry, list | tuple) else brief(entry) for entry in value]
        return ",".join(parts)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def count(number: int, noun: str) -> str:
    """Format a count: '1 epoch', '2,000 epochs'."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def interval(score: Mapping[str, Any], metric: Metric) -> str:
    """Return the mean of test scores, its interval, and of how many seeds: `99.05 % (98.90 to 99.20 %), 3 seeds`."""
    from reports import formatting as form  # loads pandas, without which `list` answers sooner

    if score["mean"] is None:
        return MISSING
    told = form.score_with_interval(score["mean"], score["low"], score["high"], metric)
    return f"{told}, {count(len(score['scores']), 'seed')}"
