"""The coordinator with made workers: whatever interrupts it, what is committed stays and the rest goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import optuna
import pytest

from study.agenda import Tuning
from study.coordinator import Coordinator
from study.database import TrialDatabase
from study.engines.local import EpochEnded, Event, LocalWorkers, TrialBegan, TrialEnded, WorkerDied
from study.plan import Plan
from study.runner import Job, Outcome
from study.trial import Budget, Decision, Epoch, Phase, TestResult, Trial, TrialState

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
    idle_deaths: int = 0
    jobs: dict[int, tuple[Job, int]] = field(default_factory=dict)
    decisions: dict[int, Decision] = field(default_factory=dict)
    begun: list[tuple[Phase, int | None]] = field(default_factory=list)
    fresh: set[int] = field(default_factory=set)
    killed: list[int] = field(default_factory=list)

    @property
    def devices(self) -> tuple[str, ...]:
        return ("cpu",) * self.count

    def start(self, worker: int, job: Job) -> None:
        self.jobs[worker] = (job, 0)
        self.decisions[worker] = Decision.GO_ON
        self.begun.append((job.trial.phase, job.trial.number))
        self.fresh.add(worker)

    def answer(self, worker: int, decision: Decision) -> None:
        self.decisions[worker] = decision

    def events(self, timeout: float) -> Iterator[Event]:
        while self.idle_deaths and (idle := [number for number in range(self.count) if number not in self.jobs]):
            self.idle_deaths -= 1
            yield WorkerDied(idle[0], -9)
        while self.fresh:
            yield TrialBegan(self.fresh.pop())
        for worker, (job, done) in list(self.jobs.items()):
            if worker not in self.jobs:
                continue
            if self.decisions[worker] is Decision.PRUNE:
                del self.jobs[worker]
                yield TrialEnded(worker, Outcome(TrialState.PRUNED, parameters=7))
            elif done == EPOCHS:
                del self.jobs[worker]
                yield TrialEnded(worker, self.outcome(job.trial))
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


@pytest.fixture
def database(tmp_path: Path) -> Iterator[TrialDatabase]:
    with TrialDatabase(f"sqlite:///{tmp_path / 'studies.db'}") as opened:
        opened.save_plan(PLAN.row() | {"code_version": "0", "commands": []})
        yield opened


def coordinator(database: TrialDatabase, workers: MadeWorkers, plan: Plan = PLAN) -> Coordinator:
    view = Silent()
    agenda = Tuning(plan, database, view.note)
    environment = database.save_environment(ENVIRONMENT)
    return Coordinator(plan, agenda, database, cast("LocalWorkers", workers), view, environment=environment)


def states(database: TrialDatabase) -> list[tuple[str, int | None, str, int]]:
    rows = database.trials(PLAN.study)
    return [(row["phase"], row["optuna_number"], row["state"], row["attempt"]) for row in rows]


def optunas(database: TrialDatabase) -> list[str]:
    trials = optuna.load_study(study_name=PLAN.study, storage=database.storage).get_trials()
    return [trial.state.name for trial in trials]


WHOLE = [
    ("search", 0, "complete", 1),
    ("search", 1, "complete", 1),
    ("search", 2, "complete", 1),
    ("replicate", None, "complete", 1),
    ("replicate", None, "complete", 1),
]


def test_a_study_runs_to_its_budget(database: TrialDatabase) -> None:
    coordinator(database, MadeWorkers()).run()
    assert states(database) == WHOLE
    assert optunas(database) == ["COMPLETE"] * 3
    plan = database.plan(PLAN.study)
    assert plan is not None
    assert plan["owner"] is None


@pytest.mark.parametrize("trial", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("moment", ["finish_trial", "tell", "ended"])
def test_an_interrupt_around_an_end_loses_it_at_most_and_never_takes_it_back(
    database: TrialDatabase, monkeypatch: pytest.MonkeyPatch, moment: str, trial: int
) -> None:
    """The moments: just before the end is committed, before Optuna hears of it, after."""
    running = coordinator(database, MadeWorkers())
    holder: Any = {"finish_trial": database, "tell": running.agenda, "ended": running.view}[moment]
    original, calls = getattr(holder, moment), 0

    def interrupted(*given: Any, **named: Any) -> object:  # noqa: ANN401 - whatever the method takes
        nonlocal calls
        calls += 1
        if calls == trial:
            raise Stop
        return original(*given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(holder, moment, interrupted)
        with pytest.raises(Stop):
            running.run()
    ended = [row for row in states(database) if row[2] == "complete"]
    assert len(ended) == (trial - 1 if moment == "finish_trial" else trial)
    plan = database.plan(PLAN.study)
    assert plan is not None
    assert plan["owner"] is None
    assert "RUNNING" not in optunas(database)
    again = MadeWorkers()
    coordinator(database, again).run()
    assert len(again.begun) == 5 - len(ended)
    assert [row[:3] for row in states(database)] == [row[:3] for row in WHOLE]
    assert optunas(database) == ["COMPLETE"] * 3


def test_a_worker_that_dies_idle_disturbs_nobody(database: TrialDatabase) -> None:
    coordinator(database, MadeWorkers(count=6, idle_deaths=2)).run()
    assert sorted(states(database)) == sorted(WHOLE)


@pytest.mark.parametrize("workers", [1, 2])
def test_every_second_of_search_counts(database: TrialDatabase, monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    clock = [100.0]
    monkeypatch.setattr("study.coordinator.time.monotonic", lambda: clock[0])

    def pass_time(trial: Trial, number: int) -> None:
        clock[0] += 2.0 if trial.phase is Phase.SEARCH else 50.0

    plan = replace(PLAN, budget=replace(PLAN.budget, timeout=1000.0))
    coordinator(database, MadeWorkers(workers, on_epoch=pass_time), plan).run()
    row = database.plan(PLAN.study)
    assert row is not None
    searched = row["search_seconds"]
    assert searched == 12.0 if workers == 1 else 12.0 <= searched <= 112.0  # a replicate may run beside the search


def test_when_time_is_up_what_was_begun_still_goes_to_its_end(
    database: TrialDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("study.coordinator.time.monotonic", lambda: clock[0])
    plan = replace(PLAN, budget=replace(PLAN.budget, timeout=5.0))

    def interrupt(trial: Trial, number: int) -> None:
        clock[0] += 4.0
        if number == 2:
            raise Stop

    with pytest.raises(Stop):
        coordinator(database, MadeWorkers(on_epoch=interrupt), plan).run()
    assert states(database) == [("search", 0, "interrupted", 1)]
    coordinator(database, MadeWorkers(), plan).run()
    assert [row[:3] for row in states(database)] == [
        ("search", 0, "complete"),
        ("replicate", None, "complete"),
    ]
