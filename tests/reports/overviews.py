"""Reads the first screen of a report."""

from __future__ import annotations

from reports.analysis.frames import Frames
from reports.pages.overview import Overview
from reports.sections import first_screen


def overviews(frames: Frames) -> dict[str, Overview]:
    """Returns each study's card, by study."""
    return {block.study: block for block in first_screen.section(frames).blocks if isinstance(block, Overview)}


def overview(frames: Frames) -> Overview:
    """Returns the card of the only study."""
    (found,) = overviews(frames).values()
    return found


def advice(found: Overview) -> dict[str, list[str]]:
    """Returns the advice, and the names of the suggestions that it is given for."""
    return {group.advice: [suggested.name for suggested in group.suggestions] for group in found.groups}


def told(found: Overview) -> str:
    """Returns all that a card says, but its suggestions."""
    return " ".join([found.suggestions_note, found.best, found.command, found.trust, *found.remarks])
