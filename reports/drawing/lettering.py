"""What is written around a panel: its title, its legend, and how much room letters take."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from reports.drawing.style import FONT_SIZE, SMALL, WIDTH

_TITLE_MARGIN_INCHES = 0.08
_TITLE_LETTER_INCHES = 0.092
"""Of a title's letters, as wide as most."""
_PANEL_INCHES = 3.9
_LEGEND_LINE_INCHES = 0.22
_LEGEND_INCHES = 0.5
"""From the panel's lower edge to the legend: the axis stands between."""
_LEGEND_LETTERS = 90
"""So many fit side by side under a panel of the full width."""
_SIGN_LETTERS = 8
"""Room of an entry's sign, and of what parts it from the next."""


def title(axes: Axes, text: str, *, pad: float = 6.0) -> None:
    """Write a title that nothing clips: over the whole column of the figure, in as many lines as it takes.

    Args:
        axes: The panel; a centred title over one that long labels push to the right runs out of the figure.
        text: Spaces are where a line may end.
        pad: Points between the panel and its title.
    """
    place = axes.get_subplotspec()
    columns = place.get_gridspec().ncols if place else 1
    column = place.colspan.start if place else 0
    whole = float(axes.figure.bbox.width / axes.figure.dpi)
    room = whole / columns - 2 * _TITLE_MARGIN_INCHES
    lines = textwrap.wrap(text, max(12, int(room / _TITLE_LETTER_INCHES)))
    written = axes.set_title("\n".join(lines), loc="left", pad=pad)
    # At the left edge of the column, not of the panel, whose labels may take half of it.
    across = axes.figure.transFigure + ScaledTranslation(_TITLE_MARGIN_INCHES, 0, axes.figure.dpi_scale_trans)
    written.set_transform(blended_transform_factory(across, written.get_transform()))
    written.set_x(column / columns)


def legend(axes: Axes, figure: Figure, *, middle_of_figure: bool = False) -> None:
    """Put the legend under the panel and its axis, where it covers nothing.

    Args:
        axes: The panel.
        figure: Its figure.
        middle_of_figure: Under the middle of the figure, or of the panel's column, rather than of a panel that long
            labels push to the right.
    """
    handles, labels = entries(axes)
    if not handles:
        return
    lines = axes.get_xlabel().count("\n")
    under = ScaledTranslation(0, -_LEGEND_INCHES - lines * _LEGEND_LINE_INCHES, figure.dpi_scale_trans)
    place = axes.get_subplotspec()
    column, columns = (place.colspan.start, place.get_gridspec().ncols) if place else (0, 1)
    across = blended_transform_factory(figure.transFigure, axes.transAxes) if middle_of_figure else axes.transAxes
    axes.legend(
        handles,
        labels,
        fontsize=SMALL,
        frameon=False,
        loc="upper center",
        bbox_to_anchor=((column + 0.5) / columns if middle_of_figure else 0.5, 0),
        bbox_transform=across + under,
        ncols=legend_columns(labels, figure.get_figwidth() / columns),
    )


def entries(axes: Axes) -> tuple[list[Artist], list[str]]:
    """Return a panel's legend, its bands last."""
    found = zip(*axes.get_legend_handles_labels(), strict=True)
    ordered = sorted(found, key=lambda entry: isinstance(entry[0], Patch))
    return [handle for handle, _ in ordered], [label for _, label in ordered]


def legend_columns(labels: Sequence[str], inches: float = WIDTH) -> int:
    """Return into how many columns of a legend this wide its entries go; a column is filled before the next."""
    letters = _LEGEND_LETTERS * inches / enlarged(WIDTH)
    for columns in range(len(labels), 1, -1):
        long, more = divmod(len(labels), columns)
        ends = np.cumsum([long + 1] * more + [long] * (columns - more))
        if sum(max(map(len, part)) + _SIGN_LETTERS for part in np.split(np.array(labels), ends[:-1])) <= letters:
            return columns
    return 1


def enlarged(inches: float) -> float:
    """Return what letters of the usual size take, in the size that is drawn now."""
    return inches * float(mpl.rcParams["font.size"]) / FONT_SIZE


def height(labels: Sequence[str]) -> float:
    """Return the inches of a panel with curves of these names: a panel for the curves, and its legend."""
    return _PANEL_INCHES + _LEGEND_LINE_INCHES * math.ceil(len(labels) / legend_columns(labels))
