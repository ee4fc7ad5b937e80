"""A plan's sampler and pruner, as Optuna has them."""

from __future__ import annotations

from collections.abc import Mapping

import optuna

from study.plan import Plan
from study.seeds import derive

POPULATION = 10
"""Trials of one generation of NSGA-II; Optuna's 50 are more than most searches here have in all."""


def make_sampler(plan: Plan, number: int) -> optuna.samplers.BaseSampler:
    """Return the sampler for the trial with this number.

    Seeded by that number, not once a study, a resumed search proposes what an undisturbed one would.
    """
    seed = derive(plan.method.seed, "sampler", number) % 2**32
    match plan.method.sampler:
        case "tpe":
            return optuna.samplers.TPESampler(seed=seed)
        case "gp":
            return optuna.samplers.GPSampler(seed=seed)
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
