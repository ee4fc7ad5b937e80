"""The planned trials of ablations and their pairs: what became of each, and by how much it differs from its control.

Every planned trial has a row from here on, also one that diverged, failed or never began: what is missing is seen.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from reports.analysis.frames import Frames
from reports.analysis.once import once
from reports.analysis.scores import METRIC, scales, with_metrics
from reports.analysis.typed import typed
from reports.statistics import gained_and_lost
from study.design import Role
from study.task.predictions import predictions_of, targets_of
from study.trial import TrialState

GROUP = ["study", "ablation", "setting"]
"""What names a family of arms: they share a baseline and Holm's correction."""
ARM = [*GROUP, "arm"]
COMPLETE = TrialState.COMPLETE.value
LOST = [TrialState.PRUNED.value, TrialState.DIVERGED.value, TrialState.FAILED.value]
UNFINISHED = "unfinished"
"""Running, interrupted, or not begun."""
ENDS = [COMPLETE, *LOST, UNFINISHED]
"""What can have become of a planned trial."""

_COUNTS = {"gained": "int64", "lost": "int64"}
_MEASURES = ["score", "validation_score"]


@once
def arms_of(frames: Frames) -> pd.DataFrame:
    """Return the arms in the order in which they were planned, their `name` named `arm`, with `design` and `METRIC`."""
    ablations = frames.ablations.reset_index(names="ablation_place").rename(columns={"name": "ablation"})
    studies = frames.plans.reset_index(names="study_place")[["study", "study_place"]]
    arms = frames.arms.rename(columns={"name": "arm"}).merge(studies, on="study")
    arms = arms.merge(
        ablations[["study", "ablation", "ablation_place", "design", "reference"]], on=["study", "ablation"]
    )
    order = ["study_place", "ablation_place", "planned_at", "position"]
    arms = with_metrics(arms, frames)
    return arms.sort_values(order, kind="stable", ignore_index=True).drop(columns=["study_place", "ablation_place"])


@once
def planned_trials_of(frames: Frames) -> pd.DataFrame:
    """Return a row for each planned trial.

    Returns:
        `study, ablation, setting, arm, replicate, seed, trial, end` (one of `ENDS`), `score` and
        `validation_score` (as they are stored; of complete trials alone), `seconds`, `parameters`.
    """
    trials = frames.trials[["trial", "state", "parameters"]]
    table = frames.planned_trials.merge(trials, on="trial", how="left").merge(frames.tests, on="trial", how="left")
    epochs = frames.epochs[frames.epochs["trial"].isin(table["trial"])].groupby("trial")
    table["validation_score"] = table["trial"].map(epochs["validation_score"].last()).astype(float)
    table["seconds"] = table["trial"].map(epochs["seconds"].sum()).astype(float)
    ended = table["state"].isin([COMPLETE, *LOST])
    table["end"] = table["state"].where(ended, UNFINISHED).astype(object)
    measured = [*_MEASURES, "seconds"]
    table[measured] = table[measured].where(table["end"] == COMPLETE)
    return table.drop(columns="state")


def pairs_of(arms: pd.DataFrame, planned_trials: pd.DataFrame, against: str = "control") -> pd.DataFrame:
    """Pair each trial of an arm with its control's of the same seed; of the noise floor, the same replicate.

    Args:
        arms: `study, ablation, setting, arm, role`, `METRIC`, and the column `against`, which names the other arm or is
            missing.
        planned_trials: As from `planned_trials_of`.
        against: `control` or `matched`.

    Returns:
        `study, ablation, setting, arm, role, replicate, seed, trial, other_trial, end, other_end, difference,
        validation_difference` (percentage points of a fraction; missing unless both are complete), `seconds,
        other_seconds`. A trial whose control has no such seed has a row too: its `other_end` is "unfinished".
    """
    named = arms.loc[arms[against].notna(), [*ARM, *METRIC, "role", against]]
    planned = named.merge(planned_trials, on=ARM)
    planned["key"] = planned["seed"].where(planned["role"] != Role.NOISE_FLOOR, planned["replicate"])
    others = planned_trials[[*ARM, "trial", "end", *_MEASURES, "seconds"]].rename(columns={"arm": against})
    merged = []
    for column, mine in (
        ("seed", planned["role"] != Role.NOISE_FLOOR),
        ("replicate", planned["role"] == Role.NOISE_FLOOR),
    ):
        keyed = others.assign(key=planned_trials[column])
        merged.append(planned[mine].merge(keyed, on=[*GROUP, against, "key"], how="left", suffixes=("", "_other")))
    table = pd.concat(merged, ignore_index=True)
    table["other_end"] = table["end_other"].astype(object).where(table["end_other"].notna(), UNFINISHED)
    for measure, name in zip(_MEASURES, ("difference", "validation_difference"), strict=True):
        table[name] = scales(table) * (table[measure] - table[f"{measure}_other"])
    table = table.rename(columns={"trial_other": "other_trial", "seconds_other": "other_seconds"})
    shown = ["role", "replicate", "seed", "trial", "other_trial", "end", "other_end", "difference"]
    return table[[*ARM, *shown, "validation_difference", "seconds", "other_seconds"]]


def example_counts(frames: Frames, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return `gained` and `lost`, test examples per pair of complete trials, on the rows of `pairs` that have them.

    Those of a classification alone: elsewhere no single answer is right or wrong.
    """
    stored = dict(zip(frames.labels["study"], frames.labels["labels"], strict=True))
    votes = dict(zip(frames.votes["trial"], frames.votes["predictions"], strict=True))
    found = []
    for study, group in pairs[pairs["difference"].notna()].groupby("study", sort=False):
        plan = frames.plan_rows[str(study)]
        if plan.task != "classification" or plan.own_training or not stored.get(study):
            continue
        length = len(stored[study])
        fits = [all(len(votes.get(trial, b"")) == length for trial in both) for both in _sides(group)]
        usable = group[fits]
        if usable.empty:
            continue
        classes = plan.spec.outputs
        truth = targets_of(stored[study], plan.task, classes)
        rows = {trial: row for row, trial in enumerate(pd.unique(usable[["trial", "other_trial"]].to_numpy().ravel()))}
        answers = [predictions_of(votes[trial], plan.task, classes) for trial in rows]
        right = np.stack([answer == truth for answer in answers])  # (trials, examples)
        gained, lost = gained_and_lost(*(right[usable[side].map(rows)] for side in ("trial", "other_trial")))
        found.append(pd.DataFrame({"gained": gained, "lost": lost}, index=usable.index))
    return typed(pd.concat(found) if found else pd.DataFrame(columns=["gained", "lost"]), _COUNTS)


def _sides(pairs: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(pairs["trial"], pairs["other_trial"], strict=True))
