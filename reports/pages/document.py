"""A report before it has a form: what Markdown and HTML both show. Text here is plain; each page escapes it itself."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

import pandas as pd

from reports.pages.figure import FigureBlock
from reports.pages.overview import Overview


@dataclass(frozen=True, slots=True)
class Link:
    """A way to another part of the report. Where the report lacks that part, its text alone is shown."""

    text: str
    anchor: str
    """That of a section, a table, a figure or a card: `leaderboard`, `table-NAME`, `figure-NAME`, `card-NAME`."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Prose."""

    kind: ClassVar[str] = "paragraph"
    text: str
    links: tuple[Link, ...] = ()
    """Follow the text: "See A, B."."""


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
    note: str = ""
    """What the column says, in one short sentence, for the line under the table."""


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
    notes: tuple[str, ...] = ()
    """What each column says; empty for one that its heading explains."""
    first: int | None = None
    """So many columns are shown until a reader asks for all, and on paper these alone; all for None."""
    keys: tuple[str, ...] = ()
    """What each row is about: points of figures with the same key are shown with it. None where nothing is linked."""
    details: tuple[Card | None, ...] = ()
    """What a row rests on, folded into it; none for a row without."""

    @property
    def anchor(self) -> str:
        """The table's name in links."""
        return f"table-{self.name}"

    @property
    def cards(self) -> tuple[Card, ...]:
        """What is folded into its rows."""
        return tuple(card for card in self.details if card is not None)

    @property
    def explained(self) -> tuple[tuple[str, str], ...]:
        """The headings of the columns that have a note, and their notes, in the order of the columns."""
        return tuple((heading, note) for heading, note in zip(self.headings, self.notes, strict=False) if note)


class Stance(StrEnum):
    """What the evidence says of a claim; decides a card's mark and colour."""

    FOR = "for"
    AGAINST = "against"
    MIXED = "mixed"
    UNDECIDED = "undecided"
    """It was tested, and the numbers decide nothing."""
    UNTESTED = "untested"

    @property
    def mark(self) -> str:
        """A sign for the stance, so that it is told by more than a colour."""
        return {"for": "✓", "against": "✗", "mixed": "±", "undecided": "?", "untested": "○"}[self.value]


_SIDES = ("For", "Against", "Neither for nor against")


@dataclass(frozen=True, slots=True)
class Card:
    """A claim and what the numbers say of it."""

    claim: str
    stance: Stance
    verdict: str
    """The stance in words: "supported", "inconclusive (3 seeds)"."""
    text: str = ""
    """How it was judged, in a sentence or two."""
    evidence_for: tuple[str, ...] = ()
    evidence_against: tuple[str, ...] = ()
    evidence_neutral: tuple[str, ...] = ()
    """What was measured and speaks neither way."""
    links: tuple[Link, ...] = ()
    """To the tables and figures with the evidence."""
    command: str = ""
    """That would test the claim, or test it better."""
    purpose: str = "To test it:"
    """Of the command."""
    number: int = 1
    """Tells cards apart whose claims make the same anchor."""

    @property
    def evidence(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The figures on each side that has any, under its heading."""
        sides = (self.evidence_for, self.evidence_against, self.evidence_neutral)
        return tuple((title, items) for title, items in zip(_SIDES, sides, strict=True) if items)

    @property
    def anchor(self) -> str:
        """The card's name in links."""
        return f"card-{slug(self.claim)}" + (f"-{self.number}" if self.number > 1 else "")


@dataclass(frozen=True, slots=True)
class Findings:
    """Claims, each on its card."""

    kind: ClassVar[str] = "findings"
    cards: tuple[Card, ...]
    folded: bool = False
    """Whether a card shows its claim and verdict alone until a reader opens it."""


Block = Paragraph | Bullets | Commands | Table | FigureBlock | Findings | Overview


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: tuple[Block, ...]
    appendix: bool = False
    """Whether it is for who checks, after what is for who decides."""

    @property
    def anchor(self) -> str:
        """The heading's name in links."""
        return slug(self.title)


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A whole report."""

    title: str
    sections: tuple[Section, ...]

    def blocks(self) -> Iterator[Block]:
        """Yield every block, in order."""
        for section in self.sections:
            yield from section.blocks

    def tables(self) -> Iterator[Table]:
        """Yield every table, in order."""
        yield from (block for block in self.blocks() if isinstance(block, Table))

    def figures(self) -> Iterator[FigureBlock]:
        """Yield every figure, in order."""
        for block in self.blocks():
            if isinstance(block, Overview) and block.figure is not None:
                yield block.figure
            elif isinstance(block, FigureBlock):
                yield block

    def cards(self) -> Iterator[Card]:
        """Yield every card, in order, those that are folded into the rows of a table too."""
        for block in self.blocks():
            yield from block.cards if isinstance(block, Findings | Table) else ()

    def anchors(self) -> frozenset[str]:
        """Return what can be linked to."""
        figures = (block for block in self.blocks() if isinstance(block, FigureBlock))
        parts: list[Section | Table | FigureBlock | Card] = [*self.sections, *self.tables(), *figures]
        return frozenset(part.anchor for part in [*parts, *self.cards()])

    def linked(self) -> frozenset[str]:
        """Return what is linked to and is there."""
        linked = {link.anchor for card in self.cards() for link in card.links}
        for block in self.blocks():
            if isinstance(block, Paragraph):
                linked |= {link.anchor for link in block.links}
            elif isinstance(block, Overview):
                linked |= {suggested.anchor for group in block.groups for suggested in group.suggestions}
        return self.anchors() & linked


def tabulate(
    name: str,
    caption: str,
    shown: pd.DataFrame,
    columns: Sequence[Column],
    *,
    data: pd.DataFrame | None = None,
    first: int | None = None,
    key: Callable[[Mapping[Any, Any]], str] | None = None,
) -> Table:
    """Make a table.

    Args:
        name: What its files and its anchor are called after.
        caption: What stands above it.
        shown: A row of the table each.
        columns: How each column shows its cell of a row.
        data: What its CSV file holds where that is more than `shown`.
        first: So many columns are shown until a reader asks for all; all for None, or where that hides one alone.
        key: Of a row: what links it with points of figures.
    """
    return Table(
        name=slug(name),
        caption=caption,
        headings=tuple(column.heading for column in columns),
        numeric=tuple(column.numeric for column in columns),
        rows=tuple(tuple(column.show(row) for column in columns) for row in shown.to_dict("records")),
        data=shown if data is None else data,
        notes=tuple(column.note for column in columns),
        first=first if first is not None and first < len(columns) - 1 else None,
        keys=tuple(key(row) for row in shown.to_dict("records")) if key else (),
    )


def before_unit(heading: str) -> str:
    """Return a column's heading without what stands in brackets behind it: its unit, and of what interval."""
    return heading.partition(" (")[0]


def slug(text: str) -> str:
    """Return a name that is safe in file systems and links: lower-case letters, digits and single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "unnamed"


def distinct_slugs(first: str, about: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, ...], str]:
    """Return a slug for each of several things, no two alike: what is equal once it is a slug is numbered.

    Args:
        first: What every slug begins with.
        about: The names that each thing has.
    """
    names: dict[tuple[Any, ...], str] = {}
    for parts in about:
        name = slug(" ".join([first, *map(str, parts)]))
        numbered = (f"{name}-{number}" for number in itertools.count(2))
        names[parts] = next(free for free in itertools.chain([name], numbered) if free not in names.values())
    return names
