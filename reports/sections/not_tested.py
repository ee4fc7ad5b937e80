"""What nobody tested: suggestions and claims without a trial, and the commands that would test them all."""

from __future__ import annotations

from itertools import groupby

from reports.analysis.frames import Frames
from reports.findings.claims import judged_claims
from reports.findings.further_trials import further_trials
from reports.findings.suggestions import suggestions
from reports.formatting import count
from reports.pages.document import Block, Bullets, Commands, Paragraph, Section, Stance


def section(frames: Frames) -> Section:
    """Return the section, from every frame of the report; it is empty where every suggestion was tested."""
    untested = [found for found in suggestions(frames) if found.rows.empty]
    blocks: list[Block] = []
    for study, group in groupby(untested, key=lambda found: found.study):
        together = list(group)
        names = ", ".join(found.name for found in together)
        blocks.append(Paragraph(f"{study}: {count(len(together), 'suggestion')} without a trial: {names}."))
        blocks += [Commands((further.command,)) for further in further_trials(frames, together)]
    cards = [found.card for found in judged_claims(frames).findings if found.card.stance is Stance.UNTESTED]
    if cards:
        blocks += [Paragraph(f"{count(len(cards), 'claim')} without the trials that would judge it:")]
        blocks.append(Bullets(tuple(f"{card.claim}: {card.text}" for card in cards)))
        commands = tuple(dict.fromkeys(card.command for card in cards if card.command))
        blocks += [Commands(commands)] if commands else []
    return Section("Not tested", tuple(blocks), appendix=True)
