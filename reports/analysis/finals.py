"""Final trials that were asked for by name: scores, costs, and differences to others of the same seeds."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reports import formatting as form
from reports.analysis.frames import Frames
from reports.analysis.once import once
from reports.analysis.scores import cut, with_metrics
from reports.analysis.selection import FINISHED, REPLICATE, baseline_hashes, complete_replicates, role_of_best
from reports.analysis.selection import with_roles as roles_of
from reports.analysis.typed import typed
from reports.statistics import intervals
from study.trial import differences, fingerprint

_DIFFERENCE = ("difference", "low", "high", "n")
_TYPES = {
    **dict.fromkeys(("planned", "epochs", "n", "ended"), "int64"),
    **dict.fromkeys(("test", "low", "high", "seconds", "parameters"), "float64"),
    **{f"{side}_{name}": "float64" for side in ("baseline", "best") for name in _DIFFERENCE},
}
_NAMES = ["study", "name", "origin", "changes", "epochs", "planned", "ended", "n", "test", "low", "high"]


@once
def finals(frames: Frames) -> pd.DataFrame:
    """Return a row for final trials that were asked for by name, in the order in which they were planned.

    Returns:
        `study, name, origin, changes` (on the baseline, as text)`, epochs, planned, ended` (trials), `n` (complete
        ones), `test, low, high` (mean and interval, as scores are stored), `seconds` (of a trial's epochs, median),
        `parameters, metric columns`; `baseline_difference, baseline_low, baseline_high, baseline_n`: minus the trials
        of the baseline that have this length and the same seeds; `best_...`: minus the study's own final trials of its
        best, whatever their length. These are missing where there is no pair.
    """
    trials, complete = roles_of(frames), complete_replicates(frames)
    trials = trials[trials["phase"] == REPLICATE]
    seconds = frames.epochs.groupby("trial")["seconds"].sum()
    bests = role_of_best(frames)
    rows = []
    for asked in frames.finals.to_dict("records"):
        study, plan = asked["study"], frames.plan_rows[asked["study"]]
        mine = complete[(complete["study"] == study) & (complete["role"] == asked["name"])]
        begun = trials[(trials["study"] == study) & (trials["role"] == asked["name"])]
        found = intervals(mine, by=["study"], column="score").to_dict("records")
        mean = found[0] if found else {"n": 0, "mean": None, "low": None, "high": None}
        roles = _baselines(frames, study, asked["epochs"])
        baseline = complete[(complete["study"] == study) & complete["role"].isin(roles)]
        is_baseline = fingerprint(asked["configuration"]) == fingerprint(plan.baseline)
        best = complete[(complete["study"] == study) & (complete["role"] == bests.get(study, ""))]
        rows.append(
            {
                **{name: asked[name] for name in ("study", "name", "origin", "epochs")},
                "changes": _changes(asked["configuration"], plan.baseline),
                "planned": asked["replicates"],
                "ended": int(begun["state"].isin(FINISHED).sum()),
                "test": mean["mean"],
                **{name: mean[name] for name in ("n", "low", "high")},
                "seconds": mine["trial"].map(seconds).astype(float).median(),
                "parameters": mine["parameters"].max(),
                **_minus(mine, baseline.iloc[:0] if is_baseline else baseline, "baseline"),
                **_minus(mine, best, "best"),
            }
        )
    table = typed(pd.DataFrame(rows, columns=[*_NAMES, *(name for name in _TYPES if name not in _NAMES)]), _TYPES)
    return cut(with_metrics(table, frames))


def without_baseline(frames: Frames) -> list[tuple[str, int]]:
    """Return the studies and lengths of final trials at which the study's baseline is not to be trained."""
    asked = frames.finals[["study", "epochs"]].drop_duplicates().itertuples(index=False, name=None)
    return [(study, epochs) for study, epochs in asked if not _baselines(frames, study, epochs)]


def _baselines(frames: Frames, study: str, epochs: int) -> list[str]:
    """Return the roles of the trials that train a study's baseline for so many epochs."""
    hashed = baseline_hashes(frames)[study]
    rows = frames.finals[(frames.finals["study"] == study) & (frames.finals["epochs"] == epochs)]
    named = [row["name"] for row in rows.to_dict("records") if fingerprint(row["configuration"]) == hashed]
    return [*named, *(["baseline"] if frames.plan_rows[study].epochs == epochs else [])]


def _minus(mine: pd.DataFrame, others: pd.DataFrame, side: str) -> dict[str, Any]:
    """Return the mean difference between trials with the same seed, with its interval and the number of pairs."""
    keys = ["replicate", "seed"]
    pairs = mine[["study", *keys, "score"]].merge(others[[*keys, "score"]], on=keys, suffixes=("", "_other")).dropna()
    if pairs.empty:
        return {f"{side}_{name}": None for name in _DIFFERENCE}
    pairs["difference"] = pairs["score"] - pairs["score_other"]
    (row,) = intervals(pairs, by=["study"], column="difference").to_dict("records")
    return {f"{side}_{name}": row["mean" if name == "difference" else name] for name in _DIFFERENCE}


def _changes(configuration: dict[str, Any], baseline: dict[str, Any]) -> str:
    changed = differences(configuration, baseline)
    return ", ".join(f"{name} = {form.value(value)}" for name, value in changed.items()) or "none"
