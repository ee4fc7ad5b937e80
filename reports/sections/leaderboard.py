"""Models side by side: validation accuracy, test accuracy with its interval, size, speed; best against baseline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reports import formatting as form
from reports.analysis.frames import Frames
from reports.analysis.guessing import RULE, guessing, sentence
from reports.analysis.selection import (
    ABLATE,
    COMPLETE,
    PLANNED_TRIALS,
    REPLICATE,
    baseline_search_trials,
    best_trials,
    complete_replicates,
    evaluated_trials,
)
from reports.pages.document import Block, Column, Paragraph, Section, Table, tabulate
from reports.sections.illustrated import figures_of
from reports.statistics import ALPHA, EXACT_PAIRS, LEVEL, SEEDS_NEEDED, intervals, paired_differences, wilson

TARGET = 0.99
"""Accuracy whose first epoch is counted."""


def leaderboard(frames: Frames) -> pd.DataFrame:
    """Return one row for the best and one for the baseline of each study; one alone where they are the same.

    Studies are ranked within their data set by the best's validation accuracy, never by the test split. A baseline
    that has no replicate is shown by its planned trials of an ablation.

    Returns:
        `dataset, study, role, phase` (of the tested trials), `test, low, high, n, seconds, parameters, epochs,
        inference, to_target, reached, watched, wilson_low, wilson_high, validation`: accuracies are fractions of 1,
        `seconds` the median of an epoch, `inference` the median seconds an image of the pass over the test split. Of
        the `watched` complete trials with a validation curve, so many `reached` 99 %; the median one after
        `to_target` epochs, missing if it never did.
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
        .merge(frames.plans[["study", "dataset", "test_examples"]], on="study")
    )
    rows["validation"] = rows["validation"].astype(float).fillna(_of_planned_trials(frames, rows, tested))
    rows["inference"] = rows["pass_seconds"] / rows["test_examples"]
    rows[["reached", "watched"]] = rows[["reached", "watched"]].fillna(0).astype(int)
    bounds = [wilson(share, images) for share, images in zip(rows["test"], rows["test_examples"], strict=True)]
    rows["wilson_low"], rows["wilson_high"] = np.array(bounds, dtype=float).reshape(-1, 2).T
    rows["rank"] = rows["study"].map(best.set_index("study")["value"]).fillna(rows["validation"])
    rows["n"] = rows["n"].fillna(0).astype(int)
    rows = rows.sort_values(
        ["dataset", "rank", "study", "role"], ascending=[True, False, True, False], na_position="last"
    )
    shown = ["dataset", "study", "role", "phase", "test", "low", "high", "n", "seconds", "parameters", "epochs"]
    more = ["inference", "to_target", "reached", "watched", "wilson_low", "wilson_high", "validation"]
    return rows[[*shown, *more]].reset_index(drop=True)


def section(frames: Frames) -> Section:
    """Return the section, from every frame of the report."""
    table = leaderboard(frames)
    if table.empty:
        return Section("Leaderboard", (Paragraph("No trial is complete yet, so there is nothing to rank."),))
    sole = set(best_trials(frames).query("is_baseline")["study"])
    blocks: list[Block] = [
        _leaderboard_table(table, sole),
        *_guessed(frames),
        Paragraph(_reading(table)),
        *figures_of("leaderboard", frames),
    ]
    differences = paired_differences(complete_replicates(frames))
    if not differences.empty:
        blocks += [_differences_table(differences), Paragraph(_reading_differences(differences))]
    return Section("Leaderboard", tuple(blocks))


def _guessed(frames: Frames) -> list[Block]:
    """Return a line for each study that is not shown to beat guessing, and the rule by which that was decided."""
    lines = [Paragraph(f"{row['study']}: {sentence(row)}") for row in guessing(frames).to_dict("records")]
    return [*lines, Paragraph(RULE)] if lines else []


def _of_planned_trials(frames: Frames, rows: pd.DataFrame, tested: pd.DataFrame) -> pd.Series:
    """Return the mean validation accuracy of the planned trials behind a row, missing where there are none."""
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
    trained = members["trial"].map(frames.epochs.groupby("trial").size())
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
    there = frames.epochs[frames.epochs["validation_score"] >= TARGET].groupby("trial")["epoch"].min()
    # The median counts who never got there as later than all who did.
    watched["to_target"] = watched["trial"].map(there).fillna(np.inf)
    table = watched.groupby(["study", "role"])["to_target"].agg(
        to_target="median", reached=lambda epochs: np.isfinite(epochs).sum(), watched="size"
    )
    return table.replace(np.inf, np.nan).reset_index()


def _leaderboard_table(table: pd.DataFrame, sole: set[str]) -> Table:
    def configuration(row: Mapping[Any, Any]) -> str:
        text = f"{row['study']}, {'baseline and best' if row['study'] in sole else row['role']}"
        return f"{text} ({PLANNED_TRIALS})" if row["phase"] == ABLATE else text

    columns = [
        Column("Study and configuration", configuration),
        Column(f"Test accuracy ({LEVEL} interval over seeds)", _test, numeric=True),
        Column("Seeds", form.shown("n", str), numeric=True),
        Column("Seconds per epoch", lambda row: form.decimal(row["seconds"], 1), numeric=True),
        Column("Parameters", form.shown("parameters", form.whole), numeric=True),
        Column("Epochs", form.shown("epochs", form.whole), numeric=True),
        Column("Inference (ms an image)", lambda row: form.decimal(1000 * row["inference"], 3), numeric=True),
        Column(
            f"Epochs to {TARGET:.0%} validation".replace("%", " %"),
            form.shown("to_target", "{:g}".format),
            numeric=True,
        ),
        Column("Trials that got there", lambda row: f"{row['reached']} of {row['watched']}", numeric=True),
        Column("Test set's own resolution", _resolution, numeric=True),
        Column("Validation accuracy", form.shown("validation", form.percent), numeric=True),
    ]
    return tabulate(
        "leaderboard", "Models, ranked by the validation accuracy of their best configuration", table, columns
    )


def _test(row: Mapping[Any, Any]) -> str:
    if row["n"] == 0:
        return form.MISSING
    return f"{form.percent(row['test'])} ({form.percent_interval(row['low'], row['high'])})"


def _resolution(row: Mapping[Any, Any]) -> str:
    missing = form.is_missing(row["wilson_low"])
    return form.MISSING if missing else form.percent_interval(row["wilson_low"], row["wilson_high"])


def _reading(table: pd.DataFrame) -> str:
    text = (
        "Test accuracy is the mean over replicates on training and validation images together. Its "
        f"interval is Student's t at {LEVEL}: it measures the variation from seeds (initialisation, order of "
        "batches), not the choice of the test images. What the test images themselves can resolve is the Wilson "
        "interval of a single model with that accuracy. Validation accuracy is that of the search trial after its "
        "last epoch; the best is the highest of many, so it flatters. Seconds per epoch and inference are medians; "
        "inference is the pass over the test split, in large batches, on the device and at the precision of the "
        "trial (see Provenance). Epochs "
        f"to {100 * TARGET:.0f} % are counted on the validation split, which replicates do not have: on the "
        "complete search and ablation trials of the same configuration; the median, where half of them got there."
    )
    if (table["phase"] == ABLATE).any():
        text += (
            f" Where a baseline has no replicate, its row holds its {PLANNED_TRIALS}, learned from the training "
            "split alone: fewer images than a replicate sees, and a mean validation accuracy, of no choice."
        )
    if len(table["dataset"].unique()) > 1:
        text += " Studies are ranked within their data set; accuracies on different data sets do not compare."
    return text


def _differences_table(differences: pd.DataFrame) -> Table:
    columns = [
        Column("Study", form.shown("study")),
        Column("Best minus baseline", form.shown("difference", form.points), numeric=True),
        Column(f"{LEVEL} interval", lambda row: form.points_interval(row["low"], row["high"]), numeric=True),
        Column("Pairs", form.shown("n", str), numeric=True),
        Column("Sign-flip p", form.shown("p", form.probability), numeric=True),
        Column("Smallest possible p", form.shown("smallest_p", form.probability), numeric=True),
        Column("Verdict", form.shown("verdict")),
    ]
    return tabulate(
        "best-minus-baseline", "Best against baseline on the test split, paired by seed", differences, columns
    )


def _reading_differences(differences: pd.DataFrame) -> str:
    text = (
        "Differences are in percentage points of test accuracy, between trials with the same seed. The sign-flip "
        "test is exact and two-sided: with n pairs its p cannot go below 2^(1-n), so fewer than "
        f"{SEEDS_NEEDED} seeds can never tell. A verdict needs p below {ALPHA:.2f} and an interval without 0."
    )
    if differences["n"].max() > EXACT_PAIRS:
        text += f" With more than {EXACT_PAIRS} pairs it is not counted out but taken from its normal limit."
    if len(differences) > 1:
        text += " Each study's p stands alone; it is not corrected for the number of studies."
    return text
