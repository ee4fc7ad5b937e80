"""Axes on which a hyperparameter's values stand: its domain from end to end, spaced as it is searched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from reports.analysis.configurations import CHOICE, LOGARITHMIC
from reports.drawing.distinct import distinct

_LETTERS, _LEAST_LETTERS = 36, 6
"""Of the names of choices side by side under a panel, and of each at least."""
_CROWDED = 26
"""Letters that side by side would run into each other: such names are turned."""


def set_domain(axes: Axes, row: Mapping[Any, Any] | pd.Series) -> None:
    """Space the horizontal axis of a panel by a hyperparameter's domain; `row` is of `configurations.placed`."""
    kind, low, high = row["scale"], float(row["low"]), float(row["high"])
    if kind == CHOICE:
        names = row["choices"]
        letters = max(_LEAST_LETTERS, _LETTERS // len(names))
        labels = list(distinct(names, letters).values())
        crowded = sum(map(len, labels)) + 2 * len(labels) > _CROWDED
        axes.set_xticks(range(len(names)), labels, rotation=30 if crowded else 0, ha="right" if crowded else "center")
        axes.set_xlim(low - 0.5, high + 0.5)
    elif kind == LOGARITHMIC:
        axes.set_xscale("log")
        inner = [10.0**power for power in range(-12, 13) if low <= 10.0**power <= high]
        few = inner if len(inner) <= 4 else inner[::2]
        axes.xaxis.set_major_locator(FixedLocator(few if len(few) > 1 else [low, high]))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        margin = (high / low) ** 0.05
        axes.set_xlim(low / margin, high * margin)
    else:
        whole = bool(low % 1 == 0 and high % 1 == 0 and high - low > 1)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=4, integer=whole, min_n_ticks=1))
        margin = 0.05 * (high - low) or 0.5
        axes.set_xlim(low - margin, high + margin)
