"""Each claim and each suggestion on a card: what speaks for it, what against, and what would test it."""

from __future__ import annotations

from collections import Counter

from reports import claims, suggestions
from reports.document import Card, Findings, Paragraph, Section, Stance
from reports.formatting import count
from reports.frames import Frames
from reports.statistics import LEVEL

_TITLE = "Findings"
_WORDS = {
    Stance.FOR: "supported",
    Stance.AGAINST: "contradicted",
    Stance.MIXED: "mixed",
    Stance.UNDECIDED: "undecided",
    Stance.UNTESTED: "not tested",
}


def section(frames: Frames) -> Section:
    """Builds the section."""
    found = [*claims.cards(frames), *suggestions.cards(frames)]
    if not found:
        return Section(_TITLE, (Paragraph("No study here has claims or variants to judge."),))
    reading = (
        f"Claims compare the baselines of two families; suggestions are the variants of a space. Intervals: {LEVEL}; "
        "each claim stands alone, uncorrected for the number of claims; suggestions carry Holm's correction. A side's "
        "figures are listed by their sign, whether or not they decide."
    )
    return Section(_TITLE, (Paragraph(_counted(found)), Findings(tuple(found)), Paragraph(reading)))


def _counted(found: list[Card]) -> str:
    stances = Counter(card.stance for card in found)
    told = [f"{stances[stance]} {word}" for stance, word in _WORDS.items() if stances[stance]]
    return f"{count(len(found), 'claim')} and suggestions: {', '.join(told)}."
