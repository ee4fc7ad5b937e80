"""The planned trials of ablations and their pairs: what became of each, and by how much it differs from its control.

Every planned trial has a row from here on, also one that diverged, failed or never began: what is missing is seen.
"""

from __future__ import annotations

import pandas as pd

from reports.analysis.frames import Frames
from reports.analysis.machines import machines_of
from reports.analysis.once import once
from reports.analysis.scores import METRIC, scales, with_metrics
from study.design import Role, Setting
from study.trial import TrialState

GROUP = ["study", "ablation", "setting"]
"""What names a family of arms: they share a baseline and Holm's correction."""
ARM = [*GROUP, "arm"]
COMPLETE = TrialState.COMPLETE.value
FAILED = TrialState.FAILED.value
LOST = [TrialState.PRUNED.value, TrialState.DIVERGED.value, FAILED]
UNFINISHED = "unfinished"
"""Running, interrupted, or not begun."""
ENDS = [COMPLETE, *LOST, UNFINISHED]
"""What can have become of a planned trial."""

_MEASURES = ["score", "validation_score"]
_TIMES = ["seconds", "processor_seconds"]


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
        `study, ablation, setting, arm, search, replicate, seed, trial, planned_at, end` (one of `ENDS`), `score` and
        `validation_score` (as they are stored; of complete trials alone), `scored_at`, `seconds`, `processor_seconds`
        (missing unless every epoch has it), `parameters`, `machine` (`machines.machines_of`).
    """
    trials = frames.trials[["trial", "state", "parameters"]].assign(machine=machines_of(frames.trials))
    table = frames.planned_trials.merge(trials, on="trial", how="left").merge(frames.tests, on="trial", how="left")
    epochs = frames.epochs[frames.epochs["trial"].isin(table["trial"])].groupby("trial")
    table["validation_score"] = table["trial"].map(epochs["validation_score"].last()).astype(float)
    table["seconds"] = table["trial"].map(epochs["seconds"].sum()).astype(float)
    measured = epochs["processor_seconds"]
    whole = measured.sum().where(measured.count() == epochs.size())  # an epoch that lacks it leaves the trial's unknown
    table["processor_seconds"] = table["trial"].map(whole).astype(float)
    ended = table["state"].isin([COMPLETE, *LOST])
    table["end"] = table["state"].where(ended, UNFINISHED).mask(_never_comes(table, frames), FAILED).astype(object)
    known = [*_MEASURES, *_TIMES]
    table[known] = table[known].where(table["end"] == COMPLETE)
    return table.drop(columns="state")


def _never_comes(table: pd.DataFrame, frames: Frames) -> pd.Series:
    """Return which planned trials of a finished ablation have no configuration: a search that re-tuned found none."""
    finished = frames.ablations.loc[frames.ablations["finished"], ["study", "name"]]
    done = pd.MultiIndex.from_frame(table[["study", "ablation"]]).isin(pd.MultiIndex.from_frame(finished))
    gone = frames.arms.loc[frames.arms["withdrawn_at"].notna(), ["study", "ablation", "setting", "name"]]
    withdrawn = pd.MultiIndex.from_frame(table[ARM]).isin(pd.MultiIndex.from_frame(gone))
    return (
        pd.Series(done & ~withdrawn, index=table.index) & table["trial"].isna() & (table["setting"] == Setting.RETUNED)
    )


def pairs_of(arms: pd.DataFrame, planned_trials: pd.DataFrame, against: str = "control") -> pd.DataFrame:
    """Pair each trial of an arm with its control's of the same search and seed; of the noise floor, the same replicate.

    Args:
        arms: `study, ablation, setting, arm, role`, `METRIC`, and the column `against`, which names the other arm or is
            missing.
        planned_trials: As from `planned_trials_of`.
        against: `control` or `matched`.

    Returns:
        `study, ablation, setting, arm, role, search, replicate, seed, trial, other_trial, end, other_end,
        difference, validation_difference` (percentage points of a fraction; missing unless both are complete),
        `machine, other_machine, seconds, other_seconds, processor_seconds, other_processor_seconds`. A trial whose
        control has no such seed has a row too: its `other_end` is "unfinished".
    """
    named = arms.loc[arms[against].notna(), [*ARM, *METRIC, "role", against]]
    planned = named.merge(planned_trials, on=ARM)
    planned["key"] = planned["seed"].where(planned["role"] != Role.NOISE_FLOOR, planned["replicate"])
    others = planned_trials[[*ARM, "search", "trial", "end", "machine", *_MEASURES, *_TIMES]].rename(
        columns={"arm": against}
    )
    merged = []
    for column, mine in (
        ("seed", planned["role"] != Role.NOISE_FLOOR),
        ("replicate", planned["role"] == Role.NOISE_FLOOR),
    ):
        keyed = others.assign(key=planned_trials[column])
        same = [*GROUP, against, "search", "key"]
        merged.append(planned[mine].merge(keyed, on=same, how="left", suffixes=("", "_other")))
    table = pd.concat(merged, ignore_index=True)
    table["other_end"] = table["end_other"].astype(object).where(table["end_other"].notna(), UNFINISHED)
    for measure, name in zip(_MEASURES, ("difference", "validation_difference"), strict=True):
        table[name] = scales(table) * (table[measure] - table[f"{measure}_other"])
    named_alike = {f"{name}_other": f"other_{name}" for name in ("trial", "machine", *_TIMES)}
    shown = ["role", "search", "replicate", "seed", "trial", "other_trial", "end", "other_end", "difference"]
    shown += ["validation_difference", "machine", "other_machine", *_TIMES, *(f"other_{time}" for time in _TIMES)]
    return table.rename(columns=named_alike)[[*ARM, *shown]]
