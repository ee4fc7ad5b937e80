"""How the models learn, epoch by epoch."""

from __future__ import annotations

from reports.analysis.frames import Frames
from reports.analysis.scores import in_words
from reports.pages.document import Section
from reports.sections.illustrated import figures_of


def section(frames: Frames) -> Section:
    """Return the section, from every frame of the report."""
    word = in_words(plan.metric for plan in frames.plan_rows.values())
    return Section(f"Loss and {word} curves", tuple(figures_of("curves", frames)))
