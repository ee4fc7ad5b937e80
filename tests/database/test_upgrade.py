"""Databases that an older version of the program wrote: read without being changed, upgraded by who writes."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import pytest

from study.database import TrialDatabase, owner_name, schema
from study.errors import StudyBusyError, StudyError

from ..conftest import CommandLine

DATABASES = Path(__file__).parents[1] / "databases"
SCHEMAS = {"1": 1, "2_0": 2, "2_1": 2, "3": 3, "4_0": 4, "4_1": 4, "4_2": 4, "5": 5, "6": 6, "7": 7, "8": 8, "9": 9}
"""Dump -> version: every schema that was ever committed, each in a study of a few digits by its own program."""
LONG = pytest.mark.slow
FIRST = [pytest.param(name, marks=() if name == "1" else LONG) for name in SCHEMAS]
"""Quick runs take these; `make test-long` takes all."""

pytestmark = pytest.mark.usefixtures("unpainted")


@dataclass
class Older(CommandLine):
    """A command line in a folder with a database of an older version."""

    name: str = ""

    @property
    def version(self) -> int:
        return SCHEMAS[self.name]

    @property
    def kept(self) -> Path:
        return Path(f"{self.database}.schema-{self.version}")


@pytest.fixture(params=[pytest.param(name, marks=() if name in ("1", "9") else LONG) for name in SCHEMAS])
def older(request: pytest.FixtureRequest, tmp_path: Path) -> Older:
    return unpacked(request.param, tmp_path)


def unpacked(name: str, folder: Path) -> Older:
    """Makes a folder's database as the older program left it."""
    line = Older(folder, name=name)
    line.database.parent.mkdir()
    connection = sqlite3.connect(line.database)
    connection.executescript((DATABASES / f"version_{name}.sql").read_text())
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    return line


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


@pytest.mark.parametrize("name", FIRST)
def test_reading_commands_open_an_older_database_and_leave_it_as_it_is(name: str, tmp_path: Path) -> None:
    older = unpacked(name, tmp_path)
    before = digest(older.database)
    assert [row["study"] for row in json.loads(older.run("list", "--json").stdout)] == ["cnn@digits"]
    shown = json.loads(older.run("show", "cnn", "--json").stdout)
    ids = {row[0] for row in older.query("SELECT id FROM trial WHERE study = 'cnn@digits'")}
    assert {row["id"] for row in shown["trials"]} == ids
    assert shown["plan"]["notes"] is None
    assert json.loads(older.run("best", "cnn", "--json").stdout)["test"]["baseline"]["mean"] > 0
    older.run("report", "--format", "markdown", "--output", "page")
    assert ("batchnorm" in (older.folder / "page" / "report.md").read_text()) == (older.name != "1")
    assert digest(older.database) == before
    assert not older.kept.exists()


def test_writing_upgrades_in_place_keeps_a_copy_and_says_where(older: Older) -> None:
    path, counted = older.database, "SELECT count(*), sum(value) FROM trial"
    trials = rows(path, counted)
    with TrialDatabase(f"sqlite:///{path}") as database:
        assert database.upgraded == (
            f"the trial database had schema version {older.version} and has {schema.SCHEMA_VERSION} now; "
            f"it is kept as it was in {older.kept}"
        )
    assert rows(path, counted) == trials
    assert rows(path, "SELECT version FROM schema_version") == [(schema.SCHEMA_VERSION,)]
    assert rows(path, "PRAGMA foreign_key_check") == []
    assert rows(older.kept, "SELECT version FROM schema_version") == [(older.version,)]
    with TrialDatabase(f"sqlite:///{path}") as database:
        assert database.upgraded is None


def test_an_older_database_is_read_in_a_copy_until_it_is_written(older: Older) -> None:
    before, told = digest(older.database), list[str]()
    with TrialDatabase(f"sqlite:///{older.database}", read_only=True) as database:
        plans, trials = database.plans(), database.trials("cnn@digits")
        with pytest.raises(StudyError, match="attempt to write a readonly database"):
            database.add_note("cnn@digits", "lost")
        assert digest(older.database) == before
        assert not older.kept.exists()
        database.begin_writing(told.append)
        assert told == [database.upgraded]
        assert (database.plans(), database.trials("cnn@digits")) == (plans, trials)
        database.add_note("cnn@digits", "kept")
    assert rows(older.database, "SELECT notes FROM plan WHERE study = 'cnn@digits'") == [('["kept"]',)]
    assert rows(older.kept, "SELECT version FROM schema_version") == [(older.version,)]


def test_an_upgraded_database_has_the_tables_of_a_new_one(older: Older, tmp_path: Path) -> None:
    paths = (older.database, tmp_path / "new.db")
    for path in paths:
        TrialDatabase(f"sqlite:///{path}").close()
    for table in schema.metadata.tables:
        name, required, key = 1, 3, 5
        columns = [
            {(row[name], row[required], row[key]) for row in rows(path, f"PRAGMA table_info({table})")}
            for path in paths
        ]
        assert columns[0] == columns[1], table


@pytest.mark.cases(3)
@pytest.mark.parametrize("name", SCHEMAS)
def test_what_an_older_program_did_not_store_is_not_known(name: str, tmp_path: Path) -> None:
    older = unpacked(name, tmp_path)
    TrialDatabase(f"sqlite:///{older.database}").close()
    unknown = older.query("SELECT count(*) FROM test_result WHERE confidences IS NULL")
    assert unknown == ([(1,)] if name == "1" else [(0,)])
    assert older.query("SELECT count(*) FROM test_split") == ([(0,)] if name == "1" else [(1,)])
    counts = older.query("SELECT class_counts IS NULL FROM plan WHERE study = 'cnn@digits'")
    assert counts == [(int(older.version < 4),)]


def test_an_older_file_of_version_4_gets_its_promotions_from_where_they_were(tmp_path: Path) -> None:
    older = unpacked("4_0", tmp_path)
    assert "promoted_to" not in {row[1] for row in older.query("PRAGMA table_info(trial)")}
    TrialDatabase(f"sqlite:///{older.database}").close()
    promoted = "SELECT promoted_to, attempt FROM trial WHERE phase = 'search' ORDER BY optuna_number"
    assert older.query(promoted) == [(None, 1), (None, 1), (3, 2), (None, 1)]


def test_an_upgrade_that_fails_changes_nothing(older: Older, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rows(older.database, "SELECT sql FROM sqlite_master ORDER BY name")

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no more")

    monkeypatch.setattr("alembic.operations.ops.AddColumnOp.add_column", broken)
    with pytest.raises(RuntimeError, match="no more"):
        TrialDatabase(f"sqlite:///{older.database}")
    assert rows(older.database, "SELECT sql FROM sqlite_master ORDER BY name") == before
    assert rows(older.database, "SELECT version FROM schema_version") == [(older.version,)]


def test_a_database_that_an_older_program_is_writing_is_not_upgraded(older: Older) -> None:
    connection = sqlite3.connect(older.database)
    connection.execute("UPDATE plan SET owner = ? WHERE study = 'cnn@digits'", (owner_name(),))
    connection.commit()
    connection.close()
    with pytest.raises(StudyBusyError, match="'cnn@digits' is being run by an older program"):
        TrialDatabase(f"sqlite:///{older.database}")


def test_what_an_older_program_trains_is_shown_once_and_neither_followed_nor_waited_for(tmp_path: Path) -> None:
    older = unpacked("8", tmp_path)
    assert older.run("watch", "cnn").stdout.startswith("cnn@digits: finished")
    connection = sqlite3.connect(older.database)
    connection.execute("UPDATE plan SET owner = ? WHERE study = 'cnn@digits'", (owner_name(),))
    connection.commit()
    connection.close()
    before = digest(older.database)
    for wait in ((), ("--wait",)):
        watched = older.run("watch", "cnn", *wait, status=2)
        assert "cnn@digits  is run by process" in watched.stdout
        assert watched.stderr == (
            "error: sqlite:///runs/studies.db has schema version 8: how it stands is shown, but what happens from now "
            "on cannot be followed; the first command that writes, such as `python -m study resume`, upgrades it once "
            "no older program runs a study there\n"
        )
    again = ("run", "cnn", "--dataset", "digits", "--trials", "9", "--standby")
    assert "wait for it or stop it, then run this again" in older.run(*again, status=1).stderr
    assert digest(older.database) == before


@pytest.mark.parametrize("name", FIRST)
def test_an_older_study_goes_on_after_a_kill_and_gets_two_more_trials(name: str, tmp_path: Path) -> None:
    older = unpacked(name, tmp_path)
    killed = kill(older)
    began = dict(older.query("SELECT id, attempt FROM trial"))
    measured = f"SELECT trial, epoch, train_loss FROM epoch WHERE trial IN {killed} ORDER BY 1, 2"
    before = older.query(measured)
    out = older.run("resume").stdout
    assert f"schema version {older.version}" in out
    assert str(older.kept.name) in out
    after = older.query(measured)
    assert [row[:2] for row in after] == [row[:2] for row in before]
    losses = [row[2] for row in before]
    assert [row[2] for row in after] == pytest.approx(losses, rel=0.05)  # another processor, perhaps
    again = {id: attempt + (id in killed) for id, attempt in began.items()}
    assert dict(older.query("SELECT id, attempt FROM trial")) == again

    searched = "SELECT count(*) FROM trial WHERE study = 'cnn@digits' AND phase = 'search'"
    wanted = older.query(searched)[0][0] + 2
    older.run("run", "cnn", "--dataset", "digits", "--trials", str(wanted))
    assert older.query(searched) == [(wanted,)]
    attempts = dict(older.query("SELECT id, attempt FROM trial"))
    assert {id: attempts[id] for id in again} == again
    assert older.query("SELECT count(*) FROM trial WHERE state NOT IN ('complete', 'pruned')") == [(0,)]
    configurations = older.query("SELECT configuration FROM trial WHERE phase = 'search' AND study = 'cnn@digits'")
    assert {"stages" in json.loads(text) for (text,) in configurations} == {name != "1"}
    older.run("report", "--format", "html", "--format", "markdown", "--output", "page")
    assert "cnn@digits" in (older.folder / "page" / "report.md").read_text()


@pytest.mark.slow
def test_the_whole_report_of_the_first_programs_study_is_painted(tmp_path: Path, unpainted: pytest.MonkeyPatch) -> None:
    """Of what that program stored, least is known; what was trained since is known beside it."""
    unpainted.undo()
    older = unpacked("1", tmp_path)
    older.run("run", "cnn", "--dataset", "digits", "--trials", "5")
    older.run("report", "--format", "html", "--output", "page")
    assert "<svg" in (older.folder / "page" / "report.html").read_text()


def kill(older: Older) -> tuple[str, str]:
    """Leaves the database as if its process had been killed in the last search trial and in a final trial."""
    connection = sqlite3.connect(older.database)
    ids = []
    for chosen in (
        "phase = 'search' AND study = 'cnn@digits' AND state = 'complete' ORDER BY optuna_number DESC LIMIT 1",
        "phase = 'replicate' AND variant = 'baseline' LIMIT 1",
    ):
        (id,) = connection.execute(f"SELECT id FROM trial WHERE {chosen}").fetchone()
        connection.execute("DELETE FROM test_result WHERE trial = ?", (id,))
        connection.execute("UPDATE trial SET state = 'running', finished_at = NULL, value = NULL WHERE id = ?", (id,))
        ids.append(id)
    connection.commit()
    connection.close()
    return ids[0], ids[1]


def test_what_version_7_planned_and_searched_is_of_each_arms_first_search(tmp_path: Path) -> None:
    older = unpacked("7", tmp_path)
    kept = "SELECT setting, arm, replicate, seed, trial, planned_at FROM planned_trial ORDER BY 1, 2, 3"
    before = older.query(kept)
    TrialDatabase(f"sqlite:///{older.database}").close()
    assert older.query(kept) == before
    assert {setting for setting, *_ in before} == {"fixed", "retuned"}
    assert older.query("SELECT DISTINCT search FROM planned_trial") == [(1,)]
    assert older.query("SELECT searches FROM ablation") == [(1,)]
    assert older.query("SELECT variant, search FROM plan ORDER BY study") == [
        (None, None),
        ("baseline with dropout=0.0", 1),
        ("dropout", 1),
    ]
    assert older.query("SELECT count(*) FROM epoch WHERE processor_seconds IS NOT NULL") == [(0,)]


@pytest.mark.slow
def test_an_ablation_of_the_first_programs_study_pairs_with_its_baseline(tmp_path: Path) -> None:
    """What a model got since is said where a variant changes it alone: the baseline's trials keep their ids."""
    older = unpacked("1", tmp_path)
    older.run("ablate", "cnn", "--variants", "dropout,batchnorm", "--replicates", "1", "--dataset", "digits")
    arms = dict(older.query("SELECT name, changes FROM arm"))
    assert json.loads(arms["batchnorm"]) == {"batch_norm": True}
    baseline = {row[0] for row in older.query("SELECT configuration FROM trial WHERE changes = '{}'")}
    assert len({frozenset(json.loads(text)) for text in baseline}) == 1
