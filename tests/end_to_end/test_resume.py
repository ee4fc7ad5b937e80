"""Nothing is lost: real processes, really killed, end with the numbers of an undisturbed run."""

from __future__ import annotations

import hashlib
import random
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from study.engines.weights import load
from study.files import LocalFile

from ..conftest import CommandLine
from ..own_space import copy_of
from ..processes import workers_of

# Dropout, momentum, a schedule over the whole training: everything that a checkpoint could forget.
ONE_TRIAL = (
    *("run", "cnn", "--dataset", "digits", "--train-size", "200", "--workers", "1", "--set", "width=8"),
    *("--trials", "1", "--epochs", "5", "--replicates", "1"),
    *("--set", "dropout=0.4", "--set", "optimizer=sgd", "--set", "schedule=one-cycle", "--set", "learning_rate=0.05"),
)
EPOCHS = "SELECT count(*) FROM epoch JOIN trial ON epoch.trial = trial.id WHERE phase = '{phase}'"


def numbers(command: CommandLine) -> dict[str, Any]:
    """Everything that must be equal, bit for bit; only times may differ."""
    kept = sorted((command.folder / "runs" / "studies.db.files" / "weights").iterdir())
    return {
        "epochs": command.query(
            "SELECT trial, epoch, train_loss, train_score, validation_loss, validation_score, learning_rate "
            "FROM epoch ORDER BY trial, epoch"
        ),
        "trials": command.query("SELECT id, state, value, configuration, seed FROM trial ORDER BY id"),
        "tests": command.query("SELECT trial, loss, score, predictions FROM test_result ORDER BY trial"),
        "weights": {path.name: tensor_hash(load(LocalFile(path))) for path in kept},
        "optuna": command.query("SELECT number, state, value FROM trials LEFT JOIN trial_values USING (trial_id)"),
    }


def tensor_hash(state: dict[str, Any]) -> str:
    digest = hashlib.sha256()
    for name, tensor in state["state_dict"].items():
        digest.update(name.encode() + tensor.numpy().tobytes())
    return digest.hexdigest()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    line = CommandLine(tmp_path_factory.mktemp("undisturbed"))
    line.run(*ONE_TRIAL)
    return numbers(line)


@dataclass(frozen=True)
class Killed:
    line: CommandLine
    outlived: list[psutil.Process]
    """Workers that were still there some time after the command was gone."""


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Killed:
    """A search that was killed in the midst of its trial; only read from."""
    line = CommandLine(tmp_path_factory.mktemp("killed"))
    process = line.start(*ONE_TRIAL)
    line.wait_for(EPOCHS.format(phase="search"), lambda count: count >= 2, process)
    workers = psutil.Process(process.pid).children(recursive=True)
    assert workers
    line.kill(process)
    _, alive = psutil.wait_procs(workers, timeout=20)
    return Killed(line, alive)


@pytest.mark.slow
def test_workers_end_when_the_command_is_killed(killed: Killed) -> None:
    assert killed.outlived == []


def test_a_killed_search_goes_on_and_ends_bit_for_bit_as_if_undisturbed(
    killed: Killed, tmp_path: Path, undisturbed: dict[str, Any]
) -> None:
    command = copy_of(killed.line, tmp_path)
    assert command.query("SELECT state FROM trial") == [("running",)]
    command.run("resume")
    assert numbers(command) == undisturbed
    assert command.query("SELECT attempt FROM trial WHERE phase = 'search'") == [(2,)]


def test_a_damaged_checkpoint_is_refused_with_a_sentence_and_the_trial_begins_anew(
    killed: Killed, tmp_path: Path, undisturbed: dict[str, Any]
) -> None:
    command = copy_of(killed.line, tmp_path)
    (file,) = (command.folder / "runs" / "studies.db.files" / "checkpoints").glob("*.pt")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    out = command.run("resume").stdout
    assert "is damaged: its checksum does not match" in out
    assert "starts again from its first epoch" in out
    assert numbers(command) == undisturbed


@pytest.mark.parametrize(
    ("phase", "epoch"),
    [
        pytest.param("search", 1, marks=pytest.mark.slow),
        pytest.param("search", 4, marks=pytest.mark.slow),
        pytest.param("replicate", 2, marks=pytest.mark.slow),
    ],
)
def test_a_trial_killed_at_any_epoch_goes_on_and_ends_bit_for_bit_as_if_undisturbed(
    command: CommandLine, undisturbed: dict[str, Any], phase: str, epoch: int
) -> None:
    process = command.start(*ONE_TRIAL, "--engine", "inline")
    command.wait_for(EPOCHS.format(phase=phase), lambda count: count >= epoch, process)
    command.kill(process)
    command.run("resume")
    assert numbers(command) == undisturbed
    assert command.query(f"SELECT attempt FROM trial WHERE phase = '{phase}'") == [(2,)]


@pytest.mark.parametrize(
    ("how", "status", "engine"),
    [
        pytest.param(signal.SIGINT, 130, "local", marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, 143, "inline", marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, 130, "inline", marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, 143, "local", marks=pytest.mark.slow),
    ],
)
def test_an_interrupt_leaves_the_trial_resumable_and_says_how(
    command: CommandLine, undisturbed: dict[str, Any], how: signal.Signals, status: int, engine: str
) -> None:
    process = command.start(*ONE_TRIAL, "--engine", engine)
    command.wait_for(EPOCHS.format(phase="search"), lambda count: count >= 2, process)
    _, err = command.kill(process, how)
    assert process.returncode == status
    assert "`python -m study resume` goes on where this stopped" in err
    assert "Traceback" not in err
    assert command.query("SELECT state FROM trial") == [("interrupted",)]
    assert command.query(
        "SELECT state, value_json FROM trials JOIN trial_user_attributes USING (trial_id) WHERE key = 'study_state'"
    ) == [("RUNNING", '"interrupted"')]
    out = command.run(*ONE_TRIAL).stdout  # the same `run` goes on too
    assert "trial 0  goes on after epoch" in out
    assert numbers(command) == undisturbed


@pytest.mark.slow
def test_neither_a_worker_that_dies_alone_nor_an_interrupt_costs_a_trial(
    command: CommandLine, undisturbed: dict[str, Any]
) -> None:
    process = command.start(*ONE_TRIAL)
    command.wait_for(EPOCHS.format(phase="search"), lambda count: count >= 2, process)
    for worker in workers_of(psutil.Process(process.pid)):
        worker.kill()
    command.wait_for(EPOCHS.format(phase="search"), lambda count: count >= 3, process)
    out, err = command.kill(process, signal.SIGINT)
    assert process.returncode == 130
    assert "note: worker 0 was killed by signal 9 (out of memory?); its trial goes on from its last checkpoint" in out
    assert "`python -m study resume` goes on where this stopped" in err
    command.run(*ONE_TRIAL)  # the same `run` goes on too
    assert numbers(command) == undisturbed


@pytest.mark.slow
def test_five_kills_at_random_moments_lose_no_trial_and_repeat_none(command: CommandLine) -> None:
    words = (
        "run",
        "cnn",
        "--dataset",
        "digits",
        "--train-size",
        "400",
        "--trials",
        "8",
        "--epochs",
        "2",
        "--replicates",
        "1",
    )
    generator = random.Random(20)
    for _ in range(5):
        process = command.start(*words)
        try:
            process.wait(timeout=generator.uniform(3, 9))
        except subprocess.TimeoutExpired:
            command.kill(process)
    command.run(*words)
    assert command.query("PRAGMA integrity_check") == [("ok",)]
    assert command.query("SELECT count(*), count(DISTINCT optuna_number) FROM trial WHERE phase = 'search'") == [(8, 8)]
    assert command.query("SELECT id FROM trial WHERE state NOT IN ('complete', 'pruned', 'diverged')") == []
    assert command.query("SELECT count(*) FROM trials WHERE state IN ('RUNNING', 'WAITING')") == [(0,)]
    assert command.query("SELECT count(*) FROM trials") == [(8,)]
    complete = "SELECT count(*) FROM epoch JOIN trial ON trial.id = epoch.trial WHERE state = 'complete' GROUP BY trial"
    assert set(command.query(complete)) == {(2,)}
    assert not list((command.folder / "runs" / "studies.db.files" / "checkpoints").glob("*.pt"))


@pytest.mark.slow
def test_a_second_run_of_the_same_study_is_refused_while_the_first_lives(command: CommandLine) -> None:
    words = ("run", "cnn", "--dataset", "digits", "--trials", "3", "--epochs", "20", "--engine", "inline")
    process = command.start(*words)
    command.wait_for("SELECT count(*) FROM trial", lambda count: count >= 1, process)
    refused = command.run("run", "cnn", "--dataset", "digits", status=1)
    assert f"study 'cnn@digits' is being run by process {process.pid} on " in refused.stderr
    assert refused.stderr.count("\n") == 1
    command.kill(process)
