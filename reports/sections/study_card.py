"""A study's card on the first screen: what to adopt, the best settings as a diff, and how far to trust it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.analysis.frames import Frames
from reports.analysis.scores import metric_of, metrics_of, unit_in_words
from reports.drawing import style
from reports.findings.commands import settings_command
from reports.pages.figure import FigureBlock
from reports.pages.overview import Change, Group, Overview, Suggested
from reports.sections.best_in_words import in_words
from reports.statistics import ALPHA, LEVEL, Advice
from study.database import PlanRow
from study.design import Role

MOST_CHIPS = 8
"""Of one advice; more are folded."""
_UNTESTED = "None of the {number} was tested yet; the appendix has the command."
_OF_ALL_LOOKS = 1.5
"""The risk of all looks together over that of the first: look k adds 2^-k of it, from the second on."""
_SAME_SIZE = 0.01
"""Numbers of parameters that differ by less than this fraction are told as the same."""


def study_card(
    frames: Frames,
    row: Mapping[Any, Any],
    *,
    advised: pd.DataFrame,
    effects: pd.DataFrame,
    anchors: Mapping[tuple[str, str], str],
    changes: Sequence[Change],
    remarks: Sequence[str],
    number: int,
    alone: bool,
    figure: FigureBlock | None,
) -> Overview:
    """Return the card.

    Args:
        frames: The study is in them.
        row: Its row of `best_in_words.summary`.
        advised: Its rows of `reports.findings.advised.advised`.
        effects: Its rows of `effects`.
        anchors: By study and suggestion, where its evidence stands.
        changes: In what its best settings differ from the baseline.
        remarks: What a reader has to know beside.
        number: Its place among the studies, from 1.
        alone: Whether it is the only study.
        figure: Its effects, where they are drawn here.
    """
    plan = frames.plan_rows[row["study"]]
    told = [(found, _suggested(found, anchors)) for found in advised.to_dict("records")]
    groups = [_group(advice, [made for found, made in told if found["advice"] == advice]) for advice in Advice]
    return Overview(
        study=plan.study,
        number=number,
        groups=tuple(group for group in groups if group.suggestions),
        suggestions_note=_note(advised, plan),
        figure=figure,
        best=in_words(row, plan),
        changes=tuple(changes),
        command=settings_command(frames, plan.study) if changes else "",
        trust=trust(effects),
        remarks=tuple(remarks),
        compact=not alone,
    )


def trust(effects: pd.DataFrame) -> str:
    """Return on what the verdicts of a study rest: its seeds, when they were fixed, its variants, its error rate.

    Args:
        effects: The study's rows of `reports.analysis.effects.effects`.
    """
    variants = effects[effects["role"] == Role.VARIANT]
    if variants.empty:
        return ""
    family = int(variants["variants"].max())
    risk = 100 * ALPHA * (1.0 if variants["look"].max() <= 1 else _OF_ALL_LOOKS)
    parts = [
        f"How sure: {_seeds(variants)}; {form.count(family, 'comparison')} judged together: a study like this claims "
        f"something false at most {risk:g} times in 100."
    ]
    later = variants.loc[variants["added_later"].astype(bool), "arm"].unique().tolist()
    parts += [f"Added afterwards: {style.listed(later)}."] if later else []
    return " ".join(parts)


def _seeds(variants: pd.DataFrame) -> str:
    planned = variants["planned"].astype(int)
    fewest, most = planned.min(), planned.max()
    number = form.count(int(most), "seed") if fewest == most else f"{fewest} to {form.count(int(most), 'seed')}"
    added = variants["seeds_added"].astype(int)
    if not added.max():
        return f"{number} each, fixed beforehand"
    row = variants.iloc[int(added.to_numpy().argmax())]
    level = form.probability(float(row["level"]))
    return (
        f"{number} each, {added.max()} of them added after results were seen: look {int(row['look'])}, so p is "
        f"compared with {level}"
    )


def _suggested(row: Mapping[Any, Any], anchors: Mapping[tuple[str, str], str]) -> Suggested:
    why = form.no_interval(row["n"], row["searches"])
    effect = form.effect_with_interval(row["effect"], row["low"], row["high"], metric_of(row), why=why)
    if form.is_missing(row["effect"]):
        effect = "no two trials to compare yet"
    anchor = anchors.get((row["study"], row["name"]), "")
    return Suggested(name=row["name"], effect=effect, cost=_cost(row), note=row["caveat"], anchor=anchor)


def _cost(row: Mapping[Any, Any]) -> str:
    """Return what a suggestion costs: time, and how much larger or smaller it makes the model."""
    parts = []
    if row["time_tells"] and not form.is_missing(row["seconds_ratio"]):
        times = form.ratio(row["seconds_ratio"], row["seconds_low"], row["seconds_high"])
        parts.append(f"{times} {form.TIMES} time")
    elif not form.is_missing(row["seconds_ratio"]):
        parts.append("time unclear")
    size = row["parameters_ratio"]
    if not form.is_missing(size):
        parts.append("same size" if abs(size - 1) < _SAME_SIZE else f"{form.ratio(size)} {form.TIMES} parameters")
    return ", ".join(parts)


def _group(advice: Advice, found: Sequence[Suggested]) -> Group:
    return Group(str(advice), tuple(found), folded=advice is Advice.UNPROVEN or len(found) > MOST_CHIPS)


def _note(advised: pd.DataFrame, plan: PlanRow) -> str:
    if advised.empty:
        number = len(plan.definition["variants"])
        return _UNTESTED.format(number=form.count(number, "suggestion")) if number else ""
    unit = unit_in_words(metrics_of(advised))
    told = f"Change of test {plan.metric.label}{f' in {unit}' if unit != plan.metric.label else ''}, {LEVEL} interval."
    if (advised["advice"] == Advice.UNPROVEN).any():
        told += " Unproven: undecided once all comparisons are counted."
    return told
