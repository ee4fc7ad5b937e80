"""A plan's sampler and pruner, as Optuna has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState
from threadpoolctl import threadpool_limits

from study.options.method import GP_TRIALS
from study.plan import Plan
from study.seeds import derive

POPULATION = 10
"""Trials of one generation of NSGA-II; Optuna's 50 are more than most searches here have in all."""


class Gp(optuna.samplers.GPSampler):
    """A Gaussian process that computes with one thread.

    Its matrices are small, and the cores belong to workers: where PyTorch or SciPy's linear algebra has more threads
    than there are free cores, they wait for each other, ten times as long as the work takes. Nor does how many there
    are change a proposal's last digits then.
    """

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Return the proposed values, as Optuna's own does."""
        with threadpool_limits(1):
            found: dict[str, Any] = super().sample_relative(study, trial, search_space)
        return found


class Tpe(optuna.samplers.TPESampler):
    """TPE in a study whose trials have distributions of one name alike, as ours in memory have: the domains' of now.

    What all ended trials have in common follows from their parameters' names then, which takes a hundredth of the time
    of comparing the distributions of each.
    """

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Return the distributions that every ended trial has, by name, as Optuna's own does."""
        if len(study.directions) > 1:  # Optuna draws each parameter alone then
            return {}
        ended = study.get_trials(deepcopy=False, states=(OptunaState.COMPLETE, OptunaState.PRUNED))
        kinds = {tuple(frozen.distributions): frozen.distributions for frozen in ended}
        common = set[str]().union(*kinds).intersection(*kinds)
        known = next(iter(kinds.values()), {})
        return {name: known[name] for name in sorted(common) if not known[name].single()}


def sampler_of(plan: Plan, number: int) -> str:
    """Return which sampler proposes the trial with this number, `auto` resolved."""
    if plan.method.sampler != "auto":
        return plan.method.sampler
    return "gp" if number < GP_TRIALS and len(plan.directions) == 1 else "tpe"


def is_told_forecasts(plan: Plan) -> bool:
    """Return whether the sampler learns from trials that stopped on their way as if they had ended (`forecast`)."""
    return plan.method.sampler in ("auto", "gp", "tpe") and len(plan.directions) == 1


def make_sampler(plan: Plan, number: int) -> optuna.samplers.BaseSampler:
    """Return the sampler for the trial with this number.

    Seeded by that number, not once a study, a resumed search proposes what an undisturbed one would.
    """
    seed = derive(plan.method.seed, "sampler", number) % 2**32
    match sampler_of(plan, number):
        case "tpe":
            return Tpe(seed=seed)
        case "gp":  # of parameters that only some trials have it knows nothing
            return Gp(seed=seed, independent_sampler=Tpe(seed=seed), warn_independent_sampling=False)
        case "cmaes":
            return optuna.samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False)
        case "nsga2":
            return optuna.samplers.NSGAIISampler(population_size=POPULATION, seed=seed)
        case "qmc":  # one sequence for the whole study: its place in it is kept in the storage
            return optuna.samplers.QMCSampler(
                seed=derive(plan.method.seed, "sampler") % 2**32, scramble=True, warn_independent_sampling=False
            )
        case _:  # random; and grid, whose points are all enqueued
            return optuna.samplers.RandomSampler(seed=seed)


def make_pruner(plan: Plan) -> optuna.pruners.BasePruner:
    """Return the pruner; `promote` and `median` are not Optuna's."""
    epochs = plan.budget.epochs
    pruners: Mapping[str, optuna.pruners.BasePruner] = {
        "hyperband": optuna.pruners.HyperbandPruner(min_resource=1, max_resource=epochs),
        "asha": optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=3),
    }
    return pruners.get(plan.method.pruner, optuna.pruners.NopPruner())
