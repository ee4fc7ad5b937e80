"""Figures as files. The only module that saves a picture."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from reports.drawing import style
from reports.drawing.hover import Line, Point, lines, points
from reports.pages.figure import FigureBlock

_DOTS_PER_INCH = 150
_POINTS_PER_INCH = 72


@dataclass(frozen=True, slots=True)
class Picture:
    """One figure in both forms. Letters in the SVG are outlines: they look the same on a machine without the font."""

    png: bytes
    svg: bytes
    width: float = 0.0
    """Points (1/72 inch) of the SVG."""
    height: float = 0.0
    points: tuple[Point, ...] = ()
    """What the page tells when somebody points at them."""
    lines: tuple[Line, ...] = ()
    """Likewise, over parallel axes."""


def render(figure: FigureBlock) -> Picture:
    """Draw a figure; the same data give the same bytes."""
    png, svg = io.BytesIO(), io.BytesIO()
    with style.drawing(), warnings.catch_warnings():
        # A study may be named in letters that the font lacks: a box in a label is no reason to trouble the user.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        drawn = figure.draw()
        drawn.savefig(png, format="png", dpi=_DOTS_PER_INCH, metadata={"Software": None})
        # The places are found: to seek them again for the second form would take as long as to draw it. Of "none" a
        # placeholder would stay, for which Matplotlib draws the figure once more.
        drawn.set_layout_engine(None)
        drawn.savefig(svg, format="svg", dpi=_DOTS_PER_INCH, metadata={"Date": None, "Creator": None})
        width, height = (round(_POINTS_PER_INCH * inches, 2) for inches in drawn.get_size_inches())
        told, told_lines = points(drawn), lines(drawn)
        drawn.clear()
    return Picture(png=png.getvalue(), svg=svg.getvalue(), width=width, height=height, points=told, lines=told_lines)
