"""How figures look: one colour and marker a family wherever it appears, and an axis for accuracies near 1."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from reports.frames import Frames

# Okabe and Ito (2008), told apart by colour-blind eyes; without yellow, which is faint on white, and without black
# and grey, which stand for what belongs to no family.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
GREY = "#6B6B6B"
WIDTH = 6.4
"""Inches. Small, so that the letters stay readable when a phone shrinks the figure."""

_LEAST_ERROR = 1e-4
_TICKS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999)
_PANEL_INCHES = 3.9
_LEGEND_LINE_INCHES = 0.22
_LEGEND_INCHES = 0.5
"""From the panel's lower edge to the legend: the axis stands between."""
_LEGEND_LETTERS = 80
"""So many fit side by side under a panel; an entry's sign takes the room of five."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a family is drawn. Colour and marker repeat at different periods, so 42 families differ."""

    colour: str
    marker: str


@contextmanager
def drawing() -> Iterator[None]:
    """Sets the style for drawing and saving. The salt makes the names inside an SVG file the same every time."""
    given = {"grid.color": "#DDDDDD", "axes.edgecolor": "#888888", "font.size": 11, "svg.hashsalt": "report"}
    with mpl.rc_context(sns.axes_style("whitegrid") | sns.plotting_context("notebook", font_scale=0.95) | given):
        yield


def look(number: int) -> Look:
    """Returns the look of the family with this number."""
    return Look(_COLOURS[number % len(_COLOURS)], _MARKERS[number % len(_MARKERS)])


def studies(frames: Frames) -> pd.DataFrame:
    """Returns `study, dataset, number, place`: the family's number for `look`, and the order in which to draw.

    A family's studies of several data sets share its number.
    """
    numbers = {space: number for number, space in enumerate(sorted(frames.plans["space"].unique()))}
    table = frames.plans.reset_index(names="place").assign(number=frames.plans["space"].map(numbers))
    return table[["study", "dataset", "number", "place"]]


def panels(heights: Sequence[float], *, columns: int = 1) -> tuple[Figure, list[Axes]]:
    """Returns a figure with a panel for each height (inches), row by row; a row is as high as its first panel.

    Not by pyplot, which would keep every figure alive.
    """
    rows = heights[::columns]
    figure = Figure(figsize=(WIDTH * columns, sum(rows)), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(len(rows), columns, height_ratios=rows)
    return figure, [figure.add_subplot(grid[divmod(index, columns)]) for index in range(len(heights))]


def small_panels(
    number: int, *, columns: int, inches: tuple[float, float], sharey: bool = False
) -> tuple[Figure, list[Axes]]:
    """Returns a figure with so many panels of the same size (width, height), row by row."""
    rows = math.ceil(number / columns)
    figure = Figure(figsize=(inches[0] * columns, inches[1] * rows), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False, sharey="row" if sharey else False).flatten().tolist()
    for unused in axes[number:]:
        unused.set_axis_off()
    return figure, axes[:number]


def height(labels: Sequence[str]) -> float:
    """Returns the inches of a panel with curves of these names: a panel for the curves, and its legend."""
    return _PANEL_INCHES + _LEGEND_LINE_INCHES * math.ceil(len(labels) / _legend_columns(labels))


def label(text: str, length: int = 42) -> str:
    """Returns a name as a label: shortened in its middle, never read as a formula or left out of a legend."""
    if len(text) > length:
        half = length // 2 - 1
        text = f"{text[:half]}…{text[-half:]}"
    text = " ".join(text.split()).replace("$", r"\$")
    return f" {text}" if text.startswith("_") else text


def whole_epochs(axes: Axes) -> None:
    """Gives the horizontal axis whole numbers only."""
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def accuracy_axis(axes: Axes, values: pd.Series) -> None:
    """Spaces the vertical axis by the error, so that 98 to 99 % is as tall as 96 to 98 %."""
    lowest, highest = float(values.min()), float(values.max())
    axes.set_yscale("function", functions=(_to_height, _to_accuracy))
    low, high = _to_height(np.array([lowest, highest]))
    margin = max(0.08 * (high - low), 0.03)
    bottom, top = _to_accuracy(np.array([low - margin, high + margin]))
    axes.set_ylim(max(float(bottom), 0.0), float(top))
    ticks = [tick for tick in _TICKS if bottom <= tick <= top]
    if len(ticks) >= 2:
        axes.yaxis.set_major_locator(FixedLocator(ticks))
    else:
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.4g} %"))


def legend(axes: Axes, figure: Figure, *, middle_of_figure: bool = False) -> None:
    """Puts the legend under the panel and its axis, where it covers nothing.

    Args:
        axes: The panel.
        figure: Its figure.
        middle_of_figure: Under the middle of the figure rather than of a panel that long labels push to the right.
    """
    handles, labels = axes.get_legend_handles_labels()
    if not handles:
        return
    under = ScaledTranslation(0, -_LEGEND_INCHES, figure.dpi_scale_trans)
    across = blended_transform_factory(figure.transFigure, axes.transAxes) if middle_of_figure else axes.transAxes
    axes.legend(
        handles,
        labels,
        fontsize="small",
        frameon=False,
        loc="upper center",
        bbox_to_anchor=(0.5, 0),
        bbox_transform=across + under,
        ncols=_legend_columns(labels),
    )


def listed(names: Sequence[str], most: int = 6) -> str:
    """Returns `a, b and c`; of many names the first few and how many more."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""


def _legend_columns(labels: Sequence[str]) -> int:
    return max(1, _LEGEND_LETTERS // (max(map(len, labels)) + 5))


def _to_height(accuracy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    height: npt.NDArray[np.float64] = -np.log10(np.clip(1 - np.asarray(accuracy, dtype=float), _LEAST_ERROR, None))
    return height


def _to_accuracy(height: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    accuracy: npt.NDArray[np.float64] = 1 - np.power(10.0, -np.asarray(height, dtype=float))
    return accuracy
