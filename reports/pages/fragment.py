"""Some blocks of a document as HTML that stands inside another page, whose colours and letters it takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from reports.pages.document import Block, Bullets, Paragraph, Table
from reports.pages.overview import Overview


def to_fragment(blocks: Iterable[Block], *, columns: int) -> str:
    """Return paragraphs, lists and tables; what else a report has is left out.

    Args:
        blocks: Of the document.
        columns: Of a table, how many are shown, the first ones.
    """
    return "".join(part for block in blocks for part in _shown(block, columns))


def _shown(block: Block, columns: int) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield f"<p>{escape(text)}</p>"
        case Bullets(items):
            yield f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>"
        case Overview():
            yield f"<p><b>{escape(block.study)}</b>: {escape(' '.join(filter(None, [block.best, block.trust])))}</p>"
            groups = (
                f"{group.advice}: {'; '.join(f'{found.name} {found.numbers}' for found in group.suggestions)}"
                for group in block.groups
            )
            told = [*groups, *block.remarks]
            yield f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in told)}</ul>" if told else ""
        case Table():
            yield f"<p>{escape(block.caption)}</p><table>"
            yield _row("th", block.headings, block.numeric, columns)
            yield from (_row("td", row, block.numeric, columns) for row in block.rows)
            yield "</table>"


def _row(tag: str, cells: Sequence[str], numeric: Sequence[bool], columns: int) -> str:
    shown = zip(cells[:columns], numeric, strict=False)
    aligned = (
        f'<{tag} style="text-align:{"right" if is_number else "left"}">{escape(cell)}' for cell, is_number in shown
    )
    return f"<tr>{''.join(f'{cell}</{tag}>' for cell in aligned)}</tr>"
