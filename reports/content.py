"""The report's table of contents: which section follows which. Frames in, document out."""

from __future__ import annotations

from reports.document import Document
from reports.formatting import count
from reports.frames import Frames
from reports.sections import (
    ablation,
    accounting,
    cost,
    curves,
    findings,
    headline,
    leaderboard,
    mistakes,
    provenance,
    published,
    search,
    settings,
)

_SECTIONS = (
    headline,
    leaderboard,
    settings,
    ablation,
    cost,
    findings,
    published,
    curves,
    search,
    mistakes,
    accounting,
    provenance,
)
"""In the order in which a reader wants them; each module has `section(frames)`."""
_NAMED_IN_TITLE = 3


def build(frames: Frames, *, title: str | None = None) -> Document:
    """Builds the report of all studies in `frames`."""
    return Document(title or _title(frames), tuple(module.section(frames) for module in _SECTIONS))


def _title(frames: Frames) -> str:
    studies = frames.plans["study"].tolist()
    if 1 <= len(studies) <= _NAMED_IN_TITLE:
        return f"Hyperparameter search: {', '.join(studies)}"
    return f"Hyperparameter search: {count(len(studies), 'study')}"
