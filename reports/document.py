"""A report before it has a form: what Markdown and HTML both show. Text here is plain; each page escapes it itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pandas as pd
from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Prose."""

    kind: ClassVar[str] = "paragraph"
    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of sentences."""

    kind: ClassVar[str] = "bullets"
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Commands:
    """Lines for a shell, shown as they are."""

    kind: ClassVar[str] = "commands"
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """How a table shows one column."""

    heading: str
    show: Callable[[Mapping[Any, Any]], str]
    """From a row of the data, column -> value, to the cell's text."""
    numeric: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Cells as text for the pages, and the data behind them for the CSV file."""

    kind: ClassVar[str] = "table"
    name: str
    """Of the CSV file: lower-case letters, digits and hyphens."""
    caption: str
    headings: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    data: pd.DataFrame


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


Block = Paragraph | Bullets | Commands | Table | FigureBlock


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: tuple[Block, ...]

    @property
    def anchor(self) -> str:
        """The heading's name in links."""
        return slug(self.title)


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A whole report."""

    title: str
    sections: tuple[Section, ...]

    def tables(self) -> Iterator[Table]:
        """Yields every table, in order."""
        for section in self.sections:
            yield from (block for block in section.blocks if isinstance(block, Table))

    def figures(self) -> Iterator[FigureBlock]:
        """Yields every figure, in order."""
        for section in self.sections:
            yield from (block for block in section.blocks if isinstance(block, FigureBlock))


def tabulate(name: str, caption: str, data: pd.DataFrame, columns: Sequence[Column]) -> Table:
    """Makes a table of `data`, row for row."""
    return Table(
        name=slug(name),
        caption=caption,
        headings=tuple(column.heading for column in columns),
        numeric=tuple(column.numeric for column in columns),
        rows=tuple(tuple(column.show(row) for column in columns) for row in data.to_dict("records")),
        data=data,
    )


def slug(text: str) -> str:
    """Returns a name that is safe in file systems and links: lower-case letters, digits and single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "unnamed"
