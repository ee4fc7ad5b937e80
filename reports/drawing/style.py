"""How figures look: one colour and marker a model wherever it appears, panels, and axes for scores."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import matplotlib as mpl
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from reports.analysis.examples import data_names
from reports.analysis.frames import Frames
from reports.analysis.scores import METRIC, with_metrics
from reports.drawing.fonts import families
from study.design import Setting

# Okabe and Ito (2008), told apart by colour-blind eyes; without yellow, which is faint on white, and without black
# and grey, which stand for what belongs to no model.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
GREY = "#6B6B6B"
WIDTH = 6.4
"""Inches. Small, so that the letters stay readable when a phone shrinks the figure."""
COLUMN = 4.6
"""Inches of a panel where two stand abreast. Such a figure the page calls wide, and a phone scrolls it."""
FONT_SIZE = 11.0
"""Points of the letters that all others are sized by."""
SMALL = "small"
"""The smallest letters of a figure: 9 points."""

_TALLEST = 1.4
"""Height of a figure as a multiple of its width: a taller one, as wide as a page of paper, is cut in two."""
_NAME_INCHES = 0.3


@dataclass(frozen=True, slots=True)
class Look:
    """How a model is drawn. Colour and marker repeat at different periods, so 42 models differ."""

    colour: str
    marker: str


@dataclass(frozen=True, slots=True)
class Way:
    """How an ablation's setting is drawn: the colour says the model, as everywhere."""

    words: str
    marker: str
    line: Literal["-", "--"]


WAYS: dict[str, Way] = {
    Setting.FIXED: Way("everything else fixed", "o", "-"),
    Setting.RETUNED: Way("re-tuned", "s", "--"),
}


@contextmanager
def drawing() -> Iterator[None]:
    """Set the style for drawing and saving. The salt makes the names inside an SVG file the same every time."""
    given: dict[str, object] = {"grid.color": "#DDDDDD", "axes.edgecolor": "#888888", "font.size": FONT_SIZE}
    given |= {"svg.hashsalt": "report", "font.sans-serif": list(families())}
    with mpl.rc_context(sns.axes_style("whitegrid") | sns.plotting_context("notebook", font_scale=0.95) | given):
        yield


def look(number: int) -> Look:
    """Return the look of the model with this number."""
    return Look(_COLOURS[number % len(_COLOURS)], _MARKERS[number % len(_MARKERS)])


def studies(frames: Frames) -> pd.DataFrame:
    """Return `study, dataset, number, place`, `METRIC`: the model's number for `look`, and the order in which to draw.

    A model's studies of several data sets share its number; a second one of the same data set has another. Data that a
    model loads itself has a name of its own.
    """
    place = frames.plans.groupby(["space", "dataset"], sort=False).cumcount()
    keys = list(zip(place, frames.plans["space"], strict=True))
    numbers = {key: number for number, key in enumerate(sorted(set(keys)))}
    table = frames.plans.reset_index(names="place").assign(number=[numbers[key] for key in keys])
    table = table.assign(dataset=table["study"].map(data_names(frames)))
    return with_metrics(table, frames)[["study", "dataset", "number", "place", *METRIC]]


def panels(heights: Sequence[float]) -> tuple[Figure, list[Axes]]:
    """Return a figure with a panel for each height (inches), row by row; a row is as high as its highest panel.

    Two stand abreast where a single column would be too tall for a page of paper. Not by pyplot, which would keep every
    figure alive.
    """
    columns = _columns(heights)
    rows = _rows(heights, columns)
    figure = Figure(figsize=(_width(columns), sum(rows)), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(len(rows), columns, height_ratios=rows)
    return figure, [figure.add_subplot(grid[divmod(index, columns)]) for index in range(len(heights))]


def fits(heights: Sequence[float]) -> bool:
    """Return whether a figure of panels of these heights is not too tall for a page of paper."""
    columns = _columns(heights)
    return sum(_rows(heights, columns)) <= _TALLEST * _width(columns)


def small_panels(
    number: int, *, columns: int, inches: tuple[float, float], sharey: bool = False
) -> tuple[Figure, list[Axes]]:
    """Return a figure with panels of one size, and the panels, row by row.

    Args:
        number: How many panels.
        columns: Panels in a row.
        inches: Width and height of a panel.
        sharey: Whether the panels of a row share their vertical axis.
    """
    rows = math.ceil(number / columns)
    # "Constrained" finds places before an image has taken its shape, and cuts the titles that then move out.
    figure = Figure(figsize=(inches[0] * columns, inches[1] * rows), layout="compressed")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False, sharey="row" if sharey else False).flatten().tolist()
    for unused in axes[number:]:
        unused.set_axis_off()
    return figure, axes[:number]


def grouped_panels(
    groups: Mapping[str, int], *, columns: int, inches: tuple[float, float]
) -> tuple[Figure, list[list[Axes]]]:
    """Return a figure with so many panels of the same size for each group, in rows of its own under its name."""
    heights = [height for number in groups.values() for height in _group_rows(number, columns, inches[1])]
    figure = Figure(figsize=(inches[0] * columns, sum(heights)), layout="compressed")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(len(heights), columns, height_ratios=heights)
    grouped, row = [], 0
    for name, number in groups.items():
        heading = figure.add_subplot(grid[row, :])
        heading.set_axis_off()
        heading.text(0, 0, label(name), ha="left", va="bottom", fontweight="bold")
        places = [divmod(place, columns) for place in range(number)]
        grouped.append([figure.add_subplot(grid[row + 1 + down, across]) for down, across in places])
        row += len(_group_rows(number, columns, inches[1]))
    return figure, grouped


def columns_of_groups(numbers: Sequence[int], inches: Mapping[int, tuple[float, float]]) -> int:
    """Return the fewest columns in which `grouped_panels` is not too tall for a page of paper, or the most.

    Args:
        numbers: Of panels in each group.
        inches: A panel's width and height by the number of columns, the fewest first.
    """
    for columns, (width, height) in inches.items():
        tall = sum(sum(_group_rows(number, columns, height)) for number in numbers)
        if tall <= _TALLEST * width * columns:
            return columns
    return max(inches)


def label(text: str, length: int = 42) -> str:
    """Return a name as a label: shortened in its middle, never read as a formula or left out of a legend."""
    if len(text) > length:
        half = length // 2 - 1
        text = f"{text[:half]}…{text[-half:]}"
    text = " ".join(text.split()).replace("$", r"\$")
    return f" {text}" if text.startswith("_") else text


def curve(axes: Axes, table: pd.DataFrame, *, label: str, **line: Any) -> None:  # noqa: ANN401 - of matplotlib's plot
    """Draw a mean over the epochs.

    Args:
        axes: Where.
        table: `number` (by which the look is chosen), `epoch`, `mean`.
        label: For the legend.
        line: What differs from a solid line with the look's filled markers.
    """
    chosen = look(int(table["number"].iloc[0]))
    drawn: dict[str, Any] = {"color": chosen.colour, "marker": chosen.marker, **line}
    axes.plot(table["epoch"].to_numpy(), table["mean"].to_numpy(), label=label, **drawn)


def band(axes: Axes, table: pd.DataFrame, *, alpha: float) -> None:
    """Draw the range from `low` to `high` around a curve; the table is that of `curve`."""
    chosen = look(int(table["number"].iloc[0]))
    low, high = table["low"].to_numpy(), table["high"].to_numpy()
    axes.fill_between(table["epoch"].to_numpy(), low, high, color=chosen.colour, alpha=alpha, linewidth=0)


def whole_epochs(axes: Axes) -> None:
    """Give the horizontal axis whole numbers only."""
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def listed(names: Sequence[str], most: int = 6) -> str:
    """Return `a, b and c`; of many names the first few and how many more."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""


def _columns(heights: Sequence[float]) -> int:
    return 1 if len(heights) == 1 or sum(heights) <= _TALLEST * WIDTH else 2


def _width(columns: int) -> float:
    return WIDTH if columns == 1 else COLUMN * columns


def _rows(heights: Sequence[float], columns: int) -> list[float]:
    return [max(heights[start : start + columns]) for start in range(0, len(heights), columns)]


def _group_rows(number: int, columns: int, inches: float) -> list[float]:
    """Return the heights of a group's name and of its rows."""
    return [_NAME_INCHES, *[inches] * math.ceil(number / columns)]
