"""Several processes and one study: one runs it, the others watch, and one of them takes over when it dies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from ..conftest import CommandLine
from ..servers import postgres, server
from .test_own_training import HasFolder, write

QUICK = ("--dataset", "digits", "--train-size", "100", "--set", "width=8", "--workers", "1", "--replicates", "1")
ANYWHERE = """
import socket
import sys
socket.gethostname = lambda: {host!r}
from study.database import connection, ownership
from study.execution import ownership as owning
from study.interface import following
ownership.FOREIGN_OWNER_SECONDS = following.FOREIGN_OWNER_SECONDS = 4.0
owning.BEAT_SECONDS = 0.5
connection.RECONNECT_SECONDS = 2.0
sys.argv[0] = "study"
from study.cli.app import main
main()
"""
"""The program on a machine of another name, with its own home, impatient so that a test takes seconds."""


@pytest.fixture(scope="module")
def storage() -> Iterator[str]:
    with postgres() as url:
        yield url


class Machine:
    """Another working folder, another home, another host name."""

    def __init__(self, command: CommandLine, host: str) -> None:
        self.command = command
        self.host = host
        self.folder = command.folder / host
        self.folder.mkdir()

    def start(self, *words: str) -> subprocess.Popen[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("STUDY_")}
        process = subprocess.Popen(
            [sys.executable, "-c", ANYWHERE.format(host=self.host), *words],
            cwd=self.folder,
            env=environment | {"HOME": str(self.folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.command.processes.append(process)
        return process

    def run(self, *words: str, status: int = 0) -> str:
        return ended(self.start(*words), status)


def ended(process: subprocess.Popen[str], status: int = 0) -> str:
    """Returns what a command printed, which ends with that exit status."""
    out, err = process.communicate(timeout=240)
    assert process.returncode == status, f"exit status {process.returncode}\n{out}\n{err}"
    assert "Traceback" not in err, err
    return out + err


def rows(storage: str, sql: str) -> list[tuple[Any, ...]]:
    engine = create_engine(storage)
    try:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]
    finally:
        engine.dispose()


def wait_until(storage: str, sql: str, process: subprocess.Popen[str]) -> None:
    """Waits until the first value of a query is true."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        try:
            if rows(storage, sql)[0][0]:
                return
        except Exception:  # no database or no table yet
            pass
        time.sleep(0.05)
    pytest.fail(f"{sql} did not come true in 120 s")


def slowly(command: CommandLine, *places: HasFolder) -> Path:
    """Writes a training of the user's own in some folders; its epochs take time while the returned file exists."""
    slow = command.folder / "slow"
    slow.touch()
    for place in places:
        write(place, extra=f"time.sleep(0.8 * __import__('os').path.exists({str(slow)!r}))")
    return slow


CURVES = """
SELECT trial.phase, coalesce(trial.optuna_number, trial.replicate), epoch.epoch, epoch.train_loss,
    epoch.validation_score
FROM epoch JOIN trial ON epoch.trial = trial.id ORDER BY 1, 2, trial.configuration_hash, 3
"""


def test_who_stands_by_takes_over_from_a_process_that_was_killed(command: CommandLine) -> None:
    storage = f"sqlite:///{command.database}"
    slow = slowly(command, command)
    words = ("run", "mine.py", "--replicates", "0", "--trials", "1", "--epochs", "30", "--engine", "inline")
    first = command.start(*words)
    wait_until(storage, "SELECT count(*) > 1 FROM epoch", first)
    refused = command.run_process(*words, status=1).stderr
    assert "--standby: this command then watches, and takes over when it has ended" in refused
    second = command.start(*words, "--trials", "2", "--standby")
    assert second.stdout is not None
    for line in second.stdout:
        if "is run by process" in line:
            break
    command.kill(first)
    slow.unlink()
    assert "no other process runs it any more" in second.stdout.read()
    assert second.wait(60) == 0
    assert command.query("SELECT count(*), min(state), max(state) FROM trial") == [(2, "complete", "complete")]
    assert command.query("SELECT count(*), count(DISTINCT trial || epoch) FROM epoch") == [(60, 60)]
    assert command.query("SELECT owner FROM plan") == [(None,)]
    assert "nothing to do" in command.run(*words, "--standby").stdout


@pytest.mark.slow
def test_of_two_that_stand_by_on_other_machines_one_takes_over_and_ends_with_the_same_numbers(
    command: CommandLine, storage: str
) -> None:
    one, two, three = (Machine(command, host) for host in ("one", "two", "three"))
    slow = slowly(command, one, two, three)
    words = ("run", "mine.py", "--trials", "3", "--epochs", "30", "--replicates", "1", "--workers", "1")
    shared = (*words, "--storage", storage, "--files", str(command.folder / "files"))
    first = one.start(*shared)
    wait_until(storage, "SELECT count(*) > 2 FROM epoch", first)
    others = [machine.start(*shared, "--standby", "--log", "events.jsonl") for machine in (two, three)]
    logs = [machine.folder / "events.jsonl" for machine in (two, three)]
    deadline = time.monotonic() + 60
    while not all(log.exists() and '"waiting"' in log.read_text() for log in logs):
        assert first.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    command.kill(first)
    slow.unlink()
    printed = [ended(process) for process in others]
    took_over = ["trial database postgresql" in text for text in printed]
    assert sorted(took_over) == [False, True]
    (watched,) = [text for text, took in zip(printed, took_over, strict=True) if not took]
    assert "nothing to do" in watched
    assert rows(storage, "SELECT max(attempt) FROM trial") == [(2,)]

    slowly(command, command).unlink()
    command.run(*words)  # undisturbed
    beside = f"sqlite:///{command.database}"
    assert rows(storage, CURVES) == rows(beside, CURVES)
    ends = "SELECT phase, state, count(*) FROM trial GROUP BY 1, 2 ORDER BY 1, 2"
    assert rows(storage, ends) == rows(beside, ends)


@pytest.mark.slow
def test_a_suspended_owner_that_was_replaced_stops_and_has_written_nothing_more(
    command: CommandLine, storage: str
) -> None:
    one, two = (Machine(command, host) for host in ("one", "two"))
    slow = slowly(command, one, two)
    words = ("run", "mine.py", "--name", "again", "--replicates", "0", "--trials", "2", "--epochs", "30")
    words = (*words, "--storage", storage, "--files", str(command.folder / "files"))
    first = one.start(*words, "--engine", "inline")
    recorded = "SELECT count(*) > 2 FROM epoch JOIN trial ON trial.id = epoch.trial WHERE study = 'mine@own:again'"
    wait_until(storage, recorded, first)
    first.send_signal(signal.SIGSTOP)
    slow.unlink()
    second = two.start(*words, "--engine", "inline", "--standby")
    out = ended(second)
    assert "no other process runs it any more" in out
    before = rows(storage, "SELECT * FROM epoch ORDER BY trial, epoch"), rows(storage, "SELECT * FROM plan")
    first.send_signal(signal.SIGCONT)
    assert "error: study 'mine@own:again' was taken over by another process; this one stops" in ended(first, status=1)
    assert before == (rows(storage, "SELECT * FROM epoch ORDER BY trial, epoch"), rows(storage, "SELECT * FROM plan"))


@pytest.mark.slow
def test_two_coordinators_run_two_studies_of_one_server_which_a_third_machine_reads(
    command: CommandLine, storage: str
) -> None:
    one, two, three = (Machine(command, host) for host in ("one", "two", "three"))
    shared = ("--trials", "3", "--epochs", "3", "--storage", storage, "--files", str(command.folder / "files"))
    both = [one.start("run", "cnn", *QUICK, *shared), two.start("run", "lstm", *QUICK[:4], *shared)]
    for process in both:
        ended(process)
    found = {row["study"]: row["status"] for row in json.loads(three.run("list", "--json", "--storage", storage))}
    assert found["cnn@digits"] == found["lstm@digits"] == "finished"
    assert "cnn@digits" in three.run("show", "cnn", "--storage", storage)
    assert "accuracy" in three.run("predict", "cnn", "--dataset", "digits", "--storage", storage)
    three.run("report", "cnn", "lstm", "--storage", storage, "--format", "csv", "--output", "page")
    assert "lstm@digits" in (three.folder / "page" / "tables" / "leaderboard.csv").read_text()
    three.run("export", "cnn", "--storage", storage, "--output", "tables")
    assert (three.folder / "tables" / "trials.csv").is_file()


@pytest.mark.slow
def test_a_server_that_restarts_is_waited_for_and_one_that_is_gone_ends_the_command(command: CommandLine) -> None:
    with server() as running:
        machine = Machine(command, "one")
        slow = slowly(command, machine)
        words = ("run", "mine.py", "--trials", "1", "--epochs", "8", "--replicates", "0", "--engine", "inline")
        process = machine.start(*words, "--storage", running.url)
        wait_until(running.url, "SELECT count(*) > 1 FROM epoch", process)
        running.stop()
        time.sleep(1)
        running.start()
        wait_until(running.url, "SELECT count(*) > 3 FROM epoch", process)
        running.stop()
        out, err = process.communicate(timeout=60)
        assert process.returncode == 2
        assert out.count("does not answer; it is tried again for up to 2 seconds") == 2
        assert out.count("answers again") == 1
        (line,) = err.splitlines()
        assert line.startswith("error: the trial database postgresql+psycopg://postgres:***@/postgres?host=")
        assert line.endswith("what was recorded stays, and `python -m study resume` goes on once it answers")
        slow.unlink()
        running.start()
        machine.run("resume", "--storage", running.url, "--engine", "inline")
        assert rows(running.url, "SELECT count(*), max(attempt), min(state) FROM epoch, trial") == [(8, 2, "complete")]
