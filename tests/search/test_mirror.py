"""Optuna's tables in the trial database: whatever somebody does to them, our rows are what happened."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import optuna
import pytest
from sqlalchemy import update

from study.database import TrialDatabase, schema
from study.options.method import Budget
from study.search import mirror, tables
from study.search.copies import STATE, copy_of
from study.search.storage import LONGEST_NAME, called, open_storage
from study.trial import Trial, TrialState

from ..made_workers import EPOCHS, PLAN, MadeWorkers, Silent, Stop, coordinator, optunas

NAME = PLAN.study
Foreign = Callable[[str], None]


def load(storage: str) -> optuna.Study:
    return optuna.load_study(study_name=NAME, storage=storage)


def enqueue(storage: str) -> None:
    load(storage).enqueue_trial({"learning_rate": 0.002})


def enqueue_misfit(storage: str) -> None:
    load(storage).enqueue_trial({"optimizer": "rmsprop"})


def add_complete(storage: str) -> None:
    load(storage).add_trial(optuna.trial.create_trial(value=0.999, state=optuna.trial.TrialState.COMPLETE))


def tell_fail(storage: str) -> None:
    for trial in load(storage).get_trials(states=(optuna.trial.TrialState.RUNNING,)):
        load(storage).tell(trial.number, state=optuna.trial.TrialState.FAIL)


def tell_complete(storage: str) -> None:
    for trial in load(storage).get_trials(states=(optuna.trial.TrialState.RUNNING,)):
        load(storage).tell(trial.number, 0.999)


def delete(storage: str) -> None:
    optuna.delete_study(study_name=NAME, storage=storage)


def copy(storage: str) -> None:
    optuna.copy_study(from_study_name=NAME, from_storage=storage, to_storage=storage, to_study_name="copied")


def turn(storage: str) -> None:
    delete(storage)
    optuna.create_study(study_name=NAME, storage=storage, direction="minimize")


def age(storage: str) -> None:
    path = storage.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE version_info SET schema_version = 1")
        connection.execute("UPDATE alembic_version SET version_num = 'v99.0.0'")
        connection.commit()


EVERYTHING = (enqueue_misfit, add_complete, tell_fail, tell_complete, delete, copy, turn, age)


def finish(database: TrialDatabase, number: int) -> None:
    """Lets a complete trial have failed, as if our rows had always said so."""
    trial = next(row.id for row in database.trials(NAME) if row.optuna_number == number)
    database.finish_trial(trial, TrialState.FAILED)


def ours(database: TrialDatabase) -> list[tuple[int, str, float | None, dict[str, object]]]:
    rows = [row for row in database.trials(NAME) if row.phase == "search"]
    return [(row.optuna_number, row.state, row.value, row.configuration) for row in rows]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[int, str, float | None, dict[str, object]]]:
    with TrialDatabase(f"sqlite:///{tmp_path_factory.mktemp('whole') / 'studies.db'}") as database:
        database.save_plan(PLAN.columns() | {"code_version": "0", "commands": []})
        coordinator(database, MadeWorkers()).run()
        return ours(database)


@pytest.mark.cases(1)
@pytest.mark.parametrize("at", [(1, 2), *(pytest.param(at, marks=pytest.mark.slow) for at in ((0, 1), (2, 1)))])
@pytest.mark.parametrize(
    "foreign",
    [
        add_complete,
        delete,
        *(pytest.param(one, marks=pytest.mark.slow) for one in EVERYTHING if one not in (add_complete, delete)),
    ],
)
def test_nothing_that_somebody_does_to_optunas_study_changes_a_search(
    database: TrialDatabase, undisturbed: object, foreign: Foreign, at: tuple[int, int]
) -> None:
    def disturb(trial: Trial, epoch: int) -> None:
        if (trial.number, epoch) == at:
            foreign(database.storage)

    view = Silent()
    coordinator(database, MadeWorkers(on_epoch=disturb), view=view).run()
    assert ours(database) == undisturbed
    unseen = foreign in (enqueue_misfit, add_complete) and at[0] == PLAN.budget.trials - 1  # nothing begins after it
    if foreign not in (copy, age) and not unseen:
        assert len(view.notes) == len(set(view.notes)) == 1
        assert "\n" not in view.notes[0]


@pytest.mark.cases(1)
@pytest.mark.parametrize(
    "foreign",
    [
        turn,
        enqueue_misfit,
        *(pytest.param(one, marks=pytest.mark.slow) for one in (add_complete, tell_complete, delete, age)),
    ],
)
def test_a_finished_study_grows_after_somebody_was_at_it(database: TrialDatabase, foreign: Foreign) -> None:
    coordinator(database, MadeWorkers()).run()
    before = ours(database)
    foreign(database.storage)
    larger = replace(PLAN, budget=Budget(trials=5, epochs=EPOCHS, replicates=1))
    coordinator(database, MadeWorkers(), larger).run()
    assert ours(database)[:3] == before
    assert [number for number, *_ in ours(database)] == [0, 1, 2, 3, 4]


def test_a_removed_study_is_made_again_with_every_trial(database: TrialDatabase) -> None:
    coordinator(database, MadeWorkers()).run()
    before = load(database.storage).get_trials()
    delete(database.storage)
    coordinator(database, MadeWorkers()).run()
    again = load(database.storage).get_trials()
    shown = [(trial.number, trial.state, trial.values, trial.params, trial.intermediate_values) for trial in again]
    assert shown == [
        (trial.number, trial.state, trial.values, trial.params, trial.intermediate_values) for trial in before
    ]
    keys = {row.optuna_trial_id for row in database.trials(NAME) if row.phase == "search"}
    assert keys == {trial._trial_id for trial in again}


def test_what_somebody_else_put_there_survives_that_the_study_is_made_again(database: TrialDatabase) -> None:
    coordinator(database, MadeWorkers()).run()
    add_complete(database.storage)
    enqueue(database.storage)
    before = load(database.storage).get_trials()
    finish(database, 1)
    view = Silent()
    coordinator(database, MadeWorkers(), view=view).run()
    assert view.notes[0] == (
        f"Optuna's study {NAME!r} is made again from our own rows, for trial 1 stands there as COMPLETE, which is not "
        f"what became of it"
    )
    shown = load(database.storage).get_trials()
    assert [trial.state.name for trial in shown] == ["COMPLETE", "FAIL", "COMPLETE", "COMPLETE", "WAITING"]
    assert [trial.values for trial in shown[3:]] == [trial.values for trial in before[3:]]
    assert [trial.system_attrs["fixed_params"] for trial in shown[4:]] == [{"learning_rate": 0.002}]


def test_a_running_trial_shows_its_values_and_what_became_of_it_while_it_is_not_trained(
    database: TrialDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("study.execution.queue.SHOWING", 1e6)
    monkeypatch.setattr("study.execution.queue.SHOWING_SECONDS", 60.0)
    seen = list[tuple[list[str], list[int]]]()

    def look(trial: Trial, epoch: int) -> None:
        shown = load(database.storage).get_trials()
        seen.append((optunas(database), [len(found.intermediate_values) for found in shown]))

    coordinator(database, MadeWorkers(on_epoch=look)).run()
    assert seen[:3] == [(["RUNNING"], [0]), (["RUNNING"], [1]), (["COMPLETE", "RUNNING"], [2, 0])]


def test_a_trial_that_waits_for_its_promotion_shows_that_and_goes_on(database: TrialDatabase) -> None:
    def stop(trial: Trial, epoch: int) -> None:
        if (trial.number, epoch) == (1, 2):
            raise Stop

    with pytest.raises(Stop):
        coordinator(database, MadeWorkers(on_epoch=stop)).run()
    (row,) = [row for row in database.trials(NAME) if row.optuna_number == 1]
    curve = database.validation_curve(row.id)
    made = mirror.Mirror(database, PLAN, lambda row: copy_of(PLAN, row, curve, None), pytest.fail)
    for state, shown in ((TrialState.PAUSED, "paused"), (TrialState.RUNNING, "running"), (TrialState.PRUNED, "PRUNED")):
        made.bring_up(replace(row, state=state))
        assert optunas(database)[1] == shown
    assert load(database.storage).get_trials()[1].intermediate_values == curve
    made.close()


def test_our_own_interrupted_trials_are_no_wishes_though_their_keys_were_not_kept(
    database: TrialDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(trial: Trial, epoch: int) -> None:
        raise Stop

    with pytest.raises(Stop):
        coordinator(database, MadeWorkers(2, on_epoch=stop)).run()
    stood = load(database.storage).get_trials()
    assert [(trial.state.name, trial.user_attrs[STATE]) for trial in stood] == [("RUNNING", "interrupted")] * 2
    with database.begin() as connection:
        connection.execute(update(schema.trial).values(optuna_trial_id=None))
    failures = iter([OSError("the tables cannot be opened")] * 2)

    def fail_twice(database: TrialDatabase) -> optuna.storages.RDBStorage:
        if error := next(failures, None):
            raise error
        return open_storage(database)

    monkeypatch.setattr(tables, "open_storage", fail_twice)
    monkeypatch.setattr(mirror, "RETRY_SECONDS", 0.0)
    view = Silent()
    coordinator(database, MadeWorkers(3), view=view).run()
    assert view.notes == [
        "Optuna's tables are not written: OSError: the tables cannot be opened; the study goes on without them"
    ]
    assert len({str(configuration) for *_, configuration in ours(database)}) == 3
    assert [trial.state.name for trial in load(database.storage).get_trials()] == ["COMPLETE"] * 3


def test_a_study_of_another_direction_is_left_alone_and_told_of(database: TrialDatabase) -> None:
    optuna.create_study(study_name=NAME, storage=database.storage, direction="minimize")
    view = Silent()
    coordinator(database, MadeWorkers(), view=view).run()
    assert view.notes == [
        f"Optuna's tables are not written: study {NAME!r} there goes to minimize, ours to maximize; "
        f"the study goes on without them"
    ]
    assert load(database.storage).get_trials() == []
    assert len(ours(database)) == 3


def test_a_name_too_long_for_optuna_is_shortened_and_stays_unique() -> None:
    long = "x" * 600
    assert called("cnn@digits") == "cnn@digits"
    assert len(called(f"{long}@a")) == LONGEST_NAME
    assert called(f"{long}@a") != called(f"{long}@b")
