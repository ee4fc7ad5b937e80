"""Best against baseline in words: what the search found, and what the test split says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.analysis.best_against_baseline import best_against_baseline
from reports.analysis.frames import Frames
from reports.analysis.progress import progress
from reports.analysis.selection import best_trials, complete_replicates
from reports.statistics import INCONCLUSIVE, LEAST_SEEDS, intervals
from study.database import PlanRow

_PLAIN = {"no evidence of a difference": "not shown to differ from the baseline"}


def summary(frames: Frames) -> pd.DataFrame:
    """Return a row a study.

    Returns:
        `progress`; `epochs`, `train_size` of the plan; `value` and `is_baseline` of its best; `n_`, `mean_`, `low_` and
        `high_` with `best` and `baseline`: of their test scores; `difference, low, high, verdict` of the two.
    """
    table = progress(frames).merge(best_trials(frames)[["study", "value", "is_baseline"]], on="study", how="left")
    table = table.merge(frames.plans[["study", "epochs", "train_size"]], on="study", how="left")
    finals = complete_replicates(frames)
    means = intervals(finals, by=["study", "role"], column="score")
    for role in ("best", "baseline"):
        side = means[means["role"] == role].set_index("study")[["n", "mean", "low", "high"]].add_suffix(f"_{role}")
        table = table.merge(side, left_on="study", right_index=True, how="left")
    return table.merge(best_against_baseline(frames), on="study", how="left")


def in_words(row: Mapping[Any, Any], plan: PlanRow) -> str:
    """Return what the search of a study found beside its baseline; nothing where nothing was searched.

    Args:
        row: Of `summary`.
        plan: The study's.
    """
    if not row["search_planned"] and not row["searched"]:
        return ""
    if form.is_missing(row["value"]):
        return "No search trial is complete yet, so there are no best settings."
    reached = f"{form.score(row['value'], plan.metric)} validation {plan.metric.label}"
    if row["is_baseline"]:
        test = _tested(row, plan, "baseline")
        return f"No setting beat the baseline on the validation split ({reached}). {test}".rstrip()
    if form.is_missing(row["mean_best"]):
        return f"The best settings are not evaluated on test data yet ({reached})."
    if form.is_missing(row["difference"]):
        return _tested(row, plan, "best")
    best, baseline = (form.score(row[f"mean_{role}"], plan.metric) for role in ("best", "baseline"))
    effect, low, high = (plan.metric.scale * row[name] for name in ("difference", "low", "high"))
    gain = form.effect_with_interval(effect, low, high, plan.metric, with_unit=True, why=form.no_interval(row["n"]))
    seeds = form.count(int(row["n"]), "seed")
    scores = f"{best} against {baseline} test {plan.metric.label}"
    return f"The best settings are {_plain(row['verdict'])}: {scores}, {gain}, {seeds}."


def _tested(row: Mapping[Any, Any], plan: PlanRow, role: str) -> str:
    if form.is_missing(row[f"mean_{role}"]):
        return ""
    mean, low, high = (row[f"{name}_{role}"] for name in ("mean", "low", "high"))
    score = form.score_with_interval(mean, low, high, plan.metric)
    who = "Its" if role == "baseline" else "Their"
    return f"{who} test {plan.metric.label} is {score}, {form.count(int(row[f'n_{role}']), 'seed')}."


def _plain(verdict: str) -> str:
    if verdict.startswith(INCONCLUSIVE):
        return f"not shown to differ from the baseline (too few seeds, needs {LEAST_SEEDS})"
    return _PLAIN.get(verdict, verdict)
