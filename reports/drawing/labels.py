"""Names in a figure: shortened so that they still differ, and put beside points where nothing is in the way."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Annotation, Text
from matplotlib.transforms import BboxBase

from reports.drawing import style
from reports.drawing.distinct import distinct

_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_SEPARATOR = re.compile(r"[^0-9A-Za-z]+")
_PIECE = re.compile(r"[0-9A-Za-z]+|[^0-9A-Za-z]+")
_WORTH_CUTTING = 4
"""Letters that names must share before an ellipsis in their place saves anything."""
_MOST_BROKEN = 12
"""More names in two lines than this would make a figure too tall."""
_NEAR, _FAR = (7.0,), (16.0, 26.0)
"""Points (1/72 inch) from a point to its name; from far away a line leads to it."""
_ROUND_A_POINT = 5.0
"""Points (1/72 inch) that a marker takes on each side."""
_ROUND_A_LINE = 1.5
_SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))
_ALONG = {-1: "right", 0: "center", 1: "left"}
_UP = {-1: "top", 0: "center", 1: "bottom"}

Array = npt.NDArray[np.float64]


def shortened(names: Sequence[str], length: int) -> list[str]:
    """Return names as labels of at most two lines of so many letters, which differ where the names do.

    What is too long is broken between two words, and only a line that is too long even then is cut in its middle. Where
    many are too long, what these all begin or end with is left out instead: it tells none from another.
    """
    long = [name for name in names if len(name) > length]
    begin, end = _shared(long) if len(long) > _MOST_BROKEN else ("", "")
    labels = [_in_two_lines(_without(name, begin, end) if len(name) > length else name, length) for name in names]
    different = len(set(zip(names, labels, strict=True))) == len(set(labels))
    one_line = {} if different else distinct(names, length)
    return labels if different else [one_line[name] for name in names]


def name_points(axes: Axes, points: Array, names: Sequence[str], lines: Sequence[Array]) -> list[Annotation]:
    """Name points where the name covers no point, no line and no other name; one without such a place stays unnamed.

    The places are sought in pixels: the figure must have been laid out, and its axes must stay as they are.

    Args:
        axes: The panel.
        points: Shape (points, 2): every point of the panel, in the units of its axes.
        names: One a point, empty for a point that needs none. The first are placed first.
        lines: Each of shape (vertices, 2): what names keep away from.
    """
    scale = axes.figure.dpi / 72
    pixels = axes.transData.transform(points)
    drawn = [_around(_dense(axes.transData.transform(line)), _ROUND_A_LINE * scale) for line in lines]
    taken = np.vstack([_around(pixels, _ROUND_A_POINT * scale), *drawn])
    placed: list[Annotation] = []
    for place, pixel, name in zip(points, pixels, names, strict=True):
        others = np.array([Text.get_window_extent(text).extents for text in placed]).reshape(-1, 4)
        found = _placed(axes, place, name, taken, others, pixels) if name else None
        if found is not None:
            placed.append(found)
            taken = np.vstack([taken, Text.get_window_extent(found).extents, *_leader(found, pixel)])
    return placed


def _shared(names: Sequence[str]) -> tuple[str, str]:
    """Return what all names begin and end with, in whole words; something of each is left."""
    pieces = [_PIECE.findall(name) for name in names]
    begin = _common(zip(*pieces, strict=False))[: min(map(len, pieces)) - 1]
    end = _common(zip(*(reversed(words[len(begin) + 1 :]) for words in pieces), strict=False))
    return "".join(begin), "".join(reversed(end))


def _common(columns: Iterable[tuple[str, ...]]) -> list[str]:
    return [words[0] for words in itertools.takewhile(lambda words: len(set(words)) == 1, columns)]


def _without(name: str, begin: str, end: str) -> str:
    if len(begin) >= _WORTH_CUTTING:
        name = _ELLIPSIS + name[len(begin) :]
    if len(end) >= _WORTH_CUTTING:
        name = name[: -len(end)] + _ELLIPSIS
    return name


def _in_two_lines(name: str, length: int) -> str:
    breaks = [found.end() for found in _SEPARATOR.finditer(name) if 1 < found.end() < len(name)]
    if len(name) <= length or not breaks:
        return style.label(name, length)
    middle = min(breaks, key=lambda place: max(place, len(name) - place))
    return "\n".join(style.label(part.strip(), length) for part in (name[:middle], name[middle:]))


def _placed(axes: Axes, place: Array, name: str, taken: Array, names: Array, pixels: Array) -> Annotation | None:
    """Name the point at `place`, one of those at `pixels`; its text covers nothing, its leader no name."""
    pixel = axes.transData.transform(place)
    renderer = cast("FigureCanvasAgg", axes.figure.canvas).get_renderer()  # type: ignore[no-untyped-call]
    for distance in _NEAR + _FAR:
        arrow = {"arrowstyle": "-", "color": style.GREY, "linewidth": 0.6, "shrinkA": 1, "shrinkB": 4}
        text = axes.annotate(
            name, (place[0], place[1]), xytext=(0, 0), textcoords="offset points", fontsize=style.SMALL,
            arrowprops=arrow if distance in _FAR else None,
        )  # fmt: skip
        # Else a name at the edge would move the axes, and with them what was measured.
        text.set_in_layout(False)
        for across, up in _SIDES:
            text.set_position((distance * across, distance * up))
            text.set(ha=_ALONG[across], va=_UP[up])
            text.update_positions(renderer)
            box = Text.get_window_extent(text)
            free = _inside(box, axes.bbox) and not _overlaps(np.array(box.extents), taken)
            if distance in _FAR:
                free = free and not any(_overlaps(piece, names) for piece in _leader(text, pixel))
            if free and (distance in _FAR or _away(box, pixel) <= _away(box, pixels).min()):
                return text
        text.remove()
    return None


def _away(box: BboxBase, places: Array) -> Array:
    """Return the distances from a box to places (..., 2): a name belongs to the nearest."""
    nearest = np.clip(places, [box.x0, box.y0], [box.x1, box.y1])
    distances: Array = np.hypot(*np.moveaxis(places - nearest, -1, 0))
    return distances


def _leader(text: Annotation, pixel: Array) -> Array:
    """Return boxes (n, 4) along the line from a far name to its point."""
    if text.arrow_patch is None:
        return np.empty((0, 4))
    box = Text.get_window_extent(text)
    centre = np.array([(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2])
    steps = _dense(np.array([centre, pixel]))
    outside = (steps[:, 0] < box.x0) | (steps[:, 0] > box.x1) | (steps[:, 1] < box.y0) | (steps[:, 1] > box.y1)
    return _around(steps[outside], 1.0)


def _inside(box: BboxBase, frame: BboxBase) -> bool:
    return frame.x0 < box.x0 and frame.y0 < box.y0 and box.x1 < frame.x1 and box.y1 < frame.y1


def _overlaps(box: Array, taken: Array) -> bool:
    across = (taken[:, 0] < box[2]) & (box[0] < taken[:, 2])
    return bool((across & (taken[:, 1] < box[3]) & (box[1] < taken[:, 3])).any())


def _around(places: Array, reach: float) -> Array:
    """Return boxes (places, 4) as left, bottom, right, top."""
    return np.hstack([places - reach, places + reach])


def _dense(line: Array, step: float = 3.0) -> Array:
    """Return points so close on a line that no name fits between two."""
    pieces = [
        np.linspace(start, end, max(2, int(np.hypot(*(end - start)) / step))) for start, end in itertools.pairwise(line)
    ]
    return np.concatenate([line, *pieces])
