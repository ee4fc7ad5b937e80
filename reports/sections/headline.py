"""What a reader in a hurry needs: how far each study is, what it found, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.ablation_words import headlines
from reports.designs import path
from reports.document import Block, Bullets, Paragraph, Section
from reports.effects import effects
from reports.frames import Frames
from reports.progress import finals_sentence, progress, sentence
from reports.selection import COMPLETE, best_trials, final_trainings
from reports.statistics import LEVEL, intervals, paired_differences


def summary(frames: Frames) -> pd.DataFrame:
    """Returns a row a study: `progress`, `value` and `is_baseline` of its best, test accuracies, their difference."""
    table = progress(frames).merge(best_trials(frames)[["study", "value", "is_baseline"]], on="study", how="left")
    finals = final_trainings(frames)
    means = intervals(finals, by=["study", "role"], column="accuracy")
    for role in ("best", "baseline"):
        side = means[means["role"] == role].set_index("study")[["n", "mean", "low", "high"]].add_suffix(f"_{role}")
        table = table.merge(side, left_on="study", right_index=True, how="left")
    return table.merge(paired_differences(finals), on="study", how="left")


def section(frames: Frames) -> Section:
    """Builds the section."""
    if frames.plans.empty:
        empty = "The database holds no study yet; 'python -m study run SPACE' begins one."
        return Section("Headline", (Paragraph(empty),))
    blocks: list[Block] = [Paragraph(_counts(frames))]
    studies = [_told(row) for row in summary(frames).to_dict("records")]
    blocks.append(Bullets((*studies, *headlines(effects(frames), path(frames)))))
    return Section("Headline", tuple(blocks))


def _counts(frames: Frames) -> str:
    trials = frames.trials
    states = trials["state"].value_counts()
    ordered = [f"{number} {state}" for state, number in sorted(states.items(), key=lambda item: (-item[1], item[0]))]
    scored = trials[trials["trial"].isin(frames.tests["trial"])]
    configurations = len(scored[["study", "configuration_hash"]].drop_duplicates())
    text = f"{form.count(len(frames.plans), 'study')}, {form.count(len(trials), 'training')} begun"
    text += f": {', '.join(ordered)}." if ordered else "."
    if scored.empty:
        return text + " The test split has not been opened."
    return (
        f"{text} The test split scored {form.count(len(scored), 'final training')} of "
        f"{form.count(configurations, 'configuration')}, each training once, at its end; "
        "everything that chooses saw the validation split alone."
    )


def _told(row: Mapping[Any, Any]) -> str:
    if not row["search_planned"] and not row["searched"]:
        return f"{row['study']}: ablated alone, no search was asked for."
    finals = finals_sentence(row["trained"], row["finals_planned"])
    keys = ("finished", "alive", "timed_out", "searched", "search_planned")
    text = f"{row['study']}: {sentence(finals=finals, **{key: row[key] for key in keys})}."
    if form.is_missing(row["value"]):
        return f"{text} No search trial is {COMPLETE} yet, so there is no best setting."
    if row["is_baseline"]:
        text += f" No setting was better than the baseline on the validation split ({form.percent(row['value'])})."
        return text + _tested(_test("the baseline", row, "baseline"))
    text += f" The best setting has {form.percent(row['value'])} validation accuracy."
    text += _tested(_test("the best", row, "best"), _test("the baseline", row, "baseline"))
    if not form.is_missing(row["difference"]):
        interval = "" if form.is_missing(row["low"]) else f" ({form.points_interval(row['low'], row['high'])})"
        text += f" Difference {form.points(row['difference'])}{interval}: {row['verdict']}."
    return text


def _tested(*sides: str) -> str:
    told = ", ".join(filter(None, sides))
    return f" On the test split: {told}." if told else ""


def _test(what: str, row: Mapping[Any, Any], role: str) -> str:
    mean, low, high = (row[f"{name}_{role}"] for name in ("mean", "low", "high"))
    if form.is_missing(mean):
        return ""
    seeds = form.count(int(row[f"n_{role}"]), "seed")
    if form.is_missing(low):
        return f"{what} {form.percent(mean)} ({seeds}; an interval needs 2)"
    return f"{what} {form.percent(mean)} ({LEVEL} interval {form.percent_interval(low, high)}, {seeds})"
