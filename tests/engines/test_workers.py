"""Worker processes as they are: they may start processes of their own, and nothing that they started outlives them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import psutil
import pytest

from study.data import TrialData
from study.engines import server
from study.engines.job import Job, Outcome
from study.engines.local import LocalEngine, _send
from study.engines.protocol import EpochEnded, Event, TrialBegan, TrialEnded, WorkerDied
from study.trial import Decision, TrialState

from ..processes import workers_of
from ..trials import FULL, TEST, TRAIN, VALIDATION, make_job

DATA = TrialData(train=TRAIN, validation=VALIDATION, full=FULL, test=TEST)
# The forked process holds the worker's pipe open, also when the worker is dead.
CHILDREN = """
import multiprocessing, os, subprocess, time
from torch.utils.data import DataLoader

def build(params, data):
    numbers = list(DataLoader(range(8), batch_size=4, num_workers=1, multiprocessing_context="fork"))
    assert [part.tolist() for part in numbers] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    forked = multiprocessing.get_context("fork").Process(target=time.sleep, args=(1000,))
    forked.start()
    other = subprocess.Popen(["sleep", "1000"])
    with open({pids!r}, "a") as file:
        file.write(f"{{os.getpid()}} {{forked.pid}} {{other.pid}}\\n")
    return nn.Sequential(nn.Flatten(), nn.Linear(784, data.outputs))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where models lie that workers of more than one test may load: a worker starts with the path of its time."""
    return tmp_path_factory.mktemp("workers")


@pytest.fixture(autouse=True)
def models(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(folder)


@pytest.fixture(scope="module")
def shared(folder: Path) -> Iterator[LocalEngine]:
    """Workers that one test leaves to the next, alive or dead; whatever they are, they train what they are given."""
    with LocalEngine(["cpu"], DATA) as entered:
        yield entered


@pytest.fixture
def workers() -> Iterator[LocalEngine]:
    with LocalEngine(["cpu"], DATA) as entered:
        yield entered


def write_model(folder: Path, name: str, body: str) -> str:
    (folder / f"{name}.py").write_text(
        "from dataclasses import dataclass\nimport torch\nfrom torch import nn\n"
        "@dataclass(frozen=True)\nclass Params:\n    units: int = 3\n" + body
    )
    return name


def events(workers: LocalEngine, until: type[Event]) -> list[Event]:
    """Returns what happens until an event of that kind; every epoch is answered: go on."""
    found: list[Event] = []
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        for event in workers.events(0.2):
            found.append(event)
            if isinstance(event, until):
                return found
            if isinstance(event, EpochEnded):
                workers.answer(event.worker, Decision.GO_ON)
            assert not isinstance(event, WorkerDied), event
    pytest.fail(f"no {until} within 120 s: {found}")


def started(pids: Path) -> list[psutil.Process]:
    """Returns the worker and what it has started, once it has."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if pids.exists() and (text := pids.read_text()).endswith("\n"):
            return [psutil.Process(int(pid)) for pid in text.split()]
        time.sleep(0.05)
    pytest.fail("no process was started within 120 s")


def spawned() -> list[psutil.Process]:
    """Returns this process's workers."""
    return workers_of(psutil.Process())


def assert_gone(processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=30)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


def job_with_children(tmp_path: Path, folder: Path) -> tuple[Job, Path]:
    pids = folder / "pids"
    pids.unlink(missing_ok=True)
    return make_job(tmp_path, model=write_model(folder, "has_children", CHILDREN.format(pids=str(pids)))), pids


@pytest.mark.slow
def test_a_trial_may_start_processes_and_they_end_with_its_worker(
    workers: LocalEngine, tmp_path: Path, folder: Path
) -> None:
    job, pids = job_with_children(tmp_path, folder)
    workers.start(0, job)
    found = events(workers, TrialEnded)
    assert isinstance(found[-1], TrialEnded)
    processes = started(pids)
    workers.stop()
    assert_gone(processes)


@pytest.mark.slow
def test_a_worker_that_is_killed_between_trials_is_replaced_and_what_its_trial_started_ends(
    shared: LocalEngine, tmp_path: Path, folder: Path
) -> None:
    job, pids = job_with_children(tmp_path / "one", folder)
    shared.start(0, job)
    found = events(shared, TrialEnded)
    assert isinstance(found[0], TrialBegan)
    assert isinstance(found[-1], TrialEnded)
    assert (found[-1].outcome.state, found[-1].outcome.failure) == (TrialState.COMPLETE, None)
    processes = started(pids)
    assert len(processes) == 3
    assert all(process.is_running() for process in processes)
    (worker,) = spawned()
    assert worker.pid == processes[0].pid
    worker.kill()
    psutil.wait_procs([worker], timeout=30)
    shared.start(0, make_job(tmp_path / "other"))
    last = events(shared, TrialEnded)[-1]
    assert isinstance(last, TrialEnded)
    assert last.outcome.state is TrialState.COMPLETE
    assert_gone(processes)


def test_a_worker_that_cannot_be_put_back_is_replaced(shared: LocalEngine, tmp_path: Path, folder: Path) -> None:
    body = "mode = torch.inference_mode()\ndef build(params, data):\n    mode.__enter__()\n    raise ValueError('no')\n"
    shared.start(0, make_job(tmp_path, model=write_model(folder, "enters_for_good", body)))
    first = events(shared, TrialEnded)[-1]
    assert isinstance(first, TrialEnded)
    assert first.outcome.stuck == ("inference mode",)
    assert spawned() == []
    shared.start(0, make_job(tmp_path))
    second = events(shared, TrialEnded)[-1]
    assert isinstance(second, TrialEnded)
    assert second.outcome.state is TrialState.COMPLETE


def test_what_a_killed_worker_has_started_ends_too_and_its_death_is_told(
    shared: LocalEngine, tmp_path: Path, folder: Path
) -> None:
    job, pids = job_with_children(tmp_path, folder)
    shared.start(0, job)
    events(shared, EpochEnded)
    processes = started(pids)
    processes[0].send_signal(signal.SIGKILL)
    assert events(shared, WorkerDied)[-1] == WorkerDied(0, -signal.SIGKILL)
    assert_gone(processes)


PARENT = """
import sys
from pathlib import Path
from study.engines.local import LocalEngine
from tests.engines.test_workers import DATA
from tests.trials import make_job

sys.path.insert(0, sys.argv[2])
if __name__ == "__main__":
    with LocalEngine(["cpu"], DATA) as workers:
        workers.start(0, make_job(Path(sys.argv[1]), model="has_children"))
        while True:
            list(workers.events(0.2))  # it answers no epoch
"""


@pytest.mark.slow
def test_nothing_outlives_a_parent_that_is_killed(tmp_path: Path, folder: Path) -> None:
    _, pids = job_with_children(tmp_path, folder)
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    root = str(Path(__file__).parents[2])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}
    parent = subprocess.Popen([sys.executable, str(script), str(tmp_path), str(folder)], env=environment)
    try:
        processes = started(pids)
    finally:
        parent.kill()
        parent.wait()
    assert_gone(processes)


class MadePipe:
    """A pipe that refuses to pickle one kind of thing."""

    def __init__(self) -> None:
        self.sent: list[Outcome] = []

    def send(self, outcome: Outcome) -> None:
        if not isinstance(outcome.value, float | None):
            raise TypeError("cannot pickle 'generator' object")
        self.sent.append(outcome)


def test_an_outcome_that_cannot_be_pickled_is_a_failure_of_its_trial() -> None:
    pipe = MadePipe()
    odd = cast("Any", (number for number in range(3)))
    _send(cast("Connection", pipe), replace(Outcome(TrialState.COMPLETE), value=odd))
    (outcome,) = pipe.sent
    assert outcome.state is TrialState.FAILED
    assert outcome.failure is not None
    assert outcome.failure[:2] == ("TypeError", "cannot pickle 'generator' object")


def test_a_server_that_was_begun_early_is_the_one_that_workers_are_forked_from(tmp_path: Path) -> None:
    server.begin()
    begun = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]
    with LocalEngine(["cpu"], DATA) as engine:
        engine.start(0, make_job(tmp_path))
        (parent,) = {psutil.Process(entry.process.pid).ppid() for entry in engine._workers.values()}
    assert parent == begun
