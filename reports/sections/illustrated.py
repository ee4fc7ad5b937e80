"""Turns the figures of a section into blocks: each is computed once, and drawn only if there is something to draw."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from reports.document import Block, FigureBlock, Paragraph
from reports.figures import discover
from reports.frames import Frames


def figures_of(section: str, frames: Frames) -> list[Block]:
    """Returns a block for each figure of the section, then one that says which have nothing to draw, and why."""
    blocks: list[Block] = []
    absent: list[str] = []
    for module in (found for found in discover() if section == found.SECTION):
        table = module.compute(frames)
        if table.empty:
            absent.append(module.EMPTY)
            continue
        blocks.append(
            FigureBlock(
                name=module.NAME,
                caption=module.caption(table),
                alternative=module.alternative(table),
                draw=partial(module.draw, table),
            )
        )
    return [*blocks, Paragraph(_told(absent))] if absent else blocks


def _told(sentences: Sequence[str]) -> str:
    """One sentence stands as it is; several become one list."""
    if len(sentences) == 1:
        return sentences[0]
    reasons = [f"{sentence[0].lower()}{sentence[1:].removesuffix('.')}" for sentence in sentences]
    return f"Not in this report: {'; '.join(reasons)}."
