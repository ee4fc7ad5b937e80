"""The table of an ablation: a row a variant, five columns first, what it rests on folded into the row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.analysis.scores import METRIC, joined, metrics_of, signs
from reports.drawing.arms import key as arm_key
from reports.findings.wording import effect_text, verdict_text
from reports.pages.document import Card, Column, Table, tabulate
from reports.sections.ablation_designs import difference, with_interval
from reports.statistics import advice
from study.design import Design, Role, Setting

FIRST = 5
"""Columns that are shown at first."""
_ADVICE = "Adopt or Don't where the numbers decide, all comparisons of the study counted; else Unproven."
_KEYS = ["study", "ablation", "arm", "role", "design", *METRIC]
_ROLES = {Role.NOISE_FLOOR: "control: the baseline on other seeds", Role.SIZE_MATCHED: "control: a larger baseline"}


def side_by_side(table: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each variant and control: its columns when fixed, and when re-tuned as `retuned_...`."""
    sides = []
    for setting, prefix in ((Setting.FIXED, ""), (Setting.RETUNED, "retuned_")):
        side = table[table["setting"] == setting].drop(columns="setting")
        sides.append(side.rename(columns={name: f"{prefix}{name}" for name in side if name not in _KEYS}))
    order = table.drop_duplicates(_KEYS)[_KEYS]
    return order.merge(sides[0], on=_KEYS, how="left").merge(sides[1], on=_KEYS, how="left")


def best_first(arms: pd.DataFrame) -> pd.DataFrame:
    """Return one ablation's variants, the best effect first, controls last; a path's in its order.

    Where parts were taken out, the best part is the one whose absence costs most.
    """
    if (arms["design"] == Design.PATH).any():
        return arms
    effect = signs(arms) * arms["effect"].fillna(arms["retuned_effect"])
    effect = effect.where(arms["design"] != Design.LEAVE_ONE_OUT, -effect)
    ranked = arms.assign(is_control=arms["role"] != Role.VARIANT, merit=-effect)
    return ranked.sort_values(["is_control", "merit"], kind="stable").drop(columns=["is_control", "merit"])


def effects_table(name: str, arms: pd.DataFrame, noun: str, details: Mapping[str, Card]) -> Table:
    """Return the table of one ablation.

    Args:
        name: Of its files.
        arms: Of `side_by_side`, in their order.
        noun: What an example is called.
        details: What a variant's row rests on, by its name.
    """
    (metric,) = metrics_of(arms)
    study, ablation = arms["study"].iloc[0], arms["ablation"].iloc[0]
    caption = f"{study}, {ablation}: change of test {metric.label} by each variant"
    caption += "; lower is better" if metric.sign < 0 else ""
    columns = [*_first_columns(arms, metric.differences_in), *_other_columns(arms, metric.differences_in, noun)]
    table = tabulate(name, caption, arms, columns, first=FIRST, key=arm_key)
    return replace(table, details=tuple(details.get(arm) for arm in arms["arm"]))


def _first_columns(arms: pd.DataFrame, unit: str) -> list[Column]:
    taken_out = bool((arms["design"] == Design.LEAVE_ONE_OUT).any())
    against = "everything without the part, minus everything" if taken_out else "the variant minus its control"
    fixed = "retuned_" if arms["planned"].isna().all() else ""
    return [
        Column("Variant", _arm),
        Column("Advice", lambda row: _advice(row, fixed), note=_ADVICE),
        Column(
            with_interval("Effect", unit),
            lambda row: effect_text(row, f"{fixed}effect", fixed),
            numeric=True,
            note=f"{against}, mean over seeds that both have.",
        ),
        Column(
            "Training time",
            lambda row: _time(row, fixed),
            numeric=True,
            note=_timed(arms, fixed),
        ),
        Column("Verdict", lambda row: verdict_text(row, fixed, brief=True), note="See Methods for the rule."),
    ]


def _timed(arms: pd.DataFrame, prefix: str) -> str:
    clocks = [str(clock) for clock in arms[f"{prefix}timed_by"].dropna().unique()]
    by = f" by {joined(clocks)} time" if clocks else ""
    return f"Ratio to the control's{by}, mean over seeds, with its interval."


def _other_columns(arms: pd.DataFrame, unit: str, noun: str) -> list[Column]:
    def probability(heading: str, column: str, note: str) -> Column:
        return Column(heading, form.shown(column, form.probability), numeric=True, note=note)

    retuned = bool(arms["retuned_planned"].notna().any()) and not arms["planned"].isna().all()
    columns = [
        probability("p, Holm", "p_holm", "Corrected for all comparisons of the study."),
        probability("p", "p", "Of this variant alone."),
        Column("Seeds", form.shown("n", form.whole), numeric=True, note="Pairs of complete trials."),
        *_parameters(arms),
    ]
    if arms["matched_n"].fillna(0).gt(0).any():
        note = "Against a baseline that was made as large."
        heading = with_interval("Against its size", unit)
        columns.append(Column(heading, lambda row: effect_text(row, "matched_effect", "matched_"), True, note))
    show = difference("validation_effect", "validation_low", "validation_high")
    columns.append(Column(f"On the validation split ({unit})", show, numeric=True))
    if arms["gained"].notna().any():
        note = f"Test {noun}s that are right with the variant and wrong without it, and the reverse, a seed."
        columns.append(Column(f"{noun.capitalize()}s gained, lost", _gained_and_lost, True, note))
    if _known(arms, "improvement"):
        note = "Chance that a trial with the variant is better than one without it, with its interval."
        columns.append(Column("Probability of improvement", _improvement, True, note))
    if _known(arms, "seeds_needed"):
        note = "To find the smallest effect that matters, where it was stated, with a chance of 80 %."
        columns.append(Column("Seeds needed", form.shown("seeds_needed", form.seeds_needed), True, note))
    return [*columns, *(_retuned(unit) if retuned else [])]


def _retuned(unit: str) -> list[Column]:
    note = "Of the two settings that a search each found."
    return [
        Column(
            with_interval("Effect, re-tuned", unit),
            lambda row: effect_text(row, "retuned_effect", "retuned_"),
            True,
            note,
        ),
        Column("Verdict, re-tuned", lambda row: verdict_text(row, "retuned_", brief=True)),
        Column("p, Holm, re-tuned", form.shown("retuned_p_holm", form.probability), numeric=True),
        Column("Seeds, re-tuned", form.shown("retuned_n", form.whole), numeric=True),
    ]


def _parameters(arms: pd.DataFrame) -> list[Column]:
    """Return the column of the parameters; none where nothing was counted, as of a model that keeps no network."""
    if arms["parameters"].isna().all():
        return []
    return [Column("Parameters", _size, numeric=True, note="Ratio to the control's, and their number.")]


def _known(arms: pd.DataFrame, name: str) -> bool:
    return name in arms and bool(arms[name].notna().any())


def _arm(row: Mapping[Any, Any]) -> str:
    marks = [_ROLES[row["role"]]] if row["role"] in _ROLES else []
    if later := _added_later(row):
        marks.append(later)
    if withdrawn := _withdrawn(row):
        marks.append(withdrawn)
    return f"{row['arm']} ({', '.join(marks)})" if marks else str(row["arm"])


def _advice(row: Mapping[Any, Any], prefix: str) -> str:
    if row["role"] != Role.VARIANT or form.is_missing(row[f"{prefix}verdict"]):
        return form.MISSING
    return str(advice(row[f"{prefix}verdict"], row["design"]))


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


def _time(row: Mapping[Any, Any], prefix: str) -> str:
    names = ("seconds_ratio", "seconds_low", "seconds_high")
    told = form.ratio(*(row.get(f"{prefix}{name}") for name in names))
    return told if told == form.MISSING else f"{form.TIMES} {told}"


def _size(row: Mapping[Any, Any]) -> str:
    if form.is_missing(row["parameters"]):
        return form.MISSING
    return f"{form.TIMES} {form.ratio(row['parameters_ratio'])} ({form.whole(row['parameters'])})"


def _improvement(row: Mapping[Any, Any]) -> str:
    if form.is_missing(row["improvement"]):
        return form.MISSING
    interval = form.percent_interval(row["improvement_low"], row["improvement_high"])
    return f"{form.percent(row['improvement'], 0)} ({interval})"


def _gained_and_lost(row: Mapping[Any, Any]) -> str:
    return form.MISSING if form.is_missing(row["gained"]) else f"+{row['gained']:.1f}, {form.MINUS}{row['lost']:.1f}"
