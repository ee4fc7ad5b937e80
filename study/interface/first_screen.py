"""What a study shows of itself in a notebook: the report's first screen, small."""

from __future__ import annotations

from html import escape

from reports.analysis.frames import Frames
from reports.pages.document import Block, Table
from reports.pages.fragment import to_fragment
from reports.pages.overview import Overview
from reports.sections import ablation
from reports.sections import first_screen as screen

_COLUMNS = 5
"""Of a table of effects: the arm, its effect and verdict, and what it costs."""


def first_screen(frames: Frames) -> str:
    """Return, as HTML, what is best and by how much, what each suggestion does, how sure that is and at what cost.

    Args:
        frames: Of one study.
    """
    effects = set(ablation.effects_tables(frames).values()) if not frames.arms.empty else set()
    tables = [block for block in ablation.section(frames).blocks if isinstance(block, Table) and block.name in effects]
    blocks: list[Block] = [block for block in screen.section(frames).blocks if isinstance(block, Overview)]
    return f"<div>{to_fragment([*blocks, *tables], columns=_COLUMNS)}</div>"


def broken(name: str, error: Exception) -> str:
    """Return, as HTML, why a study cannot show itself."""
    return f"<p><b>{escape(name)}</b>: {escape(str(error))}</p>"
