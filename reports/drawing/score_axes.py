"""Axes of scores: spaced by the error where 1 is the best that can be, evenly else, in the metric's own unit."""

from __future__ import annotations

import math
import textwrap

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from study.task import Metric

_LEAST_ERROR = 1e-4
_HIGHEST_BOTTOM = 0.999
"""Of an axis of accuracies: nearer to 1 there is nothing to tell apart."""
_ABOVE = 0.25
"""Height of no error above the least one, whose logarithm there is none of."""
_TICKS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 1.0)
_FEWEST_TICKS = 4
_TICK_ROOM = 0.09
"""Share of the axis's length that a tick's number takes."""


def spaced(axes: Axes, values: pd.Series, metric: Metric) -> None:
    """Set the vertical axis for scores: spaced by the error where 1 is the best that can be, else evenly."""
    if metric.unit == "fraction" and metric.sign > 0:
        accuracy_axis(axes, values)
        return
    lowest, highest = float(values.min()), float(values.max())
    margin = 0.06 * (highest - lowest) or 0.05 * abs(highest) or 0.05
    axes.set_ylim(lowest - margin, highest + margin)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, min_n_ticks=_FEWEST_TICKS))
    if metric.unit == "fraction":
        axes.yaxis.set_major_formatter(FuncFormatter(_percent))


def written(axis: Axis, metric: Metric) -> None:
    """Write the numbers of an evenly spaced axis of scores with their unit."""
    if metric.unit == "fraction":
        axis.set_major_formatter(FuncFormatter(_percent))


def label(metric: Metric, *, split: str = "", before: str = "") -> str:
    """Return the label of an axis of scores: `Validation accuracy`, `Mean test log loss (lower is better)`.

    Args:
        metric: What the scores are of.
        split: That they were taken on, if it is one.
        before: What comes first, such as `Mean`.
    """
    text = " ".join(filter(None, [before, split, metric.label]))
    return f"{text[:1].upper()}{text[1:]}{' (lower is better)' if metric.sign < 0 else ''}"


def vertical_label(metric: Metric, *, split: str = "", before: str = "", letters: int = 34) -> str:
    """Return `label` in lines of at most so many letters, for a vertical axis: a longer one would be cut."""
    return textwrap.fill(label(metric, split=split, before=before), letters)


def accuracy_axis(axes: Axes, values: pd.Series) -> None:
    """Space the vertical axis by the error, so that 98 to 99 % is as tall as 96 to 98 %."""
    lowest, highest = float(values.min()), float(values.max())
    axes.set_yscale("function", functions=(_to_height, _to_accuracy))
    low, high = _to_height(np.array([lowest, highest]))
    margin = max(0.08 * (high - low), 0.03)
    bottom, top = _to_accuracy(np.array([low - margin, high + margin]))
    bottom = min(float(bottom), _HIGHEST_BOTTOM)
    axes.set_ylim(bottom, float(top))
    axes.yaxis.set_major_locator(FixedLocator(_accuracy_ticks(bottom, float(top))))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(_percent))


def _percent(value: float, _: object = None) -> str:
    return f"{100 * value:.7g} %"


def _accuracy_ticks(bottom: float, top: float) -> list[float]:
    ticks = [tick for tick in _TICKS if bottom <= tick <= top]
    if len(ticks) >= _FEWEST_TICKS:
        return ticks
    even = MaxNLocator(nbins=6, steps=[1, 2, 5, 10], min_n_ticks=_FEWEST_TICKS).tick_values(bottom, top)
    return _apart([float(tick) for tick in even if max(bottom, 0.0) <= tick <= min(top, 1.0)], bottom, top)


def _apart(ticks: list[float], bottom: float, top: float) -> list[float]:
    """Drop those on which the next higher one would be written: even steps crowd where errors are large."""
    low, high = _to_height(np.array([bottom, top]))
    kept: list[float] = []
    for tick in reversed(ticks):
        if not kept or _to_height(np.array(kept[-1])) - _to_height(np.array(tick)) >= _TICK_ROOM * (high - low):
            kept.append(tick)
    return kept[::-1] if len(kept) >= _FEWEST_TICKS else ticks


def _to_height(accuracy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    error = 1 - np.asarray(accuracy, dtype=float)
    height: npt.NDArray[np.float64] = -np.log10(np.clip(error, _LEAST_ERROR, None))
    return height + _ABOVE * np.clip(1 - error / _LEAST_ERROR, 0.0, None)


def _to_accuracy(height: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    height = np.asarray(height, dtype=float)
    highest = -math.log10(_LEAST_ERROR)
    error: npt.NDArray[np.float64] = np.power(10.0, -np.minimum(height, highest))
    return 1 - error + _LEAST_ERROR * np.clip(height - highest, 0.0, None) / _ABOVE
