"""The folder of a trial whose checkpoint is at a URL: its own, whoever else trains the same trial on the machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from study.training.own.run import Run, RunControl
from study.training.own.temporary import PREFIX, TemporaryFolder

HOLDS = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from study.training.own.temporary import TemporaryFolder
print(TemporaryFolder().path, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_two_attempts_at_one_trial_have_a_folder_each(temporary: Path) -> None:
    runs = [Run(configuration={}, seed=1, total=1, device="cpu", threads=1) for _ in range(2)]
    controls = [RunControl(run) for run in runs]
    assert not any(control.has_folder for control in controls)
    for run in runs:
        assert run.folder == run.folder
        assert list(run.folder.iterdir()) == []
        (run.folder / "mine").touch()
    assert runs[0].folder != runs[1].folder
    assert {path.stat().st_mode & 0o777 for path in temporary.iterdir()} == {0o700}
    controls[0].clean()
    assert list(temporary.iterdir()) == [runs[1].folder]
    assert [control.has_folder for control in controls] == [False, True]
    controls[1].clean()
    assert list(temporary.iterdir()) == []


def test_what_a_killed_process_left_goes_and_what_a_living_one_has_stays(temporary: Path) -> None:
    held = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(temporary)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert held.stdout is not None
    with held:
        other = Path(held.stdout.readline().strip())
        (other / "large").touch()
        mine = TemporaryFolder()
        assert set(temporary.iterdir()) == {other, mine.path}
        os.kill(held.pid, signal.SIGKILL)
    again = TemporaryFolder()
    assert set(temporary.iterdir()) == {mine.path, again.path}


def test_a_folder_that_another_process_swept_before_it_was_locked_is_made_anew(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    make = tempfile.mkdtemp

    def swept_once(**how: str) -> str:
        made.append(make(**how))
        if len(made) == 1:
            Path(made[0]).rmdir()
        return made[-1]

    monkeypatch.setattr(tempfile, "mkdtemp", swept_once)
    folder = TemporaryFolder()
    assert [str(folder.path)] == made[1:]
    assert folder.path.name.startswith(PREFIX)
    folder.remove()
    assert list(temporary.iterdir()) == []
