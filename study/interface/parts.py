"""A report's figures and tables by name: each is drawn or made when it is asked for."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from html import escape
from typing import Generic, TypeVar

import pandas as pd
from matplotlib.figure import Figure

from reports.drawing import style
from reports.pages.document import Document, Table
from reports.pages.figure import FigureBlock
from study.errors import StudyError, nearest

T = TypeVar("T")
_DOTS_PER_INCH = 110


class Parts(Mapping[str, T], Generic[T]):
    """Name -> part; shows itself as a list of names and captions."""

    def __init__(self, kind: str, captions: Mapping[str, str], make: Callable[[str], T]) -> None:
        """Keep what makes a part of its name.

        Args:
            kind: What a part is, for errors.
            captions: Name -> caption, in the report's order.
            make: Called with a name.
        """
        self._kind = kind
        self.captions = dict(captions)
        self._make = make

    def __getitem__(self, name: str) -> T:
        """Return the part.

        Raises:
            StudyError: There is none of that name.
        """
        if name not in self.captions:
            there = ", ".join(self.captions) or "none yet"
            raise StudyError(f"a {self._kind} is one of {there}, not {name!r}{nearest(str(name), self.captions)}")
        return self._make(name)

    def __contains__(self, name: object) -> bool:
        """Return whether there is a part of that name."""
        return name in self.captions

    def __iter__(self) -> Iterator[str]:
        """Yield the names, in the report's order."""
        return iter(self.captions)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.captions)

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {caption}" for name, caption in self.captions.items()) or f"no {self._kind} yet"

    def _repr_html_(self) -> str:
        if not self.captions:
            return escape(repr(self))
        rows = (f"<li><code>{escape(name)}</code>: {escape(told)}</li>" for name, told in self.captions.items())
        return f"<ul>{''.join(rows)}</ul>"


def figures_of(document: Document) -> Parts[Figure]:
    """Return a report's figures, drawn as the report draws them."""
    blocks = {block.name: block for block in document.figures()}
    return Parts("figure", {name: block.caption for name, block in blocks.items()}, lambda name: drawn(blocks[name]))


def tables_of(document: Document) -> Parts[pd.DataFrame]:
    """Return the data behind a report's tables, as its CSV files hold them."""
    tables: dict[str, Table] = {table.name: table for table in document.tables()}
    captions = {name: table.caption for name, table in tables.items()}
    return Parts("table", captions, lambda name: tables[name].data.reset_index(drop=True))


def drawn(block: FigureBlock) -> Figure:
    """Draw a figure; a notebook shows it as a picture, also where pyplot was never imported."""
    with style.drawing():
        figure = block.draw()
    figure._repr_png_ = partial(_png, figure)  # type: ignore[attr-defined]
    return figure


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    with style.drawing():
        figure.savefig(buffer, format="png", dpi=_DOTS_PER_INCH)
    return buffer.getvalue()
