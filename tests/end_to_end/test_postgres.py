"""The trial database on a real PostgreSQL server: the same commands, the same rows, the same report."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
from PIL import Image
from sqlalchemy import MetaData, create_engine, inspect, make_url, select, text

from reports import write_report
from reports.analysis.effects import effects
from reports.analysis.finals import finals
from reports.analysis.storages import load_all
from reports.sections.leaderboard import leaderboard
from study.database import TrialDatabase, schema

from ..conftest import CommandLine
from ..database.test_upgrade import SCHEMAS, Older, unpacked
from ..reports.laboratory import Laboratory
from ..reports.longer import fill
from ..servers import postgres

psycopg = pytest.importorskip("psycopg", reason="no PostgreSQL driver is installed")
QUICK = ("--dataset", "digits", "--train-size", "100", "--epochs", "2", "--workers", "1")


@pytest.fixture(scope="module")
def storage() -> Iterator[str]:
    """A fresh server, on a socket in a folder of its own, whose name is short enough for one."""
    with postgres() as url:
        yield url


def rows(storage: str, sql: str) -> list[tuple[Any, ...]]:
    engine = create_engine(storage)
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]
    finally:
        engine.dispose()


@pytest.mark.slow
def test_a_study_is_tuned_killed_resumed_ablated_and_reported(command: CommandLine, storage: str) -> None:
    words = ("run", "cnn", *QUICK, "--trials", "4", "--replicates", "1", "--pruner", "promote", "--set", "width=8")
    words = (*words, "--storage", storage)
    process = command.start(*words, "--engine", "inline")
    while not _epochs(storage):
        assert process.poll() is None, process.communicate()
    command.kill(process, signal.SIGKILL)
    command.run("resume", "--storage", storage)
    assert rows(storage, "SELECT count(*) FROM trial WHERE state NOT IN ('complete', 'pruned')") == [(0,)]
    assert rows(storage, "SELECT phase, count(*) FROM trial GROUP BY 1 ORDER BY 1 DESC")[0] == ("search", 4)
    assert rows(storage, "SELECT max(n) FROM (SELECT count(*) AS n FROM epoch GROUP BY trial, epoch) AS e") == [(1,)]
    study = optuna.load_study(study_name="cnn@digits", storage=storage)
    assert {trial.state.name for trial in study.get_trials()} <= {"COMPLETE", "PRUNED"}
    with psycopg.connect(storage.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("UPDATE trials SET state = 'RUNNING' WHERE number = 3")
    assert "lacked the end of its search" in command.run("resume", "--storage", storage).stdout
    assert "nothing to resume" in command.run("resume", "--storage", storage).stdout

    command.run(
        "ablate", "cnn", *QUICK, "--set", "width=8", "--variants", "dropout", "--replicates", "2", "--storage", storage
    )
    effects = json.loads(command.run("show", "cnn", "--ablation", "--json", "--storage", storage).stdout)
    assert [row["n"] for row in effects["ablations"][0]["arms"] if row["arm"] == "dropout"] == [2]
    best = json.loads(command.run("best", "cnn", "--json", "--storage", storage).stdout)
    assert all(Path(command.folder / path).is_file() for path in best["test"]["best"]["weights"])
    assert json.loads(command.run("list", "--json", "--storage", storage).stdout)[0]["status"] == "finished"
    command.run("report", "--storage", storage, "--format", "csv", "--output", "page")
    assert "cnn@digits" in (command.folder / "page" / "tables" / "leaderboard.csv").read_text()


@pytest.mark.slow
def test_one_report_has_the_studies_of_a_server_and_of_a_file(storage: str, tmp_path: Path) -> None:
    with psycopg.connect(storage.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE DATABASE beside")
    server = make_url(storage).set(database="beside").render_as_string(hide_password=False)
    made = [Laboratory(tmp_path), Laboratory(tmp_path, server)]
    for laboratory, score in zip(made, (0.95, 0.9), strict=True):
        fill(laboratory, score)
        laboratory.database.close()
    frames = load_all([laboratory.storage for laboratory in made])
    assert sorted(frames.plan_rows) == ["cnn@mnist (beside)", "cnn@mnist (studies.db)"]
    for compute in (leaderboard, effects, finals):
        table = compute(frames)
        for laboratory, label in zip(made, ("studies.db", "beside"), strict=True):
            alone, mine = compute(laboratory.frames()), table[table["study"].str.endswith(f"({label})")]
            assert len(set(mine["study"])) == 1
            pd.testing.assert_frame_equal(
                mine.drop(columns="study").reset_index(drop=True),
                alone.drop(columns="study").reset_index(drop=True),
                check_dtype=False,
            )
    written = write_report([laboratory.storage for laboratory in made], output=tmp_path / "out", formats=["markdown"])
    assert "cnn@mnist (beside)" in written[0].read_text()


def _epochs(storage: str) -> int:
    try:
        return int(rows(storage, "SELECT count(*) FROM epoch")[0][0])
    except Exception:  # the tables are not there yet
        return 0


LONG_SPACE = """
from study.space import Float, SearchSpace, Variant

SPACE = SearchSpace(
    name="{space}",
    model="cnn",
    domains={{"dropout": Float(default=0.0, low=0.0, high=0.6)}},
    variants=(Variant(name="{variant}", changes={{"batch_norm": True}}),),
)
"""


@pytest.mark.slow
@pytest.mark.parametrize("on_postgres", [True, False])
def test_names_of_any_length_are_stored_searched_ablated_and_found_again(
    command: CommandLine, storage: str, on_postgres: bool
) -> None:
    """PostgreSQL cuts nothing off: a value beyond a column's length would end the study in the midst of it."""
    where = storage if on_postgres else f"sqlite:///{command.database}"
    space, variant, data = "s" * 320, "v" * 330, "d" * 200
    (command.folder / "long.py").write_text(LONG_SPACE.format(space=space, variant=variant))
    shades = np.linspace(0, 255, 60).astype(np.uint8)
    for name in ("dark", "light"):
        (command.folder / data / name).mkdir(parents=True)
        for number, shade in enumerate(shades if name == "light" else shades // 4):
            picture = np.full((28, 28), shade, dtype=np.uint8)
            picture[number % 28] = 255
            Image.fromarray(picture).save(command.folder / data / name / f"{number}.png")
    words = ("--train-size", "60", "--epochs", "1", "--storage", where)
    command.run("run", "long.py", "--dataset", data, "--trials", "2", "--replicates", "1", *words)
    command.run("ablate", "long.py", "--retune", "--replicates", "2", *words)
    study = f"{space}@{data}"
    found = json.loads(command.run("list", "--json", "--storage", where).stdout)
    assert [row["status"] for row in found if row["study"] == study] == ["finished"]
    shown = json.loads(command.run("show", study, "--ablation", "--json", "--storage", where).stdout)
    assert variant in {row["arm"] for row in shown["ablations"][0]["arms"]}
    names = [summary.study_name for summary in optuna.get_all_study_summaries(where)]
    assert all(len(name) <= 512 for name in names)
    assert len([name for name in names if name.startswith(space)]) == 2  # its own search, and that of the variant


# Older versions


def new_database(storage: str, name: str) -> str:
    """Returns the URL of a new database of the server."""
    engine = create_engine(storage, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return make_url(storage).set(database=name).render_as_string(hide_password=False)


def copied(older: Older, storage: str) -> None:
    """Makes the tables of an older program on the server, with its rows; Optuna's are left out: ours are the truth."""
    source, target = create_engine(f"sqlite:///{older.database}"), create_engine(storage)
    known, tables = {*schema.metadata.tables, "cell", "study_revision"}, MetaData()
    tables.reflect(source, only=lambda name, _: name in known)
    for table in tables.tables.values():
        for column in table.columns:
            column.type = column.type.as_generic()
    tables.create_all(target)
    with source.connect() as reading, target.begin() as writing:
        for table in tables.sorted_tables:
            if found := [dict(row) for row in reading.execute(select(table)).mappings()]:
                writing.execute(table.insert(), found)
    source.dispose()
    target.dispose()


def columns(storage: str) -> dict[str, set[tuple[str, str, bool]]]:
    """Returns the columns of our tables: name, type, and whether they may be empty."""
    engine = create_engine(storage)
    try:
        there = inspect(engine)
        return {
            table: {(found["name"], str(found["type"]), found["nullable"]) for found in there.get_columns(table)}
            for table in schema.metadata.tables
        }
    finally:
        engine.dispose()


@pytest.fixture(scope="module")
def today(storage: str) -> dict[str, set[tuple[str, str, bool]]]:
    """Returns the columns of a database that this program makes."""
    made = new_database(storage, "today")
    TrialDatabase(made).close()
    return columns(made)


@pytest.mark.cases(1)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name == "1" else pytest.mark.slow) for name in SCHEMAS]
)
def test_an_older_database_is_read_as_it_is_and_upgraded_by_who_writes(
    tmp_path: Path, storage: str, today: dict[str, set[tuple[str, str, bool]]], name: str
) -> None:
    older = unpacked(name, tmp_path)
    there = new_database(storage, f"schema_{name}")
    copied(older, there)
    before = columns_and_rows(there)
    listed = json.loads(older.run("list", "--json", "--storage", there).stdout)
    assert listed == json.loads(older.run("list", "--json").stdout)
    shown = [json.loads(older.run("show", "cnn", "--json", *words).stdout) for words in ((), ("--storage", there))]
    places = [found.pop("files") for found in shown]
    assert places[0] != places[1]  # beside the file, and below the working folder
    assert shown[0] == shown[1]
    assert columns_and_rows(there) == before

    told: list[str] = []
    with TrialDatabase(there, read_only=True) as database:
        trials = database.trials("cnn@digits")
        epochs = [database.epochs(trial.id) for trial in trials]
        assert epochs[0]
        database.begin_writing(told.append)
        assert told == [f"the trial database had schema version {older.version} and has {schema.SCHEMA_VERSION} now"]
        assert database.trials("cnn@digits") == trials
        assert [database.epochs(trial.id) for trial in trials] == epochs
    assert columns(there) == today


def columns_and_rows(storage: str) -> dict[str, tuple[object, ...]]:
    """Returns everything that a database holds."""
    engine, tables = create_engine(storage), MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        found: dict[str, tuple[object, ...]] = {
            name: (
                [(column.name, str(column.type)) for column in table.columns],
                sorted(map(repr, connection.execute(select(table)))),
            )
            for name, table in tables.tables.items()
        }
    engine.dispose()
    return found


@pytest.mark.slow
def test_a_study_of_the_first_program_is_reported_and_goes_on(tmp_path: Path, storage: str) -> None:
    older = unpacked("1", tmp_path)
    there = new_database(storage, "goes_on")
    copied(older, there)
    older.run("report", "--format", "csv", "--output", "page", "--storage", there)
    assert "cnn@digits" in (older.folder / "page" / "tables" / "leaderboard.csv").read_text()
    began = rows(there, "SELECT id, attempt FROM trial ORDER BY 1")
    (ended,) = rows(there, "SELECT id FROM trial WHERE phase = 'replicate' ORDER BY 1 LIMIT 1")[0]
    engine = create_engine(there)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM test_result WHERE trial = :trial"), {"trial": ended})
        killed = "UPDATE trial SET state = 'running', finished_at = NULL, value = NULL WHERE id = :trial"
        connection.execute(text(killed), {"trial": ended})
    engine.dispose()
    out = older.run("resume", "--storage", there).stdout
    assert "the trial database had schema version 1" in out
    assert rows(there, "SELECT id, attempt FROM trial ORDER BY 1") == [
        (id, attempt + (id == ended)) for id, attempt in began
    ]
    assert rows(there, "SELECT count(*) FROM trial WHERE state <> 'complete'") == [(0,)]
    study = optuna.load_study(study_name="cnn@digits", storage=there)
    assert len(study.get_trials()) == 3
