"""Interrupted trials go on on the kind of machine that they were begun on, as long as there is one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from study.database import TrialDatabase
from study.execution import placement
from study.trial import Trial

from ..made_workers import PLAN, MadeWorkers, Silent, Stop, coordinator


@pytest.fixture
def database(tmp_path: Path) -> Iterator[TrialDatabase]:
    with TrialDatabase(f"sqlite:///{tmp_path / 'studies.db'}") as opened:
        opened.save_plan(PLAN.columns() | {"code_version": "0", "commands": []})
        yield opened


def interrupted(database: TrialDatabase, *kinds: str) -> None:
    """Stops a study in the first epoch of its first trials, one on each kind of machine."""
    begun: set[str] = set()

    def stop(trial: Trial, number: int) -> None:
        begun.add(trial.id)
        if len(begun) == len(kinds):
            raise Stop

    with pytest.raises(Stop):
        coordinator(database, MadeWorkers(count=len(kinds), kinds=kinds, on_epoch=stop)).run()


def kinds_of(database: TrialDatabase) -> dict[int | None, tuple[str, ...] | None]:
    rows = database.trials(PLAN.study)
    return {row.optuna_number: row.machine_kinds for row in rows if row.optuna_number is not None}


def test_each_goes_on_on_its_own_kind_whatever_the_order_of_the_workers(database: TrialDatabase) -> None:
    interrupted(database, "red", "blue")
    view = Silent()
    coordinator(database, MadeWorkers(count=2, kinds=("blue", "red")), view=view).run()
    assert (kinds_of(database)[0], kinds_of(database)[1]) == (("red",), ("blue",))
    assert not view.notes


def test_a_trial_waits_for_a_busy_worker_of_its_kind(database: TrialDatabase) -> None:
    interrupted(database, "red", "red")
    view = Silent()
    coordinator(database, MadeWorkers(count=2, kinds=("blue", "red")), view=view).run()
    assert (kinds_of(database)[0], kinds_of(database)[1]) == (("red",), ("red",))
    assert not view.notes


def test_a_trial_that_has_to_move_says_so_and_its_row_tells(database: TrialDatabase) -> None:
    interrupted(database, "red")
    view = Silent()
    coordinator(database, MadeWorkers(kinds=("blue",)), view=view).run()
    assert kinds_of(database) == {0: ("red", "blue"), 1: ("blue",), 2: ("blue",)}
    assert [note.partition(",")[0] for note in view.notes] == ["trial 0 was trained on red and goes on on blue"]


def test_where_workers_come_and_go_it_is_given_time_for_one_of_its_kind(
    database: TrialDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(database, "red")
    now = [0.0]
    monkeypatch.setattr(placement.time, "monotonic", lambda: now[0])
    workers = MadeWorkers(kinds=("blue",), elastic=True)
    seen: list[int | None] = []

    def on_epoch(trial: Trial, number: int) -> None:
        seen.append(trial.number)
        now[0] += placement.MOVE_SECONDS / 3

    workers.on_epoch = on_epoch
    coordinator(database, workers).run()
    assert seen[0] == 1  # the worker is not idle meanwhile
    assert 0 in seen
    assert kinds_of(database)[0] == ("red", "blue")
