"""Search trials as a table with a column a hyperparameter, and where a value lies in its domain."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from reports import formatting as form
from reports.analysis.frames import Frames
from reports.analysis.scores import joined
from reports.analysis.selection import COMPLETE, SEARCH, leading_plans
from study.database import PlanRow
from study.space import meeting

CHOICE = "choice"
LINEAR = "linear"
LOGARITHMIC = "log"
LEAST_TRIALS = 30
"""Complete search trials of a study from which on figures read its hyperparameters: fewer hold chance alone."""
_KEPT = ["trial", "optuna_number", "score"]
_MOST_NAMED = 2
"""Studies in a sentence."""


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
    return _active([configuration], plan)[0]


def _active(configurations: Sequence[Mapping[str, Any]], plan: PlanRow) -> list[dict[str, Any]]:
    domains = {name: domain for name, domain in plan.definition["domains"].items() if name not in plan.fixed}
    defaults = {name: domain["default"] for name, domain in domains.items()}
    conditions = {name: domain["when"] for name, domain in domains.items() if domain["when"]}
    return [meeting(defaults | dict(configuration), conditions) for configuration in configurations]


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


def searched(frames: Frames, most: int) -> list[PlanRow]:
    """Return the plans of at most so many studies with `LEAST_TRIALS` complete search trials, the leading ones."""
    counts = _complete(frames)
    return leading_plans(frames, most, among=counts.index[counts >= LEAST_TRIALS])


def searched_trials(frames: Frames, most: int) -> Iterator[tuple[PlanRow, pd.DataFrame]]:
    """Yield the plans of `searched`, each with a copy of its `complete_trials`, which are computed once."""
    for plan, trials in _searched_trials(frames, most):
        yield plan, trials.copy()


@lru_cache(maxsize=1)
def _searched_trials(frames: Frames, most: int) -> tuple[tuple[PlanRow, pd.DataFrame], ...]:
    return tuple((plan, complete_trials(frames, plan)) for plan in searched(frames, most))


def trials_lacking(frames: Frames) -> tuple[str, ...]:
    """Return a sentence on the studies that search and have fewer than `LEAST_TRIALS` complete trials, if any has."""
    counts = _complete(frames)
    few = counts[counts < LEAST_TRIALS]
    if few.empty:
        return ()
    told = [f"{study} has {n} and takes {LEAST_TRIALS - n} more" for study, n in few.iloc[:_MOST_NAMED].items()]
    if len(few) > _MOST_NAMED:
        told.append(f"{len(few) - _MOST_NAMED} more studies have too few as well")
    return (
        "Parameter importance, partial dependence, slices and parallel coordinates are drawn from "
        f"{LEAST_TRIALS} complete search trials of a study on, for what fewer show may be chance: {joined(told)}. "
        "Pruned trials do not count.",
    )


def _complete(frames: Frames) -> pd.Series:
    """Return how many complete search trials each study has that searches."""
    trials = frames.trials[frames.trials["phase"] == SEARCH]
    complete = trials[(trials["state"] == COMPLETE) & trials["value"].notna()].groupby("study").size()
    known = set(trials["study"].unique())
    searching = [study for study in frames.plan_rows if study in known]
    return complete.reindex(searching, fill_value=0)


def placed(table: pd.DataFrame, domain: Mapping[str, Any]) -> pd.DataFrame:
    """Return a table with a column `position`, a hyperparameter's values as in `complete_trials`, with its domain.

    Returns:
        The table with `scale`; `shown`, which names a choice, and `choices`, all of its domain in words; `low` and
        `high`, the domain's ends.
    """
    if domain["kind"] != "Choice":
        ends = {"low": domain["low"], "high": domain["high"]}
        return table.assign(scale=scale(domain), shown="", choices=None, **ends)
    texts = tuple(form.value(choice) for choice in domain["choices"])
    table = table.assign(scale=CHOICE, shown=table["position"].map(dict(enumerate(texts))), low=0, high=len(texts) - 1)
    table["choices"] = [texts] * len(table)
    return table


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
    values = pd.DataFrame(_active(decoded, plan), index=configurations.index)
    # Where there are lists, the column is one of objects.
    objects = [name for name in values.columns if pd.api.types.is_object_dtype(values[name])]
    return values.assign(**{name: values[name].map(as_value) for name in objects})


def as_value(found: object) -> object:
    """Return a hyperparameter's value as it was: JSON has lists for tuples, which cannot be counted or looked up."""
    return tuple(as_value(entry) for entry in found) if isinstance(found, list) else found


def _numbers(values: pd.Series, domain: Mapping[str, Any]) -> pd.Series:
    if domain["kind"] == "Choice":
        places = {as_value(choice): place for place, choice in enumerate(domain["choices"])}
        return values.map(places).astype(float)
    return pd.to_numeric(values, errors="coerce").astype(float)
