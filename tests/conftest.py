"""The command line as a user has it, in an empty folder: in this process, or in one of its own."""

from __future__ import annotations

import io
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from study.cli import app as cli

from . import examples  # noqa: F401 - registers the profiles

settings.load_profile("all")  # `--hypothesis-profile` is read after this
IN_MEMORY = Path("/dev/shm")
if "TMPDIR" not in os.environ and IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > 2**32:
    os.environ["TMPDIR"] = str(IN_MEMORY)  # a commit waits for a disk, and the tests' databases commit all the time
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # other tests want the cores on which idle threads would spin


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leaves to the long set what a test marked `cases(n)` has beyond its first n cases."""
    seen: Counter[str] = Counter()
    for item in items:
        marker = item.get_closest_marker("cases")
        if marker is None:
            continue
        test = item.nodeid.partition("[")[0]
        seen[test] += item.get_closest_marker("slow") is None
        if seen[test] > marker.args[0]:
            item.add_marker(pytest.mark.slow)


@dataclass
class CommandLine:
    folder: Path
    engine: str = "inline"
    """Of commands in this process; those in processes of their own have worker processes."""
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def database(self) -> Path:
        return self.folder / "runs" / "studies.db"

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Starts `python -m study ...` without waiting for it."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("STUDY_")}
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
        """Runs a command to its end in this process, by `engine`, and checks its exit status."""
        out, err = io.StringIO(), io.StringIO()
        modules, arguments = set(sys.modules), sys.argv
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            for name in [name for name in os.environ if name.startswith("STUDY_")]:
                patch.delenv(name)
            patch.setenv("STUDY_ENGINE", self.engine)
            patch.chdir(self.folder)
            patch.syspath_prepend(self.folder)
            sys.argv = ["study", *words]
            try:
                returned = cli.run_command()
            finally:
                sys.argv = arguments
                for name in set(sys.modules) - modules:  # a user's own may be written anew before the next command
                    if str(getattr(sys.modules[name], "__file__", None)).startswith(str(self.folder)):
                        del sys.modules[name]
        assert returned == status, f"exit status {returned}\n{out.getvalue()}\n{err.getvalue()}"
        assert "Traceback" not in err.getvalue(), err.getvalue()
        return subprocess.CompletedProcess(words, returned, out.getvalue(), err.getvalue())

    def run_process(self, *words: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end in a process of its own, as a user does, and checks its exit status."""
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
def unpainted(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Leaves the pictures of reports blank, whose painting would take nearly all the time."""
    from reports.pages.pictures import Picture

    monkeypatch.setattr("reports.writing.render", lambda _: Picture(png=b"", svg=b""))
    return monkeypatch


@pytest.fixture
def command(tmp_path: Path) -> Iterator[CommandLine]:
    line = CommandLine(tmp_path)
    yield line
    for process in line.processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def model_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], str]]:
    """Returns a function that writes a model's module and returns its name."""
    folder = tmp_path / "models"
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
