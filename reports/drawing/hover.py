"""What the points of a figure say when somebody points at them, read off the drawing: so every figure has it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import EngFormatter, LogFormatter, NullFormatter, ScalarFormatter
from matplotlib.transforms import Transform

MOST_IN_SERIES = 2000
"""Points of one artist; of more none is told."""
_MOST = 4000
"""Points of a figure; each costs the page about 120 bytes."""
_TOLERANCE = 2.0
"""Pixels by which a point may lie outside its panel."""
_ATTRIBUTE = "hover_texts"
_KEYS = "hover_keys"
_LINES = "hover_lines"


@dataclass(frozen=True, slots=True)
class Point:
    """A place in a picture and what it means."""

    x: float
    """From the left edge, as a fraction of the picture's width."""
    y: float
    """From the upper edge, as a fraction of its height."""
    text: str
    key: str = ""
    """What it is about: rows of tables and points of other figures with the same key are shown with it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line over parallel axes and what it means."""

    places: tuple[tuple[float, float], ...]
    """Where it crosses each axis, as `Point` has its place."""
    text: str
    key: str
    """As `Point` has it."""
    panel: int
    """Lines of one panel have the same axes."""


@dataclass(frozen=True, slots=True, eq=False)
class _Series:
    artist: Artist
    label: str
    places: npt.NDArray[np.float64]
    """Shape (points, 2), in the units of `transform`."""
    transform: Transform
    endings: Sequence[str] = ()
    """What follows the words of each point: its interval, the value of a cell."""


def tell(artist: Artist, texts: Sequence[str], keys: Sequence[str] = ()) -> None:
    """Give the points of an artist their own words, one each; `()` keeps it silent.

    The artist is a line, a scatter, an error bar's line, a collection of lines (vertex by vertex) or an image (row by
    row); a point with an empty text stays silent. Without words a point says its label, and its axes' labels with its
    values. Points may have keys as well, one each: see `Point`.
    """
    setattr(artist, _ATTRIBUTE, tuple(texts))
    setattr(artist, _KEYS, tuple(keys))


def tell_lines(axes: Axes, heights: npt.NDArray[np.float64], texts: Sequence[str], keys: Sequence[str]) -> None:
    """Give a panel of parallel axes the words of its lines.

    Args:
        axes: The panel; axis number n stands at n.
        heights: Shape (lines, axes): where each line crosses each axis.
        texts: One a line.
        keys: One a line, as `Point` has it.
    """
    setattr(axes, _LINES, (heights, tuple(texts), tuple(keys)))


def lines(figure: Figure) -> tuple[Line, ...]:
    """Return the lines over parallel axes of a figure that has been drawn."""
    found = []
    for panel, axes in enumerate(figure.axes):
        heights, texts, keys = getattr(axes, _LINES, (np.empty((0, 0)), (), ()))
        width, height = figure.bbox.size
        for line, text, key in zip(heights, texts, keys, strict=True):
            shown = axes.transData.transform(np.column_stack([np.arange(len(line)), line]))  # (axes, 2)
            places = tuple((round(float(x) / width, 4), round(1 - float(y) / height, 4)) for x, y in shown)
            found.append(Line(places, _plain(text), key, panel))
    return tuple(found)


def trial_key(study: str, trial: float) -> str:
    """Return what links the points and lines of a search trial, by its number, in all figures and tables."""
    return f"{study} trial {int(trial)}"


def points(figure: Figure) -> tuple[Point, ...]:
    """Return the points of a figure that has been drawn: of named lines, scatters, error bars, bars, heat maps."""
    panels = [(axes, list(_series(axes))) for axes in figure.axes if axes.get_visible()]
    several = sum(bool(series) for _, series in panels) > 1
    found: dict[Point, None] = {}
    for axes, all_series in panels:
        written = axes.get_title() or axes.get_title(loc="left")
        title = f"{written}: " if several and written else ""
        for series in all_series:
            found |= dict.fromkeys(_points(axes, series, title))
    step = math.ceil(len(found) / _MOST) or 1
    return tuple(found)[::step]


def _series(axes: Axes) -> Iterator[_Series]:
    for container in axes.containers:
        label = _legend_label(container.get_label())
        if isinstance(container, ErrorbarContainer) and container.lines[0] is not None:
            line, _, bars = container.lines
            yield _Series(line, label, _array(line.get_xydata()), line.get_transform(), _spans(axes, container, bars))
        elif isinstance(container, BarContainer) and container.patches:
            yield _Series(container.patches[0], label, _ends(container), axes.transData)
    for line in filter(_speaks, axes.lines):
        yield _Series(line, _legend_label(line.get_label()), _array(line.get_xydata()), line.get_transform())
    for drawn in axes.collections:
        label = _legend_label(drawn.get_label())
        if isinstance(drawn, PathCollection):
            yield _Series(drawn, label, _array(drawn.get_offsets()), drawn.get_offset_transform())
        elif isinstance(drawn, LineCollection) and _speaks(drawn):
            segments = [_array(segment) for segment in drawn.get_segments()]
            yield _Series(drawn, label, np.concatenate([*segments, np.empty((0, 2))]), drawn.get_transform())
    # An image without axes is a photograph.
    for image in axes.images if axes.axison else ():
        yield from _cells(axes, image)


def _points(axes: Axes, series: _Series, title: str) -> Iterator[Point]:
    told: tuple[str, ...] | None = getattr(series.artist, _ATTRIBUTE, None)
    if told == () or not series.artist.get_visible() or len(series.places) > MOST_IN_SERIES:
        return
    shown = series.transform.transform(series.places)  # (points, 2), pixels from the lower left corner
    box, (width, height) = axes.bbox.padded(_TOLERANCE), axes.figure.bbox.size
    of_data = series.transform.contains_branch_seperately(axes.transData)
    keys: tuple[str, ...] = getattr(series.artist, _KEYS, ()) or ("",) * len(series.places)
    for number, (place, (x, y)) in enumerate(zip(series.places, shown, strict=True)):
        if not (math.isfinite(x) and math.isfinite(y) and box.contains(x, y)):
            continue
        ending = series.endings[number] if series.endings else ""
        text = told[number] if told else _told(axes, series.label, place, of_data) + ending
        if not text:
            continue
        yield Point(round(x / width, 4), round(1 - y / height, 4), _plain(title + text), keys[number])


def _told(axes: Axes, label: str, place: npt.NDArray[np.float64], of_data: Sequence[bool]) -> str:
    sides = zip((axes.xaxis, axes.yaxis), place, of_data, strict=True)
    values = ", ".join(f"{axis.get_label_text()} {_value(axis, value)}".strip() for axis, value, use in sides if use)
    return f"{label}: {values}" if label else values


def _value(axis: Axis, value: np.float64) -> str:
    formatter = axis.get_major_formatter()
    if not isinstance(formatter, ScalarFormatter | EngFormatter | LogFormatter | NullFormatter):
        # The names of rows stand at whole numbers; two series of a row are drawn a little beside them.
        return formatter.format_data_short(value) or formatter.format_data_short(round(value))
    return _number(value)


def _number(value: np.float64) -> str:
    return f"{value:,.0f}" if value.is_integer() else f"{value:.4g}"


def _spans(axes: Axes, container: ErrorbarContainer, bars: Sequence[LineCollection]) -> list[str]:
    """Return each point's interval in words; horizontal bars come first, as Matplotlib keeps them."""
    axis, column = (axes.xaxis, 0) if container.has_xerr else (axes.yaxis, 1)
    ends = [np.asarray(segment)[:, column] for segment in bars[0].get_segments()] if bars else []
    return [f" ({_value(axis, low)} to {_value(axis, high)})" for low, high in ends]


def _ends(container: BarContainer) -> npt.NDArray[np.float64]:
    boxes = [patch.get_bbox() for patch in container.patches]
    if container.orientation == "horizontal":
        return np.array([(box.x1, (box.y0 + box.y1) / 2) for box in boxes])
    return np.array([((box.x0 + box.x1) / 2, box.y1) for box in boxes])


def _cells(axes: Axes, image: AxesImage) -> Iterator[_Series]:
    values = _array(image.get_array())
    if values.ndim != 2 or values.size > MOST_IN_SERIES:
        return
    rows, columns = values.shape
    left, right, bottom, top = image.get_extent()
    x = left + (np.arange(columns) + 0.5) * (right - left) / columns
    y = top + (np.arange(rows) + 0.5) * (bottom - top) / rows
    if image.origin == "lower":
        y = y[::-1]
    places = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)  # (rows * columns, 2)
    if not hasattr(image, _ATTRIBUTE):
        places[np.isnan(values.ravel())] = math.nan  # An empty cell has nothing to say
    endings = [f": {_number(value)}" for value in values.ravel()]
    yield _Series(image, "", places, axes.transData, endings)


def _speaks(artist: Artist) -> bool:
    return bool(_legend_label(artist.get_label())) or hasattr(artist, _ATTRIBUTE)


def _array(values: object) -> npt.NDArray[np.float64]:
    filled: npt.NDArray[np.float64] = np.ma.filled(np.ma.asarray(values, dtype=float), math.nan)
    return filled


def _legend_label(label: object) -> str:
    text = str(label or "")
    return "" if text.startswith("_") else text


def _plain(text: str) -> str:
    return " ".join(text.replace(r"\$", "$").split())
