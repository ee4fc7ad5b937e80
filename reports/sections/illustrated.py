"""Turns the figures of a section into blocks: each is computed once, and drawn only if there is something to draw."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd

from reports.analysis.frames import Frames
from reports.drawing.fonts import lacking
from reports.figures import FigureModule, discover
from reports.formatting import count
from reports.pages.document import Block, Bullets, Paragraph
from reports.pages.figure import FigureBlock

_MOST_LETTERS = 40
"""That a sentence lists."""


def figures_of(section: str, frames: Frames) -> list[Block]:
    """Return a block for each figure of the section, then one that says which have nothing to draw, and why.

    What a figure's `absent` says of studies that it lacks stands in its place, or after it; once, if several say it.
    """
    blocks: list[Block] = []
    absent: list[str] = []
    # A model that trains itself tells scores, and nothing of single examples.
    tasks = {plan.task for plan in frames.plan_rows.values() if not plan.own_training}
    for module in (found for found in discover() if section == found.SECTION):
        about = getattr(module, "TASKS", None)
        if about is not None and not tasks.intersection(about):
            continue
        if not getattr(module, "concerns", lambda _: True)(frames):
            continue
        table = module.compute(frames)
        sentences = getattr(module, "absent", lambda _: ())(frames)
        if not table.empty:
            blocks += _drawn(module, table)
        elif not sentences:
            absent.append(module.EMPTY)
        blocks += [sentence for sentence in map(Paragraph, sentences) if sentence not in blocks]
    return [*blocks, *_told(absent)]


def _drawn(module: FigureModule, table: pd.DataFrame) -> list[Block]:
    figure = FigureBlock(
        name=module.NAME,
        caption=module.caption(table),
        alternative=module.alternative(table),
        draw=partial(module.draw, table),
        own_colours=getattr(module, "OWN_COLOURS", False),
        method=getattr(module, "method", lambda _: "")(table),
    )
    missing = lacking(_texts(table))
    return [figure, Paragraph(_boxes(missing))] if missing else [figure]


def _texts(table: pd.DataFrame) -> str:
    """Return what a figure may show in letters: the texts of its table, each once."""
    columns = [table[name] for name in table.columns if not pd.api.types.is_numeric_dtype(table[name])]
    # A column of texts alone has few different ones; in others, lists may stand.
    parts = [column.unique() if isinstance(column.dtype, pd.StringDtype) else column for column in columns]
    found = {value for values in parts for value in values if isinstance(value, str)}
    return "".join(sorted(found))


def _boxes(missing: str) -> str:
    shown = " ".join(missing[:_MOST_LETTERS]) + (" and more" if len(missing) > _MOST_LETTERS else "")
    return (
        f"No font on this machine has {count(len(missing), 'letter')} of this figure's names; it shows a box for each: "
        f"{shown}. Install a font that has them, such as Noto Sans, and write the report again."
    )


def _told(sentences: Sequence[str]) -> list[Block]:
    """Return one sentence as it is, and several as one list."""
    if len(sentences) < 2:
        return [Paragraph(sentence) for sentence in sentences]
    return [Paragraph("Not in this report:"), Bullets(tuple(sentences))]
