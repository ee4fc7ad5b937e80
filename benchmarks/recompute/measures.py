"""Every metric of a study beside its objective, computed again: of the best and of the baseline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from benchmarks.recompute.database import Row, Stored, metric_of
from benchmarks.recompute.rule import NAN, mean, t_interval
from benchmarks.recompute.studies import Study, studies_of

TRAINING = "train/"


def metrics(stored: Stored) -> Iterator[tuple[str, list[Row]]]:
    """Yield for each study of which more than the objective was measured its name, and a row for each metric."""
    for study in studies_of(stored):
        sides = {role: _side(study, role) for role in ("best", "baseline")}
        objective = metric_of(study.plan)["name"]
        names = {objective, *(name for side in sides.values() for name in side)}
        if len(names) > 1:
            yield study.name, [_row(study, name, sides, objective) for name in names]


def _row(study: Study, name: str, sides: dict[str, dict[str, Row]], objective: str) -> Row:
    row: Row = {"study": study.name, "metric": name, "objective": name == objective}
    for role, side in sides.items():
        found = {"n": 0, **dict.fromkeys(("test", "low", "high", "validation", "train"), NAN), **side.get(name, {})}
        row |= {f"{role}_{key}": value for key, value in found.items()}
    return row


def _side(study: Study, role: str) -> dict[str, Row]:
    found: dict[str, Row] = defaultdict(dict)
    for name, values in _tests(study, role).items():
        low, high = t_interval(values)
        if _is_fraction(study, name) and len(values) > 1:
            low, high = max(low, 0.0), min(high, 1.0)
        found[name] |= {"test": mean(values), "low": low, "high": high, "n": len(values)}
    searched = study.best if role == "best" else study.search_trial("baseline")
    if searched is not None:
        epochs = study.stored.epochs[searched["id"]]
        last = epochs[-1]["metrics"] if epochs else None
        told = {metric_of(study.plan)["name"]: searched["value"], **(last or {})}
        for name, value in told.items():
            split = "train" if name.startswith(TRAINING) else "validation"
            if value is not None:
                found[name.removeprefix(TRAINING)][split] = value
    return found


def _tests(study: Study, role: str) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    meant = "baseline" if role == "best" and study.best_is_baseline else role
    for trial in study.tested(meant):
        test = study.stored.tests[trial["id"]]
        for name, value in {metric_of(study.plan)["name"]: test["score"], **(test["metrics"] or {})}.items():
            if value is not None:
                found[name].append(value)
    return found


def _is_fraction(study: Study, name: str) -> bool:
    known: dict[str, Any] = {entry["name"]: entry["unit"] for entry in study.plan["metric_definitions"]}
    return known.get(name) == "fraction"
