"""Tuned parameters between a plan's domains and Optuna's trials: what may be given, and how a value is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from study.plan import Plan
from study.space import Choice, Domain, Float, allows, from_category, in_words, is_active, to_category
from study.trial import Plain, Scalar


def tuned(plan: Plan, values: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Return the tuned parameters of a configuration that are in force under it.

    A configuration leaves out, at its default, what the model got after the study began.
    """
    defaults = plan.model.defaults if plan.unsaid else {}
    whole = {name: defaults[name] for name in plan.unsaid} | dict(values)
    found: dict[str, Scalar] = {}
    for name, domain in plan.domains.items():
        if name in whole and is_active(domain, dict(plan.fixed) | found):
            found[name] = whole[name]
    return found


def completed(plan: Plan, given: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Return every tuned parameter that is in force when some are given and the rest are as in the baseline."""
    return tuned(plan, {name: given.get(name, domain.default) for name, domain in plan.domains.items()})


def to_optuna(plan: Plan, values: Mapping[str, Scalar]) -> dict[str, Plain]:
    """Return values as Optuna is told them: it stores no tuples, so these become text."""
    return {name: to_category(plan.domains[name], value) for name, value in values.items()}


def from_optuna(plan: Plan, given: Mapping[str, object]) -> dict[str, Any]:
    """Return values that came by way of Optuna: a text that stands for a tuple becomes that choice."""
    domains = plan.domains
    return {name: from_category(domains[name], value) if name in domains else value for name, value in given.items()}


def distributions(plan: Plan) -> dict[str, BaseDistribution]:
    """Return the plan's domains as Optuna has them."""
    return {name: _distribution(domain) for name, domain in plan.domains.items()}


def suggest_all(plan: Plan, trial: optuna.Trial) -> dict[str, Scalar]:
    """Ask a trial for every parameter that is in force under those before it."""
    values: dict[str, Scalar] = {}
    for name, domain in plan.domains.items():
        if is_active(domain, dict(plan.fixed) | values):
            values[name] = _suggest(trial, name, domain)
    return values


def misfit(plan: Plan, given: Mapping[str, object]) -> str | None:
    """Return why values that somebody gives cannot be tried, or None; parameters may be left open.

    Args:
        plan: The study.
        given: Parameter -> value, of any type.
    """
    domains = plan.domains
    taken: dict[str, Scalar] = dict(plan.fixed)
    for name in given:
        if name not in domains and (name not in plan.fixed or given[name] != plan.fixed[name]):
            fixed = f"is fixed at {plan.fixed[name]!r}" if name in plan.fixed else "is no parameter that is tuned"
            return f"{name!r} {fixed} in {plan.study}; tuned are {', '.join(domains)}"
    for name, domain in domains.items():
        if name not in given:
            continue
        value = cast("Scalar", given[name])
        if not allows(domain, value):
            return f"{name}={value!r} is not in its domain, {in_words(domain)}"
        if not is_active(domain, taken):
            needed = " and ".join(f"{other}={'|'.join(map(str, values))}" for other, values in domain.when.items())
            return f"{name!r} is in force only with {needed}, which is not given"
        taken[name] = value
    return None


def given_values(plan: Plan, given: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Return values that fit, as the domains have them: a whole number for a real one becomes real."""
    return {
        name: domain.snapped(float(cast("float", given[name]))) if isinstance(domain, Float) else given[name]
        for name, domain in plan.domains.items()
        if name in given
    }


def _distribution(domain: Domain) -> BaseDistribution:
    if isinstance(domain, Choice):
        return CategoricalDistribution([to_category(domain, choice) for choice in domain.choices])
    if isinstance(domain, Float):
        return FloatDistribution(domain.low, domain.high, step=domain.step, log=domain.log)
    return IntDistribution(domain.low, domain.high, step=domain.step, log=domain.log)


def _suggest(trial: optuna.Trial, name: str, domain: Domain) -> Scalar:
    if isinstance(domain, Choice):
        keys = [to_category(domain, choice) for choice in domain.choices]
        return cast("Scalar", from_category(domain, trial.suggest_categorical(name, keys)))
    if isinstance(domain, Float):
        return domain.snapped(trial.suggest_float(name, domain.low, domain.high, step=domain.step, log=domain.log))
    return trial.suggest_int(name, domain.low, domain.high, step=domain.step, log=domain.log)
