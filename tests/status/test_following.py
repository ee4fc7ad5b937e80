"""A study that another process runs, followed from the database alone: everything is told once, and little is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import event, update

from study.database import TrialDatabase, schema
from study.status.following import NOBODY, Advanced, Extent, Follower, Happened, Left, Started
from study.trial import Trial, TrialState

from ..made_workers import PLAN, MadeWorkers, Stop, coordinator


@pytest.fixture
def database(tmp_path: Path) -> Iterator[TrialDatabase]:
    with TrialDatabase(f"sqlite:///{tmp_path / 'studies.db'}") as opened:
        opened.save_plan(PLAN.columns() | {"code_version": "0", "commands": []})
        yield opened


@pytest.fixture
def reading(database: TrialDatabase) -> Iterator[TrialDatabase]:
    with TrialDatabase(database.storage, read_only=True) as opened:
        yield opened


def told(events: list[Happened]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for entry in events:
        match entry:
            case Started():
                found.append(("began", entry.trial.title, str(entry.resumed_after)))
            case Advanced():
                found.append(("epoch", entry.trial.title, str(entry.epoch.number)))
            case Left():
                found.append(("left", entry.trial.title, entry.outcome.state.value))
    return found


WHOLE = ("trial 0", "trial 1", "trial 2", "baseline replicate 0", "best replicate 0")


def trial_of(name: str, resumed: int = 0) -> list[tuple[str, ...]]:
    epochs = [("epoch", name, str(number)) for number in range(resumed + 1, 3)]
    return [("began", name, str(resumed)), *epochs, ("left", name, "complete")]


@pytest.mark.parametrize("often", [True, False])
def test_everything_is_told_once_however_seldom_one_looks(
    database: TrialDatabase, reading: TrialDatabase, often: bool
) -> None:
    follower = Follower(reading, PLAN.study)
    events = list(follower.news())
    assert events == []

    def look(trial: Trial, number: int) -> None:
        if often:
            events.extend(follower.news())

    coordinator(database, MadeWorkers(on_epoch=look)).run()
    events += follower.news()
    expected = [entry for name in WHOLE for entry in trial_of(name)]
    assert sorted(told(events)) == sorted(expected)
    for name in WHOLE:
        assert [entry for entry in told(events) if entry[1] == name] == trial_of(name)
    (last,) = [entry for entry in events if isinstance(entry, Left) and entry.trial.title == "trial 2"]
    assert last.outcome.value == pytest.approx(0.7)
    tested = [entry.outcome.result for entry in events if isinstance(entry, Left) and entry.trial.phase.tested]
    assert [result.score for result in tested if result] == [0.9, 0.9]
    if not often:
        assert {entry.worker for entry in events} == {NOBODY}  # no line of a running trial is taken by them
    assert list(follower.news()) == []
    assert follower.extent() == Extent(total=10, done=10, best=pytest.approx(0.7))


def test_who_begins_to_look_in_the_midst_is_told_of_what_runs_and_of_what_follows(
    database: TrialDatabase, reading: TrialDatabase
) -> None:
    events: list[Happened] = []
    followers: list[Follower] = []

    def look(trial: Trial, number: int) -> None:
        if trial.number == 1 and number == 2 and not followers:
            followers.append(Follower(reading, PLAN.study))
            assert followers[0].extent() == Extent(total=10, done=3, best=0.5)
        if followers:
            events.extend(followers[0].news())

    coordinator(database, MadeWorkers(on_epoch=look)).run()
    events += followers[0].news()
    assert told(events) == [entry for name in WHOLE[1:] for entry in trial_of(name, 1 if name == "trial 1" else 0)]


def test_an_interrupted_trial_is_told_of_and_goes_on_where_it_was(
    database: TrialDatabase, reading: TrialDatabase
) -> None:
    follower, events = Follower(reading, PLAN.study), list[Happened]()

    def stop(trial: Trial, number: int) -> None:
        events.extend(follower.news())
        if number == 2:
            raise Stop

    with pytest.raises(Stop):
        coordinator(database, MadeWorkers(on_epoch=stop)).run()
    events += follower.news()
    assert told(events) == [("began", "trial 0", "0"), ("epoch", "trial 0", "1"), ("left", "trial 0", "interrupted")]
    with database.begin() as connection:  # it is gone on with, and nothing is told twice
        connection.execute(update(schema.trial).values(state=TrialState.RUNNING.value, attempt=2))
    assert told(list(follower.news())) == [("began", "trial 0", "1")]


def test_a_look_asks_the_same_few_queries_whatever_the_studys_size(
    database: TrialDatabase, reading: TrialDatabase
) -> None:
    plan = replace(PLAN, budget=replace(PLAN.budget, trials=30))
    database.save_plan(plan.columns() | {"code_version": "0", "commands": []})
    follower, counts, statements = Follower(reading, PLAN.study), list[int](), list[str]()
    event.listen(reading.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))

    def look(trial: Trial, number: int) -> None:
        statements.clear()
        list(follower.news())
        counts.append(len(statements))
        rows = [words for words in statements if "FROM trial" in words and "WHERE" not in words]
        assert rows == []

    coordinator(database, MadeWorkers(on_epoch=look), plan).run()
    assert len(counts) > 60
    assert max(counts) <= 10
