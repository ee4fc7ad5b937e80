"""A document as GitHub-flavoured Markdown."""

from __future__ import annotations

import re

from reports.document import Block, Bullets, Commands, Document, FigureBlock, Paragraph, Table

_SPECIAL = re.compile(r"([\\`*\[\]|~$#]|(?<!\w)_|_(?!\w))")
"""Signs that Markdown would read as form. An underscore inside a word is none."""
_ORDERED = re.compile(r"^(\d+)([.)])(?=\s|$)")


def to_markdown(document: Document) -> str:
    """Returns the page; it expects the pictures in `figures/` beside it."""
    parts = [f"# {escaped(document.title)}"]
    for section in document.sections:
        parts.append(f"## {escaped(section.title)}")
        parts += [_block(block) for block in section.blocks]
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """Returns text that a Markdown reader shows as it is, on one line."""
    line = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    line = _SPECIAL.sub(r"\\\1", line)
    line = _ORDERED.sub(r"\1\\\2", line)
    # A leading hyphen or plus would begin a list.
    return f"\\{line}" if line[:2] in ("- ", "+ ") or line in ("-", "+") else line


def _block(block: Block) -> str:
    match block:
        case Paragraph(text):
            return escaped(text)
        case Bullets(items):
            return "\n".join(f"- {escaped(item)}" for item in items)
        case Commands(lines):
            return _fenced("\n".join(" ".join(line.splitlines()) for line in lines))
        case Table():
            return _table(block)
        case FigureBlock():
            picture = f"![{escaped(block.alternative)}](figures/{block.name}.png)"
            return f"{picture}\n\n*{escaped(block.caption)}*"


def _table(table: Table) -> str:
    ruler = ["---:" if numeric else "---" for numeric in table.numeric]
    lines = [_row(map(escaped, table.headings)), _row(ruler)]
    lines += [_row(map(escaped, row)) for row in table.rows]
    return f"**{escaped(table.caption)}**\n\n" + "\n".join(lines)


def _row(cells: map[str] | list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _fenced(text: str) -> str:
    # A fence longer than any run of backticks inside cannot be closed by the text.
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}sh\n{text}\n{fence}"
