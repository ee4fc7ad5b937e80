"""Turns the figures of a section into blocks: each is computed once, and drawn only if there is something to draw."""

from __future__ import annotations

from functools import partial

from reports.document import Block, FigureBlock, Paragraph
from reports.figures import discover
from reports.frames import Frames


def figures_of(section: str, frames: Frames) -> list[Block]:
    """Returns a block for each figure of the section: the figure, or the sentence that stands in for it."""
    blocks: list[Block] = []
    for module in (found for found in discover() if section == found.SECTION):
        table = module.compute(frames)
        if table.empty:
            blocks.append(Paragraph(module.EMPTY))
            continue
        blocks.append(
            FigureBlock(
                name=module.NAME,
                caption=module.caption(table),
                alternative=module.alternative(table),
                draw=partial(module.draw, table),
            )
        )
    return blocks
