"""Databases that an older version of the program wrote: read without being changed, upgraded by who writes."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest

from reports import write_report
from study.database import TrialDatabase, owner_name, schema
from study.errors import StudyBusyError
from study.status.details import best_details, list_rows, study_details

from .conftest import CommandLine

DATABASES = Path(__file__).parent / "databases"
VERSIONS = [3]
"""Each with a database that its program made: a search, an ablation and a re-tuned one on a few digits."""
PLANNED = "PRAGMA table_info(plan)"


@pytest.fixture(params=VERSIONS)
def older(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "runs" / "studies.db"
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.executescript((DATABASES / f"version_{request.param}.sql").read_text())
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def test_reading_commands_open_an_older_database_and_leave_it_as_it_is(older: Path, tmp_path: Path) -> None:
    before = digest(older)
    storage = f"sqlite:///{older}"
    assert [row["study"] for row in list_rows(storage)] == ["cnn@digits"]
    details = study_details(storage, "cnn")
    assert {row["state"] for row in details["trials"]} >= {"complete"}
    assert details["plan"]["notes"] is None
    assert best_details(storage, "cnn")["test"]["baseline"]["mean"] > 0
    write_report(storage, output=tmp_path / "report", formats=("markdown",))
    assert "batchnorm" in (tmp_path / "report" / "report.md").read_text()
    assert digest(older) == before


def test_writing_upgrades_in_place_keeps_a_copy_and_says_where(older: Path) -> None:
    counted = "SELECT count(*), sum(value) FROM trial"
    trials = rows(older, counted)
    with TrialDatabase(f"sqlite:///{older}") as database:
        assert database.upgraded == (
            f"the trial database had schema version 3 and has {schema.SCHEMA_VERSION} now; "
            f"it is kept as it was in {older}.schema-3"
        )
    assert rows(older, counted) == trials
    assert rows(older, "SELECT version FROM schema_version") == [(schema.SCHEMA_VERSION,)]
    assert rows(Path(f"{older}.schema-3"), "SELECT version FROM schema_version") == [(3,)]
    with TrialDatabase(f"sqlite:///{older}") as database:
        assert database.upgraded is None


def test_an_upgraded_database_has_the_tables_of_a_new_one(older: Path, tmp_path: Path) -> None:
    TrialDatabase(f"sqlite:///{older}").close()
    TrialDatabase(f"sqlite:///{tmp_path / 'new.db'}").close()
    for table in schema.metadata.tables:
        columns = [{(row[1], row[5]) for row in rows(path, f"PRAGMA table_info({table})")}
                   for path in (older, tmp_path / "new.db")]  # fmt: skip
        assert columns[0] == columns[1], table


def test_an_upgrade_that_fails_changes_nothing(older: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows_before = rows(older, PLANNED)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no more")

    monkeypatch.setattr("alembic.operations.ops.CreateTableOp.create_table", broken)
    with pytest.raises(RuntimeError, match="no more"):
        TrialDatabase(f"sqlite:///{older}")
    assert rows(older, PLANNED) == rows_before
    assert rows(older, "SELECT version FROM schema_version") == [(3,)]


def test_a_database_that_an_older_program_is_writing_is_not_upgraded(older: Path) -> None:
    connection = sqlite3.connect(older)
    connection.execute("UPDATE plan SET owner = ? WHERE study = 'cnn@digits'", (owner_name(),))
    connection.commit()
    connection.close()
    with pytest.raises(StudyBusyError, match="'cnn@digits' is being run by an older program"):
        TrialDatabase(f"sqlite:///{older}")


@pytest.mark.slow
def test_an_older_study_goes_on_after_a_kill_and_gets_more_trials(older: Path, command: CommandLine) -> None:
    connection = sqlite3.connect(older)
    killed = "SELECT id FROM trial WHERE phase = 'replicate' AND variant = 'baseline'"
    connection.execute(f"DELETE FROM test_result WHERE trial IN ({killed})")
    connection.execute(f"UPDATE trial SET state = 'running', finished_at = NULL WHERE id IN ({killed})")
    connection.commit()
    connection.close()
    measured = (
        "SELECT trial, epoch, train_loss FROM epoch WHERE trial IN (SELECT id FROM trial WHERE phase='replicate')"
    )
    before = command.query(f"{measured} ORDER BY 1, 2")
    out = command.run("resume").stdout
    assert "schema version 3" in out
    after = command.query(f"{measured} ORDER BY 1, 2")
    assert [row[:2] for row in after] == [row[:2] for row in before]
    assert [row[2] for row in after] == pytest.approx(
        [row[2] for row in before], rel=0.05
    )  # another processor, perhaps
    command.run("run", "cnn", "--dataset", "digits", "--trials", "5")
    states = command.query(
        "SELECT state, count(*) FROM trial WHERE study = 'cnn@digits' AND phase = 'search' GROUP BY 1"
    )
    assert sum(count for _, count in states) == 5
    command.run("report", "--format", "html")
