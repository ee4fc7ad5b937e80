"""The ways of searching that are compared, each behind `clock.Arm`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import optuna
from optuna.trial import TrialState as OptunaState

from benchmarks.search_speed.clock import Job
from benchmarks.search_speed.grid import DOMAINS, EPOCHS, row_of, suggested
from benchmarks.search_speed.table import Curves, Table
from study.catalog import load_model
from study.options.method import Budget, Method
from study.plan import DatasetFacts, Plan
from study.search import Search
from study.space import SearchSpace
from study.task import DataSpec
from study.trial import Decision, Epoch, TrialState

ENDLESS = 100_000
"""Trials of a search that the clock ends."""


class OptunaArm:
    """Optuna as its users have it: ask, report, should_prune, tell; a trial that is pruned has trained in vain."""

    def __init__(
        self,
        table: Table,
        seed: int,
        sampler: optuna.samplers.BaseSampler,
        pruner: optuna.pruners.BasePruner,
        trials: int = ENDLESS,
    ) -> None:
        """Begin a search that ends after so many trials, or with the clock."""
        self.table, self.curves, self.left = table, Curves(table, seed), trials
        self.study = optuna.create_study(direction="minimize", sampler=sampler, pruner=pruner)

    def ask(self) -> Job | None:
        """As `clock.Arm` has it."""
        if not self.left:
            return None
        self.left -= 1
        trial = self.study.ask()
        return _job(self.curves, trial)

    def report(self, job: Job) -> bool:
        """As `clock.Arm` has it."""
        trial: Any = job.trial
        error = float(job.curve.error[job.epoch - 1])
        trial.report(error, job.epoch)
        if job.epoch < EPOCHS and trial.should_prune():
            self.study.tell(trial, state=OptunaState.PRUNED)
            return False
        return True

    def tell(self, job: Job) -> None:
        """As `clock.Arm` has it."""
        self.study.tell(job.trial, float(job.curve.error[-1]))

    def seconds(self, job: Job) -> float:
        """As `clock.Arm` has it."""
        return float(self.table.seconds[job.row])


class TopK:
    """One epoch for so many random configurations, then the best of them in full, each going on where it stopped."""

    def __init__(self, table: Table, seed: int, first: int, best: int, rounds: int = ENDLESS) -> None:
        self.table, self.curves, self.first, self.best, self.rounds = table, Curves(table, seed), first, best, rounds
        self.study = optuna.create_study(direction="minimize", sampler=optuna.samplers.RandomSampler(seed))
        self.begun = 0
        self.waiting: list[tuple[float, int, Job]] = []
        self.chosen: list[Job] = []
        self.running = 0
        self.final = False

    def ask(self) -> Job | None:
        """As `clock.Arm` has it."""
        if not self.final and self.begun < self.first:
            trial = self.study.ask()
            self.begun += 1
            self.running += 1
            return _job(self.curves, trial)
        if not self.final and not self.running:
            self.final = True
            self.waiting.sort()
            self.chosen = [job for _, _, job in self.waiting[: self.best]]
            self.waiting.clear()
        if self.final and self.chosen:
            self.running += 1
            return self.chosen.pop(0)
        if self.final and not self.running and self.rounds > 1:
            self.rounds, self.begun, self.final = self.rounds - 1, 0, False
            return self.ask()
        return None

    def report(self, job: Job) -> bool:
        """As `clock.Arm` has it."""
        if not self.final:
            self.waiting.append((float(job.curve.error[0]), len(self.waiting), job))
            self.running -= 1
        return self.final

    def tell(self, job: Job) -> None:
        """As `clock.Arm` has it."""
        self.running -= 1

    def seconds(self, job: Job) -> float:
        """As `clock.Arm` has it."""
        return float(self.table.seconds[job.row])


@dataclass(slots=True)
class Ours:
    """The product's own search, asked and told as its coordinator does."""

    curves: Curves
    search: Search
    scores: Callable[[Job], float]
    """The error by which a training is judged after its last epoch."""
    cost: Callable[[int, int], float]
    """Row and epoch -> seconds of it."""
    jobs: dict[int, Job] = field(default_factory=dict)

    def ask(self) -> Job | None:
        """As `clock.Arm` has it."""
        trial = self.search.ask()
        if trial is None:
            return None
        number = trial.number or 0
        if number not in self.jobs:
            taken = self.curves.take(trial.configuration)
            self.jobs[number] = Job(row_of(trial.configuration), taken, trial=trial)
        return self.jobs[number]

    def report(self, job: Job) -> bool:
        """As `clock.Arm` has it."""
        trial: Any = job.trial
        error = self.scores(job)
        decision = self.search.report(trial, Epoch(job.epoch, None, None, None, 1 - error, None, 1.0))
        if decision is Decision.PAUSE:
            self.search.tell(trial, TrialState.PAUSED, None)
        elif decision is Decision.PRUNE:
            self.search.tell(trial, TrialState.PRUNED, None)
        return decision is Decision.GO_ON

    def tell(self, job: Job) -> None:
        """As `clock.Arm` has it."""
        trial: Any = job.trial
        self.search.tell(trial, TrialState.COMPLETE, [1 - float(job.curve.error[-1])])

    def seconds(self, job: Job) -> float:
        """As `clock.Arm` has it."""
        return self.cost(job.row, job.epoch + 1)


def plan(seed: int, trials: int = ENDLESS, **method: Any) -> Plan:  # noqa: ANN401 - fields of a method
    """Return the study that is replayed: the table's space, 10 epochs, accuracy."""
    return Plan(
        space=SearchSpace(name="table", model="cnn", domains=DOMAINS),
        source="table",
        dataset=_FACTS,
        model=load_model("cnn"),
        budget=Budget(trials=trials, epochs=EPOCHS, replicates=0),
        method=Method(seed=seed, objectives=("accuracy",), **method),
    )


def ours(table: Table, seed: int, trials: int = ENDLESS, **method: Any) -> Ours:  # noqa: ANN401
    """Return the product's search, judged by what weights as they are score."""
    return Ours(
        Curves(table, seed),
        Search(plan(seed, trials, **method)),
        lambda job: float(job.curve.error[job.epoch - 1]),
        lambda row, epoch: float(table.seconds[row]),
    )


_FACTS = DatasetFacts(
    name="mnist",
    source="mnist",
    content_hash="",
    data_root="",
    spec=DataSpec(shape=(1, 28, 28), class_names=tuple("0123456789")),
    train_examples=2000,
    validation_examples=2000,
    test_examples=10_000,
    train_size=2000,
    final_examples=2000,
)


def _job(curves: Curves, trial: optuna.Trial) -> Job:
    values = suggested(trial)
    return Job(row_of(values), curves.take(values), trial=trial)
