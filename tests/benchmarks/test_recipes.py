"""The benchmarks of whole studies and of one epoch: what they run exists, and what they read becomes rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks import best_recipe, commands, one_epoch
from benchmarks.commands import Finals, Ran
from benchmarks.targets import Scope
from study.cli.app import app

BEST, BASELINE = Finals((99.4, 99.7), (20.0, 22.0)), Finals((99.3, 99.3), (10.0, 30.0))


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Has no command run; returns the words of those that would have been."""
    found: list[list[str]] = []

    def run(words: Sequence[str]) -> Ran:
        found.append(list(words))
        return Ran(" ".join(words), 120.0, BEST, BASELINE, 7)

    for module in (best_recipe, one_epoch):
        monkeypatch.setattr(module, "run", run)
    monkeypatch.setattr(best_recipe, "_notebook_seconds", lambda images, epochs: 240.0)
    return found


def test_every_command_is_one_of_the_program(ran: list[list[str]], tmp_path: Path) -> None:
    scope = Scope(tmp_path, long=True)
    list(best_recipe.rows(scope))
    list(one_epoch.rows(scope))
    assert len(ran) == 4
    for words in ran:
        words[words.index("mnist")] = "digits"
        result = CliRunner().invoke(app, [*words, "--storage", f"sqlite:///{tmp_path}/studies.db", "--dry-run"])
        assert result.exit_code == 0, result.output
    assert not (tmp_path / "studies.db").exists()


def test_a_whole_study_is_compared_with_the_notebooks_training(ran: list[list[str]], tmp_path: Path) -> None:
    first, second, *_ = best_recipe.rows(Scope(tmp_path, long=True))
    assert (first.value, first.met, first.detail) == (0.5, True, "120 s against 240 s")
    assert (second.value, second.met, second.n) == (pytest.approx(99.55), True, 5)
    assert "99.550 % [97.644, 101.456] of 2 seeds, 99.40 to 99.70; 21.0 s a training" in second.detail
    assert "the baseline: 99.300 %" in second.detail
    assert ran[0][:2] == ["run", "cnn-best"]


def test_the_short_form_reckons_the_whole_from_one_epoch(
    ran: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(best_recipe.machine, "cores", lambda: 2)
    monkeypatch.setattr(
        best_recipe, "STUDIES", (best_recipe.Study(space="cnn-best", accuracy=99.5, trials=4, epochs=3), None)
    )
    time, accuracy = best_recipe.rows(Scope(tmp_path))
    assert time.value == (120 + 20 * (4 + 2 * 5) * 3 / 2) / 240
    assert accuracy.value is None
    assert {"--trials 1", "--epochs 1", "--replicates 2"} <= {f"{a} {b}" for a, b in pairwise(ran[0])}


def test_an_epoch_has_a_row_for_what_it_reaches_and_one_for_its_time(
    ran: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_epoch.machine, "cores", lambda: 2)
    accuracy, seconds = one_epoch.rows(Scope(tmp_path), seeds=2)
    assert (accuracy.value, accuracy.n, accuracy.met) == (99.3, 2, True)
    assert (seconds.value, seconds.met) == (10.0, False)
    assert seconds.detail == "20.0 s from the start of a training to its end; the whole command 120 s"


@pytest.mark.parametrize("module", [best_recipe, one_epoch])
def test_without_mnist_nothing_runs_and_every_row_says_so(module: object, ran: list[list[str]]) -> None:
    rows = list(module.rows(Scope()))  # type: ignore[attr-defined]
    assert {(row.value, row.detail) for row in rows} == {(None, "needs MNIST: --data-root")}
    assert ran == []


@pytest.mark.slow
def test_a_command_leaves_its_final_trials() -> None:
    """In a process of its own."""
    words = ["run", "cnn-one-epoch", "--dataset", "digits", "--trials", "1", "--epochs", "2", "--replicates", "2"]
    found = commands.run(words)
    assert found.best is found.baseline
    assert len(found.best.scores) == len(found.best.seconds) == 2
    assert 50 < found.best.mean <= 100
    assert found.seconds > min(found.best.seconds)
    assert found.search_epochs == 2


def test_final_trials_are_read_by_what_they_are_replicates_of(tmp_path: Path) -> None:
    path = tmp_path / "studies.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE trial (id, phase, variant, replicate)")
        database.execute("CREATE TABLE test_result (trial, score)")
        database.execute("CREATE TABLE epoch (trial, seconds)")
        rows = [("a", "replicate", "best", 1), ("b", "replicate", "best", 0), ("c", "search", "best", None)]
        database.executemany("INSERT INTO trial VALUES (?, ?, ?, ?)", rows)
        database.executemany("INSERT INTO test_result VALUES (?, ?)", [("a", 0.5), ("b", 0.25), ("c", 1.0)])
        database.executemany("INSERT INTO epoch VALUES (?, ?)", [("a", 1.0), ("a", 2.0), ("b", 4.0), ("c", 9.0)])
        assert commands._finals(database, "best") == Finals((25.0, 50.0), (4.0, 3.0))
        assert commands._finals(database, "baseline") is None
