"""Each claim and each suggestion: what speaks for it, what against, and what would test it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from reports.analysis.frames import Frames
from reports.findings.cards import NOT_TESTED, Finding
from reports.findings.claims import judged_claims
from reports.findings.further_trials import FurtherTrials, further_trials
from reports.findings.suggestions import Suggestion, card, suggestions
from reports.pages.document import Block, Card, Commands, Findings, Paragraph, Section, Stance
from reports.sections.ablation import effects_tables
from reports.statistics import LEVEL

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
    f"Intervals: {LEVEL}. Claims compare the baselines of two models, unpaired (Welch's interval), and each stands "
    "alone, uncorrected for the number of claims. Suggestions are the variants of a space: the test score, paired by "
    "seed, p by exact sign flips, with Holm's correction over the ablation; where a part was taken out of the full "
    "model, the effect is what the part adds. A figure stands under For or Against where its interval leaves out 0, "
    "else it was measured, either way. A re-tuned effect alone decides nothing: one search a side found its two "
    "configurations, and the luck of a search is in no interval. Whoever looks, adds seeds and looks again will find "
    "an effect that is not there more often than the 5 % say: that promise is for seeds decided on beforehand."
)


def section(frames: Frames) -> Section:
    """Return the section, from every frame of the report."""
    claims, suggested = judged_claims(frames), suggestions(frames)
    judged = claims.findings
    notes = [Paragraph(note) for note in claims.notes]
    if not judged and not suggested and not notes:
        return Section(_TITLE, (Paragraph("No study here has claims or variants to judge."),))
    tables = effects_tables(frames)
    cards = [finding.card for finding in judged] + [card(found, tables) for found in suggested if found.decided]
    stances = [finding.card.stance for finding in judged] + [found.stance for found in suggested]
    blocks: list[Block] = [Paragraph(_counted(stances))]
    if cards:
        blocks.append(Findings(tuple(_by_stance(cards))))
    blocks += _surer(judged)
    blocks += _undecided(frames, [found for found in suggested if not found.decided], tables)
    return Section(_TITLE, (*_told_apart(blocks), *notes, Paragraph(_READING)))


def _told_apart(blocks: Sequence[Block]) -> Iterator[Block]:
    """Put numbers to the cards whose claims would make the same anchor."""
    seen: Counter[str] = Counter()
    for block in blocks:
        if isinstance(block, Findings):
            cards = []
            for made in block.cards:
                seen[made.anchor] += 1
                cards.append(replace(made, number=seen[made.anchor]))
            yield replace(block, cards=tuple(cards))
        else:
            yield block


def _undecided(frames: Frames, found: Sequence[Suggestion], tables: Mapping[tuple[Any, ...], str]) -> list[Block]:
    """Fold the cards of each study, the tested ones first; say once what would tell more of several."""
    blocks: list[Block] = []
    for study, group in groupby(found, key=lambda suggestion: suggestion.study):
        together = list(group)
        cards = [_with_command(card(alone, tables), further_trials(frames, [alone])) for alone in together]
        own = {made.command for made in cards}
        blocks.append(Paragraph(f"Suggestions of {study} that are not decided:"))
        blocks.append(Findings(tuple(_by_stance(cards)), folded=True))
        for further in further_trials(frames, together):
            if further.command and further.command not in own:
                blocks += [Paragraph(further.text), Commands((further.command,))]
    return blocks


def _with_command(made: Card, found: Sequence[FurtherTrials]) -> Card:
    if not found:
        return made
    (further,) = found
    if not further.command:
        return replace(made, text=f"{made.text} {further.text}")
    return replace(made, purpose=further.text, command=further.command)


def _by_stance(cards: Sequence[Card]) -> list[Card]:
    order = list(_WORDS)
    return sorted(cards, key=lambda made: order.index(made.stance))


def _surer(judged: Sequence[Finding]) -> list[Block]:
    commands = dict.fromkeys(finding.more for finding in judged if finding.more)
    if not commands:
        return []
    text = "To know more surely of the undecided claims, by replicates of both models' baselines on more seeds:"
    return [Paragraph(text), Commands(tuple(commands))]


def _counted(stances: Sequence[Stance]) -> str:
    numbers = Counter(stances)
    told = [f"{numbers[stance]} {word}" for stance, word in _WORDS.items() if numbers[stance]]
    number = "1 claim or suggestion" if len(stances) == 1 else f"{len(stances)} claims and suggestions"
    return f"{number}: {', '.join(told)}."
