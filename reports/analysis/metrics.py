"""All that was recorded of each study's best and baseline: metrics by name, on the test and the validation split."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from reports.analysis.frames import Frames, decoded
from reports.analysis.scores import METRIC
from reports.analysis.selection import baseline_search_trials, best_trials, evaluated_trials
from reports.analysis.typed import Types, typed
from reports.statistics import intervals
from study.database import PlanRow

_ROLES = ("best", "baseline")
_VALUES = ("test", "low", "high", "validation")
_TYPES: Types = {
    **{f"{role}_{name}": "float64" for role in _ROLES for name in _VALUES},
    **{f"{role}_n": "int64" for role in _ROLES},
}


def metrics(frames: Frames) -> pd.DataFrame:
    """Return a row for each metric of each study of which more than the objective was recorded.

    Returns:
        `study`, `METRIC`, `objective` (whether trials are ranked by it) and with the prefixes `best_` and `baseline_`:
        `test, low, high, n` (mean over the tested trials, with Student's t interval) and `validation` (of the search
        trial). Where the best is the baseline, or has no tested trial, it has the baseline's. The direction is missing
        of a number that a model's `measure` returned and no objective names. The objective comes first.
    """
    tests, validation = _tests(frames), _validation(frames)
    rows = []
    for study, plan in frames.plan_rows.items():
        found = {role: _side(tests, validation, study, role) for role in _ROLES}
        names = dict.fromkeys([plan.metric.name, *(name for side in found.values() for name in side)])
        if len(names) > 1:
            rows += [_row(plan, name, found) for name in names]
    columns = ["study", *METRIC, "objective", *_TYPES]
    return typed(pd.DataFrame(rows, columns=columns), _TYPES)


Side = Mapping[str, Mapping[str, Any]]
"""Metric -> `test, low, high, n, validation`, as far as they are known."""


def _row(plan: PlanRow, name: str, found: Mapping[str, Side]) -> dict[str, Any]:
    known = plan.known_metrics.get(name)
    told = (name, known.label, known.unit, known.direction) if known else (name, name, "number", None)
    row: dict[str, Any] = {"study": plan.study, **dict(zip(METRIC, told, strict=True))}
    row["objective"] = name == plan.metric.name
    for role, side in found.items():
        values = side.get(name, {})
        row |= {f"{role}_{key}": values.get(key, math.nan) for key in _VALUES} | {f"{role}_n": values.get("n", 0)}
    return row


def _side(tests: pd.DataFrame, validation: pd.DataFrame, study: str, role: str) -> Side:
    found: dict[str, dict[str, Any]] = {}
    for table, keys in ((tests, ("test", "low", "high", "n")), (validation, ("validation",))):
        rows = table[(table["study"] == study) & (table["role"] == role)]
        for row in rows.to_dict("records"):
            found.setdefault(row["name"], {}).update({key: row[key] for key in keys})
    return found


def _tests(frames: Frames) -> pd.DataFrame:
    """Return `study, role, name, n, test, low, high`; where the best is the baseline, for both roles."""
    long = _long(evaluated_trials(frames), "score", frames)
    table = intervals(long, by=["study", "role", "name"], column="value").rename(columns={"mean": "test"})
    return _for_both(table[table["n"] > 0], frames)


def _validation(frames: Frames) -> pd.DataFrame:
    """Return `study, role, name, validation` of the search trials."""
    best = best_trials(frames)
    trials = pd.concat([best.assign(role="best"), baseline_search_trials(frames).assign(role="baseline")])
    known = trials.merge(frames.last_metrics, on="trial", how="left")
    return _long(known, "value", frames).rename(columns={"value": "validation"})


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
