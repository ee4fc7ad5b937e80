"""Which configuration is the best, and which trials belong to it. Only complete trials are ever ranked."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

import numpy as np
import pandas as pd

from reports.analysis.frames import Frames
from reports.analysis.once import once
from study.database import PlanRow
from study.design import Role, Setting
from study.status.progress import is_own, rank, replicate_role
from study.trial import Phase, TrialState, fingerprint

COMPLETE = TrialState.COMPLETE.value
SEARCH = Phase.SEARCH.value
REPLICATE = Phase.REPLICATE.value
ABLATE = Phase.ABLATE.value
PLANNED_TRIALS = "planned trials of an ablation"
"""What the page calls the trials of an ablation where they stand in for replicates."""
FINISHED = [state.value for state in TrialState if state.finished]


def best_trials(frames: Frames) -> pd.DataFrame:
    """Return the best search trial of each study that has one.

    Returns:
        `study`, `trial`, `configuration_hash`, `value` (validation score after the last epoch), `is_baseline`.
    """
    return _best_trials(frames).copy(deep=False)


@lru_cache(maxsize=1)
def _best_trials(frames: Frames) -> pd.DataFrame:
    trials = frames.trials
    candidates = trials[(trials["phase"] == SEARCH) & (trials["state"] == COMPLETE) & trials["value"].notna()]
    ranks = [
        rank(value, number, frames.plan_rows[study].metric)
        for study, value, number in zip(
            candidates["study"], candidates["value"], candidates["optuna_number"], strict=True
        )
    ]
    ranked = candidates.iloc[sorted(range(len(ranks)), key=ranks.__getitem__)]
    best = ranked.drop_duplicates("study")[["study", "trial", "configuration_hash", "value"]].reset_index(drop=True)
    hashes = best["study"].map(baseline_hashes(frames))
    return best.assign(is_baseline=(best["configuration_hash"] == hashes).astype(bool))


def baseline_search_trials(frames: Frames) -> pd.DataFrame:
    """Return each study's complete search trial of the baseline: `study`, `trial`, `value`."""
    trials = frames.trials
    chosen = trials[(trials["phase"] == SEARCH) & (trials["variant"] == "baseline") & (trials["state"] == COMPLETE)]
    return chosen.drop_duplicates("study")[["study", "trial", "value"]].reset_index(drop=True)


def with_roles(frames: Frames) -> pd.DataFrame:
    """Return the trials with a column `role`.

    A search trial's role is its variant. A replicate's is `baseline`, `best`, the name under which somebody asked for
    its configuration and length, or, where a later and larger budget found another best or trained for more epochs,
    `earlier best` and `earlier baseline`. If the best is the baseline, its replicates have the role `baseline`.
    """
    return _with_roles(frames).copy(deep=False)


# Most sections and figures ask for roles and bests: of the frames in hand they are found once. A caller gets a copy
# that shares the values, so that a column of its own stays its own.
@lru_cache(maxsize=1)
def _with_roles(frames: Frames) -> pd.DataFrame:
    trials = frames.trials
    best = best_trials(frames).set_index("study")["configuration_hash"]
    final = trials["phase"] == REPLICATE
    is_baseline = (trials["variant"] == "baseline") | (
        trials["configuration_hash"] == trials["study"].map(baseline_hashes(frames))
    )
    is_best = trials["configuration_hash"] == trials["study"].map(best)
    planned = zip(trials["study"], trials["variant"], trials["epochs"], strict=True)
    owned = [is_own(variant, epochs, frames.plan_rows[study].epochs) for study, variant, epochs in planned]
    own = pd.Series(owned, index=trials.index, dtype=bool)
    lengths = trials[final & own].groupby(["study", "configuration_hash"])["epochs"].transform("max")
    is_shorter = trials["epochs"] < lengths.reindex(trials.index)
    names = names_of_finals(frames)
    keys = zip(trials["study"], trials["configuration_hash"], trials["epochs"], strict=True)
    roles = [
        replicate_role(is_baseline=baseline, is_best=best_now, is_shorter=shorter, own=owned_now, final=names.get(key))
        if replicate
        else variant
        for replicate, baseline, best_now, shorter, owned_now, variant, key in zip(
            final, is_baseline, is_best, is_shorter, own, trials["variant"], keys, strict=True
        )
    ]
    return trials.assign(role=pd.Series(roles, index=trials.index, dtype=object))


def names_of_finals(frames: Frames) -> dict[tuple[str, str, int], str]:
    """Return the names of final trials that were asked for: (study, hash of the configuration, epochs) -> name."""
    rows = frames.finals.to_dict("records")
    return {(row["study"], fingerprint(row["configuration"]), row["epochs"]): row["name"] for row in rows}


@once
def complete_replicates(frames: Frames) -> pd.DataFrame:
    """Return the complete replicates with `role` and test `score`."""
    trials = with_roles(frames)
    complete = trials[(trials["phase"] == REPLICATE) & (trials["state"] == COMPLETE)]
    return complete.merge(frames.tests, on="trial", how="left").sort_values(["study", "role", "replicate"])


@once
def baseline_trials(frames: Frames) -> pd.DataFrame:
    """Return the complete tested trials of each study's baseline: its replicates, else its planned trials.

    A planned trial of an ablation learns from the training split alone, a replicate from the validation split too:
    the two never stand in one mean, and `phase` says which they are.

    Returns:
        The columns of `complete_replicates`.
    """
    finals = complete_replicates(frames)
    finals = finals[finals["role"] == "baseline"]
    planned_trials = _baseline_planned_trials(frames)
    return pd.concat([finals, planned_trials[~planned_trials["study"].isin(finals["study"])]], ignore_index=True)


@once
def evaluated_trials(frames: Frames) -> pd.DataFrame:
    """Return the tested trials of each study's best and of its baseline, as from `complete_replicates`."""
    finals = complete_replicates(frames)
    return pd.concat([finals[finals["role"] == "best"], baseline_trials(frames)], ignore_index=True)


def _baseline_planned_trials(frames: Frames) -> pd.DataFrame:
    """Return the longest complete planned trials of the fixed baseline, on the seeds that variants are paired with."""
    controls = frames.arms[(frames.arms["role"] == Role.BASELINE) & (frames.arms["setting"] == Setting.FIXED)]
    named = controls.rename(columns={"name": "arm"})[["study", "ablation", "setting", "arm"]]
    trials = with_roles(frames).assign(role="baseline")
    trials = trials[trials["trial"].isin(frames.planned_trials.merge(named)["trial"]) & (trials["state"] == COMPLETE)]
    # What others are compared with is another configuration where it is the tuned best, or everything together.
    trials = trials[trials["configuration_hash"] == trials["study"].map(baseline_hashes(frames))]
    trials = trials[trials["epochs"] == trials.groupby("study")["epochs"].transform("max")]
    return trials.merge(frames.tests, on="trial", how="left").sort_values(["study", "replicate"])


def leading_plans(frames: Frames, most: int, *, among: Collection[str] | None = None) -> list[PlanRow]:
    """Return the plans of at most so many studies: those with the best validation scores, as planned.

    Scores of one metric alone compare: of several metrics the best study of each comes first, then the second of each.

    Args:
        frames: Of the report.
        most: How many.
        among: Studies to choose from; None for all.
    """
    plans = {study: plan for study, plan in frames.plan_rows.items() if among is None or study in among}
    best = best_trials(frames)
    best = best[best["study"].isin(plans)]
    metrics = best["study"].map({study: plan.metric.name for study, plan in frames.plan_rows.items()})
    signs = best["study"].map({study: plan.metric.sign for study, plan in frames.plan_rows.items()})
    best = best.assign(metric=metrics, merit=signs.astype(float) * best["value"].astype(float)).sort_values(
        "merit", ascending=False, kind="stable"
    )
    best["place"] = best.groupby("metric", sort=False).cumcount()
    ranked = best.sort_values("place", kind="stable")["study"]
    chosen = set([*ranked, *plans][:most]) if len(ranked) < most else set(ranked[:most])
    return [plan for study, plan in plans.items() if study in chosen]


def role_of_best(frames: Frames) -> pd.Series:
    """Return, by study, the role under which the best's replicates stand: `best` or `baseline`."""
    best = best_trials(frames)
    return pd.Series(np.where(best["is_baseline"], "baseline", "best"), index=best["study"], dtype=object)


def baseline_hashes(frames: Frames) -> pd.Series:
    """Return, by study, the hash of its plan's baseline."""
    hashes = frames.plans["baseline"].map(fingerprint).astype(object)
    return pd.Series(hashes.to_numpy(), index=frames.plans["study"], dtype=object)
