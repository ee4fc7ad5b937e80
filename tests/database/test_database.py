"""The trial database: short transactions, one owner a study, and errors that are one sentence."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import astuple, replace
from pathlib import Path
from threading import Barrier
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import CompileError, OperationalError

from study.database import (
    FOREIGN_OWNER_SECONDS,
    TrialDatabase,
    TrialRow,
    folder_of,
    now,
    owner_alive,
    owner_name,
    parse_url,
    place_of,
    record_changes,
    schema,
    shown_url,
    studies,
    take_up_again,
)
from study.database import storage as storage_module
from study.database.logs import add_lines
from study.database.ownership import Clock
from study.database.sentences import sentences
from study.errors import NoDatabaseError, StudyBusyError, StudyError, TakenOverError
from study.files import LocalFile
from study.trial import Epoch, Phase, TestResult, Trial, TrialState, fingerprint

from ..examples import examples
from ..scoring import ACCURACY

MACHINE: dict[str, Any] = {"device": "cpu", "precision": "float32", "threads": 1}
ENVIRONMENT: dict[str, Any] = {
    "python": "3.13.0",
    "packages": {"torch": "2.12"},
    "platform": "Linux",
    "processor": "a processor",
    "cores": 2,
    "memory_bytes": 8 * 2**30,
    "accelerator": None,
    "code_version": "0.1.0",
    "git_commit": None,
}
TRIAL = Trial("cnn@digits", Phase.SEARCH, "search", {"width": 32, "optimizer": "sgd"}, 5, 3, {"width": 32}, number=4)
EPOCH = Epoch(1, 0.5, 0.8, 0.4, 0.9, 0.001, 2.5)
RESULT = TestResult(loss=0.1, score=0.97, predictions=bytes([0, 1, 255, 9]), confidences=bytes(8), seconds=0.5)


def plan_row(study: str = "cnn@digits") -> dict[str, Any]:
    return {
        "study": study,
        "space": "cnn",
        "space_source": "cnn",
        "space_hash": "0" * 64,
        "definition": {"domains": {"width": {"kind": "Int", "low": 1}}},
        "model": "cnn",
        "baseline": {"width": 32, "learning_rate": 0.001},
        "fixed": {},
        "dataset": "digits",
        "dataset_source": "digits",
        "dataset_hash": "1" * 64,
        "data_root": "/data",
        "task": "classification",
        "input_shape": (1, 28, 28),
        "class_names": ["zero", "one"],
        "train_examples": 10,
        "validation_examples": 2,
        "test_examples": 4,
        "train_size": None,
        "final_examples": 12,
        "trials": 4,
        "epochs": 3,
        "replicates": 2,
        "timeout_seconds": None,
        "objective": "accuracy",
        "direction": "maximize",
        "metric_definitions": (ACCURACY.columns(),),
        "seed": 2**62,
        "sampler": "tpe",
        "pruner": "median",
        "device": "auto",
        "precision": "auto",
        "workers": 1,
        "code_version": "0.1.0",
        "commands": ["python -m study run cnn"],
    }


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "studies.db"


@pytest.fixture
def database(path: Path) -> Iterator[TrialDatabase]:
    """Returns an open database with one study and one environment."""
    with TrialDatabase(f"sqlite:///{path}") as opened:
        opened.save_plan(plan_row())
        opened.environment = opened.save_environment(ENVIRONMENT)  # type: ignore[attr-defined]
        yield opened


def begin(database: TrialDatabase, trial: Trial = TRIAL, **machine: object) -> TrialRow:
    environment: str = database.environment  # type: ignore[attr-defined]
    return database.begin_trial(trial, worker=1, environment=environment, machine=MACHINE | machine)


def message_of(action: Callable[[], object], kind: type[StudyError] = StudyError) -> str:
    with pytest.raises(StudyError) as caught:
        action()
    assert type(caught.value) is kind
    return str(caught.value)


def sql(path: Path, statement: str) -> list[tuple[Any, ...]]:
    """Runs a statement with nothing but SQLite."""
    with closing(sqlite3.connect(path, timeout=10)) as connection, connection:
        return connection.execute(statement).fetchall()


# Opening


def test_opening_makes_folder_file_and_tables_in_wal_mode(path: Path) -> None:
    TrialDatabase(f"sqlite:///{path}").close()
    assert sql(path, "PRAGMA journal_mode") == [("wal",)]
    names = {name for (name,) in sql(path, "SELECT name FROM sqlite_master WHERE type = 'table'")}
    ours = {"schema_version", "plan", "environment", "trial", "epoch", "test_result", "test_split", "test_image"}
    later = {"plan_change", "tried", "final", "log"}
    assert names == ours | {"ablation", "arm", "planned_trial", "failure", "code", "code_change", *later}
    assert sql(path, "SELECT version FROM schema_version") == [(schema.SCHEMA_VERSION,)]


def test_opening_again_changes_nothing(path: Path, database: TrialDatabase) -> None:
    plan = database.plan("cnn@digits")
    with TrialDatabase(f"sqlite:///{path}") as again:
        assert again.plan("cnn@digits") == plan
    assert sql(path, "SELECT version FROM schema_version") == [(schema.SCHEMA_VERSION,)]


def test_foreign_keys_are_held(database: TrialDatabase) -> None:
    with pytest.raises(StudyError, match="FOREIGN KEY constraint failed"):
        database.record_epochs({"no such trial": EPOCH})


def test_a_reader_sees_what_a_writer_has_open(path: Path, database: TrialDatabase) -> None:
    begin(database)
    with TrialDatabase(f"sqlite:///{path}", read_only=True) as reader:
        assert [row.id for row in reader.trials("cnn@digits")] == [TRIAL.id]
        database.record_epochs({TRIAL.id: EPOCH})
        assert len(reader.epochs(TRIAL.id)) == 1


def test_a_read_only_database_cannot_be_written(path: Path, database: TrialDatabase) -> None:
    with TrialDatabase(f"sqlite:///{path}", read_only=True) as reader:
        assert message_of(lambda: reader.save_plan(plan_row("lstm@digits"))) == (
            f"the trial database sqlite:///{path} cannot be used: attempt to write a readonly database"
        )


@pytest.mark.parametrize("name", ["with space.db", "50%.db", "a#b.db", "é.db"])
def test_a_database_of_any_name_can_be_read(name: str, tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / name}"
    with TrialDatabase(storage) as writer:
        writer.save_plan(plan_row())
    assert (tmp_path / name).is_file()
    with TrialDatabase(storage, read_only=True) as reader:
        assert [plan.study for plan in reader.plans()] == ["cnn@digits"]


def test_reading_an_absent_database_is_refused_and_makes_nothing(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'none' / 'studies.db'}"
    assert message_of(lambda: TrialDatabase(storage, read_only=True), NoDatabaseError) == (
        f"there is no trial database at {storage}; `python -m study run SPACE` begins one"
    )
    assert list(tmp_path.iterdir()) == []


def test_an_absent_database_that_may_be_absent_is_read_as_an_empty_one_and_made_by_the_first_write(
    tmp_path: Path,
) -> None:
    path = tmp_path / "none" / "studies.db"
    with TrialDatabase(f"sqlite:///{path}", read_only=True, may_be_absent=True) as opened:
        assert (opened.plans(), opened.trials("cnn@digits")) == ([], [])
        with pytest.raises(StudyError, match="attempt to write a readonly database"):
            opened.save_plan(plan_row())
        assert list(tmp_path.iterdir()) == []
        opened.begin_writing()
        opened.save_plan(plan_row())
        assert [plan.study for plan in opened.plans()] == ["cnn@digits"]
    assert sql(path, "SELECT study FROM plan") == [("cnn@digits",)]


def test_what_was_opened_to_be_read_is_written_where_it_is_read(path: Path, database: TrialDatabase) -> None:
    with TrialDatabase(f"sqlite:///{path}", read_only=True) as opened:
        (plan,) = opened.plans()
        with pytest.raises(StudyError, match="attempt to write a readonly database"):
            opened.save_plan(plan_row("lstm@digits"))
        opened.begin_writing()
        assert opened.plans() == [plan]
        opened.save_plan(plan_row("lstm@digits"))
        engine = opened.engine
        opened.begin_writing()  # it is open for writing already
        assert opened.engine is engine
    assert [plan.study for plan in database.plans()] == ["cnn@digits", "lstm@digits"]


def test_reading_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    sql(path, "CREATE TABLE trials (trial_id INTEGER)")
    before = path.read_bytes()
    assert message_of(lambda: TrialDatabase(f"sqlite:///{path}", read_only=True), NoDatabaseError) == (
        f"sqlite:///{path} holds no trial database; `python -m study run SPACE` begins one"
    )
    assert path.read_bytes() == before


@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_that_is_no_database_is_refused_and_left_alone(read_only: bool, tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear database,\n" * 100)
    assert message_of(lambda: TrialDatabase(f"sqlite:///{path}", read_only=read_only)) == (
        f"sqlite:///{path} is not a trial database, or is damaged: file is not a database"
    )
    assert path.read_text() == "Dear database,\n" * 100


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("found", [0, schema.SCHEMA_VERSION + 1])
def test_another_schema_version_is_refused(read_only: bool, found: int, path: Path, database: TrialDatabase) -> None:
    database.close()
    sql(path, f"UPDATE schema_version SET version = {found}")
    assert message_of(lambda: TrialDatabase(f"sqlite:///{path}", read_only=read_only)) == (
        f"sqlite:///{path} has schema version {found}, this program writes version {schema.SCHEMA_VERSION}; "
        f"use the program that began it, or another --storage"
    )
    assert sql(path, "SELECT version FROM schema_version") == [(found,)]


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    storage = f"sqlite:///{tmp_path / 'file' / 'runs' / 'studies.db'}"
    assert message_of(lambda: TrialDatabase(storage)) == (
        f"the folder {tmp_path / 'file' / 'runs'} of the trial database cannot be made: Not a directory"
    )


def test_a_folder_in_the_databases_place_is_refused(tmp_path: Path) -> None:
    assert message_of(lambda: TrialDatabase(f"sqlite:///{tmp_path}")) == (
        f"a trial database is a file, and {tmp_path} is a folder; name a file in it"
    )


def test_a_database_locked_for_too_long_is_refused(
    path: Path, database: TrialDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_module, "BUSY_SECONDS", 0.1)
    with (
        TrialDatabase(f"sqlite:///{path}") as waiting,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        assert message_of(lambda: waiting.save_plan(plan_row("lstm@digits"))) == (
            f"the trial database sqlite:///{path} cannot be used: database is locked"
        )
        other.execute("ROLLBACK")
        waiting.save_plan(plan_row("lstm@digits"))
    assert sql(path, "PRAGMA integrity_check") == [("ok",)]


# URLs


@pytest.mark.parametrize("storage", ["", "sqlite", "mongodb://host/name", "sqlite:/studies.db"])
def test_what_is_no_database_url_is_refused(storage: str) -> None:
    assert message_of(lambda: parse_url(storage)) == (
        f"a storage is a database URL such as sqlite:///runs/studies.db or postgresql+psycopg://host/name, "
        f"not {storage!r}"
    )


@pytest.mark.parametrize("storage", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:studies.db?uri=true"])
def test_a_database_that_is_no_file_is_refused(storage: str) -> None:
    assert message_of(lambda: parse_url(storage)) == (
        f"a trial database is kept in a file, as in sqlite:///runs/studies.db, not {storage!r}"
    )


def test_several_processes_may_begin_a_database_at_once(path: Path) -> None:
    code = f"from study.database import TrialDatabase; TrialDatabase('sqlite:///{path}.new').close()"
    processes = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) for _ in range(4)]
    assert [process.communicate()[1] for process in processes] == [""] * 4
    assert sql(Path(f"{path}.new"), "SELECT version FROM schema_version") == [(schema.SCHEMA_VERSION,)]


@pytest.mark.parametrize(
    ("storage", "shown"),
    [
        ("postgres://anna:s3cret@host/name", "postgres:..."),
        ("postgresql://anna:s3cret@host:port/name", "postgresql:..."),
        ("anna:s3cret@host", "anna:..."),
    ],
)
def test_a_malformed_url_is_refused_without_its_password(storage: str, shown: str) -> None:
    message = message_of(lambda: parse_url(storage))
    assert message == (
        f"a storage is a database URL such as sqlite:///runs/studies.db or postgresql+psycopg://host/name, "
        f"not {shown!r}"
    )
    assert "s3cret" not in message


passwords = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=6, max_size=12)


@examples(60)
@given(passwords)
def test_a_password_is_never_shown(password: str) -> None:
    storage = f"postgresql+psycopg://anna:{password}@db.example:5432/name"
    assert shown_url(storage) == "postgresql+psycopg://anna:***@db.example:5432/name"


def test_an_unreachable_server_is_refused_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver is not installed here, so its error is made up; it goes the way of the real one."""
    cause = ConnectionError("connection refused")
    with (
        pytest.raises(StudyError) as caught,
        sentences(shown_url("postgresql+psycopg://anna:s3cret@host/name")),
    ):
        raise OperationalError("SELECT 1", {}, cause)
    assert str(caught.value) == (
        "the trial database postgresql+psycopg://anna:***@host/name cannot be used: connection refused"
    )


def test_a_sqlite_url_is_shown_as_it_is() -> None:
    assert shown_url("sqlite:///runs/studies.db") == "sqlite:///runs/studies.db"


def test_files_stand_beside_their_database() -> None:
    assert folder_of("sqlite:///runs/studies.db") == Path("runs/studies.db.files")
    assert folder_of("sqlite:////abs/other.db") == Path("/abs/other.db.files")
    assert folder_of("postgresql+psycopg://anna:s3cret@host/name") == Path("runs/host-name.files")
    assert place_of("sqlite:///runs/studies.db", None).weights("abc") == LocalFile(
        Path("runs/studies.db.files/weights/abc.pt")
    )


@examples(60)
@given(st.sets(st.text("ab/", min_size=1, max_size=6).map(lambda text: f"x{text}x"), min_size=2, max_size=4))
def test_databases_in_other_files_have_other_folders(names: set[str]) -> None:
    paths = {str(Path(name)) for name in names}
    assert len({folder_of(f"sqlite:///{name}.db") for name in paths}) == len(paths)


# Plans and environments


def test_a_plan_comes_back_as_it_was_saved(database: TrialDatabase) -> None:
    row = database.plan("cnn@digits")
    assert row is not None
    assert {key: getattr(row, key) for key in plan_row()} == plan_row() | {
        "class_names": ("zero", "one"),
        "commands": ("python -m study run cnn",),
    }
    assert (row.owner, row.search_seconds) == (None, 0.0)
    assert database.plan("lstm@digits") is None


def test_saving_a_plan_again_keeps_when_it_began_and_how_long_it_searched(database: TrialDatabase) -> None:
    database.acquire("cnn@digits")
    database.heartbeat("cnn@digits", search_seconds=7.0)
    before = database.plan("cnn@digits")
    database.save_plan(plan_row() | {"trials": 9})
    after = database.plan("cnn@digits")
    assert before is not None
    assert after == replace(before, trials=9)


def test_of_many_that_begin_a_study_at_once_one_does(path: Path, database: TrialDatabase) -> None:
    def begun(trials: int) -> str:
        with TrialDatabase(f"sqlite:///{path}") as mine:
            ready.wait()
            try:
                mine.add_plan(plan_row("lstm@digits") | {"trials": trials})
            except StudyBusyError as error:
                return str(error)
            return ""

    ready = Barrier(8)
    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(begun, range(8)))
    busy = "study 'lstm@digits' was begun by another process just now; run this again"
    assert sorted(told) == ["", *[busy] * 7]
    kept = database.plan("lstm@digits")
    assert kept is not None
    assert kept.trials == told.index("")


def test_plans_come_in_the_order_they_were_begun(database: TrialDatabase) -> None:
    for study in ("z@digits", "a@digits"):
        database.save_plan(plan_row(study))
    assert [plan.study for plan in database.plans()] == ["cnn@digits", "z@digits", "a@digits"]


def test_an_environment_is_stored_once(path: Path, database: TrialDatabase) -> None:
    turned = dict(reversed(ENVIRONMENT.items()))
    assert database.save_environment(turned) == fingerprint(ENVIRONMENT)[:16]
    other = database.save_environment(ENVIRONMENT | {"cores": 4})
    assert other != fingerprint(ENVIRONMENT)[:16]
    assert len(sql(path, "SELECT id FROM environment")) == 2


# Trials


def test_a_begun_trial_is_stored_whole(database: TrialDatabase) -> None:
    row = begin(database)
    assert row == database.trial(TRIAL.id)
    assert (row.study, row.phase, row.variant) == ("cnn@digits", "search", "search")
    assert (row.replicate, row.optuna_number) == (None, 4)
    assert (row.configuration, row.changes) == ({"width": 32, "optimizer": "sgd"}, {"width": 32})
    assert row.configuration_hash == fingerprint({"optimizer": "sgd", "width": 32})
    assert (row.seed, row.epochs, row.state, row.attempt, row.worker) == (5, 3, "running", 1, 1)
    assert (row.device, row.precision, row.threads) == ("cpu", "float32", 1)
    assert (row.value, row.finished_at) == (None, None)


def test_a_63_bit_seed_is_kept_exactly(database: TrialDatabase) -> None:
    trial = Trial("cnn@digits", Phase.SEARCH, "search", {}, 2**63 - 1, 3)
    assert begin(database, trial).seed == 2**63 - 1


def test_beginning_again_counts_attempts_and_keeps_the_machine_it_began_on(database: TrialDatabase) -> None:
    first = begin(database)
    database.finish_trial(TRIAL.id, TrialState.INTERRUPTED)
    again = begin(database, precision="bfloat16", threads=2, device="cuda:0")
    assert again.attempt == 2
    assert again.state == "running"
    assert again.started_at > first.started_at
    kept = ("created_at", "device", "precision", "threads", "configuration")
    assert [getattr(again, key) for key in kept] == [getattr(first, key) for key in kept]
    assert len(database.trials("cnn@digits")) == 1


def test_an_epoch_recorded_twice_is_one_row(database: TrialDatabase) -> None:
    begin(database)
    database.record_epochs({TRIAL.id: Epoch(2, 0.3, 0.9, 0.2, 0.95, 0.001, 2.0)})
    database.record_epochs({TRIAL.id: EPOCH})
    database.record_epochs({TRIAL.id: Epoch(1, 0.5, 0.8, 0.4, 0.9, 0.001, 9.0)})
    rows = database.epochs(TRIAL.id)
    assert [(row.epoch, row.train_loss, row.seconds) for row in rows] == [(1, 0.5, 9.0), (2, 0.3, 2.0)]
    assert rows[0].validation_score == 0.9


def test_a_final_trainings_epoch_has_no_validation(database: TrialDatabase) -> None:
    begin(database)
    database.record_epochs({TRIAL.id: Epoch(1, 0.5, 0.8, None, None, 0.001, 2.0)})
    row = database.epochs(TRIAL.id)[0]
    assert (row.validation_loss, row.validation_score, row.metrics) == (None, None, {})


@examples(25)
@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(0, 1))
def test_numbers_are_kept_to_the_bit(loss: float, accuracy: float) -> None:
    with tempfile.TemporaryDirectory() as folder, TrialDatabase(f"sqlite:///{folder}/studies.db") as database:
        database.save_plan(plan_row())
        environment = database.save_environment(ENVIRONMENT)
        database.begin_trial(TRIAL, worker=0, environment=environment, machine=MACHINE)
        database.record_epochs({TRIAL.id: Epoch(1, loss, accuracy, loss, accuracy, 0.001, 1.0)})
        row = database.epochs(TRIAL.id)[0]
    assert (row.train_loss, row.train_score, row.validation_loss) == (loss, accuracy, loss)


def test_an_end_is_committed_with_its_test_result(database: TrialDatabase) -> None:
    begin(database)
    database.finish_trial(TRIAL.id, TrialState.COMPLETE, RESULT, value=0.9, parameters=7)
    row, result = database.trial(TRIAL.id), database.test_result(TRIAL.id)
    assert row is not None
    assert result is not None
    assert (row.state, row.value, row.parameters) == ("complete", 0.9, 7)
    assert (row.finished_at or "") >= row.started_at
    assert (result.loss, result.score, result.seconds) == (0.1, 0.97, 0.5)
    assert result.predictions == bytes([0, 1, 255, 9])


def test_finishing_twice_is_one_result(path: Path, database: TrialDatabase) -> None:
    begin(database)
    for _ in range(2):
        database.finish_trial(TRIAL.id, TrialState.COMPLETE, RESULT)
    assert sql(path, "SELECT count(*) FROM test_result") == [(1,)]


def test_an_interrupted_trial_has_not_finished(database: TrialDatabase) -> None:
    begin(database)
    database.finish_trial(TRIAL.id, TrialState.INTERRUPTED)
    row = database.trial(TRIAL.id)
    assert row is not None
    assert (row.state, row.finished_at) == ("interrupted", None)
    assert database.test_result(TRIAL.id) is None


def test_an_end_and_its_result_are_one_transaction(database: TrialDatabase) -> None:
    begin(database)
    with pytest.raises(CompileError):
        database.finish_trial(TRIAL.id, TrialState.COMPLETE, RESULT, no_such_column=1)
    row = database.trial(TRIAL.id)
    assert row is not None
    assert row.state == "running"
    assert database.test_result(TRIAL.id) is None


def test_only_this_studys_running_trials_become_interrupted(database: TrialDatabase) -> None:
    database.save_plan(plan_row("lstm@digits"))
    trials = [
        Trial(study, Phase.SEARCH, "search", {"n": n}, n, 3)
        for study in ("cnn@digits", "lstm@digits")
        for n in (1, 2, 3)
    ]
    for trial in trials:
        begin(database, trial)
    database.finish_trial(trials[0].id, TrialState.PRUNED)
    assert database.interrupt_running("cnn@digits") == 2
    assert database.interrupt_running("cnn@digits") == 0
    assert [row.state for row in database.trials("cnn@digits")] == ["pruned", "interrupted", "interrupted"]
    assert [row.state for row in database.trials("lstm@digits")] == ["running"] * 3


def test_trials_are_counted_by_study_phase_and_state(database: TrialDatabase) -> None:
    for number, state in enumerate((TrialState.COMPLETE, TrialState.COMPLETE, TrialState.PRUNED)):
        trial = Trial("cnn@digits", Phase.SEARCH, "search", {}, number, 3)
        begin(database, trial)
        database.finish_trial(trial.id, state)
    begin(database, Trial("cnn@digits", Phase.REPLICATE, "best", {}, 9, 3))
    assert [astuple(row) for row in database.counts()] == [
        ("cnn@digits", "replicate", "running", 1),
        ("cnn@digits", "search", "complete", 2),
        ("cnn@digits", "search", "pruned", 1),
    ]


def test_what_does_not_exist_is_none_or_empty(database: TrialDatabase) -> None:
    assert database.trial("none") is None
    assert database.test_result("none") is None
    assert database.epochs("none") == []
    assert database.trials("none") == []


def test_times_are_utc_and_sort_as_text() -> None:
    first, second = now(), now()
    assert first <= second
    assert first.endswith("+00:00")
    assert len(first) == 32


# Owners


OWN = """
import sys
from study.database import TrialDatabase, owner_name
with TrialDatabase(sys.argv[1]) as database:
    database.acquire("cnn@digits")
    print(owner_name(), flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other_process(path: Path, database: TrialDatabase) -> Iterator[subprocess.Popen[str]]:
    """Returns a living process that owns the study until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWN, f"sqlite:///{path}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.owner = process.stdout.readline().strip()  # type: ignore[attr-defined]
    yield process
    process.kill()
    process.communicate()


def owner_of(database: TrialDatabase) -> str | None:
    row = database.plan("cnn@digits")
    assert row is not None
    return row.owner


def test_a_study_is_taken_kept_and_given_up(database: TrialDatabase) -> None:
    began = time.time()
    database.acquire("cnn@digits")
    database.acquire("cnn@digits")  # once more by the same process
    database.heartbeat("cnn@digits", search_seconds=1.5)
    database.heartbeat("cnn@digits", search_seconds=2.0)
    row = database.plan("cnn@digits")
    assert row is not None
    assert row.owner == owner_name()
    assert row.search_seconds == 3.5
    assert began <= (row.owner_seen_at or 0.0) <= time.time()
    database.release("cnn@digits")
    assert owner_of(database) is None


def test_a_living_owner_keeps_others_out(database: TrialDatabase, other_process: subprocess.Popen[str]) -> None:
    owner = owner_of(database)
    assert owner == other_process.owner  # type: ignore[attr-defined]
    assert message_of(lambda: database.acquire("cnn@digits"), StudyBusyError) == (
        f"study 'cnn@digits' is being run by process {other_process.pid} on {socket.gethostname()}; wait for it or "
        f"stop it, then run this again, or give --standby: this command then watches, and takes over when it has ended"
    )
    database.release("cnn@digits")  # not ours to give up
    assert owner_of(database) == owner


def test_a_dead_owner_is_replaced(database: TrialDatabase, other_process: subprocess.Popen[str]) -> None:
    owner = owner_of(database)
    assert owner is not None
    assert owner_alive(owner, 0.0, Clock(time.time()))
    other_process.kill()
    other_process.wait()
    assert not owner_alive(owner, time.time(), Clock(time.time()))
    database.acquire("cnn@digits")
    assert owner_of(database) == owner_name()


def test_a_zombie_owner_is_dead(database: TrialDatabase, other_process: subprocess.Popen[str]) -> None:
    owner = owner_of(database)
    assert owner is not None
    other_process.kill()  # not waited for: it stays in the process table
    deadline = time.monotonic() + 10
    while owner_alive(owner, time.time(), Clock(time.time())) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert other_process.returncode is None
    assert not owner_alive(owner, time.time(), Clock(time.time()))


def test_only_the_owner_owns_a_study(database: TrialDatabase, path: Path) -> None:
    assert not database.owns("cnn@digits")
    database.acquire("cnn@digits")
    assert database.owns("cnn@digits")
    assert not database.owns("lstm@digits")
    sql(path, "UPDATE plan SET owner = 'another.host:123:4.00'")
    assert not database.owns("cnn@digits")


def test_a_later_process_with_the_same_number_is_not_the_owner() -> None:
    host, number, start = owner_name().rsplit(":", 2)
    began = psutil.Process().create_time()
    for mine, later in ((start, f"1{start}"), (f"{began:.2f}", f"{began - 1:.2f}")):  # the second as version 1 named it
        assert owner_alive(f"{host}:{number}:{mine}", 0.0, Clock(time.time()))
        assert not owner_alive(f"{host}:{number}:{later}", time.time(), Clock(time.time()))


def test_an_owner_on_another_machine_is_dead_after_a_silence() -> None:
    owner = "another.host:123:4.00"
    assert FOREIGN_OWNER_SECONDS < 60
    assert owner_alive(owner, 1000.0, Clock(1000.0 + FOREIGN_OWNER_SECONDS - 1))
    assert not owner_alive(owner, 1000.0, Clock(1000.0 + FOREIGN_OWNER_SECONDS))


def test_an_owner_cannot_have_been_seen_while_the_server_was_down() -> None:
    owner, restarted = "another.host:123:4.00", 5000.0
    assert owner_alive(owner, 1000.0, Clock(restarted + 10, since=restarted))
    assert not owner_alive(owner, 1000.0, Clock(restarted + FOREIGN_OWNER_SECONDS, since=restarted))


def test_a_silent_owner_on_another_machine_is_replaced(path: Path, database: TrialDatabase) -> None:
    sql(path, f"UPDATE plan SET owner = 'a:host:7:1.00', owner_seen_at = {time.time()}")
    assert message_of(lambda: database.acquire("cnn@digits"), StudyBusyError) == (
        "study 'cnn@digits' is being run by process 7 on a:host; wait for it or stop it, then run this again, or "
        "give --standby: this command then watches, and takes over when it has ended"
    )
    sql(path, f"UPDATE plan SET owner_seen_at = {time.time() - FOREIGN_OWNER_SECONDS - 1}")
    database.acquire("cnn@digits")
    assert owner_of(database) == owner_name()


def test_an_owner_that_was_replaced_meanwhile_stops(path: Path, database: TrialDatabase) -> None:
    database.acquire("cnn@digits")
    sql(path, "UPDATE plan SET owner = 'another.host:123:4.00'")
    assert message_of(lambda: database.heartbeat("cnn@digits", search_seconds=1.0), TakenOverError) == (
        "study 'cnn@digits' was taken over by another process; this one stops"
    )
    assert sql(path, "SELECT search_seconds FROM plan") == [(0.0,)]


WRITES: dict[str, Callable[[TrialDatabase], object]] = {
    "an epoch": lambda database: database.record_epochs({TRIAL.id: EPOCH}),
    "an end": lambda database: database.finish_trial(TRIAL.id, TrialState.COMPLETE, value=1.0),
    "a begin": begin,
    "an interruption": lambda database: database.interrupt_running("cnn@digits"),
    "a note": lambda database: database.add_note("cnn@digits", "a note"),
    "a line": lambda database: add_lines(database, TRIAL.id, 1, ["a line"]),
    "a change of the plan": lambda database: record_changes(database, "cnn@digits", ["a change"], ""),
    "keys of Optuna's": lambda database: database.save_optuna_trial_ids({TRIAL.id: 7}),
    "where files are": lambda database: database.save_files(["cnn@digits"], "/elsewhere"),
    "an environment": lambda database: database.save_environment(ENVIRONMENT | {"cores": 99}),
    "taking up again": lambda database: take_up_again(database, [TRIAL.id]),
}


@pytest.mark.parametrize("write", WRITES)
def test_an_owner_that_was_replaced_writes_nothing_more(path: Path, database: TrialDatabase, write: str) -> None:
    begin(database)
    database.acquire("cnn@digits")
    database.record_epochs({TRIAL.id: replace(EPOCH, number=1)})
    sql(path, "UPDATE plan SET owner = 'another.host:123:4.00'")
    before = everything(path)
    assert message_of(lambda: WRITES[write](database), TakenOverError) == (
        "study 'cnn@digits' was taken over by another process; this one stops"
    )
    assert everything(path) == before
    database.release("cnn@digits")
    assert owner_of(database) == "another.host:123:4.00"


def everything(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


def test_who_has_waited_long_enough_dismisses_an_owner_that_was_not_seen_again(
    path: Path, database: TrialDatabase
) -> None:
    """Its clock is ahead, so that by this machine's it was seen just now."""
    sql(path, f"UPDATE plan SET owner = 'another.host:1:1.00', owner_seen_at = {time.time() + 3600}")
    owner = database.owner_of("cnn@digits")
    assert owner is not None
    assert (owner.alive, owner.seconds) == (True, 0.0)
    sql(path, f"UPDATE plan SET owner_seen_at = {time.time() + 3605}")
    assert not database.dismiss("cnn@digits", owner)  # it lives
    owner = database.owner_of("cnn@digits")
    assert owner is not None
    assert database.dismiss("cnn@digits", owner)
    assert database.owner_of("cnn@digits") is None
    database.acquire("cnn@digits")


def test_of_two_that_take_a_study_at_once_one_gets_it(
    path: Path, database: TrialDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one's write comes between this one's look and its own write."""
    sql(path, "UPDATE plan SET owner = 'another.host:1:1.00', owner_seen_at = 0")

    def meanwhile(_owner: str, _seen_at: float, _at: Clock) -> bool:
        sql(path, "UPDATE plan SET owner = 'third.host:2:2.00'")
        return False

    monkeypatch.setattr(studies, "owner_alive", meanwhile)
    assert message_of(lambda: database.acquire("cnn@digits"), StudyBusyError) == (
        "study 'cnn@digits' was taken by another process just now"
    )
    assert sql(path, "SELECT owner FROM plan") == [("third.host:2:2.00",)]


def test_plain_sql_can_read_what_we_write(path: Path, database: TrialDatabase) -> None:
    begin(database)
    database.record_epochs({TRIAL.id: EPOCH})
    ((configuration, accuracy),) = sql(
        path, "SELECT configuration, validation_score FROM trial JOIN epoch ON epoch.trial = trial.id"
    )
    assert (json.loads(configuration), accuracy) == (TRIAL.configuration, 0.9)


def test_a_database_of_another_schema_version_is_left_as_it_is(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'old.db'}"
    TrialDatabase(storage).close()
    connection = sqlite3.connect(tmp_path / "old.db")
    connection.executescript("UPDATE schema_version SET version = 0; DROP TABLE test_result;")
    connection.close()
    with pytest.raises(StudyError, match=f"has schema version 0, this program writes version {schema.SCHEMA_VERSION}"):
        TrialDatabase(storage)
    connection = sqlite3.connect(tmp_path / "old.db")
    assert connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'test_result'").fetchall() == []
    connection.close()
