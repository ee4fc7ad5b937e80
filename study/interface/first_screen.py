"""What a study shows of itself in a notebook: the report's first screen, small."""

from __future__ import annotations

from html import escape

from reports.analysis.frames import Frames
from reports.pages.document import Block, Table
from reports.pages.fragment import to_fragment
from reports.pages.overview import Overview
from reports.sections import ablation
from reports.sections import first_screen as screen
from study.status.details import Details
from study.task import Metric

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


def in_words(row: Details) -> str:
    """Return in a line how far a study is and what its best scores.

    Args:
        row: As `study.status.details.study_row` returns it.
    """
    metric = Metric.from_columns(row["metric"])
    counted = [(row["search_trials"], row["search_target"], "search trials")]
    counted += [(row["replicates"], row["replicate_target"], "replicates")]
    counted += [(row["ablation_trials"], row["ablation_target"], "ablation trials")]
    told = [f"{done} of {target} {what}" for done, target, what in counted if target]
    best = row["best_validation_score"]
    told += [] if best is None else [f"best validation {metric.label} {metric.show(best)}"]
    return f"{row['study']}: {row['status']}, {', '.join(told)}"


def broken(name: str, error: Exception) -> str:
    """Return, as HTML, why a study cannot show itself."""
    return f"<p><b>{escape(name)}</b>: {escape(str(error))}</p>"
