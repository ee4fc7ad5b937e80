"""The command line as a user has it: a process of its own in an empty folder."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest


@dataclass
class CommandLine:
    folder: Path
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def database(self) -> Path:
        return self.folder / "runs" / "studies.db"

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Starts `python -m study ...` without waiting for it."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("STUDY_")}
        environment["OMP_WAIT_POLICY"] = "passive"  # other tests want the cores on which idle threads would spin
        process = subprocess.Popen(
            [sys.executable, "-m", "study", *words],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return process

    def run(self, *words: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end and checks its exit status."""
        process = self.start(*words)
        out, err = process.communicate(timeout=240)
        assert process.returncode == status, f"exit status {process.returncode}\n{out}\n{err}"
        assert "Traceback" not in err, err
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Queries the trial database with nothing but SQLite."""
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=30)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def wait_for(self, sql: str, enough: Callable[[Any], bool], process: subprocess.Popen[str]) -> None:
        """Waits until the first value of a query is enough; fails if the process ends before."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            assert process.poll() is None, process.communicate()
            try:
                if enough(self.query(sql)[0][0]):
                    return
            except sqlite3.OperationalError:
                pass  # no database or no table yet
            time.sleep(0.02)
        pytest.fail(f"{sql} did not come to be enough in 120 s")

    def kill(self, process: subprocess.Popen[str], how: signal.Signals = signal.SIGKILL) -> tuple[str, str]:
        """Sends a signal to the command's own process alone, and waits for its end."""
        process.send_signal(how)
        return process.communicate(timeout=60)


@pytest.fixture(autouse=True)
def module_path() -> Iterator[None]:
    """Puts the module path back: a space file's folder joins it, and workers of later tests would start with it."""
    before = list(sys.path)
    yield
    sys.path[:] = before


@pytest.fixture
def command(tmp_path: Path) -> Iterator[CommandLine]:
    line = CommandLine(tmp_path)
    yield line
    for process in line.processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def family_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], str]]:
    """Returns a function that writes a family's module and returns its name."""
    folder = tmp_path / "families"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    written: list[str] = []

    def write(name: str, body: str) -> str:
        (folder / f"{name}.py").write_text(
            "from dataclasses import dataclass\nimport torch\nfrom torch import nn\n"
            "@dataclass(frozen=True)\nclass Params:\n    units: int = 3\n" + body
        )
        written.append(name)
        return name

    yield write
    for name in written:
        sys.modules.pop(name, None)
