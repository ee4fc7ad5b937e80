"""Workers as processes of this machine: a job goes in, epochs and an outcome come out. Knows no database."""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import NoReturn, Self

import torch
import torch.multiprocessing  # sends tensors by shared memory from here on

from study import storable
from study.data import TrialData
from study.engines import machine, server
from study.engines.job import Job, Outcome
from study.engines.protocol import EpochEnded, Event, TrialBegan, TrialEnded, WorkerDied
from study.engines.trial_runner import run_trial, step
from study.trial import Decision, Epoch, TrialState


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection


class LocalEngine:
    """A fixed number of worker processes, each on one device, with the data in shared memory.

    Each is the leader of a process group of its own, which holds whatever its trials start (a DataLoader's processes,
    say), and which ends with it. On Linux workers are forked from a server process that has imported PyTorch and has
    done nothing else, so that a worker begins at once and shares that memory; elsewhere each is a process from scratch.
    """

    elastic = False

    def __init__(self, devices: Sequence[str], data: TrialData, *, modules: Sequence[str] = ()) -> None:
        """Keep what workers need; processes begin with their first job.

        Args:
            devices: One a worker.
            data: What they train on.
            modules: What a worker has imported, beside PyTorch, before its first trial.
        """
        self.machines = machine.here(devices)
        self._modules = (server.PRELOADED, *modules)
        self._context = server.context(modules)
        data.share_memory()
        self._data = data
        self._workers: dict[int, _Worker] = {}

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """End every process."""
        self.stop()

    def start(self, worker: int, job: Job) -> None:
        """Give a free worker a job; one whose process has died meanwhile gets another process."""
        entry = self._workers.get(worker)
        if entry is not None and entry.process.exitcode is not None:
            self.kill(worker)
            entry = None
        if entry is None:
            entry = self._workers[worker] = self._begin(worker)
        with contextlib.suppress(OSError):  # it died just now; events() tells
            entry.pipe.send(job)

    def answer(self, worker: int, decision: Decision) -> None:
        """Answer a worker's epoch: what becomes of the trial."""
        if (entry := self._workers.get(worker)) is None:
            return  # it died meanwhile, and events() told
        with contextlib.suppress(OSError):  # it died just now; events() tells
            entry.pipe.send(decision)

    def events(self, timeout: float) -> Iterator[Event]:
        """Yield what has happened, waiting up to `timeout` seconds for the first event."""
        pipes = {entry.pipe: worker for worker, entry in self._workers.items()}
        for ready in wait(list(pipes), timeout):
            assert isinstance(ready, Connection)  # only pipes were given
            worker = pipes[ready]
            if (
                worker in self._workers and self._workers[worker].pipe is ready
            ):  # whoever hears an event may kill others
                yield self._read(worker, ready)
        # A child that a dead worker has left holds its pipe open, so that no end of file tells of the death.
        for worker, entry in list(self._workers.items()):
            if entry.process.exitcode is not None and not entry.pipe.poll():
                yield self._buried(worker)

    def kill(self, worker: int) -> int | None:
        """End a worker's process and all that it has started, now; return its exit status."""
        entry = self._workers.pop(worker, None)
        if entry is None:
            return None
        _kill_group(entry.process)
        entry.process.join()
        entry.pipe.close()
        return entry.process.exitcode

    def stop(self) -> None:
        """End every process now, whatever it is doing; checkpoints on the disk stay whole."""
        for entry in self._workers.values():  # all of them first: an interrupt may cut what follows
            _kill_group(entry.process)
        for worker in list(self._workers):
            self.kill(worker)

    def _begin(self, worker: int) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_work,
            args=(theirs, self._data, self.machines[worker].device, self._modules, dict(os.environ)),
            name=f"worker-{worker}",
            daemon=True,
        )
        with server.interrupts_ignored(), server.main_module_left_out():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def _read(self, worker: int, pipe: Connection) -> Event:
        try:
            message = pipe.recv()
        except (EOFError, OSError):
            return self._buried(worker)
        if message is None:
            return TrialBegan(worker)
        if isinstance(message, Epoch):
            return EpochEnded(worker, message)
        if message.stuck:
            self.kill(worker)  # the next trial gets a process that nothing was done to
        return TrialEnded(worker, message)

    def _buried(self, worker: int) -> WorkerDied:
        """End what a dead worker has left, and tell of its death."""
        return WorkerDied(worker, self.kill(worker))


def _kill_group(process: BaseProcess) -> None:
    """Kill a process and its group, which may outlive it."""
    if process.pid is not None and hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):  # it leads no group yet, or all of it has ended
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _work(
    pipe: Connection, data: TrialData, device: str, modules: Sequence[str], environment: Mapping[str, str]
) -> None:
    """Run jobs until the pipe closes; in the environment of today, not in that of when the server was begun."""
    os.environ.clear()
    os.environ.update(environment)
    _lead_a_group()
    _die_with_parent()
    machine.keep_freed_memory()
    for module in modules:  # already there in one that was forked
        importlib.import_module(module)
    local = data if device == "cpu" else data.on(torch.device(device))

    while True:
        try:
            job: Job = pipe.recv()
            pipe.send(None)
            trial = run_trial(job, local)
            happened = step(trial, None)
            while isinstance(happened, Epoch):
                pipe.send(happened)
                happened = step(trial, Decision(pipe.recv()))
            _send(pipe, happened)
        except (EOFError, OSError):
            _end_group()


def _send(pipe: Connection, outcome: Outcome) -> None:
    """Send an outcome; if it cannot be pickled, whatever is in it, that is what the trial failed of."""
    try:
        pipe.send(outcome)
    except OSError:
        raise
    except Exception as error:
        pipe.send(Outcome(TrialState.FAILED, failure=storable.describe(error)))


def _lead_a_group() -> None:
    """Make this process the leader of a group, with which all that it starts can be ended; and let it start some."""
    if hasattr(os, "setsid"):
        os.setsid()
    multiprocessing.current_process().daemon = False  # daemons may have no children


def _end_group() -> NoReturn:
    """End this process and all that it has started."""
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def _die_with_parent() -> None:
    """End this process and its group when the one that started it is gone, even by kill -9."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
        _end_group()

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
