"""The ways of searching by name: Optuna's, a common script's, the product's, and that with one thing changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

import optuna

from benchmarks.search_speed.arms import ENDLESS, OptunaArm, Ours, TopK, ours
from benchmarks.search_speed.clock import Arm, Job
from benchmarks.search_speed.grid import DOMAINS, EPOCHS, RUNGS, points
from benchmarks.search_speed.priors import around
from benchmarks.search_speed.table import Table
from study.options.method import PRUNERS
from study.plan import Plan
from study.search import history, promotion, samplers, search
from study.seeds import derive

OURS = "ours (the defaults)"
MEDIAN = "Optuna: TPE, MedianPruner"
HYPERBAND = "Optuna: TPE, Hyperband"
TOP = tuple((f"one epoch for {n}, best {k} in full", n, k) for n, k in ((20, 3), (40, 5), (40, 10)))
TARGETS: tuple[tuple[str, float, tuple[str, ...]], ...] = (
    ("search, to the same validation error: Optuna's default with MedianPruner against ours", 3, (MEDIAN,)),
    ("search, to the same validation error: Hyperband against ours", 2, (HYPERBAND,)),
    (
        "search, to the same validation error: one epoch, then the best in full, against ours",
        1.5,
        tuple(n for n, *_ in TOP),
    ),
)
"""What is measured, how many times as long it is to take as ours, and the ways of which the fastest counts."""
DECAY = "after a short decay"


@dataclass(frozen=True, slots=True)
class Way:
    """How to begin a search on the table with a seed, and what is changed in the product meanwhile."""

    make: Callable[[Table, int], Arm]
    changes: tuple[tuple[object, str, object], ...] = ()
    """Module, name of what it holds, what stands for it."""

    @contextmanager
    def changed(self) -> Iterator[None]:
        """Make the changes for a while."""
        with ExitStack() as stack:
            for module, name, value in self.changes:
                stack.enter_context(patch.object(module, name, value))
            yield


def rivals() -> dict[str, Way]:
    """Return what ours is compared with."""
    return {
        "random, all in full": _optuna(optuna.samplers.RandomSampler, optuna.pruners.NopPruner),
        MEDIAN: _optuna(optuna.samplers.TPESampler, optuna.pruners.MedianPruner),
        HYPERBAND: _optuna(optuna.samplers.TPESampler, _hyperband),
        **{name: _top(first, best) for name, first, best in TOP},
    }


def _top(first: int, best: int) -> Way:
    return Way(lambda table, seed: TopK(table, seed, first, best))


def _optuna(
    sampler: Callable[..., optuna.samplers.BaseSampler], pruner: Callable[[], optuna.pruners.BasePruner]
) -> Way:
    return Way(lambda table, seed: OptunaArm(table, seed, sampler(seed=seed), pruner()))


def _hyperband() -> optuna.pruners.BasePruner:
    return optuna.pruners.HyperbandPruner(min_resource=1, max_resource=EPOCHS, reduction_factor=3)


def product(trials: int = ENDLESS, **method: Any) -> Way:  # noqa: ANN401 - fields of a method
    """Return the product's search with some of its options."""
    return Way(lambda table, seed: ours(table, seed, trials, **method))


def pruners(trials: int = ENDLESS) -> dict[str, Way]:
    """Return the product's search with each of its pruners."""
    return {f"--pruner {name}": product(trials, pruner=name) for name in PRUNERS}


def samplers_of(trials: int = ENDLESS) -> dict[str, Way]:
    """Return the product's search with some of its samplers, two of them not told of what is paused or was pruned."""
    return {f"--sampler {name}": product(trials, sampler=name) for name in ("auto", "tpe", "random", "cmaes")} | {
        "--sampler auto, nothing forecast": replace(
            product(trials), changes=((samplers, "is_told_forecasts", lambda plan: False),)
        ),
        "--sampler tpe, nothing forecast": replace(
            product(trials, sampler="tpe"), changes=((samplers, "is_told_forecasts", lambda plan: False),)
        ),
    }


def ladders(trials: int = ENDLESS) -> dict[str, Way]:
    """Return the product's search with other rungs, and another part of the trials that goes on from each."""
    tried = (((2, 4, 10), 3), ((1, 3, 10), 3), ((2, 4, 10), 2), ((2, 10), 3), ((3, 10), 3), ((2, 4, 7, 10), 2))
    return {f"rungs {', '.join(map(str, rungs))}; 1 in {by}": _ladder(rungs, by, trials) for rungs, by in tried}


def _ladder(rungs: tuple[int, ...], reduction: int, trials: int) -> Way:
    way = product(trials, pruner="promote")
    return replace(way, changes=((search, "rungs", lambda _: rungs), (promotion, "REDUCTION", reduction)))


def finalists(trials: int) -> dict[str, Way]:
    """Return the product's search with another number of trials that go on at the last call."""
    return {
        f"the best {count} of each rung": replace(
            product(trials, pruner="promote"), changes=((promotion, "FINALISTS", count),)
        )
        for count in (1, 2, 3)
    }


def judged() -> dict[str, Way]:
    """Return the product's search, judged at the rungs by weights as they are, averaged, or after a short decay.

    The rungs are 1 and 3, after which all three were recorded.
    """
    scores: dict[str, Callable[[Job], float]] = {
        "weights as they are": lambda job: float(job.curve.error[job.epoch - 1]),
        "averaged weights": _averaged,
        DECAY: _decayed,
    }
    return {
        name: Way(
            lambda table, seed, score=score, decay=name == DECAY: _judged(table, seed, score, decay=decay),
            ((search, "rungs", lambda _: (1, 3, EPOCHS)),),
        )
        for name, score in scores.items()
    }


def _judged(table: Table, seed: int, score: Callable[[Job], float], *, decay: bool = False) -> Arm:
    begun = ours(table, seed, pruner="promote")

    def cost(row: int, epoch: int) -> float:
        return float(table.seconds[row] + (table.branch_seconds[row] if decay and epoch in (1, 3) else 0.0))

    return Ours(begun.curves, begun.search, score, cost)


def _averaged(job: Job) -> float:
    known = (*RUNGS, EPOCHS)
    return float(job.curve.averaged[known.index(job.epoch)] if job.epoch in known else job.curve.error[job.epoch - 1])


def _decayed(job: Job) -> float:
    return float(job.curve.decayed[RUNGS.index(job.epoch)] if job.epoch in RUNGS else job.curve.error[job.epoch - 1])


def priors(table: Table) -> dict[str, Way]:
    """Return the product's search as it is, and drawn to the defaults, to a good configuration, and to a bad one."""
    ranked = table.expected[:, EPOCHS - 1].argsort(kind="stable")
    centres = {
        "the defaults": {name: domain.default for name, domain in DOMAINS.items()},
        "a good one (the best 5 %)": points()[ranked[round(0.05 * len(ranked))]],
        "a misleading one (the worst 10 %)": points()[ranked[round(0.9 * len(ranked))]],
    }
    way = product(pruner="promote")
    return {"no prior": way} | {
        f"drawn to {name}": replace(way, changes=((history, "make_sampler", around(centre)),))
        for name, centre in centres.items()
    }


def startups() -> dict[str, Way]:
    """Return the product's search with another number of random trials before the Gaussian process."""
    return {
        f"{count} random trials first": replace(product(), changes=((history, "make_sampler", _gp(count)),))
        for count in (10, 5, 20)
    }


def _gp(first: int) -> Callable[[Plan, int], optuna.samplers.BaseSampler]:
    def make_sampler(plan: Plan, number: int) -> optuna.samplers.BaseSampler:
        return samplers.Gp(seed=derive(plan.method.seed, "sampler", number) % 2**32, n_startup_trials=first)

    return make_sampler


def everything(table: Table) -> Mapping[str, Mapping[str, Way]]:
    """Return what is compared: question -> name -> way. The first way of each is what the others are compared with."""
    return {
        "rivals": {OURS: product(), **rivals()},
        "sampler": samplers_of(),
        "pruner": pruners(),
        "rungs": ladders(),
        "judged": judged(),
        "prior": priors(table),
        "startup": startups(),
    }
