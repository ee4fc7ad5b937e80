"""What a reader in a hurry needs, on one screen: a sentence on what was done, and a card for each study."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from reports import formatting as form
from reports.analysis import guessing
from reports.analysis.designs import path
from reports.analysis.effects import effects
from reports.analysis.finals import finals
from reports.analysis.frames import Frames
from reports.analysis.judged_before import judged_before
from reports.analysis.pairs import GROUP
from reports.analysis.progress import replicates_sentence, sentence
from reports.analysis.scores import metric_of
from reports.analysis.selection import best_trials
from reports.drawing import style
from reports.figures import ablation_effects
from reports.findings.advised import advised
from reports.findings.path_in_words import path_in_words
from reports.pages.document import Block, Link, Paragraph, Section, distinct_slugs
from reports.pages.figure import FigureBlock
from reports.pages.overview import Change
from reports.sections.ablation import anchors_of_suggestions
from reports.sections.best_in_words import summary
from reports.sections.hyperparameters import hyperparameters
from reports.sections.in_a_sentence import in_a_sentence
from reports.sections.provenance import notes
from reports.sections.study_card import study_card
from study.design import Design, Role

TITLE = "In short"
MOST_DRAWN = 4
"""Studies whose effects are drawn on the first screen; of more, their section draws them."""
_EMPTY = "The database holds no study yet; 'python -m study run SPACE' begins one."


def section(frames: Frames) -> Section:
    """Return the section, from every frame of the report."""
    if frames.plans.empty:
        return Section(TITLE, (Paragraph(_EMPTY),))
    tables = {"advised": advised(frames), "effects": effects(frames)}
    anchors, changed, remarks = anchors_of_suggestions(frames), _changes(frames), _remarks(frames)
    rows = summary(frames).to_dict("records")
    figures = _figures(frames) if len(rows) <= MOST_DRAWN else {}
    cards = [
        study_card(
            frames,
            row,
            **{name: table[table["study"] == row["study"]] for name, table in tables.items()},
            anchors=anchors,
            changes=changed.get(row["study"], []),
            remarks=[*remarks.get(row["study"], []), *_state(row)],
            number=number,
            alone=len(rows) == 1,
            figure=figures.get(row["study"]),
        )
        for number, row in enumerate(rows, start=1)
    ]
    blocks: list[Block] = [Paragraph(in_a_sentence(frames)), *cards]
    noted = notes(frames)["study"].unique().tolist()
    if noted:
        text = f"Something was noted about the data or the options of {style.listed(noted)}."
        blocks.append(Paragraph(text, (Link("Provenance", "provenance"),)))
    return Section(TITLE, tuple(blocks))


def _figures(frames: Frames) -> dict[str, FigureBlock]:
    """Return, by study, its effects, small enough to stand beside its suggestions."""
    table = ablation_effects.compute(frames)
    if table.empty:
        return {}
    variants = table[(table["role"] == Role.VARIANT) & (table["design"] != Design.PATH)]
    names = distinct_slugs("first-screen", [(study,) for study in variants["study"].unique()])
    return {
        str(study): FigureBlock(
            name=names[(study,)],
            caption=ablation_effects.caption(part),
            alternative=ablation_effects.alternative(part),
            draw=partial(_compact, table, str(study)),
        )
        for study, part in variants.groupby("study", sort=False)
    }


def _compact(table: pd.DataFrame, study: str) -> Figure:
    drawn = ablation_effects.compact(table, study)
    if drawn is None:
        raise ValueError(f"{study} has no suggestion to draw")
    return drawn


def _changes(frames: Frames) -> dict[str, list[Change]]:
    """Return, by study, in what its best settings differ from the baseline."""
    table = hyperparameters(frames)
    table = table[table["study"].isin(best_trials(frames)["study"])]
    changed: dict[str, list[Change]] = {}
    for row in table[table["changed"].astype(bool)].to_dict("records"):
        values = (_shown(row[side]) for side in ("baseline", "best"))
        changed.setdefault(row["study"], []).append(Change(row["hyperparameter"], *values))
    return changed


def _shown(value: object) -> str:
    return "not in use" if form.is_missing(value) else form.value(value)


def _state(row: Mapping[Any, Any]) -> list[str]:
    """Return how far a study has come, where it is not done."""
    if row["finished"] and not (row["timed_out"] and row["searched"] < row["search_planned"]):
        return []
    if not row["search_planned"] and not row["searched"]:
        return []
    replicates = replicates_sentence(row["replicated"], row["replicates_planned"])
    keys = (
        "finished",
        "alive",
        "timed_out",
        "out_of_time",
        "searched",
        "search_planned",
        "search_epochs",
        "epoch_budget",
    )
    text = sentence(replicates=replicates, **{key: row[key] for key in keys})
    return [f"{text[0].upper()}{text[1:]}."]


def _remarks(frames: Frames) -> dict[str, list[str]]:
    """Return, by study, what a reader has to know beside: guessing, trials judged before, paths, final trials."""
    found: dict[str, list[str]] = {}
    for row in guessing.guessing(frames).to_dict("records"):
        found.setdefault(row["study"], []).append(guessing.sentence(row))
    for judged, told in judged_before(frames).items():
        found.setdefault(judged, []).append(told)
    for (study, _, _), steps in path(frames).groupby(GROUP, sort=False):
        found.setdefault(str(study), []).append(path_in_words(steps))
    for row in finals(frames).to_dict("records"):
        found.setdefault(row["study"], []).append(_final(row))
    return found


def _final(row: Mapping[Any, Any]) -> str:
    if row["n"] == 0:
        return f"Final trials that were asked for: {row['name']}, none complete yet."
    metric = metric_of(row)
    score = form.score_with_interval(row["test"], row["low"], row["high"], metric)
    return (
        f"Final trials that were asked for: {row['name']}, test {metric.label} {score}, "
        f"{form.count(int(row['n']), 'seed')}."
    )
