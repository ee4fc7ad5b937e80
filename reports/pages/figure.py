"""A figure of a document, before it is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True, eq=False)
class FigureBlock:
    """A picture yet to be drawn."""

    kind: ClassVar[str] = "figure"
    name: str
    """Of the picture's files: lower-case letters, digits and hyphens."""
    caption: str
    alternative: str
    """What the picture shows, for who cannot see it."""
    draw: Callable[[], Figure]
    own_colours: bool = False
    """Whether it shows pictures in their own colours: a dark page leaves it as it is."""
    method: str = ""
    """How it was made, for a careful reader: folded under the caption."""

    @property
    def anchor(self) -> str:
        """The figure's name in links."""
        return f"figure-{self.name}"
