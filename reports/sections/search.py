"""How each search went."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.analysis.frames import Frames
from reports.analysis.scores import lower_is_better, metric_of, metrics_of, with_metrics
from reports.analysis.selection import COMPLETE, FINISHED, SEARCH, baseline_search_trials, best_trials
from reports.pages.document import Block, Column, Paragraph, Section, tabulate
from reports.sections.illustrated import figures_of
from reports.sections.tries import tries_shown
from study.trial import TRIED, TrialState


def searches(frames: Frames) -> pd.DataFrame:
    """Return a row a study that searches.

    Returns:
        `study, objective, direction, sampler, pruner, ended, complete, pruned, seconds` (of the wall clock),
        `baseline_validation, best_validation` (scores of one trial each), `best_trial`, `best_was_tried` (whether
        `--try` gave it), `METRIC`.
    """
    trials = frames.trials[frames.trials["phase"] == SEARCH]
    best = best_trials(frames).set_index("study")
    numbers = trials.set_index("trial")["optuna_number"]
    plans = frames.plans
    plans = plans[plans["trials"].gt(0) | plans["study"].isin(trials["study"])].reset_index(drop=True)
    study = plans["study"]

    def number_of(states: list[str]) -> pd.Series:
        return study.map(trials[trials["state"].isin(states)].groupby("study").size()).fillna(0).astype(int)

    table = pd.DataFrame(
        {
            "study": study,
            "objective": plans["objective"],
            "direction": plans["direction"],
            "sampler": plans["sampler"],
            "pruner": plans["pruner"],
            "ended": number_of(FINISHED),
            "complete": number_of([COMPLETE]),
            "pruned": number_of([TrialState.PRUNED.value]),
            "seconds": plans["search_seconds"].astype(float),
            "baseline_validation": study.map(baseline_search_trials(frames).set_index("study")["value"]).astype(float),
            "best_validation": study.map(best["value"]).astype(float),
            "best_trial": study.map(best["trial"].map(numbers)).astype(float),
            "best_was_tried": study.map(best["trial"]).isin(trials.loc[trials["variant"] == TRIED, "trial"]),
        }
    )
    return with_metrics(table, frames)


def shortened_trials(frames: Frames) -> pd.DataFrame:
    """Return how many complete search trials patience ended before their planned epochs: `study, patience, trials`."""
    trials = frames.trials[(frames.trials["phase"] == SEARCH) & (frames.trials["state"] == COMPLETE)]
    trained = trials["trial"].map(frames.epochs.groupby("trial").size()).astype(float).fillna(0)
    patience = trials["study"].map(frames.plans.set_index("study")["patience"]).astype(float)
    ended = trials.assign(patience=patience)[patience.notna() & (trained < trials["epochs"])]
    return ended.groupby(["study", "patience"], sort=False).size().rename("trials").reset_index()


def section(frames: Frames) -> Section:
    """Return the section, from every frame of the report."""
    table = searches(frames)
    if table.empty:
        return Section("Search", (Paragraph("No study here searches."),))
    columns = [
        Column("Study", form.shown("study")),
        Column("Objective", lambda row: form.objectives(frames.plan_rows[row["study"]].objectives)),
        Column("Sampler", form.shown("sampler")),
        Column("Pruner", form.shown("pruner")),
        Column("Ended", form.shown("ended", form.whole), numeric=True),
        Column("Complete", form.shown("complete", form.whole), numeric=True),
        Column("Pruned", form.shown("pruned", form.whole), numeric=True),
        Column("Wall-clock time (min)", form.shown("seconds", form.minutes), numeric=True),
        Column("Baseline, validation", partial(_score, "baseline_validation"), numeric=True),
        Column("Best, validation", partial(_score, "best_validation"), numeric=True),
        Column("Best trial", _best_trial, numeric=True),
    ]
    blocks: list[Block] = [tabulate("searches", "What each search tried and found", table, columns)]
    if lower := lower_is_better(metrics_of(table)):
        blocks.append(Paragraph(lower))
    for row in shortened_trials(frames).to_dict("records"):
        patience, trials = form.count(int(row["patience"]), "epoch"), form.count(int(row["trials"]), "trial")
        text = f"patience of {patience} ended {trials} sooner than after the planned epochs, as complete."
        blocks.append(Paragraph(f"{row['study']}: {text}"))
    return Section("Search", (*blocks, *tries_shown(frames), *figures_of("search", frames)))


def _score(name: str, row: Mapping[Any, Any]) -> str:
    return form.score(row[name], metric_of(row))


def _best_trial(row: Mapping[Any, Any]) -> str:
    return f"{form.whole(row['best_trial'])}{' (tried)' if row['best_was_tried'] else ''}"
