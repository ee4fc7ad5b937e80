"""`--reproducible` as a user has it: the same rows, epoch for epoch, from any number of workers, killed or not."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from ..conftest import CommandLine
from ..own_space import MODEL, write_space

RUN = (
    *("run", "mine.py", "--dataset", "digits", "--train-size", "100", "--epochs", "3", "--trials", "7"),
    *("--replicates", "1", "--pruner", "promote", "--reproducible", "4"),
)
ROWS = (
    "SELECT trial.id, phase, variant, optuna_number, turns, configuration, trial.seed, state, promoted_to, value, "
    "threads, trial.parameters FROM trial ORDER BY phase, optuna_number, trial.id",
    "SELECT trial, epoch, train_loss, train_score, validation_loss, validation_score, learning_rate, metrics "
    "FROM epoch ORDER BY 1, 2",
    "SELECT trial, loss, score, predictions FROM test_result ORDER BY 1",
)


def rows(command: CommandLine) -> list[list[tuple[Any, ...]]]:
    """Returns all that is stored of trials, but for moments, seconds, machines and attempts."""
    return [command.query(statement) for statement in ROWS]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> list[list[tuple[Any, ...]]]:
    """What one worker makes, and how its command tells of it."""
    line = CommandLine(tmp_path_factory.mktemp("alone"))
    write_space(line)
    out = line.run(*RUN, "--engine", "inline").stdout
    assert (
        "mine@digits: the search is the same whatever ends first (--reproducible 4): each trial trains with 1 thread, "
        "and at most 4 workers have something to search at a time\n" in out
    )
    found = rows(line)
    assert {row[10] for row in found[0]} == {1}
    return found


@pytest.mark.parametrize("workers", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_more_workers_make_the_same_database(command: CommandLine, alone: object, workers: int) -> None:
    write_space(command)
    command.run_process(*RUN, "--workers", str(workers), "--engine", "local")
    assert command.query("SELECT count(DISTINCT worker) > 1 FROM trial") == [(1,)]
    assert rows(command) == alone


def test_a_search_that_was_killed_goes_on_as_if_nothing_had_happened(command: CommandLine, alone: object) -> None:
    write_space(command)
    process = command.start(*RUN, "--workers", "2", "--engine", "local")
    command.wait_for("SELECT count(*) FROM epoch", lambda count: count >= 9, process)
    command.kill(process, signal.SIGKILL)
    assert rows(command) != alone
    command.run_process("resume", "--workers", "3", "--engine", "local")
    assert rows(command) == alone


def test_a_trial_that_failed_stays_as_it_was_seen(command: CommandLine) -> None:
    write_space(command)
    module, head = command.folder / "mine_model.py", "def build(params, data):\n"
    module.write_text(MODEL.replace(head, f"{head}    raise ValueError\n"))
    command.run(*RUN, "--trials", "3", "--replicates", "0", "--engine", "inline", status=3)
    before = rows(command)
    assert command.query("SELECT DISTINCT state FROM trial") == [("failed",)]
    module.write_text(MODEL)
    out = command.run("resume", "--failed", "--engine", "inline", status=3).stdout
    assert (
        "mine@digits: 3 failed of the search stay as they are, as what it did since was decided from how they ended "
        "(--reproducible); --try tries settings again, as a further trial, and --name begins another search\n" in out
    )
    assert rows(command) == before


def test_what_would_depend_on_the_moment_is_refused_or_told_of(command: CommandLine, tmp_path: Path) -> None:
    write_space(command)
    words = [word for word in RUN if word not in ("--pruner", "promote")]
    assert command.run(*words, "--pruner", "median", status=2).stderr == (
        "error: --reproducible goes with --pruner promote or none, not median, which compares a trial with those that "
        "have come as far by then\n"
    )
    out = command.run(*RUN, "--timeout", "3600", "--trial-timeout", "600", "--dry-run").stdout
    assert "mine@digits: which trials fail depends on time, by --trial-timeout, and so does what follows\n" in out
    assert "mine@digits: how far the search comes depends on time, by its limit of seconds\n" in out
    command.run(*RUN, "--trials", "2", "--engine", "inline")
    command.run("run", "mine.py", "--name", "other", *RUN[2:-2], "--trials", "1", "--engine", "inline")
    other = command.run("run", "mine.py", "--name", "other", "--reproducible", "3", status=2).stderr
    assert "--reproducible was not given, now 3" in other
    again = command.run("run", "mine.py", "--pruner", "promote", "--reproducible", "3", status=2).stderr
    assert "--reproducible was 4, now 3" in again
