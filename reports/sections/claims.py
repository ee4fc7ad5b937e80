"""Published numbers beside ours, and each claim of a space: what speaks for it, what against, what would test it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from reports.analysis.frames import Frames
from reports.findings.cards import Finding, told_apart
from reports.findings.claims import judged_claims
from reports.pages.document import Block, Card, Commands, Findings, Paragraph, Section, Stance
from reports.sections.ablation import suggestion_cards
from reports.sections.published import published_shown

TITLE = "Published numbers and claims"
_WORDS = {
    Stance.FOR: "supported",
    Stance.AGAINST: "contradicted",
    Stance.MIXED: "mixed",
    Stance.UNDECIDED: "undecided",
    Stance.UNTESTED: "not tested (see the appendix)",
}
"""In the order of the cards."""


def section(frames: Frames) -> Section:
    """Return the section, from every frame of the report; it is empty where nothing was published or claimed."""
    judged = judged_claims(frames)
    cards = [finding.card for finding in judged.findings if finding.card.stance is not Stance.UNTESTED]
    blocks: list[Block] = published_shown(frames)
    if cards:
        ordered = sorted(cards, key=lambda made: list(_WORDS).index(made.stance))
        taken = suggestion_cards(frames).values()
        every = [finding.card for finding in judged.findings]
        blocks += [Paragraph(_counted(every)), Findings(tuple(told_apart(ordered, taken))), *_surer(judged.findings)]
    return Section(TITLE, (*blocks, *(Paragraph(note) for note in judged.notes)))


def _surer(judged: Sequence[Finding]) -> list[Block]:
    commands = dict.fromkeys(finding.more for finding in judged if finding.more)
    if not commands:
        return []
    text = "To know more surely of the undecided claims, by replicates of both models' baselines on more seeds:"
    return [Paragraph(text), Commands(tuple(commands))]


def _counted(cards: Sequence[Card]) -> str:
    numbers = Counter(card.stance for card in cards)
    told = [f"{numbers[stance]} {word}" for stance, word in _WORDS.items() if numbers[stance]]
    return f"{'1 claim' if len(cards) == 1 else f'{len(cards)} claims'}: {', '.join(told)}."
