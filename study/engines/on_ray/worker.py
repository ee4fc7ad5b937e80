"""What runs in a worker's process on a node: it holds the generator of one trial, and is stepped epoch by epoch."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import pickle
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from study import storable
from study.data import TrialData
from study.engines import machine, server
from study.engines.job import Job, Outcome, Steps
from study.engines.machine import Machine
from study.engines.on_ray.packed import Packed, unpack
from study.engines.trial_runner import run_trial, step
from study.importing import is_importable, make_importable
from study.trial import Decision, Epoch, TrialState
from study.version import __version__


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a worker tells when it is up."""

    machine: Machine
    node: str
    """Ray's id of the node that it is on."""
    host: str
    program: str
    """Version of this program there."""
    missing: tuple[str, ...]
    """Modules of the model's that are not there."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What every worker of an engine is begun with."""

    gpus: float
    """Of one trial; 0 means that it trains on the CPU."""
    threads: int
    modules: tuple[str, ...]
    """Imported before the first trial."""
    code: tuple[str, ...]
    """That the model is made of."""
    folders: tuple[str, ...]
    """Of the user's code: relative to the working folder, which travels, or absolute, where a node has them too."""
    writable: bool
    """Whether trainings may write into the data."""


class TrialWorker:
    """An actor. Its methods are called one after the other, in its process's main thread."""

    def __init__(self, setting: Setting) -> None:
        """Import what trials need, before the first of them is there."""
        machine.keep_freed_memory()
        for folder in setting.folders:
            if (path := Path(folder).resolve()).is_dir():
                make_importable(path)
        for module in (server.PRELOADED, *setting.modules):
            importlib.import_module(module)
        self._setting = setting
        self._device = "cuda:0" if setting.gpus else "cpu"
        self._data: TrialData | None = None
        self._trial: Steps | None = None

    def arrive(self) -> Arrival:
        """Tell what this worker trains on.

        Raises:
            RuntimeError: It was given a GPU that torch cannot use.
        """
        import ray

        if self._setting.gpus and not torch.cuda.is_available():
            raise RuntimeError(f"torch {torch.__version__} finds no GPU on {socket.gethostname()}, though Ray does")
        (found,) = machine.here([self._device]).values()
        mine = Machine(found.device, found.kind, self._setting.threads, found.precision, found.environment)
        missing = tuple(name for name in self._setting.code if not is_there(name))
        return Arrival(mine, ray.get_runtime_context().get_node_id(), socket.gethostname(), __version__, missing)

    def take(self, packed: Packed) -> None:
        """Take the data that all trials learn from."""
        data = unpack(packed, writable=self._setting.writable)
        self._data = data if self._device == "cpu" else data.on(torch.device(self._device))

    def begin(self, job: Job) -> None:
        """Begin a trial; `step` trains it."""
        assert self._data is not None  # it was taken before this worker counted as being there
        self._trial = run_trial(job, self._data)

    def step(self, decision: Decision | None) -> Epoch | Outcome:
        """Train the trial on by an epoch; as `study.engines.trial_runner.step`."""
        assert self._trial is not None
        happened = step(self._trial, decision)
        if isinstance(happened, Epoch):
            return happened
        self._trial = None
        try:
            pickle.dumps(happened)
        except Exception as error:  # whatever is in it: that is what the trial failed of
            return Outcome(TrialState.FAILED, failure=storable.describe(error))
        return happened


def is_there(name: str) -> bool:
    """Return whether a module can be found; nothing is imported for it."""
    if not is_importable(name):
        return False
    first, *parts = name.split(".")
    found = importlib.util.find_spec(first)
    for number in range(len(parts)):
        if found is None or found.submodule_search_locations is None:
            return False
        inner = ".".join((first, *parts[: number + 1]))
        found = importlib.machinery.PathFinder.find_spec(inner, found.submodule_search_locations)
    return found is not None


def shared(folders: Sequence[Path], working: Path) -> tuple[str, ...]:
    """Return folders as workers find them: those within the working folder relative to it."""
    return tuple(
        str(folder.relative_to(working)) if folder.is_relative_to(working) else str(folder) for folder in folders
    )
