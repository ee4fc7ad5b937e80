"""What the coordinator does for many workers at once, and what it leaves for later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import optuna
import pytest

from study.database import TrialDatabase
from study.execution import queue
from study.trial import Decision, Epoch, Trial

from ..made_workers import EPOCHS, PLAN, MadeWorkers, Silent, Stop, coordinator, optunas, states

WORKERS = 3


@pytest.fixture
def database(tmp_path: Path) -> Iterator[TrialDatabase]:
    with TrialDatabase(f"sqlite:///{tmp_path / 'studies.db'}") as opened:
        opened.save_plan(PLAN.columns() | {"code_version": "0", "commands": []})
        yield opened


def test_the_epochs_of_one_round_are_committed_together_before_anybody_is_answered(
    database: TrialDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds: list[int] = []
    record = database.record_epochs

    def recorded(records: Mapping[str, Epoch]) -> None:
        rounds.append(len(records))
        record(records)

    class Watched(MadeWorkers):
        def answer(self, worker: int, decision: Decision) -> None:
            job, done = self.jobs[worker]
            assert [epoch.epoch for epoch in database.epochs(job.trial.id)] == list(range(1, done + 1))
            super().answer(worker, decision)

    monkeypatch.setattr(database, "record_epochs", recorded)
    coordinator(database, Watched(WORKERS)).run()
    assert rounds[:EPOCHS] == [WORKERS] * EPOCHS
    assert sum(rounds) == EPOCHS * len(states(database))


def test_a_worker_is_answered_while_others_wait_for_trials(
    database: TrialDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("study.execution.coordinator.FILL_SECONDS", -1.0)
    workers = MadeWorkers(WORKERS)
    running: list[int] = []
    workers.on_epoch = lambda trial, number: running.append(len(workers.jobs))
    coordinator(database, workers).run()
    assert running[0] == 1  # the first has told of an epoch before the second was given a trial
    assert {state for *_, state, _ in states(database)} == {"complete"}


def test_optunas_tables_may_lag_behind_and_are_whole_in_the_end(
    database: TrialDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "SHOWING_SECONDS", -1.0)
    seen: list[int] = []

    def look(trial: Trial, number: int) -> None:
        seen.append(len(optuna.load_study(study_name=PLAN.study, storage=database.storage).get_trials()))

    coordinator(database, MadeWorkers(on_epoch=look)).run()
    assert set(seen) == {0}
    assert optunas(database) == ["COMPLETE"] * 3
    study = optuna.load_study(study_name=PLAN.study, storage=database.storage)
    assert [len(trial.intermediate_values) for trial in study.get_trials()] == [EPOCHS] * 3


def test_a_study_that_is_stopped_leaves_what_takes_long_for_when_it_goes_on(
    database: TrialDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "SHOWING_SECONDS", -1.0)
    monkeypatch.setattr(queue, "LEAVING_SECONDS", -1.0)

    def stop(trial: Trial, number: int) -> None:
        if (trial.number, number) == (1, 2):
            raise Stop

    view = Silent()
    with pytest.raises(Stop):
        coordinator(database, MadeWorkers(on_epoch=stop), view=view).run()
    assert optunas(database) == []
    assert view.notes == [
        "Optuna's tables lag behind: they were not brought up for 2 of the trials, which is done when the study goes on"
    ]
    coordinator(database, MadeWorkers()).run()
    assert optunas(database) == ["COMPLETE"] * 3
