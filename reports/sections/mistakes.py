"""What the best configurations get wrong on the test split."""

from __future__ import annotations

from reports.document import Section
from reports.frames import Frames
from reports.sections.illustrated import figures_of


def section(frames: Frames) -> Section:
    """Builds the section."""
    return Section("Mistakes on the test split", tuple(figures_of("mistakes", frames)))
