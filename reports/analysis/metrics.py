"""All that was recorded of each study's best and baseline: metrics by name, on the test and the validation split."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from reports.analysis.frames import Frames, decoded
from reports.analysis.scores import METRIC, cut
from reports.analysis.selection import baseline_search_trials, best_trials, evaluated_trials
from reports.analysis.typed import Types, typed
from reports.statistics import intervals
from study.database import PlanRow
from study.task import OF_OWN, Metric

_ROLES = ("best", "baseline")
_VALUES = ("test", "low", "high", "validation", "train")
_TRAINING = "train/"
"""Begins the names of what a model that trains itself tells of the training split."""
_TYPES: Types = {
    **{f"{role}_{name}": "float64" for role in _ROLES for name in _VALUES},
    **{f"{role}_n": "int64" for role in _ROLES},
}


def metrics(frames: Frames) -> pd.DataFrame:
    """Return a row for each metric of each study of which more than the objective was recorded.

    Returns:
        `study`, `METRIC`, `objective` (whether trials are ranked by it) and with the prefixes `best_` and `baseline_`:
        `test, low, high, n` (mean over the tested trials, with Student's t interval), `validation` and `train` (of the
        search trial, the latter as far as its model tells of the training split). Where the best is the baseline, or
        has no tested trial, it has the baseline's. The direction is missing of a number that was told without being
        declared. The objective comes first.
    """
    tables = {("test", "low", "high", "n"): _tests(frames), **_of_search(frames)}
    rows = []
    for study, plan in frames.plan_rows.items():
        found = {role: _side(tables, study, role) for role in _ROLES}
        names = dict.fromkeys([plan.metric.name, *(name for side in found.values() for name in side)])
        if len(names) > 1:
            rows += [_row(plan, name, found) for name in names]
    columns = ["study", *METRIC, "objective", *_TYPES]
    return cut(typed(pd.DataFrame(rows, columns=columns), _TYPES), "best_", "baseline_")


Side = Mapping[str, Mapping[str, Any]]
"""Metric -> `test, low, high, n, validation, train`, as far as they are known."""


def _row(plan: PlanRow, name: str, found: Mapping[str, Side]) -> dict[str, Any]:
    known = plan.known_metrics.get(name) or (_by_name(name, found) if plan.own_training else None)
    told = (name, known.label, known.unit, known.direction) if known else (name, name, "number", None)
    row: dict[str, Any] = {"study": plan.study, **dict(zip(METRIC, told, strict=True))}
    row["objective"] = name == plan.metric.name
    for role, side in found.items():
        values = side.get(name, {})
        row |= {f"{role}_{key}": values.get(key, math.nan) for key in _VALUES} | {f"{role}_n": values.get("n", 0)}
    return row


def _by_name(name: str, found: Mapping[str, Side]) -> Metric | None:
    """Return the metric that is known by that name; a plain number where a value is none of a fraction's."""
    known = OF_OWN.get(name)
    values = [
        side.get(name, {}).get(key, math.nan) for side in found.values() for key in ("test", "validation", "train")
    ]
    if known is not None and any(value < 0 or value > 1 for value in values):
        return replace(known, unit="number")
    return known


def _side(tables: Mapping[tuple[str, ...], pd.DataFrame], study: str, role: str) -> Side:
    found: dict[str, dict[str, Any]] = {}
    for keys, table in tables.items():
        rows = table[(table["study"] == study) & (table["role"] == role)]
        for row in rows.to_dict("records"):
            found.setdefault(str(row["name"]), {}).update({key: row[key] for key in keys})
    return found


def _tests(frames: Frames) -> pd.DataFrame:
    """Return `study, role, name, n, test, low, high`; where the best is the baseline, for both roles."""
    long = _long(evaluated_trials(frames), "score", frames)
    table = intervals(long, by=["study", "role", "name"], column="value").rename(columns={"mean": "test"})
    return _for_both(table[table["n"] > 0], frames)


def _of_search(frames: Frames) -> dict[tuple[str, ...], pd.DataFrame]:
    """Return `study, role, name, validation` of the search trials, and `train` of what begins with `train/`."""
    best = best_trials(frames)
    trials = pd.concat([best.assign(role="best"), baseline_search_trials(frames).assign(role="baseline")])
    told = _long(trials.merge(frames.last_metrics, on="trial", how="left"), "value", frames)
    of_training = told["name"].str.startswith(_TRAINING).astype(bool)
    training = told[of_training].assign(name=told["name"].str.removeprefix(_TRAINING))
    return {
        ("validation",): told[~of_training].rename(columns={"value": "validation"}),
        ("train",): training.rename(columns={"value": "train"}),
    }


def _for_both(table: pd.DataFrame, frames: Frames) -> pd.DataFrame:
    """Let the baseline's tests stand for the best too, where they are one configuration."""
    best = best_trials(frames)
    sole = table[(table["role"] == "baseline") & table["study"].isin(best.loc[best["is_baseline"], "study"])]
    parts = [part for part in (table, sole.assign(role="best")) if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else table


def _long(trials: pd.DataFrame, score: str, frames: Frames) -> pd.DataFrame:
    """Return `study, role, name, value`, a row for each finite number of each trial; the objective from its `score`."""
    found = [
        {"study": row["study"], "role": row["role"], "name": name, "value": value}
        for row in trials[["study", "role", score, "metrics"]].to_dict("records")
        for name, value in {
            frames.plan_rows[row["study"]].metric.name: row[score],
            **(decoded(row["metrics"]) or {}),
        }.items()
        if value is not None and math.isfinite(value)
    ]
    return pd.DataFrame(found, columns=["study", "role", "name", "value"]).astype({"value": float})
