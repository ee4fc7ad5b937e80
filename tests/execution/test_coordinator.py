"""The coordinator with made workers: whatever interrupts it, what is committed stays and the rest goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from study.database import TrialDatabase
from study.trial import Phase, Trial

from ..made_workers import PLAN, MadeWorkers, Stop, coordinator, optunas, states


@pytest.fixture
def database(tmp_path: Path) -> Iterator[TrialDatabase]:
    with TrialDatabase(f"sqlite:///{tmp_path / 'studies.db'}") as opened:
        opened.save_plan(PLAN.columns() | {"code_version": "0", "commands": []})
        yield opened


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
    assert plan.owner is None


@pytest.mark.cases(1)
@pytest.mark.parametrize("trial", [2, *(pytest.param(trial, marks=pytest.mark.slow) for trial in (1, 3, 4, 5))])
@pytest.mark.parametrize("moment", ["finish_trial", "tell", "ended"])
def test_an_interrupt_around_an_end_loses_it_at_most_and_never_takes_it_back(
    database: TrialDatabase, monkeypatch: pytest.MonkeyPatch, moment: str, trial: int
) -> None:
    """The moments: just before the end is committed, before Optuna hears of it, after."""
    running = coordinator(database, MadeWorkers())
    holder: Any = {"finish_trial": database, "tell": running.queue, "ended": running.view}[moment]
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
    assert plan.owner is None
    assert "RUNNING" not in optunas(database)
    again = MadeWorkers()
    coordinator(database, again).run()
    assert len(again.begun) == 5 - len(ended)
    assert [row[:3] for row in states(database)] == [row[:3] for row in WHOLE]
    assert optunas(database) == ["COMPLETE"] * 3


def test_a_worker_that_dies_idle_disturbs_nobody(database: TrialDatabase) -> None:
    coordinator(database, MadeWorkers(count=6, idle_deaths=2)).run()
    assert sorted(states(database)) == sorted(WHOLE)


@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_every_second_of_search_counts(database: TrialDatabase, monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    clock = [100.0]
    monkeypatch.setattr("study.execution.coordinator.time.monotonic", lambda: clock[0])

    def pass_time(trial: Trial, number: int) -> None:
        clock[0] += 2.0 if trial.phase is Phase.SEARCH else 50.0

    plan = replace(PLAN, budget=replace(PLAN.budget, timeout=1000.0))
    coordinator(database, MadeWorkers(workers, on_epoch=pass_time), plan).run()
    row = database.plan(PLAN.study)
    assert row is not None
    searched = row.search_seconds
    assert searched == 12.0 if workers == 1 else 12.0 <= searched <= 112.0  # a replicate may run beside the search


def test_when_time_is_up_what_was_begun_still_goes_to_its_end(
    database: TrialDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("study.execution.coordinator.time.monotonic", lambda: clock[0])
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
