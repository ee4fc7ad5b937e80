"""How the models learn, epoch by epoch."""

from __future__ import annotations

from reports.analysis.frames import Frames
from reports.pages.document import Section
from reports.sections.illustrated import figures_of


def section(frames: Frames) -> Section:
    """Return the section, from every frame of the report."""
    return Section("Loss and accuracy curves", tuple(figures_of("curves", frames)))
