"""Workers as processes of this machine: a job goes in, epochs and an outcome come out. Knows no database."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

import torch
import torch.multiprocessing

from study.machine import keep_freed_memory
from study.runner import Job, Outcome, TrialData, run_trial
from study.trial import Decision, Epoch


@dataclass(frozen=True, slots=True)
class EpochEnded:
    """A worker finished an epoch and waits for `answer`."""

    worker: int
    epoch: Epoch


@dataclass(frozen=True, slots=True)
class TrialEnded:
    """A worker finished its trial and is free."""

    worker: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class WorkerDied:
    """A worker's process ended by itself, with its trial; `start` begins it anew."""

    worker: int
    exit_code: int | None


Event = EpochEnded | TrialEnded | WorkerDied


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection


class LocalWorkers:
    """A fixed number of worker processes, each on one device, with the data in shared memory."""

    def __init__(self, devices: Sequence[str], data: TrialData) -> None:
        """Keeps the devices, one a worker; processes begin with their first job."""
        self.devices = tuple(devices)
        self._context = torch.multiprocessing.get_context("spawn")
        for split in (data.train, data.validation, data.full, data.test):
            split.share_memory()
        self._data = data
        self._workers: dict[int, _Worker] = {}

    def __enter__(self) -> LocalWorkers:
        """Returns itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ends every process."""
        self.stop()

    def start(self, worker: int, job: Job) -> None:
        """Gives a free worker a job."""
        if worker not in self._workers:
            ours, theirs = self._context.Pipe()
            process = self._context.Process(
                target=_work, args=(theirs, self._data, self.devices[worker]), name=f"worker-{worker}", daemon=True
            )
            with _interrupts_ignored():
                process.start()
            theirs.close()
            self._workers[worker] = _Worker(process, ours)
        with contextlib.suppress(OSError):  # it died while it was idle; events() tells
            self._workers[worker].pipe.send(job)

    def answer(self, worker: int, decision: Decision) -> None:
        """Answers a worker's epoch: what becomes of the trial."""
        try:
            self._workers[worker].pipe.send(decision)
        except OSError:
            return  # it died meanwhile; events() tells

    def events(self, timeout: float) -> Iterator[Event]:
        """Yields what has happened, waiting up to `timeout` seconds for the first event."""
        pipes = {entry.pipe: worker for worker, entry in self._workers.items()}
        for ready in wait(list(pipes), timeout):
            assert isinstance(ready, Connection)  # only pipes were given
            worker = pipes[ready]
            try:
                message = ready.recv()
            except (EOFError, OSError):
                entry = self._workers.pop(worker)
                entry.process.join()
                yield WorkerDied(worker, entry.process.exitcode)
                continue
            yield EpochEnded(worker, message) if isinstance(message, Epoch) else TrialEnded(worker, message)

    def stop(self) -> None:
        """Ends every process now, whatever it is doing; checkpoints on the disk stay whole."""
        for entry in self._workers.values():
            entry.process.kill()
        for entry in self._workers.values():
            entry.process.join()
            entry.pipe.close()
        self._workers.clear()


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Starts processes that ignore Ctrl-C from their first instruction: it reaches the whole group, one decides."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _work(pipe: Connection, data: TrialData, device: str) -> None:
    """Runs jobs until the pipe closes."""
    _die_with_parent()
    keep_freed_memory()
    local = data if device == "cpu" else data.on(torch.device(device))

    def record(epoch: Epoch) -> Decision:
        pipe.send(epoch)
        return Decision(pipe.recv())

    while True:
        try:
            job: Job = pipe.recv()
            pipe.send(run_trial(job, local, record))
        except (EOFError, OSError):
            return


def _die_with_parent() -> None:
    """Ends this process when the one that started it is gone, even by kill -9."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
