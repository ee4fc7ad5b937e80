"""`study watch`: what it shows of studies that others run, and how it ends."""

from __future__ import annotations

import io
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import study
from study.cli import watching
from study.database import TrialDatabase
from study.database.ownership import owner_name
from study.execution.session import Outlook
from study.interface import following
from study.interface.live import LiveView, PlainView, Screen
from study.status.following import Extent
from study.trial import Epoch, Phase, Trial

from ..conftest import CommandLine
from ..made_workers import PLAN, MadeWorkers, Stop, coordinator
from ..scoring import ACCURACY

SMALL = ("--dataset", "digits", "--train-size", "100", "--epochs", "1", "--replicates", "0")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "LOOK_SECONDS", 0.02)


def change(command: CommandLine, sql: str) -> None:
    connection = sqlite3.connect(command.database)
    with connection:
        connection.execute(sql)
    connection.close()


def test_it_ends_at_once_where_nothing_runs_and_says_how_things_stand(command: CommandLine) -> None:
    assert "there is no trial database" in command.run("watch", status=2).stderr
    command.run("run", "mlp", *SMALL, "--trials", "1")
    assert command.run("watch", "mlp").stdout.startswith("mlp@digits: finished, 1 of 1 search trials")
    out = command.run("watch", status=1).stdout
    assert out == ("no study in sqlite:///runs/studies.db is being run; `python -m study list` shows the studies\n")
    assert "a study here is one of mlp@digits, not 'cnn'" in command.run("watch", "cnn", status=2).stderr
    change(command, "UPDATE plan SET trials = 5")
    out = command.run("watch", "mlp", status=1).stdout
    assert out.endswith("; nobody runs it, `python -m study resume mlp@digits` goes on\n")
    change(command, "UPDATE plan SET trials = 1")
    change(command, "UPDATE trial SET state = 'failed'")
    assert "mlp@digits: no search trial came to a result (1 failed)" in command.run("watch", "mlp", status=3).stdout


def watched(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    then: Callable[[TrialDatabase], Any],
    **how: Any,  # noqa: ANN401
) -> tuple[str, dict[str, str]]:
    """Returns what watching in a thread prints while another thread trains, and what it returns."""
    out = io.StringIO()
    monkeypatch.setattr(watching, "Console", lambda **how: Console(file=out, width=200, **how))
    storage = f"sqlite:///{folder / 'studies.db'}"
    with TrialDatabase(storage) as database:
        database.save_plan(PLAN.columns() | {"code_version": "0", "commands": []})
        database.acquire(PLAN.study)
        found: dict[str, Any] = {}
        display = watching.Terminal()
        display.say = lambda line: print(line, file=out)  # type: ignore[method-assign]
        thread = threading.Thread(
            target=lambda: found.update(following.watch(None, storage, display, **how)), daemon=True
        )
        thread.start()
        deadline = time.monotonic() + 60
        while "is run by" not in out.getvalue():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        then(database)
        thread.join(60)
        assert not thread.is_alive()
    return out.getvalue(), {name: str(ending) for name, ending in found.items()}


def test_it_prints_a_line_for_each_event_and_ends_with_the_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def train(database: TrialDatabase) -> None:
        coordinator(database, MadeWorkers(on_epoch=lambda *_: time.sleep(0.05))).run()
        database.release(PLAN.study)

    printed, endings = watched(tmp_path, monkeypatch, then=train)
    lines = printed.splitlines()
    host, process, _ = owner_name().rsplit(":", 2)
    assert lines[0].startswith(f"cnn@digits  is run by process {process} on {host}, seen ")
    assert "cnn@digits  trial 2  epoch 2/2  loss 0.5000  validation accuracy 70.00 %  1.0 s" in lines
    assert "cnn@digits  baseline replicate 0  complete  test accuracy 90.00 %" in lines
    assert lines[-1].startswith("cnn@digits: finished, 3 of 3 search trials, 2 of 2 replicates")
    assert endings == {"cnn@digits": "finished"}


def test_it_ends_when_the_study_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(database: TrialDatabase) -> None:
        def interrupt(trial: Trial, number: int) -> None:
            if trial.number == 1:
                raise Stop

        with pytest.raises(Stop):
            coordinator(database, MadeWorkers(on_epoch=interrupt)).run()
        database.release(PLAN.study)

    printed, endings = watched(tmp_path, monkeypatch, then=stop)
    assert endings == {"cnn@digits": "stopped"}
    assert printed.splitlines()[-1].startswith("cnn@digits: unfinished, 1 of 3 search trials")


def test_waiting_it_sees_a_study_from_before_its_begin_to_its_end(
    command: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.chdir(command.folder)
    found: dict[str, str] = {}
    thread = threading.Thread(
        target=lambda: found.update(study.watch("mlp", wait=True, progress=False, say=said.append)), daemon=True
    )
    thread.start()
    command.run("run", "mlp", *SMALL, "--trials", "1")
    change(command, "UPDATE plan SET trials = 3")
    thread.join(0.3)
    command.run("run", "mlp", *SMALL, "--trials", "3")
    thread.join(60)
    assert not thread.is_alive()
    assert found == {"mlp@digits": "finished"}
    assert any(line.endswith("begins one; waiting") for line in said)


def test_an_interrupt_ends_the_watching_alone(command: CommandLine) -> None:
    command.run("run", "mlp", *SMALL, "--trials", "1")
    change(command, f"UPDATE plan SET trials = 2, owner = '{owner_name()}'")
    process = command.start("watch")
    assert process.stdout is not None
    assert "mlp@digits  is run by process" in process.stdout.readline()
    _, err = command.kill(process, signal.SIGINT)
    assert err == "interrupted; nothing of this command was running; what it watched goes on\n"
    assert process.returncode == 130


def test_several_studies_have_a_block_each_which_stays_when_it_ends() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=120, color_system=None)
    screen = Screen(console)
    trial = Trial("one", Phase.SEARCH, "search", configuration={}, seed=1, epochs=4, number=3)
    views = [LiveView(console, Outlook(name, 10, 2, ACCURACY, None), screen) for name in ("one@a", "two@b")]
    for view in views:
        view.__enter__()
        view.run_by(f"process 7 on {view.board.outlook.title}", 2.4)
    views[0].started(0, trial, resumed_after=1)
    views[0].epoch(0, trial, Epoch(2, 0.5, 0.8, 0.6, 0.7, 0.001, 1.0))
    views[0].measured(Extent(total=20, done=5, best=0.7))
    for view in views:
        view.__exit__(None, None, None)
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    last = text[text.rindex("one@a") :] if text.rindex("one@a") < text.rindex("two@b") else text
    assert "5/20" in text
    assert "best 70.00 %" in text
    assert "trial 3" in text
    assert "run by process 7 on one@a, seen 2 s ago" in text
    assert "two@b" in last
    assert "2/10" in last


def test_a_log_tells_who_runs_a_study_when_that_changes() -> None:
    console = Console(file=io.StringIO(), width=120)
    with PlainView(console, Outlook("cnn@digits", 4, 0, ACCURACY, None)) as view:
        for owner in ("process 1 on a", "process 1 on a", "process 2 on b"):
            view.run_by(owner, 0.0)
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().splitlines() == [
        "cnn@digits  is run by process 1 on a, seen 0 s ago",
        "cnn@digits  is run by process 2 on b, seen 0 s ago",
    ]
