"""Workers that train nothing, for a coordinator under test, and a view that keeps notes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

import optuna

from study.database import TrialDatabase
from study.engines.job import Job, Outcome
from study.engines.machine import Machine
from study.engines.protocol import EpochEnded, Event, TrialBegan, TrialEnded, WorkerDied
from study.execution.coordinator import Coordinator
from study.execution.queue import SearchQueue, TrialQueue
from study.options.method import Budget
from study.plan import Plan
from study.search.copies import STATE
from study.trial import Decision, Epoch, Phase, TestResult, Trial, TrialState

from .plans import plan_of

EPOCHS = 2
PLAN = replace(plan_of("cnn"), budget=Budget(trials=3, epochs=EPOCHS, replicates=1))
ENVIRONMENT = {
    "python": "3.11",
    "packages": {},
    "platform": "made",
    "processor": "made",
    "cores": 2,
    "memory_bytes": 1,
    "accelerator": None,
    "code_version": "0",
    "git_commit": None,
}


class Stop(BaseException):
    """Ctrl-C at a moment of the test's choice."""


@dataclass
class MadeWorkers:
    """Workers that train nothing: each call of `events` is an epoch, or the end, of every job in hand."""

    count: int = 1
    on_epoch: Callable[[Trial, int], None] = lambda trial, number: None
    dies: Callable[[Trial, int], int | None] = lambda trial, number: None
    """The exit status with which a worker dies in an epoch of a trial, if it does."""
    hangs: Callable[[Trial, int], bool] = lambda trial, number: False
    """Whether an epoch of a trial never ends."""
    on_wait: Callable[[Trial], None] = lambda trial: None
    """Called while one does not end."""
    stillborn: int = 0
    """Workers that die before their trial begins."""
    repeatable: bool | None = None
    idle_deaths: int = 0
    jobs: dict[int, tuple[Job, int]] = field(default_factory=dict)
    decisions: dict[int, Decision] = field(default_factory=dict)
    begun: list[tuple[Phase, int | None]] = field(default_factory=list)
    fresh: set[int] = field(default_factory=set)
    killed: list[int] = field(default_factory=list)
    given: list[Job] = field(default_factory=list)

    kinds: tuple[str, ...] = ("made",)
    """Kinds of machine, in turn, of the workers."""
    elastic: bool = False

    @property
    def machines(self) -> dict[int, Machine]:
        kinds = [self.kinds[number % len(self.kinds)] for number in range(self.count)]
        return {number: Machine("cpu", kind, 1, "float32", ENVIRONMENT) for number, kind in enumerate(kinds)}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self.stop()

    def start(self, worker: int, job: Job) -> None:
        self.jobs[worker] = (job, 0)
        self.decisions[worker] = Decision.GO_ON
        self.begun.append((job.trial.phase, job.trial.number))
        self.given.append(job)
        self.fresh.add(worker)

    def answer(self, worker: int, decision: Decision) -> None:
        self.decisions[worker] = decision

    def events(self, timeout: float) -> Iterator[Event]:
        while self.idle_deaths and (idle := [number for number in range(self.count) if number not in self.jobs]):
            self.idle_deaths -= 1
            yield WorkerDied(idle[0], -9)
        while self.fresh:
            worker = self.fresh.pop()
            if self.stillborn:
                self.stillborn -= 1
                del self.jobs[worker]
                yield WorkerDied(worker, 1)
            else:
                yield TrialBegan(worker)
        for worker, (job, done) in list(self.jobs.items()):
            if worker not in self.jobs or self.hangs(job.trial, done + 1):
                self.on_wait(job.trial)
                continue
            if done < EPOCHS and (status := self.dies(job.trial, done + 1)) is not None:
                del self.jobs[worker]
                yield WorkerDied(worker, status)
            elif self.decisions[worker] is Decision.PRUNE:
                del self.jobs[worker]
                yield TrialEnded(worker, Outcome(TrialState.PRUNED, parameters=7))
            elif done == EPOCHS:
                del self.jobs[worker]
                yield TrialEnded(worker, replace(self.outcome(job.trial), repeatable=self.repeatable))
            else:
                self.jobs[worker] = (job, done + 1)
                self.on_epoch(job.trial, done + 1)
                tested = job.trial.phase is Phase.REPLICATE
                accuracy = None if tested else 0.5 + 0.1 * (job.trial.number or 0)
                yield EpochEnded(worker, Epoch(done + 1, 0.5, 0.5, None if tested else 0.5, accuracy, 0.001, 1.0))

    def outcome(self, trial: Trial) -> Outcome:
        if trial.phase is Phase.REPLICATE:
            return Outcome(TrialState.COMPLETE, result=TestResult(0.5, 0.9, b"", b"", 0.1), parameters=7)
        return Outcome(TrialState.COMPLETE, value=0.5 + 0.1 * (trial.number or 0), parameters=7)

    def kill(self, worker: int) -> int | None:
        self.killed.append(worker)
        return -9 if self.jobs.pop(worker, None) else None

    def stop(self) -> None:
        self.jobs.clear()


class Silent:
    """A view that shows nothing and keeps notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def started(self, *_: object, **__: object) -> None: ...
    def epoch(self, *_: object) -> None: ...
    def ended(self, *_: object) -> None: ...
    def tick(self) -> None: ...
    def note(self, text: str) -> None:
        self.notes.append(text)

    def log(self, text: str) -> None:
        self.notes.append(text)


def coordinator(
    database: TrialDatabase,
    workers: MadeWorkers,
    plan: Plan = PLAN,
    view: Silent | None = None,
    queue: TrialQueue | None = None,
) -> Coordinator:
    view = view or Silent()
    queue = queue or SearchQueue(plan, database, view.note)
    return Coordinator(plan, queue, database, workers, view)


def states(database: TrialDatabase) -> list[tuple[str, int | None, str, int]]:
    rows = database.trials(PLAN.study)
    return [(row.phase, row.optuna_number, row.state, row.attempt) for row in rows]


def optunas(database: TrialDatabase) -> list[str]:
    """Returns what Optuna's tables say of the trials: Optuna's word, or ours of one that is open and does not run."""
    trials = optuna.load_study(study_name=PLAN.study, storage=database.storage).get_trials()
    ours = [trial.user_attrs.get(STATE) for trial in trials]
    return [
        trial.state.name if trial.state.is_finished() or state is None else state
        for trial, state in zip(trials, ours, strict=True)
    ]
