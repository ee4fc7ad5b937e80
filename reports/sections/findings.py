"""Each claim and each suggestion: what speaks for it, what against, and what would test it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from reports import claims
from reports.document import Block, Card, Commands, Findings, Paragraph, Section, Stance
from reports.effects import effects_tables
from reports.evidence import NOT_TESTED, Finding
from reports.formatting import count
from reports.frames import Frames
from reports.remedies import Remedy, remedies
from reports.statistics import LEVEL
from reports.suggestions import Suggestion, card, suggestions

_TITLE = "Findings"
_WORDS = {
    Stance.FOR: "supported",
    Stance.AGAINST: "contradicted",
    Stance.MIXED: "mixed",
    Stance.UNDECIDED: "undecided",
    Stance.UNTESTED: NOT_TESTED,
}
"""In the order of the cards."""
_READING = (
    f"Intervals: {LEVEL}. Claims compare the baselines of two families, unpaired (Welch's interval), and each stands "
    "alone, uncorrected for the number of claims. Suggestions are the variants of a space: test accuracy, paired by "
    "seed, p by exact sign flips, with Holm's correction over the ablation; where a part was taken out of the full "
    "model, the effect is what the part adds. A figure stands under For or Against where its interval leaves out 0, "
    "else it was measured, either way."
)


def section(frames: Frames) -> Section:
    """Builds the section."""
    judged, suggested = claims.findings(frames), suggestions(frames)
    if not judged and not suggested:
        return Section(_TITLE, (Paragraph("No study here has claims or variants to judge."),))
    tables = effects_tables(frames)
    cards = [finding.card for finding in judged] + [card(found, tables) for found in suggested if found.decided]
    stances = [finding.card.stance for finding in judged] + [found.stance for found in suggested]
    blocks: list[Block] = [Paragraph(_counted(stances))]
    if cards:
        blocks.append(Findings(tuple(_by_stance(cards))))
    blocks += _surer(judged)
    blocks += _undecided(frames, [found for found in suggested if not found.decided])
    return Section(_TITLE, (*blocks, Paragraph(_READING)))


def _undecided(frames: Frames, found: Sequence[Suggestion]) -> list[Block]:
    """Folds the cards of each study, the tested ones first; says once what would tell more of several."""
    tables = effects_tables(frames)
    blocks: list[Block] = []
    for study, group in groupby(found, key=lambda suggestion: suggestion.study):
        together = list(group)
        cards = [_with_remedy(card(alone, tables), remedies(frames, [alone])) for alone in together]
        blocks.append(Paragraph(f"Suggestions of {study} that are not decided:"))
        blocks.append(Findings(tuple(_by_stance(cards)), folded=True))
        for remedy in remedies(frames, together) if len(together) > 1 else ():
            blocks += [Paragraph(remedy.text), *([Commands((remedy.command,))] if remedy.command else [])]
    return blocks


def _with_remedy(made: Card, found: Sequence[Remedy]) -> Card:
    if not found:
        return made
    (remedy,) = found
    if not remedy.command:
        return replace(made, text=f"{made.text} {remedy.text}")
    return replace(made, purpose=remedy.text, command=remedy.command)


def _by_stance(cards: Sequence[Card]) -> list[Card]:
    order = list(_WORDS)
    return sorted(cards, key=lambda made: order.index(made.stance))


def _surer(judged: Sequence[Finding]) -> list[Block]:
    commands = dict.fromkeys(finding.more for finding in judged if finding.more)
    if not commands:
        return []
    text = "To know more surely of the undecided claims, with more seeds (of both families):"
    return [Paragraph(text), Commands(tuple(commands))]


def _counted(stances: Sequence[Stance]) -> str:
    numbers = Counter(stances)
    told = [f"{numbers[stance]} {word}" for stance, word in _WORDS.items() if numbers[stance]]
    return f"{count(len(stances), 'claim')} and suggestions: {', '.join(told)}."
