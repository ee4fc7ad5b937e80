"""What others wrote in Optuna's study stands there once after it was made again, whatever interrupts that."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import optuna
import pytest
from optuna.storages import RDBStorage

from study.database import TrialDatabase
from study.execution import queue
from study.options.method import Budget
from study.search import Mirror, copy_of, forget
from study.search.copies import OURS
from study.search.kept import PARAMS
from study.search.storage import open_storage
from study.space import Choice
from study.trial import Trial

from ..made_workers import EPOCHS, PLAN, MadeWorkers, Silent, Stop, coordinator
from .test_mirror import NAME, finish, load, ours, tell_fail

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")

WRITES = ("_create_new_trial", "delete_study", "set_study_user_attr", "set_study_system_attr", "set_trial_user_attr")
WISH = {"learning_rate": 0.002}


def write(storage: str) -> None:
    """Writes everything into Optuna's study that others may."""
    study = load(storage)
    study.add_trial(optuna.trial.create_trial(value=0.999, user_attrs={"by": "anna"}))
    study.add_trial(optuna.trial.create_trial(state=optuna.trial.TrialState.RUNNING, user_attrs={"by": "bert"}))
    for _ in range(2):
        study.enqueue_trial(WISH)
    study.set_user_attr("remark", "do not delete")
    study.set_metric_names(["accuracy"])


def theirs(storage: str) -> tuple[object, ...]:
    """Returns what others wrote, in no order."""
    study = load(storage)
    strange = [trial for trial in study.trials if not trial.user_attrs.get(OURS)]
    shown = [str((trial.state.name, trial.values, trial.user_attrs, trial.system_attrs)) for trial in strange]
    remarks = [trial.user_attrs.get("by") for trial in study.trials if trial.user_attrs.get(OURS)]
    return study.user_attrs, study.metric_names, sorted(shown), sorted(map(str, remarks))


def copied(database: TrialDatabase, to: Path) -> TrialDatabase:
    with closing(sqlite3.connect(database.storage.removeprefix("sqlite:///"))) as connection:
        connection.execute("VACUUM INTO ?", (str(to),))
    return TrialDatabase(f"sqlite:///{to}")


def mirrored(database: TrialDatabase, notes: list[str]) -> None:
    """Brings Optuna's study to where our rows are."""
    scores = {row.id: [row.value] if row.state == "complete" and row.value else None for row in database.trials(NAME)}
    made = Mirror(database, PLAN, lambda row: copy_of(PLAN, row, {}, scores[row.id]), notes.append)
    try:
        made.show([row for row in database.trials(NAME) if row.phase == "search"])
    finally:
        made.close()


@pytest.mark.cases(1)
@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_nothing_is_lost_wherever_a_process_is_killed(
    database: TrialDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    optuna.create_study(study_name=NAME, storage=database.storage, direction="maximize")
    load(database.storage).enqueue_trial({"learning_rate": 0.003}, user_attrs={"by": "carla"})
    coordinator(database, MadeWorkers()).run()
    finish(database, 1)
    write(database.storage)
    expected, writes, killed_at = theirs(database.storage), list[str](), -1

    def counted(name: str) -> Callable[..., object]:
        real = getattr(RDBStorage, name)

        def call(self: RDBStorage, *args: object, **named: object) -> object:
            if len(writes) == killed_at:
                raise Stop
            writes.append(name)
            return real(self, *args, **named)

        return call

    for name in WRITES:
        monkeypatch.setattr(RDBStorage, name, counted(name))
    for at in itertools.count(3, step):
        with copied(database, tmp_path / f"{at}.db") as opened:
            notes, killed_at = list[str](), at
            writes.clear()
            with contextlib.suppress(Stop):
                mirrored(opened, notes)
            is_whole, killed_at = len(writes) < at, -1
            mirrored(opened, notes)
            assert theirs(opened.storage) == expected, writes
            assert optuna.get_all_study_names(opened.storage) == [NAME]
            assert [trial.state.name for trial in load(opened.storage).trials].count("FAIL") == 1
            assert len(set(notes)) == 1, notes
        if is_whole:
            break
    assert at > 10


def test_wishes_are_tried_and_trials_stay_where_a_study_is_made_again_as_it_is_trained_and_left(
    database: TrialDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    coordinator(database, MadeWorkers()).run()
    write(database.storage)
    expected = theirs(database.storage)
    larger = replace(PLAN, budget=Budget(trials=6, epochs=EPOCHS, replicates=1))

    def disturb(trial: Trial, epoch: int) -> None:
        if (trial.number, epoch) == (5, 1):
            tell_fail(database.storage)
        if (trial.number, epoch) == (5, 2):
            raise Stop

    monkeypatch.setattr(queue, "LEAVING_SECONDS", 0.0)
    with pytest.raises(Stop):
        coordinator(database, MadeWorkers(on_epoch=disturb), larger).run()
    coordinator(database, MadeWorkers(), larger).run()
    assert [configuration["learning_rate"] for *_, configuration in ours(database)].count(0.002) == 2
    shown = theirs(database.storage)
    assert shown[:2] == expected[:2]
    assert [text[:9] for text in shown[2]] == ["('COMPLET", "('FAIL', N"[:9]]


def test_a_trial_of_other_domains_keeps_its_parameters_as_an_attribute(database: TrialDatabase) -> None:
    coordinator(database, MadeWorkers()).run()
    stood = load(database.storage).trials[0]
    load(database.storage).add_trial(
        optuna.trial.create_trial(value=0.9, params=stood.params, distributions=stood.distributions)
    )
    optimizer = PLAN.space.domains["optimizer"]
    assert isinstance(optimizer, Choice)
    domains = dict(PLAN.space.domains) | {"optimizer": replace(optimizer, choices=(*optimizer.choices, "lion"))}
    view = Silent()
    coordinator(database, MadeWorkers(), replace(PLAN, space=replace(PLAN.space, domains=domains)), view=view).run()
    kept = load(database.storage).trials[3]
    assert (kept.value, kept.params, kept.user_attrs) == (0.9, {}, {PARAMS: stood.params})
    assert len(view.notes) == 2


def test_wishes_outlive_that_stale_trials_are_put_aside(database: TrialDatabase) -> None:
    coordinator(database, MadeWorkers()).run()
    write(database.storage)
    expected, notes = theirs(database.storage), list[str]()
    storage = open_storage(database)
    storage.set_study_system_attr(storage.get_study_id_from_name(NAME), "dashboard:note_ver", 1)
    forget(database, NAME, notes.append)
    assert notes == [
        f"1 of the system attributes of Optuna's study {NAME!r}, where optuna-dashboard keeps notes, are gone with it",
        f"{NAME}: Optuna's tables are made again without its stale trials",
    ]
    coordinator(database, MadeWorkers()).run()
    assert theirs(database.storage) == expected
