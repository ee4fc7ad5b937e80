"""Optuna's dashboard of a trial database, served on this machine alone."""

from __future__ import annotations

import json
import re
import signal
import socket
import sys
from urllib.request import urlopen

import pytest

from ..conftest import CommandLine

WORDS = (
    "run",
    "mlp",
    "--dataset",
    "digits",
    "--train-size",
    "100",
    "--epochs",
    "1",
    "--trials",
    "2",
    "--replicates",
    "0",
)


def test_it_is_served_on_this_machine_until_it_is_interrupted(command: CommandLine) -> None:
    pytest.importorskip("optuna_dashboard", reason="the dashboard is not installed")
    command.run(*WORDS)
    process = command.start("dashboard", "--port", "0")
    assert process.stdout is not None
    first, second = process.stdout.readline(), process.stdout.readline()
    found = re.fullmatch(
        r"optuna-dashboard shows sqlite:///runs/studies.db at (http://127\.0\.0\.1:\d+/) until Ctrl-C\n", first
    )
    assert found
    assert second.startswith("what is changed there changes no result")
    with urlopen(f"{found.group(1)}api/studies", timeout=60) as answer:
        (shown,) = json.load(answer)["study_summaries"]
    assert shown["study_name"] == "mlp@digits"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[1] == "interrupted; the dashboard has ended, and nothing else\n"
    assert process.returncode == 130


def test_what_cannot_be_served_is_one_line(command: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna_dashboard", None)
    err = command.run("dashboard", status=2).stderr
    assert err == (
        "error: the dashboard is a package of its own, which is not installed; `pip install 'study[dashboard]'` "
        "installs it\n"
    )
    monkeypatch.delitem(sys.modules, "optuna_dashboard")
    pytest.importorskip("optuna_dashboard", reason="the dashboard is not installed")
    assert "there is no trial database" in command.run("dashboard", status=2).stderr
    command.run(*WORDS)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        err = command.run("dashboard", "--port", str(port), status=2).stderr
    assert err == f"error: port {port} cannot be used: Address already in use; give another one by --port\n"
