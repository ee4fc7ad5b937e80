"""A document as GitHub-flavoured Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from reports.pages.document import (
    Block,
    Bullets,
    Card,
    Commands,
    Document,
    Findings,
    Link,
    Paragraph,
    Table,
    before_unit,
)
from reports.pages.figure import FigureBlock
from reports.pages.overview import Group, Overview

_SPECIAL = re.compile(r"([\\`*\[\]|~$#]|(?<!\w)_|_(?!\w))")
"""Signs that Markdown would read as form. An underscore inside a word is none."""
_ORDERED = re.compile(r"^(\d+)([.)])(?=\s|$)")


def to_markdown(document: Document) -> str:
    """Return the page; it expects the pictures in `figures/` beside it."""
    return "\n\n".join(_Page(document).parts()) + "\n"


def escaped(text: str) -> str:
    """Return text that a Markdown reader shows as it is, on one line."""
    line = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = _SPECIAL.sub(r"\\\1", line)
    line = _ORDERED.sub(r"\1\\\2", line)
    # A leading hyphen or plus would begin a list.
    return f"\\{line}" if line[:2] in ("- ", "+ ") or line in ("-", "+") else line


class _Page:
    """Knows where links lead: to a heading by the name that Markdown readers give it, else to an anchor set for it."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._linked = document.linked()
        self._headings = {section.anchor: _heading_name(section.title) for section in document.sections}

    def parts(self) -> Iterator[str]:
        yield f"# {escaped(self._document.title)}"
        for section in self._document.sections:
            yield f"## {escaped(section.title)}"
            for block in section.blocks:
                yield from self._block(block)

    def _block(self, block: Block) -> Iterator[str]:
        match block:
            case Paragraph(text, links):
                yield f"{escaped(text)} See {self._links(links)}." if links else escaped(text)
            case Bullets(items):
                yield "\n".join(f"- {escaped(item)}" for item in items)
            case Commands(lines):
                yield _fenced(lines)
            case Table():
                yield self._anchored(block.anchor, f"**{escaped(block.caption)}**")
                yield _table(block)
                if block.explained:
                    told = (f"{before_unit(heading)}: {note}" for heading, note in block.explained)
                    yield f"*{escaped(' '.join(told))}*"
                if block.cards:
                    yield "\n".join(line for card in block.cards for line in self._folded(card))
            case Overview():
                yield from self._overview(block)
            case FigureBlock():
                picture = f"![{escaped(block.alternative)}](figures/{block.name}.png)"
                yield self._anchored(block.anchor, picture)
                yield f"*{escaped(block.caption)}*"
                if block.method:
                    yield f"<details><summary>How this was made</summary>\n\n{escaped(block.method)}\n\n</details>"
            case Findings(cards, folded=False):
                for card in cards:
                    yield from self._card(card)
            case Findings(cards, folded=True):
                yield "\n".join(line for card in cards for line in self._folded(card))

    def _overview(self, block: Overview) -> Iterator[str]:
        yield f"### {escaped(block.study)}"
        if block.scope:
            yield escaped(block.scope)
        lines = [self._group(group) for group in block.groups]
        if lines:
            yield "\n".join(lines)
        for text in (block.suggestions_note, block.best):
            if text:
                yield escaped(text)
        if block.figure is not None:
            yield f"![{escaped(block.figure.alternative)}](figures/{block.figure.name}.png)"
        if block.changes:
            settings = (
                f"- {escaped(change.name)}: {escaped(change.baseline)} → **{escaped(change.best)}**"
                for change in block.changes
            )
            yield "\n".join(settings)
            yield _fenced([block.command])
        for text in (block.trust, *block.remarks):
            if text:
                yield escaped(text)

    def _group(self, group: Group) -> str:
        names = [self._links([Link(found.name, found.anchor)]) for found in group.suggestions]
        if group.folded:
            return f"- {group.mark} **{escaped(group.counted)}**: {', '.join(names)}"
        told = (
            " ".join(filter(None, [name, escaped(found.numbers)]))
            for name, found in zip(names, group.suggestions, strict=True)
        )
        return f"- {group.mark} **{escaped(group.advice)}**: {'; '.join(told)}"

    def _card(self, card: Card) -> Iterator[str]:
        yield self._anchored(card.anchor, f"### {escaped(card.claim)}", "\n\n")
        yield f"{card.stance.mark} **{escaped(card.verdict)}** {escaped(card.text)}".rstrip()
        items = self._evidence(card)
        if items:
            yield "\n".join(f"- {item}" for item in items)
        if card.command:
            yield escaped(card.purpose)
            yield _fenced([card.command])

    def _folded(self, card: Card) -> Iterator[str]:
        told = f"{card.stance.mark} {escaped(card.claim)}: **{escaped(card.verdict)}** {escaped(card.text)}".rstrip()
        yield f"- {self._anchored(card.anchor, told, ' ')}"
        yield from (f"  - {item}" for item in self._evidence(card))
        if card.command:
            yield f"  - {escaped(card.purpose)} {_code(card.command)}"

    def _evidence(self, card: Card) -> list[str]:
        items = [f"{title}: {escaped(item)}" for title, items in card.evidence for item in items]
        return [*items, f"See {self._links(card.links)}."] if card.links else items

    def _anchored(self, anchor: str, text: str, between: str = "\n") -> str:
        # Only where a link leads here: an anchor is HTML, which some readers show as it is.
        return f'<a id="{anchor}"></a>{between}{text}' if anchor in self._linked else text

    def _links(self, links: Iterable[Link]) -> str:
        return ", ".join(
            f"[{escaped(link.text)}](#{self._headings.get(link.anchor, link.anchor)})"
            if link.anchor in self._linked
            else escaped(link.text)
            for link in links
        )


def _heading_name(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _table(table: Table) -> str:
    ruler = ["---:" if numeric else "---" for numeric in table.numeric]
    lines = [_row(map(escaped, table.headings)), _row(ruler)]
    lines += [_row(map(escaped, row)) for row in table.rows]
    return "\n".join(lines)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _fenced(lines: Iterable[str]) -> str:
    text = "\n".join(" ".join(line.splitlines()) for line in lines)
    fence = _fence(text, 3)
    return f"{fence}sh\n{text}\n{fence}"


def _code(line: str) -> str:
    text = " ".join(line.splitlines())
    fence = _fence(text, 1)
    return f"{fence} {text} {fence}" if "`" in text else f"{fence}{text}{fence}"


def _fence(text: str, shortest: int) -> str:
    """Return more backticks than any run inside has, so that the text cannot close it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    return "`" * max(shortest, longest + 1)
