"""One module a figure. Each is found by being here, computes a table from the frames, and draws that table alone.

A figure's module has what `FigureModule` lists. It has nothing to draw when its table is empty. One that is about some
tasks alone has `TASKS`, their names: a report without a study of these neither draws nor misses it. Nor does one that
`concerns(frames)`, where a module has that, says is about something else.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Protocol, cast

import pandas as pd
from matplotlib.figure import Figure

from reports.analysis.frames import Frames


class FigureModule(Protocol):
    """What every module here offers.

    One with `absent(frames)` says in sentences which studies it lacks, and why; none where it lacks no study. They
    stand in its place, or after it, each once though several figures say it. One with `method(table)` says how the
    figure was made, for who asks: a caption says how to read it, in at most sixty words.
    One with `OWN_COLOURS = True` besides shows pictures in their own colours: a dark page leaves it as it is.
    """

    NAME: str
    """Of its files: lower-case letters, digits and hyphens."""
    SECTION: str
    """The module of `reports.sections` that shows it."""
    ORDER: int
    """Figures of one section stand in this order."""
    EMPTY: str
    """The sentence that stands in for the figure when there is nothing to draw."""

    def compute(self, frames: Frames) -> pd.DataFrame:
        """Return what is drawn, long: one row a point."""

    def draw(self, table: pd.DataFrame) -> Figure:
        """Draw a table that is not empty."""

    def caption(self, table: pd.DataFrame) -> str:
        """Return the caption, which says how to read the figure."""

    def alternative(self, table: pd.DataFrame) -> str:
        """Return the alternative text, which says what the figure shows, for those who cannot see it."""


def discover() -> tuple[FigureModule, ...]:
    """Return every figure's module, in order."""
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    modules = [cast("FigureModule", importlib.import_module(f"{__name__}.{name}")) for name in names]
    return tuple(sorted(modules, key=lambda module: (module.SECTION, module.ORDER, module.NAME)))
