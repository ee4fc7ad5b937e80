"""Families side by side: validation accuracy, test accuracy with its interval, size, speed; best against baseline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reports import formatting as form
from reports.document import Block, Column, Paragraph, Section, Table, tabulate
from reports.frames import Frames
from reports.selection import REPLICATE, baseline_trials, best_trials, final_trainings, with_roles
from reports.statistics import ALPHA, EXACT_PAIRS, LEVEL, SEEDS_NEEDED, intervals, paired_differences, wilson


def leaderboard(frames: Frames) -> pd.DataFrame:
    """Returns one row for the best and one for the baseline of each study; one alone where they are the same.

    Studies are ranked within their data set by the best's validation accuracy, never by the test split.

    Returns:
        `dataset, study, role, validation, test, low, high, n, wilson_low, wilson_high, parameters, seconds, epochs`:
        accuracies are shares of 1, `seconds` the mean of an epoch.
    """
    best = best_trials(frames)
    validation = pd.concat(
        [
            best.loc[~best["is_baseline"], ["study", "trial", "value"]].assign(role="best"),
            baseline_trials(frames).assign(role="baseline"),
        ],
        ignore_index=True,
    )
    finals = final_trainings(frames)
    tests = intervals(finals, by=["study", "role"], column="accuracy").rename(columns={"mean": "test"})
    rows = (
        validation.rename(columns={"value": "validation"})
        .merge(tests[tests["role"].isin(["best", "baseline"])], on=["study", "role"], how="outer")
        .merge(_costs(frames, validation), on=["study", "role"], how="left")
        .merge(frames.plans[["study", "dataset", "test_images"]], on="study")
    )
    bounds = [wilson(share, images) for share, images in zip(rows["test"], rows["test_images"], strict=True)]
    rows["wilson_low"], rows["wilson_high"] = np.array(bounds, dtype=float).reshape(-1, 2).T
    rows["rank"] = rows["study"].map(best.set_index("study")["value"])
    rows["n"] = rows["n"].fillna(0).astype(int)
    rows = rows.sort_values(
        ["dataset", "rank", "study", "role"], ascending=[True, False, True, False], na_position="last"
    )
    shown = ["dataset", "study", "role", "validation", "test", "low", "high", "n", "wilson_low", "wilson_high"]
    return rows[[*shown, "parameters", "seconds", "epochs"]].reset_index(drop=True)


def section(frames: Frames) -> Section:
    """Builds the section."""
    table = leaderboard(frames)
    if table.empty:
        return Section("Leaderboard", (Paragraph("No trial is complete yet, so there is nothing to rank."),))
    sole = set(best_trials(frames).query("is_baseline")["study"])
    blocks: list[Block] = [_leaderboard_table(table, sole), Paragraph(_reading(table))]
    differences = paired_differences(final_trainings(frames))
    if not differences.empty:
        blocks += [_differences_table(differences), Paragraph(_reading_differences(differences))]
    return Section("Leaderboard", tuple(blocks))


def _costs(frames: Frames, validation: pd.DataFrame) -> pd.DataFrame:
    """Parameters, seconds per epoch and epochs: of the complete final trainings, else of the search trial."""
    trials = with_roles(frames)
    searched = trials.drop(columns="role").merge(validation[["trial", "role"]], on="trial")
    final = trials[trials["trial"].isin(final_trainings(frames)["trial"]) & (trials["phase"] == REPLICATE)]
    members = pd.concat([final, searched], ignore_index=True)
    seconds = frames.epochs.groupby("trial")["seconds"].mean()
    members["seconds"] = members["trial"].map(seconds).astype(float)
    grouped = members.groupby(["study", "role", "phase"], sort=False)
    costs = grouped.agg(parameters=("parameters", "max"), seconds=("seconds", "mean"), epochs=("epochs", "max"))
    # "replicate" sorts before "search".
    return costs.reset_index().sort_values("phase").drop_duplicates(["study", "role"]).drop(columns="phase")


def _leaderboard_table(table: pd.DataFrame, sole: set[str]) -> Table:
    def configuration(row: Mapping[Any, Any]) -> str:
        return "baseline, also the best" if row["study"] in sole else str(row["role"])

    columns = [
        Column("Study", form.shown("study")),
        Column("Configuration", configuration),
        Column("Validation accuracy", form.shown("validation", form.percent), numeric=True),
        Column("Test accuracy", form.shown("test", form.percent), numeric=True),
        Column(f"{LEVEL} interval over seeds", _interval, numeric=True),
        Column("Seeds", form.shown("n", str), numeric=True),
        Column("Test set's own resolution", _resolution, numeric=True),
        Column("Parameters", form.shown("parameters", form.whole), numeric=True),
        Column("Seconds per epoch", lambda row: form.decimal(row["seconds"], 1), numeric=True),
        Column("Epochs", form.shown("epochs", form.whole), numeric=True),
    ]
    return tabulate("leaderboard", "Families, ranked by the validation accuracy of their best setting", table, columns)


def _interval(row: Mapping[Any, Any]) -> str:
    return form.MISSING if row["n"] == 0 else form.percent_interval(row["low"], row["high"])


def _resolution(row: Mapping[Any, Any]) -> str:
    missing = form.is_missing(row["wilson_low"])
    return form.MISSING if missing else form.percent_interval(row["wilson_low"], row["wilson_high"])


def _reading(table: pd.DataFrame) -> str:
    text = (
        "Validation accuracy is that of the search trial after its last epoch; the best is the highest of many, so it "
        "flatters. Test accuracy is the mean over final trainings on training and validation images together. Its "
        f"interval is Student's t at {LEVEL}: it measures the variation from seeds (initialisation, order of "
        "batches), not the choice of the test images. What the test images themselves can resolve is the Wilson "
        "interval of a single model with that accuracy."
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
        "Differences are in percentage points of test accuracy, between trainings with the same seed. The sign-flip "
        "test is exact and two-sided: with n pairs its p cannot go below 2^(1-n), so fewer than "
        f"{SEEDS_NEEDED} seeds can never tell. A verdict needs p below {ALPHA:.2f} and an interval without 0."
    )
    if differences["n"].max() > EXACT_PAIRS:
        text += f" With more than {EXACT_PAIRS} pairs it is not counted out but taken from its normal limit."
    if len(differences) > 1:
        text += " Each study's p stands alone; it is not corrected for the number of studies."
    return text
