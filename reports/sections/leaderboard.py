"""Models side by side: validation score, test score with its interval, size, speed; best against baseline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reports import formatting as form
from reports.analysis.examples import data_names, learned_from, noun_of
from reports.analysis.frames import Frames
from reports.analysis.guessing import guessing, sentence
from reports.analysis.once import once
from reports.analysis.scores import (
    METRIC,
    cut,
    in_words,
    lower_is_better,
    metric_of,
    metrics_of,
    signs,
    with_metrics,
)
from reports.analysis.selection import (
    ABLATE,
    COMPLETE,
    PLANNED_TRIALS,
    REPLICATE,
    SEARCH,
    baseline_search_trials,
    best_trials,
    evaluated_trials,
)
from reports.pages.document import Block, Column, Paragraph, Section, Table, tabulate
from reports.sections.differences import differences_shown
from reports.sections.final_trials import final_trials_shown
from reports.sections.hyperparameters import hyperparameters_shown
from reports.sections.illustrated import figures_of
from reports.sections.leaderboard_reading import TARGETS
from reports.sections.metrics import metrics_shown
from reports.statistics import LEVEL, intervals, wilson
from study.status.guessing import COUNTED

TITLE = "Best against baseline"


@once
def leaderboard(frames: Frames) -> pd.DataFrame:
    """Return one row for the best and one for the baseline of each study; one alone where they are the same.

    Studies are ranked within their data set and metric by the test score of the configuration that validation chose:
    the best's replicates, or the baseline's where that is the best. Those that have none follow, by the validation
    score of their best. A baseline that has no replicate is shown by its planned trials of an ablation.

    Returns:
        `dataset`, `METRIC`, `study, role, phase` (of the tested trials), `test, low, high, n, learned_from, seconds,
        parameters, epochs, own_training, inference, to_target, reached, watched, wilson_low, wilson_high, validation,
        validation_learned_from`: scores are as they are stored; `learned_from` the examples that each tested trial
        learned from (a search trial's, where none was tested), `validation_learned_from` those behind the validation
        score, both missing where the model loads its own data; `seconds` the median of an epoch; `inference` the median
        seconds an example of the pass over the test split, missing where the model trains itself. Of the `watched`
        complete trials with a validation curve, so many `reached` the metric's target, if it has one in `TARGETS`; the
        median one after `to_target` epochs, missing if it never did.
    """
    best = best_trials(frames)
    validation = pd.concat(
        [
            best.loc[~best["is_baseline"], ["study", "trial", "value"]].assign(role="best"),
            baseline_search_trials(frames).assign(role="baseline"),
        ],
        ignore_index=True,
    )
    tested = evaluated_trials(frames)
    tests = intervals(tested, by=["study", "role", "phase"], column="score").rename(columns={"mean": "test"})
    rows = (
        validation.rename(columns={"value": "validation"})
        .merge(tests, on=["study", "role"], how="outer")
        .merge(_costs(frames, validation, tested), on=["study", "role"], how="left")
        .merge(_times_to_target(frames, validation, tested), on=["study", "role"], how="left")
        .merge(frames.plans[["study", "test_examples", "own_training"]], on="study")
    )
    rows["dataset"] = rows["study"].map(data_names(frames)).astype(object)
    rows["validation"] = rows["validation"].astype(float).fillna(_of_planned_trials(frames, rows, tested))
    # What else the 'test(run)' of a model that trains itself does is not known.
    rows["inference"] = (rows["pass_seconds"] / rows["test_examples"]).where(~rows["own_training"])
    rows[["reached", "watched"]] = rows[["reached", "watched"]].fillna(0).astype(int)
    rows = with_metrics(rows, frames)
    counted = rows["test"].where(rows["metric"].isin(COUNTED) & ~rows["own_training"]).astype(float)
    bounds = [wilson(fraction, examples) for fraction, examples in zip(counted, rows["test_examples"], strict=True)]
    rows["wilson_low"], rows["wilson_high"] = np.array(bounds, dtype=float).reshape(-1, 2).T
    rows["tested"] = rows["study"].map(_tested(rows, best)).astype(float)
    reached = rows["study"].map(best.set_index("study")["value"]).astype(float)
    rows["rank"] = signs(rows) * rows["tested"].fillna(reached).fillna(rows["validation"])
    rows["untested"] = rows["tested"].isna()
    rows["n"] = rows["n"].fillna(0).astype(int)
    named = zip(rows["study"], rows["phase"], strict=True)
    rows["learned_from"] = pd.Series(
        [learned_from(frames.plan_rows[study], phase) for study, phase in named], index=rows.index, dtype=float
    )
    searched = {study: learned_from(plan, SEARCH) for study, plan in frames.plan_rows.items()}
    rows["validation_learned_from"] = rows["study"].map(searched).astype(float).where(rows["validation"].notna())
    rows = rows.sort_values(
        ["dataset", "metric", "untested", "rank", "study", "role"],
        ascending=[True, True, True, False, True, False],
        na_position="last",
    )
    shown = ["dataset", *METRIC, "study", "role", "phase", "test", "low", "high", "n", "learned_from", "seconds"]
    more = ["parameters", "epochs", "own_training"]
    more += ["inference", "to_target", "reached", "watched", "wilson_low", "wilson_high", "validation"]
    more += ["validation_learned_from"]
    return cut(rows[[*shown, *more]].reset_index(drop=True))


def section(frames: Frames) -> Section:
    """Return the section, from every frame of the report."""
    table = leaderboard(frames)
    if table.empty:
        return Section(TITLE, (Paragraph("No trial is complete yet."), *final_trials_shown(frames)))
    sole = set(best_trials(frames).query("is_baseline")["study"])
    blocks: list[Block] = [
        _leaderboard_table(table, sole, noun_of(frames)),
        *_guessed(frames),
        *differences_shown(frames),
        *figures_of("leaderboard", frames),
        *hyperparameters_shown(frames),
        *metrics_shown(frames),
        *final_trials_shown(frames),
    ]
    return Section(TITLE, tuple(blocks))


def _tested(rows: pd.DataFrame, best: pd.DataFrame) -> pd.Series:
    """Return, by study, the mean test score of what validation chose, where that has replicates."""
    chosen = best.set_index("study")["is_baseline"].map({True: "baseline", False: "best"})
    replicated = rows[(rows["role"] == rows["study"].map(chosen)) & (rows["phase"] == REPLICATE)]
    tested: pd.Series = replicated.set_index("study")["test"]
    return tested


def _guessed(frames: Frames) -> list[Block]:
    """Return a line for each study that is not shown to beat guessing."""
    return [Paragraph(f"{row['study']}: {sentence(row)}") for row in guessing(frames).to_dict("records")]


def _of_planned_trials(frames: Frames, rows: pd.DataFrame, tested: pd.DataFrame) -> pd.Series:
    """Return the mean validation score of the planned trials behind a row, missing where there are none."""
    last = frames.epochs.groupby("trial")["validation_score"].last()
    planned_trials = tested[tested["phase"] == ABLATE]
    means = planned_trials["trial"].map(last).astype(float).groupby(planned_trials["study"]).mean()
    return rows["study"].map(means).astype(float).where(rows["phase"] == ABLATE)


def _costs(frames: Frames, validation: pd.DataFrame, tested: pd.DataFrame) -> pd.DataFrame:
    """Return parameters, seconds per epoch and epochs: of the tested trials, else of the search trial.

    Seconds are medians: a machine that was suspended during one epoch says nothing of the configuration.
    """
    searched = frames.trials.merge(validation[["trial", "role"]], on="trial")
    members = pd.concat([tested.drop(columns=["score", "seconds"]), searched], ignore_index=True)
    members["seconds"] = members["trial"].map(frames.epochs.groupby("trial")["seconds"].median()).astype(float)
    # A search trial that patience ended has fewer epochs than were planned.
    trained = members["trial"].map(frames.epochs.groupby("trial").size()).astype(float)
    members["epochs"] = trained.where(trained.notna(), members["epochs"]).astype(float)
    members["pass_seconds"] = members["trial"].map(frames.tests.set_index("trial")["seconds"]).astype(float)
    costs = members.groupby(["study", "role", "phase"], sort=False).agg(
        parameters=("parameters", "max"),
        seconds=("seconds", "median"),
        epochs=("epochs", "max"),
        pass_seconds=("pass_seconds", "median"),
    )
    # "ablate" and "replicate" sort before "search".
    return costs.reset_index().sort_values("phase").drop_duplicates(["study", "role"]).drop(columns="phase")


def _times_to_target(frames: Frames, validation: pd.DataFrame, tested: pd.DataFrame) -> pd.DataFrame:
    """Return `study, role, to_target, reached, watched`: replicates have no validation split, so the others."""
    members = pd.concat([validation[["trial", "role"]], tested[["trial", "role"]]], ignore_index=True)
    wanted = members.merge(frames.trials[["trial", "study", "configuration_hash"]], on="trial").drop(columns="trial")
    wanted = wanted.drop_duplicates()
    trials = frames.trials[(frames.trials["state"] == COMPLETE) & (frames.trials["phase"] != REPLICATE)]
    watched = trials[["trial", "study", "configuration_hash"]].merge(wanted, on=["study", "configuration_hash"])
    targets = {study: TARGETS.get(plan.metric.name) for study, plan in frames.plan_rows.items()}
    watched = watched[watched["study"].map(targets).notna()]
    wanted_scores = watched.drop_duplicates("trial").set_index("trial")["study"].map(targets)
    enough = frames.epochs["trial"].map(wanted_scores).astype(float)
    there = frames.epochs[frames.epochs["validation_score"] >= enough].groupby("trial")["epoch"].min()
    # The median counts who never got there as later than all who did.
    watched["to_target"] = watched["trial"].map(there).astype(float).fillna(np.inf)
    table = watched.groupby(["study", "role"])["to_target"].agg(
        to_target="median", reached=lambda epochs: np.isfinite(epochs).sum(), watched="size"
    )
    return table.replace(np.inf, np.nan).reset_index()


def _leaderboard_table(table: pd.DataFrame, sole: set[str], noun: str) -> Table:
    metrics = metrics_of(table)

    def configuration(row: Mapping[Any, Any]) -> str:
        text = f"{row['study']}, {'baseline and best' if row['study'] in sole else row['role']}"
        return f"{text} ({PLANNED_TRIALS})" if row["phase"] == ABLATE else text

    learned = Column(
        f"Learned from ({noun}s)", form.shown("learned_from", form.whole), True, _LEARNED.format(noun=noun)
    )
    columns = [
        Column("Study and configuration", configuration),
        *([Column("Metric", form.shown("metric_label"))] if len(metrics) > 1 else []),
        Column(f"Test {in_words(metrics)} ({LEVEL} interval over seeds)", _test, True, _TEST),
        Column("Seeds", form.shown("n", str), numeric=True),
        *_where_known(table, "learned_from", learned),
        Column(f"Validation {in_words(metrics)}", _validation, True, _SEARCHED),
        Column("Seconds per epoch", lambda row: form.seconds(row["seconds"]), numeric=True),
        *_where_known(table, "parameters", Column("Parameters", form.shown("parameters", form.whole), True)),
        Column("Epochs", form.shown("epochs", form.whole), numeric=True),
        *_where_known(table, "inference", Column(f"Inference (ms an {noun})", _inference, True)),
        *_target_columns(table),
    ]
    if table["wilson_low"].notna().any():
        columns.append(Column("Resolution of the test set", _resolution, True, _WILSON.format(noun=noun)))
    caption = f"Models, ranked by the test {in_words(metrics)} of what validation chose"
    lower = lower_is_better(metrics)
    return tabulate("leaderboard", f"{caption}. {lower}" if lower else caption, table, columns, first=FIRST)


FIRST = 5
_TEST = "Mean of the replicates, or of the trials named in brackets; only these have a test score."
_LEARNED = "Replicates learn from the validation {noun}s too; others do not, so their scores do not compare with them."
_SEARCHED = "Of one search trial; that of the best is the best of many, so it flatters."
_WILSON = "Wilson's interval of a single model that is right on such a fraction of the test {noun}s."


def _where_known(table: pd.DataFrame, name: str, column: Column) -> list[Column]:
    """Return a column that only studies of models that train themselves may lack, unless all rows are theirs."""
    return [] if table["own_training"].all() and table[name].isna().all() else [column]


def _inference(row: Mapping[Any, Any]) -> str:
    return form.decimal(1000 * row["inference"], 3)


def _target_columns(table: pd.DataFrame) -> list[Column]:
    """Return in how many epochs how many trials reached the target of the metric that has one."""
    (target,) = TARGETS.values()
    if not table["metric"].isin(TARGETS).any():
        return []
    return [
        Column(f"Epochs to {100 * target:.0f} % validation", form.shown("to_target", "{:g}".format), numeric=True),
        Column(
            "Trials that got there",
            lambda row: f"{row['reached']} of {row['watched']}" if row["metric"] in TARGETS else form.MISSING,
            numeric=True,
        ),
    ]


def _test(row: Mapping[Any, Any]) -> str:
    return form.score_with_interval(row["test"], row["low"], row["high"], metric_of(row))


def _validation(row: Mapping[Any, Any]) -> str:
    return form.score(row["validation"], metric_of(row))


def _resolution(row: Mapping[Any, Any]) -> str:
    missing = form.is_missing(row["wilson_low"])
    return form.MISSING if missing else form.percent_interval(row["wilson_low"], row["wilson_high"])
