"""Which suggestions help, by how much, at what cost, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.ablation_words import (
    COMMAND,
    FIXED_OR_RETUNED,
    METHODS,
    effect_text,
    headlines,
    noise_sentences,
    verdict_text,
)
from reports.designs import factorial, noise_floor, path
from reports.document import Block, Bullets, Column, Paragraph, Section, Table, tabulate
from reports.effects import effects
from reports.frames import Frames
from reports.pairs import ARM, ENDS, NOISE_FLOOR, SIZE_MATCHED, arms_of, trainings
from reports.sections.illustrated import figures_of
from reports.statistics import LEVEL

_EMPTY = f"No ablation has been made yet: '{COMMAND}' tries every variant of a space against its baseline."
_KEYS = ["study", "ablation", "arm", "role", "design"]
_ROLES = {NOISE_FLOOR: "baseline on other seeds", SIZE_MATCHED: "baseline, larger"}
_POINTS = f"points, {LEVEL} interval"


def side_by_side(table: pd.DataFrame) -> pd.DataFrame:
    """Returns a row for each arm of an ablation: its columns when fixed, and those when re-tuned as `retuned_...`."""
    sides = []
    for setting, prefix in (("fixed", ""), ("retuned", "retuned_")):
        side = table[table["setting"] == setting].drop(columns="setting")
        sides.append(side.rename(columns={name: f"{prefix}{name}" for name in side if name not in _KEYS}))
    order = table.drop_duplicates(_KEYS)[_KEYS]
    return order.merge(sides[0], on=_KEYS, how="left").merge(sides[1], on=_KEYS, how="left")


def accounting(frames: Frames) -> pd.DataFrame:
    """Returns what became of the trainings of each arm, baselines included: `ARM`, `role`, `planned`, `ENDS`."""
    cells = trainings(frames)
    ends = pd.concat([cells[ARM], *((cells["end"] == end).rename(end) for end in ENDS)], axis=1).groupby(ARM).sum()
    table = arms_of(frames)[[*ARM, "role", "added_later"]].merge(ends.reset_index(), on=ARM, how="left")
    table[ENDS] = table[ENDS].fillna(0).astype(int)
    return table.assign(planned=table[ENDS].sum(axis=1))


def section(frames: Frames) -> Section:
    """Builds the section."""
    if frames.arms.empty:
        return Section("Ablation", (Paragraph(_EMPTY),))
    table, steps, floors = effects(frames), path(frames), noise_floor(frames)
    blocks: list[Block] = []
    told = [*headlines(table, steps), *noise_sentences(floors)]
    if told:
        blocks.append(Bullets(tuple(told)))
    wide = side_by_side(table)
    names: set[str] = set()
    for _, arms in wide.groupby(["study", "ablation"], sort=False):
        blocks.append(_effects_shown(arms, names))
    if not table.empty:
        blocks.append(Paragraph(METHODS + (f" {FIXED_OR_RETUNED}" if (table["setting"] == "retuned").any() else "")))
    blocks += figures_of("ablation", frames)
    contrasts = factorial(frames)
    if not contrasts.empty:
        blocks += [_contrasts_shown(contrasts), Paragraph(_CONTRASTS)]
    if not steps.empty:
        blocks += [_path_shown(steps), Paragraph(_PATH)]
    blocks.append(_accounting_shown(accounting(frames)))
    return Section("Ablation", tuple(blocks))


_CONTRASTS = (
    "A main effect is the mean of all arms with the factor minus the mean of those without; an interaction is by how "
    "much adding the one gains more with the other than without. Each is computed within a seed, over the seeds that "
    "are complete in every arm; Holm's correction runs over the contrasts."
)
_PATH = (
    "Each step is the change whose trainings had the highest mean validation accuracy in its round; the test split was "
    "not asked. The gain of a chosen step is a little flattered, for chance too is highest in the one that is chosen."
)


def _effects_shown(arms: pd.DataFrame, names: set[str]) -> Table:
    retuned, matched = arms["retuned_planned"].notna().any(), arms["matched_n"].fillna(0).gt(0).any()
    columns = [Column("Arm", _arm), Column("Verdict", verdict_text)]
    columns.append(Column(f"Effect ({_POINTS})", effect_text, numeric=True))
    if retuned:
        columns.append(Column("Verdict when re-tuned", lambda row: verdict_text(row, "retuned_")))
        columns.append(Column(f"Effect when re-tuned ({_POINTS})", _retuned_effect, numeric=True))
    columns.append(Column("p", form.shown("p", form.probability), numeric=True))
    columns.append(Column("p, Holm", form.shown("p_holm", form.probability), numeric=True))
    if retuned:
        columns.append(Column("p, Holm, re-tuned", form.shown("retuned_p_holm", form.probability), numeric=True))
    if matched:
        columns.append(
            Column(f"Against its size ({_POINTS})", lambda row: effect_text(row, "matched_effect", "matched_"), True)
        )
    columns += [
        Column("On the validation split (points)", form.shown("validation_effect", form.signed), numeric=True),
        Column("McNemar p", form.shown("mcnemar_p", form.probability), numeric=True),
        Column("Images gained, lost", _images),
        Column("Parameters", lambda row: _with_ratio(row, "parameters", 0), numeric=True),
        Column("Seconds a training", lambda row: _with_ratio(row, "seconds", 1), numeric=True),
        Column("Pairs", form.shown("n", form.whole), numeric=True),
        Column("Seeds needed", _seeds_needed, numeric=True),
    ]
    study, ablation = arms["study"].iloc[0], arms["ablation"].iloc[0]
    name = f"ablation {study} {ablation}"
    name = name if name not in names else f"{name} {len(names)}"
    names.add(name)
    return tabulate(name, f"Effects of {study}, {ablation}: each arm minus its control", arms, columns)


def _arm(row: Mapping[Any, Any]) -> str:
    later = row["added_later"] is True or row["retuned_added_later"] is True
    marks = [_ROLES[row["role"]]] if row["role"] in _ROLES else []
    marks += ["added afterwards"] if later else []
    return f"{row['arm']} ({', '.join(marks)})" if marks else str(row["arm"])


def _retuned_effect(row: Mapping[Any, Any]) -> str:
    return effect_text(row, "retuned_effect", "retuned_")


def _images(row: Mapping[Any, Any]) -> str:
    return form.MISSING if form.is_missing(row["gained"]) else f"+{row['gained']:.1f}, {form.MINUS}{row['lost']:.1f}"


def _with_ratio(row: Mapping[Any, Any], name: str, digits: int) -> str:
    if form.is_missing(row[name]):
        return form.MISSING
    ratio = row[f"{name}_ratio"]
    return f"{row[name]:,.{digits}f}" + ("" if form.is_missing(ratio) else f" (x {ratio:.2f})")


def _seeds_needed(row: Mapping[Any, Any]) -> str:
    needed = row["seeds_needed"]
    if row["role"] in _ROLES or form.is_missing(needed):
        return form.MISSING
    return "over 1,000" if needed == float("inf") else form.whole(needed)


def _contrasts_shown(contrasts: pd.DataFrame) -> Table:
    columns = [
        Column("Study", form.shown("study")),
        Column("Ablation", form.shown("ablation")),
        Column("Contrast", form.shown("contrast")),
        Column("Kind", form.shown("kind")),
        Column(f"Effect ({_POINTS})", effect_text, numeric=True),
        Column("p", form.shown("p", form.probability), numeric=True),
        Column("p, Holm", form.shown("p_holm", form.probability), numeric=True),
        Column("Seeds", form.shown("n", form.whole), numeric=True),
        Column("Verdict", lambda row: verdict_text({**row, "design": "", "matched_low": float("nan")})),
    ]
    return tabulate("ablation-factorial", "Main effects and two-way interactions", contrasts, columns)


def _path_shown(steps: pd.DataFrame) -> Table:
    columns = [
        Column("Study", form.shown("study")),
        Column("Step", form.shown("step", form.whole), numeric=True),
        Column("Arm", form.shown("arm")),
        Column("Candidates", form.shown("candidates", form.whole), numeric=True),
        Column("Validation accuracy", form.shown("validation_accuracy", form.percent), numeric=True),
        Column("Test accuracy", form.shown("accuracy", form.percent), numeric=True),
        Column(f"{LEVEL} interval", _test_interval, numeric=True),
        Column("Gain on the validation split (points)", form.shown("validation_effect", form.signed), numeric=True),
        Column(f"Gain on the test split ({_POINTS})", effect_text, numeric=True),
        Column("p, Holm", form.shown("p_holm", form.probability), numeric=True),
        Column("Seeds", form.shown("n", form.whole), numeric=True),
    ]
    return tabulate("ablation-path", "The greedy path, step by step", steps, columns)


def _test_interval(row: Mapping[Any, Any]) -> str:
    missing = form.is_missing(row["accuracy"])
    return form.MISSING if missing else form.percent_interval(row["accuracy_low"], row["accuracy_high"])


def _accounting_shown(table: pd.DataFrame) -> Table:
    columns = [
        Column("Study", form.shown("study")),
        Column("Ablation", form.shown("ablation")),
        Column("Setting", form.shown("setting")),
        Column("Arm", form.shown("arm")),
        Column("Planned", form.shown("planned", form.whole), numeric=True),
        *(Column(end.capitalize(), form.shown(end, form.whole), numeric=True) for end in ENDS),
    ]
    return tabulate("ablation-accounting", "What became of the trainings of each arm", table, columns)
