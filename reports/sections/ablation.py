"""Which suggestions help, by how much, at what cost: the plot of the effects, and a table for each ablation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.analysis.effects import effects
from reports.analysis.examples import noun
from reports.analysis.frames import Frames
from reports.analysis.pairs import ARM, ENDS, arms_of, planned_trials_of
from reports.analysis.withdrawn import withdrawn_sentences
from reports.findings.adopted import together
from reports.findings.advised import advised
from reports.findings.cards import told_apart
from reports.findings.commands import variant_command
from reports.findings.further_trials import FurtherTrials, further_trials
from reports.findings.suggestions import Suggestion, card, suggestions
from reports.findings.wording import COMMAND
from reports.pages.document import Block, Card, Column, Commands, Paragraph, Section, distinct_slugs, tabulate
from reports.sections.ablation_designs import designs_shown
from reports.sections.effects_table import best_first, effects_table, side_by_side
from reports.sections.illustrated import figures_of
from reports.statistics import Advice
from study.design import Design, Role, Setting

TITLE = "Suggestions"
_EMPTY = f"No suggestion was tested yet: '{COMMAND}' tries every variant of a space against its baseline."


def effects_tables(frames: Frames) -> dict[tuple[Any, ...], str]:
    """Return, by study and ablation, the name of the table that shows its effects; no two are alike."""
    return distinct_slugs("ablation", frames.ablations[["study", "name"]].itertuples(index=False, name=None))


def anchors_of_suggestions(frames: Frames) -> dict[tuple[str, str], str]:
    """Return, by study and suggestion, the anchor of what its verdict rests on; of those that were tested."""
    return {key: made.anchor for key, made in suggestion_cards(frames).items()}


@lru_cache(maxsize=1)
def suggestion_cards(frames: Frames) -> dict[tuple[str, str], Card]:
    """Return, by study and suggestion, what its verdict rests on; of those that were tested. Not to be changed."""
    tested = [found for found in suggestions(frames) if not found.rows.empty]
    tables = effects_tables(frames)
    made = [
        _to_train(frames, found, card(found, tables))
        if found.advice == Advice.ADOPT
        else _with_command(card(found, tables), further_trials(frames, [found]))
        for found in tested
    ]
    return {(found.study, found.name): one for found, one in zip(tested, told_apart(made), strict=True)}


def accounting(frames: Frames) -> pd.DataFrame:
    """Return what became of the trials of each arm, baselines included: `ARM`, `role`, `planned`, `ENDS`."""
    planned = planned_trials_of(frames)
    ends = pd.concat([planned[ARM], *((planned["end"] == end).rename(end) for end in ENDS)], axis=1).groupby(ARM).sum()
    table = arms_of(frames)[[*ARM, "role", "added_later", "withdrawn_at"]].merge(ends.reset_index(), on=ARM, how="left")
    table[ENDS] = table[ENDS].fillna(0).astype(int)
    return table.assign(planned=table[ENDS].sum(axis=1))


def section(frames: Frames) -> Section:
    """Return the section, from every frame of the report."""
    if frames.arms.empty:
        return Section(TITLE, (Paragraph(_EMPTY),))
    table = effects(frames)
    plot, *others = figures_of("ablation", frames)
    blocks: list[Block] = [plot, *_tables(frames, table), *_adopted(frames), *_further(frames)]
    blocks += [Paragraph(sentence) for sentence in withdrawn_sentences(table)]
    return Section(TITLE, (*blocks, *others, *designs_shown(frames)))


def _tables(frames: Frames, table: pd.DataFrame) -> list[Block]:
    """Return a table for each ablation; a suggestion's card is folded into the first that has it."""
    names, cards = effects_tables(frames), dict(suggestion_cards(frames))
    blocks: list[Block] = []
    for about, arms in side_by_side(table).groupby(["study", "ablation"], sort=False):
        study = str(about[0])
        details: dict[str, Card] = {}
        for row in arms.to_dict("records"):
            left_out = row["design"] == Design.LEAVE_ONE_OUT
            suggested = row["removed"] if left_out else row["arm"]
            found = cards.pop((study, suggested), None) if row["role"] == Role.VARIANT else None
            details |= {} if found is None else {row["arm"]: found}
        blocks.append(effects_table(names[about], best_first(arms), noun([frames.plan_rows[study]]), details))
    return blocks


def _further(frames: Frames) -> list[Block]:
    """Say once what would tell more of several suggestions that are not decided."""
    blocks: list[Block] = []
    found = [suggestion for suggestion in suggestions(frames) if not suggestion.decided and not suggestion.rows.empty]
    for _, group in groupby(found, key=lambda suggestion: suggestion.study):
        together: list[Suggestion] = list(group)
        for further in further_trials(frames, together) if len(together) > 1 else []:
            blocks += [Paragraph(further.text), *([Commands((further.command,))] if further.command else [])]
    return blocks


def _adopted(frames: Frames) -> list[Block]:
    """Say, with the command that would tell, where several suggestions to adopt were never tried together."""
    blocks: list[Block] = []
    for (study, advice), group in advised(frames).groupby(["study", "advice"], sort=False):
        found = together(frames, str(study), group["name"].tolist()) if advice == Advice.ADOPT else None
        if found is not None and found.command:
            blocks += [Paragraph(f"{study}: {found.text} To find out:"), Commands((found.command,))]
    return blocks


def _to_train(frames: Frames, found: Suggestion, made: Card) -> Card:
    command = variant_command(frames, found.study, found.name, found.changes)
    return replace(made, purpose="To adopt it, begin a study whose baseline it is:", command=command)


def _with_command(made: Card, found: list[FurtherTrials]) -> Card:
    if not found:
        return made
    (further,) = found
    if not further.command:
        return replace(made, text=f"{made.text} {further.text}")
    return replace(made, purpose=further.text, command=further.command)


def accounting_shown(frames: Frames) -> list[Block]:
    """Return the variants and controls that lack a trial; where none does, a sentence says so of all."""
    if frames.arms.empty:
        return []
    table = accounting(frames)
    lacking = table[table["complete"] < table["planned"]]
    if lacking.empty:
        return [Paragraph(f"All {form.whole(table['planned'].sum())} planned trials of all variants are complete.")]
    columns = [
        Column("Study", form.shown("study")),
        Column("Ablation", form.shown("ablation")),
        Column("Setting", form.shown("setting", lambda setting: "re-tuned" if setting == Setting.RETUNED else setting)),
        Column("Variant or control", _lacking_arm),
        Column("Planned", form.shown("planned", form.whole), numeric=True),
        *(Column(end.capitalize(), form.shown(end, form.whole), numeric=True) for end in ENDS),
    ]
    caption = "What became of the trials of the variants that lack one; all other planned trials are complete"
    return [tabulate("ablation-accounting", caption, lacking, columns)]


def _lacking_arm(row: Mapping[Any, Any]) -> str:
    gone = row["withdrawn_at"]
    return str(row["arm"]) if form.is_missing(gone) else f"{row['arm']} (withdrawn {gone[:10]})"
