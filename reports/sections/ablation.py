"""Which suggestions help, by how much, at what cost, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.analysis.effects import effects
from reports.analysis.examples import counted, learned_from, noun
from reports.analysis.frames import Frames
from reports.analysis.pairs import ARM, ENDS, arms_of, planned_trials_of
from reports.analysis.scores import METRIC, metrics_of, signs
from reports.analysis.selection import ABLATE, REPLICATE
from reports.analysis.withdrawn import withdrawn_sentences
from reports.drawing.arms import key as arm_key
from reports.findings.wording import (
    COMMAND,
    FIXED_OR_RETUNED,
    RETUNED_CAPTION,
    effect_text,
    methods,
    verdict_text,
)
from reports.pages.document import Block, Column, Paragraph, Section, Table, distinct_slugs, tabulate
from reports.sections.ablation_designs import designs_shown, difference, with_interval
from reports.sections.illustrated import figures_of
from study.database import PlanRow
from study.design import Design, Role, Setting

_EMPTY = f"No ablation has been made yet: '{COMMAND}' tries every variant of a space against its baseline."
_KEYS = ["study", "ablation", "arm", "role", "design", *METRIC]
PER_REPLICATE = "per-replicate"
"""Value of --split-seed."""
_ROLES = {Role.NOISE_FLOOR: "baseline on other seeds", Role.SIZE_MATCHED: "baseline, larger"}


def side_by_side(table: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each arm of an ablation: its columns when fixed, and those when re-tuned as `retuned_...`."""
    sides = []
    for setting, prefix in ((Setting.FIXED, ""), (Setting.RETUNED, "retuned_")):
        side = table[table["setting"] == setting].drop(columns="setting")
        sides.append(side.rename(columns={name: f"{prefix}{name}" for name in side if name not in _KEYS}))
    order = table.drop_duplicates(_KEYS)[_KEYS]
    return order.merge(sides[0], on=_KEYS, how="left").merge(sides[1], on=_KEYS, how="left")


def effects_tables(frames: Frames) -> dict[tuple[Any, ...], str]:
    """Return, by study and ablation, the name of the table that shows its effects; no two are alike."""
    return distinct_slugs("ablation", frames.ablations[["study", "name"]].itertuples(index=False, name=None))


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
        return Section("Ablation", (Paragraph(_EMPTY),))
    table = effects(frames)
    blocks: list[Block] = []
    names = effects_tables(frames)
    for about, arms in side_by_side(table).groupby(["study", "ablation"], sort=False):
        blocks.append(_effects_shown(names[about], best_first(arms), noun([frames.plan_rows[str(about[0])]])))
    plans = [plan for study, plan in frames.plan_rows.items() if study in set(frames.arms["study"])]
    if not table.empty:
        told = methods(metrics_of(table), noun(plans), mcnemar=not all(plan.own_training for plan in plans))
        retuned = f" {FIXED_OR_RETUNED}" if (table["setting"] == Setting.RETUNED).any() else ""
        blocks.append(Paragraph(told + retuned))
    blocks += [Paragraph(sentence) for sentence in withdrawn_sentences(table)]
    blocks += [Paragraph(_learned(plan)) for plan in plans if not frames.planned_trials.empty]
    blocks += figures_of("ablation", frames)
    blocks += designs_shown(frames)
    blocks.append(_accounting_shown(accounting(frames)))
    return Section("Ablation", tuple(blocks))


def _learned(plan: PlanRow) -> str:
    """Say why a baseline's figures here are not those of its replicates, or that they compare."""
    if plan.own_training:
        given = counted(plan, ABLATE)
        data = f", with {given} of the training split" if given else ""
        return (
            f"{plan.study}: the trials of an ablation, of the search and the replicates are all trained alike, by the "
            f"model's own 'train(run)'{data}; those of an ablation and the replicates are scored by its 'test(run)'."
        )
    text = (
        f"{plan.study}: each trial of an ablation learned from {counted(plan, ABLATE)}, of the training split alone, "
        "so that it has a validation curve."
    )
    if plan.split_seed == PER_REPLICATE:
        text += (
            " Each replicate cut training and validation split anew, alike in every arm: the intervals hold what the "
            "cut does as well."
        )
    if learned_from(plan, REPLICATE) == learned_from(plan, ABLATE):
        return f"{text} A replicate learns from as many, drawn from training and validation split together."
    return (
        f"{text} A replicate learns from the validation split too, {form.whole(learned_from(plan, REPLICATE))} in all: "
        "its scores do not compare with those of this section."
    )


def best_first(arms: pd.DataFrame) -> pd.DataFrame:
    """Return one ablation's arms, the best effect first, controls last; a path's in its own order.

    Where parts were taken out, the best part is the one whose absence costs most.
    """
    if (arms["design"] == Design.PATH).any():
        return arms
    effect = signs(arms) * arms["effect"].fillna(arms["retuned_effect"])
    effect = effect.where(arms["design"] != Design.LEAVE_ONE_OUT, -effect)
    ranked = arms.assign(is_control=arms["role"] != Role.VARIANT, merit=-effect)
    return ranked.sort_values(["is_control", "merit"], kind="stable").drop(columns=["is_control", "merit"])


def _effects_shown(name: str, arms: pd.DataFrame, noun: str) -> Table:
    (metric,) = metrics_of(arms)
    unit = metric.differences_in
    retuned = bool(arms["retuned_planned"].notna().any())
    matched = bool(arms["matched_n"].fillna(0).gt(0).any())
    columns = [Column("Arm", _arm), *_verdict_columns(retuned, unit)]
    columns += [
        Column("Seconds: ratio (own)", lambda row: _ratio(row, "seconds", form.seconds), numeric=True),
        *_parameters_column(arms),
        Column("p, Holm", form.shown("p_holm", form.probability), numeric=True),
    ]
    if retuned:
        columns.append(Column("p, Holm, re-tuned", form.shown("retuned_p_holm", form.probability), numeric=True))
    columns.append(Column("p", form.shown("p", form.probability), numeric=True))
    if matched:
        columns.append(
            Column(
                with_interval("Against its size", unit),
                lambda row: effect_text(row, "matched_effect", "matched_"),
                True,
            )
        )
    columns += [
        Column(
            f"On the validation split ({unit})",
            difference("validation_effect", "validation_low", "validation_high"),
            numeric=True,
        ),
    ]
    if arms["mcnemar_n"].fillna(0).gt(0).any():
        columns += [
            Column("McNemar p", form.shown("mcnemar_p", form.probability), numeric=True),
            Column(f"{noun.capitalize()}s gained, lost", _gained_and_lost),
        ]
    columns.append(Column("Pairs", form.shown("n", form.whole), numeric=True))
    if retuned:
        columns.append(Column("Pairs, re-tuned", form.shown("retuned_n", form.whole), numeric=True))
    columns.append(Column("Seeds needed", _seeds_needed, numeric=True))
    study, ablation = arms["study"].iloc[0], arms["ablation"].iloc[0]
    caption = f"Effects of {study}, {ablation}, on test {metric.label}: each arm minus its control"
    caption += "; lower is better" if metric.sign < 0 else ""
    return tabulate(name, f"{caption} ({RETUNED_CAPTION})" if retuned else caption, arms, columns, key=arm_key)


def _verdict_columns(retuned: bool, unit: str) -> list[Column]:
    columns = [
        Column(with_interval("Effect", unit), effect_text, numeric=True),
        Column("Verdict", lambda row: verdict_text(row, brief=True)),
    ]
    if retuned:
        columns.append(Column(with_interval("Effect when re-tuned", unit), _retuned_effect, numeric=True))
        columns.append(Column("Verdict when re-tuned", lambda row: verdict_text(row, "retuned_", brief=True)))
    return columns


def _parameters_column(arms: pd.DataFrame) -> list[Column]:
    """Return the column of the parameters; none where nothing was counted, as of a model that keeps no network."""
    if arms["parameters"].isna().all():
        return []
    return [Column("Parameters: ratio (own)", lambda row: _ratio(row, "parameters", form.whole), numeric=True)]


def _arm(row: Mapping[Any, Any]) -> str:
    marks = [_ROLES[row["role"]]] if row["role"] in _ROLES else []
    if later := _added_later(row):
        marks.append(later)
    if withdrawn := _withdrawn(row):
        marks.append(withdrawn)
    return f"{row['arm']} ({', '.join(marks)})" if marks else str(row["arm"])


def _added_later(row: Mapping[Any, Any]) -> str:
    if row["added_later"] is True:
        return "added afterwards"
    if row["retuned_added_later"] is not True:
        return ""
    return "added afterwards" if form.is_missing(row["planned"]) else "re-tuning added afterwards"


def _withdrawn(row: Mapping[Any, Any]) -> str:
    """Return when an arm was withdrawn, from one setting or from both; nothing where it was not."""
    fixed, retuned = (row[f"{prefix}withdrawn_at"] for prefix in ("", "retuned_"))
    if not form.is_missing(fixed):
        return f"withdrawn {fixed[:10]}"
    return "" if form.is_missing(retuned) else f"re-tuning withdrawn {retuned[:10]}"


def _retuned_effect(row: Mapping[Any, Any]) -> str:
    return effect_text(row, "retuned_effect", "retuned_")


def _gained_and_lost(row: Mapping[Any, Any]) -> str:
    return form.MISSING if form.is_missing(row["gained"]) else f"+{row['gained']:.1f}, {form.MINUS}{row['lost']:.1f}"


def _ratio(row: Mapping[Any, Any], name: str, show: Callable[[float], str]) -> str:
    """Return `1.44 (12.3)`: the ratio to the control's, and what the arm itself has."""
    if form.is_missing(row[name]):
        return form.MISSING
    return f"{form.decimal(row[f'{name}_ratio'], 2)} ({show(row[name])})"


def _seeds_needed(row: Mapping[Any, Any]) -> str:
    needed = row["seeds_needed"]
    if row["role"] in _ROLES or form.is_missing(needed):
        return form.MISSING
    return form.seeds_needed(needed)


def _lacking_arm(row: Mapping[Any, Any]) -> str:
    gone = row["withdrawn_at"]
    return str(row["arm"]) if form.is_missing(gone) else f"{row['arm']} (withdrawn {gone[:10]})"


def _accounting_shown(table: pd.DataFrame) -> Block:
    """Show the arms that lack a trial; where none does, a sentence says so of all."""
    lacking = table[table["complete"] < table["planned"]]
    if lacking.empty:
        return Paragraph(f"All {form.whole(table['planned'].sum())} planned trials of all arms are complete.")
    columns = [
        Column("Study", form.shown("study")),
        Column("Ablation", form.shown("ablation")),
        Column("Setting", form.shown("setting", lambda setting: "re-tuned" if setting == Setting.RETUNED else setting)),
        Column("Arm", _lacking_arm),
        Column("Planned", form.shown("planned", form.whole), numeric=True),
        *(Column(end.capitalize(), form.shown(end, form.whole), numeric=True) for end in ENDS),
    ]
    caption = "What became of the trials of the arms that lack one; all other planned trials are complete"
    return tabulate("ablation-accounting", caption, lacking, columns)
