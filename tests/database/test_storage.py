"""Where a trial database is: URLs, paths, secrets, folders that cannot be written, files that go away."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.cli.show import list_studies
from study.database import TrialDatabase, folder_of, normalised, shown_url
from study.errors import StudyError
from study.trial import Epoch, Phase, Trial

from ..conftest import CommandLine
from ..plans import message_of, plan_of

SECRET = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=12, max_size=20).map(
    lambda t: f"zq{t}qz"
)
EPOCH = Epoch(1, 2.0, 0.1, 2.1, 0.2, 0.001, 1.0)


def begun(storage: str) -> tuple[TrialDatabase, Trial]:
    """Returns an open database with a study and a running trial."""
    database = TrialDatabase(storage)
    plan = plan_of("cnn")
    database.add_plan(plan.columns() | {"code_version": "1", "commands": []})
    environment = database.save_environment(
        {"python": "3", "packages": {}, "platform": "p", "processor": "c", "cores": 1, "memory_bytes": 1}
        | {"code_version": "1"}
    )
    database.acquire(plan.study)
    trial = plan.search_trial(0, plan.baseline)
    machine = {"device": "cpu", "precision": "float32", "threads": 1}
    database.begin_trial(trial, worker=0, environment=environment, machine=machine)
    return database, trial


@pytest.mark.parametrize("name", ["x.db", "runs/x.sqlite", "x.sqlite3"])
def test_the_path_of_a_file_is_a_storage(name: str) -> None:
    assert normalised(name) == f"sqlite:///{name}"
    assert folder_of(name) == Path(f"{name}.files")


def test_an_absolute_path_and_a_file_of_any_name_are_storages(tmp_path: Path) -> None:
    assert normalised(str(tmp_path / "x.db")) == f"sqlite:///{tmp_path / 'x.db'}"
    (tmp_path / "studies").touch()
    assert normalised(str(tmp_path / "studies")) == f"sqlite:///{tmp_path / 'studies'}"


@pytest.mark.parametrize("storage", ["sqlite:///~/x.db", "~/x.db"])
def test_the_home_folder_is_understood_and_its_files_lie_beside_it(
    storage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert normalised(storage) == f"sqlite:///{tmp_path / 'x.db'}"
    assert folder_of(storage) == tmp_path / "x.db.files"


def test_another_kind_of_file_is_no_storage(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing of the kind, but long enough to have a header " * 20)
    assert str(tmp_path / "notes.txt") in message_of(lambda: list_studies(str(tmp_path / "notes.txt")))


def test_a_path_typed_as_storage_is_where_the_study_lands(command: CommandLine) -> None:
    words = ("--dataset", "digits", "--train-size", "100", "--epochs", "1", "--replicates", "0", "--trials", "1")
    command.run("run", "cnn", *words, "--storage", "here/my.db")
    assert (command.folder / "here" / "my.db").is_file()
    assert "cnn@digits" in command.run("list", "--storage", "here/my.db").stdout
    connection = sqlite3.connect(command.folder / "here" / "my.db")
    assert "--storage sqlite:///here/my.db" in str(connection.execute("SELECT commands FROM plan").fetchone())
    connection.close()


@given(secret=SECRET, key=st.sampled_from(["password", "key", "passphrase", "sslpassword", "x", "PWD", "options"]))
def test_no_secret_of_a_url_is_ever_shown(secret: str, key: str) -> None:
    for url in (
        f"postgresql+psycopg://user:{secret}@host/name?{key}=1{secret}&sslmode=require",
        f"postgresql://host/name?{key}={secret}",
        f"sqlite:///x.db?{key}={secret}",
    ):
        assert secret not in shown_url(url)
    for url in (
        f"sqlite:///file:x?{key}={secret}",
        f"sqlite://?{key}={secret}",
        f"nothing://user:{secret}@host/name",
        f"postgres:user:{secret}@host",
        f"Server=host;{key}={secret}",
        f"user:{secret}@host/name",
    ):
        with pytest.raises(StudyError) as caught:
            shown_url(url)
        assert secret not in str(caught.value)


def test_what_is_no_secret_is_shown() -> None:
    url = "postgresql+psycopg://user:hunter2@host:5432/name?application_name=study&sslmode=require"
    assert shown_url(url) == url.replace("hunter2", "***")


ON_READ_ONLY = """
import sys
from study.cli.app import run_command

statuses = []
for words in ("list", "show cnn", "best cnn", "report --output report --format csv", "report", "resume --failed"):
    sys.argv = ["study", *words.split()]
    statuses.append(run_command())
print(statuses)
"""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("unshare") is None or os.geteuid() != 0, reason="needs root for a mount")
def test_reading_commands_work_on_a_read_only_mount(command: CommandLine) -> None:
    words = ("--dataset", "digits", "--train-size", "100", "--epochs", "1", "--replicates", "1", "--trials", "1")
    command.run("run", "cnn", *words)
    mount = "mount --bind runs runs && mount -o remount,ro,bind runs && exec "
    done = subprocess.run(
        ["unshare", "-m", "bash", "-c", mount + f'{sys.executable} -c "$0"', ON_READ_ONLY],
        cwd=command.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if "unshare failed" in done.stderr or "mount:" in done.stderr:
        pytest.skip("this machine mounts nothing")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[0, 0, 0, 0, 2, 0]"
    assert "--output" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_nothing_is_written_into_a_database_that_went_away(tmp_path: Path, how: str) -> None:
    path = tmp_path / "x.db"
    database, trial = begun(f"sqlite:///{path}")
    database.record_epochs({trial.id: EPOCH})
    if how == "deleted":
        path.unlink()
    else:
        shutil.copy(path, tmp_path / "other.db")
        (tmp_path / "other.db").replace(path)
    for write in (
        lambda: database.record_epochs({trial.id: EPOCH}),
        lambda: database.heartbeat("cnn@digits", search_seconds=1.0),
        lambda: database.release("cnn@digits"),
        database.fold,
    ):
        message = message_of(write)
        assert f"the trial database sqlite:///{path} was {how}" in message
        assert "checkpoints and weights stay where they are" in message
    database.close()


def test_a_copy_of_the_file_alone_holds_what_was_folded_into_it(tmp_path: Path) -> None:
    database, trial = begun(f"sqlite:///{tmp_path / 'x.db'}")
    database.record_epochs({trial.id: EPOCH})
    shutil.copy(tmp_path / "x.db", tmp_path / "before.db")
    database.fold()
    shutil.copy(tmp_path / "x.db", tmp_path / "after.db")
    database.close()
    with TrialDatabase(f"sqlite:///{tmp_path / 'after.db'}", read_only=True) as copy:
        assert [row.epoch for row in copy.epochs(trial.id)] == [1]
    assert "holds no trial database" in message_of(
        lambda: TrialDatabase(f"sqlite:///{tmp_path / 'before.db'}", read_only=True)
    )


def test_who_takes_over_from_a_dead_owner_folds_the_log(tmp_path: Path) -> None:
    database, trial = begun(f"sqlite:///{tmp_path / 'x.db'}")
    database.record_epochs({trial.id: EPOCH})
    connection = sqlite3.connect(tmp_path / "x.db")
    connection.execute("UPDATE plan SET owner = 'elsewhere:1:0.00', owner_seen_at = 0")
    connection.commit()
    connection.close()
    database.acquire("cnn@digits")
    shutil.copy(tmp_path / "x.db", tmp_path / "copy.db")
    database.close()
    with TrialDatabase(f"sqlite:///{tmp_path / 'copy.db'}", read_only=True) as copy:
        assert copy.epochs(trial.id)
        assert Phase(copy.trials("cnn@digits")[0].phase) is Phase.SEARCH


def test_a_password_in_a_urls_query_is_hidden() -> None:
    assert "hunter2" not in shown_url("postgresql+psycopg://host/db?user=u&password=hunter2")
    with pytest.raises(StudyError) as caught:
        shown_url("postgres://host/db?password=hunter2")
    assert "hunter2" not in str(caught.value)


def test_a_database_whose_driver_is_missing_is_refused_in_a_sentence() -> None:
    with pytest.raises(StudyError, match=r"^storage mysql\+pymysql needs the package 'pymysql'; install it first$"):
        TrialDatabase("mysql+pymysql://user:secret@host/name")


def test_databases_never_share_their_files() -> None:
    urls = ("sqlite:///a/s.db", "sqlite:///a/s.sqlite", "sqlite:///a/s", "postgresql://h:1/s", "postgresql://h:2/s")
    assert len({folder_of(url) for url in urls}) == len(urls)
