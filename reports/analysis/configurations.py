"""Search trials as a table with a column a hyperparameter, and where a value lies in its domain."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reports.analysis.frames import Frames
from reports.analysis.selection import COMPLETE, SEARCH
from study.database import PlanRow
from study.space import meeting

CHOICE = "choice"
LINEAR = "linear"
LOGARITHMIC = "log"
_KEPT = ["trial", "optuna_number", "score"]


def tuned(plan: PlanRow) -> dict[str, Mapping[str, Any]]:
    """Return the domains that a study tunes, by name: those of its space that it did not fix."""
    domains = plan.definition["domains"]
    return {name: domain for name, domain in domains.items() if name not in plan.fixed}


def active(configuration: Mapping[str, Any], plan: PlanRow) -> dict[str, Any]:
    """Return a stored configuration without the hyperparameters that its study's space makes inactive.

    One that came after the study began is left out there at its default, which stands here.

    Args:
        configuration: As the database holds it: JSON values.
        plan: What the study fixed is always active.
    """
    domains = plan.definition["domains"]
    conditions = {name: domain["when"] for name, domain in domains.items() if name not in plan.fixed}
    defaults = {name: domains[name]["default"] for name in conditions}
    return meeting(defaults | dict(configuration), conditions)


def scale(domain: Mapping[str, Any]) -> str:
    """Return how a domain is spaced: `CHOICE`, `LINEAR` or `LOGARITHMIC`."""
    if domain["kind"] == "Choice":
        return CHOICE
    return LOGARITHMIC if domain.get("log") else LINEAR


def complete_trials(frames: Frames, plan: PlanRow) -> pd.DataFrame:
    """Return a row a complete search trial of one study.

    Returns:
        `trial, optuna_number, score` (on the validation split) and a column a tuned hyperparameter: a number, or
        the place of a choice among its choices; missing where it is inactive in the trial.
    """
    trials = frames.trials
    chosen = (trials["study"] == plan.study) & (trials["phase"] == SEARCH) & (trials["state"] == COMPLETE)
    rows = trials[chosen & trials["value"].notna()].rename(columns={"value": "score"})
    rows = rows.sort_values("optuna_number", kind="stable").reset_index(drop=True)
    domains = plan.definition["domains"]
    values = _values(rows["configuration"], plan).reindex(columns=list(domains))
    columns = {name: _numbers(values[name], domain) for name, domain in tuned(plan).items()}
    known: pd.DataFrame = rows[_KEPT]
    return known.join(pd.DataFrame(columns, index=rows.index, dtype=float))


def heights(values: pd.Series, domain: Mapping[str, Any]) -> pd.Series:
    """Return where values lie in their domain, 0 at its low end and 1 at its high one."""
    kind = scale(domain)
    low, high = (0, len(domain["choices"]) - 1) if kind == CHOICE else (domain["low"], domain["high"])
    if kind == LOGARITHMIC:
        values, low, high = np.log(values), np.log(low), np.log(high)
    inside: pd.Series = (values - low) / (high - low) if high > low else values * 0 + 0.5
    return inside


def _values(configurations: pd.Series, plan: PlanRow) -> pd.DataFrame:
    """Return a column a hyperparameter, a row a configuration: SQLite hands out text, PostgreSQL the values."""
    found = configurations.tolist()
    decoded = json.loads(f"[{','.join(found)}]") if found and isinstance(found[0], str) else found
    return pd.DataFrame([active(values, plan) for values in decoded], index=configurations.index).map(as_value)


def as_value(found: object) -> object:
    """Return a hyperparameter's value as it was: JSON has lists for tuples, which cannot be counted or looked up."""
    return tuple(as_value(entry) for entry in found) if isinstance(found, list) else found


def _numbers(values: pd.Series, domain: Mapping[str, Any]) -> pd.Series:
    if domain["kind"] == "Choice":
        places = {as_value(choice): place for place, choice in enumerate(domain["choices"])}
        return values.map(places).astype(float)
    return pd.to_numeric(values, errors="coerce").astype(float)
