"""A study's card on the first screen: what to adopt, the best settings as a diff, and how far to trust it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from reports import formatting as form
from reports.analysis.examples import counted
from reports.analysis.frames import Frames
from reports.analysis.pairs import planned_trials_of
from reports.analysis.scores import metric_of, metrics_of, unit_in_words
from reports.analysis.selection import ABLATE, REPLICATE, complete_replicates
from reports.drawing import style
from reports.findings.adopted import Together, together
from reports.findings.commands import settings_command
from reports.pages.figure import FigureBlock
from reports.pages.overview import Change, Group, Overview, Suggested
from reports.sections.best_in_words import in_words
from reports.statistics import ALPHA, LEVEL, Advice
from study.database import PlanRow
from study.design import Role, Setting

MOST_CHIPS = 8
"""Of one advice; more are folded."""
MOST_CHANGES = 1
"""Of a suggestion, told beside it; its card has all."""
_SAME_ARM = {"ablation": "ablation", "setting": "setting", "arm": "name"}
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
    changes_of = {variant["name"]: variant["changes"] for variant in plan.definition["variants"]}
    told = [(found, _suggested(found, anchors, changes_of[found["name"]])) for found in advised.to_dict("records")]
    adopted = advised.loc[advised["advice"] == Advice.ADOPT, "name"].tolist()
    joint = together(frames, plan.study, adopted)
    groups = [_group(advice, [made for found, made in told if found["advice"] == advice]) for advice in Advice]
    return Overview(
        study=plan.study,
        number=number,
        groups=tuple(group for group in groups if group.suggestions),
        scope=scope(frames, plan),
        suggestions_note=_note(advised, plan),
        figure=figure,
        best=in_words(row, plan),
        changes=tuple(changes),
        command=settings_command(frames, plan.study) if changes else "",
        trust=trust(effects),
        remarks=(*_joint(joint), *remarks),
        compact=not alone,
    )


def _joint(found: Together | None) -> list[str]:
    if found is None:
        return []
    return [f"{found.text} The command is under Suggestions." if found.command else found.text]


def scope(frames: Frames, plan: PlanRow) -> str:
    """Return what the baseline of a study's ablations reaches, else that of its final trials, and by what training.

    Nothing where no baseline has a test score yet.
    """
    arms = frames.arms[(frames.arms["study"] == plan.study) & (frames.arms["role"] == Role.BASELINE)]
    arms = arms[arms["setting"] == Setting.FIXED]
    planned = planned_trials_of(frames)
    planned = planned[planned["study"] == plan.study]
    for arm in arms.to_dict("records"):
        same = [(planned[name] == arm[column]) for name, column in _SAME_ARM.items()]
        scores = planned.loc[np.logical_and.reduce(same), "score"].dropna()
        if len(scores):
            return _reached(plan, ABLATE, scores)
    finals = complete_replicates(frames)
    finals = finals[(finals["study"] == plan.study) & (finals["role"] == "baseline")]
    return _reached(plan, REPLICATE, finals["score"]) if len(finals) else ""


def _reached(plan: PlanRow, phase: str, scores: pd.Series) -> str:
    data = counted(plan, phase).replace(" ", " training ", 1)
    by = " on ".join(filter(None, [form.count(plan.epochs, "epoch"), data]))
    metric = plan.metric
    return f"Baseline: {form.score(float(scores.mean()), metric)} test {metric.label} after {by}, {_mean_of(scores)}."


def _mean_of(scores: pd.Series) -> str:
    return f"mean of {form.count(len(scores), 'seed')}" if len(scores) > 1 else "1 seed"


def trust(effects: pd.DataFrame) -> str:
    """Return on what the verdicts of a study rest: its seeds, when they were fixed, its comparisons, its error rate.

    It tells too what was added or withdrawn afterwards, or that nothing was.

    Args:
        effects: The study's rows of `reports.analysis.effects.effects`.
    """
    variants = effects[effects["role"] == Role.VARIANT]
    if variants.empty:
        return ""
    family = int(variants["variants"].max())
    risk = 100 * ALPHA * (1.0 if variants["look"].max() <= 1 else _OF_ALL_LOOKS)
    return (
        f"How sure: {_seeds(variants)}; {_compared(variants, family)}: the chance that any Adopt or Don't here is "
        f"false is at most {risk:g} %. {_afterwards(variants)}"
    )


def _compared(variants: pd.DataFrame, family: int) -> str:
    """Return how many comparisons are judged together, and of how many variants where these are fewer."""
    names = variants["removed"].where(variants["removed"].notna(), variants["arm"]).nunique()
    fewer = f" of {form.count(names, 'variant')}" if names < family else ""
    return f"{form.count(family, 'comparison')}{fewer} judged together"


def _afterwards(variants: pd.DataFrame) -> str:
    later = variants.loc[variants["added_later"].astype(bool), "arm"].unique().tolist()
    gone = variants.loc[variants["withdrawn_at"].notna(), "arm"].unique().tolist()
    if not later and not gone:
        return "No variant was added or withdrawn afterwards."
    told = {"Added": later, "Withdrawn": gone}
    return " ".join(f"{what} afterwards: {style.listed(names)}." for what, names in told.items() if names)


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


def _suggested(row: Mapping[Any, Any], anchors: Mapping[tuple[str, str], str], changes: Mapping[str, Any]) -> Suggested:
    why = form.no_interval(row["n"], row["searches"])
    effect = form.effect_with_interval(row["effect"], row["low"], row["high"], metric_of(row), why=why)
    if form.is_missing(row["effect"]):
        effect = "no two trials to compare yet"
    anchor = anchors.get((row["study"], row["name"]), "")
    return Suggested(row["name"], _changes(changes), effect, _cost(row), row["caveat"], anchor)


def _changes(changes: Mapping[str, Any]) -> str:
    """Return what a variant sets, as an option takes it; of many the first, and how many more there are."""
    told = [f"{name}={form.value(value)}" for name, value in changes.items()]
    more = len(told) - MOST_CHANGES
    return ", ".join(told[:MOST_CHANGES]) + (f" and {more} more" if more > 0 else "")


def _cost(row: Mapping[Any, Any]) -> str:
    """Return what a suggestion costs: time where it tells, and how much larger or smaller it makes the model."""
    parts = []
    if row["time_tells"] and not form.is_missing(row["seconds_ratio"]):
        times = form.ratio(row["seconds_ratio"], row["seconds_low"], row["seconds_high"])
        parts.append(f"{times} {form.TIMES} time")
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
    if (advised["seconds_ratio"].notna() & ~advised["time_tells"].astype(bool)).any():
        told += " Times are left out that the baseline's own, on other seeds, do not tell apart."
    return told
