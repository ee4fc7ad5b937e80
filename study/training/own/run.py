"""What a model that trains itself is given: hyperparameters, seeds, device, data; and what it asks to be kept."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import torch

from study import storable
from study.data import Split, TrialData
from study.errors import StudyError
from study.seeds import derive
from study.task import DataSpec
from study.training.loop import seed_globals
from study.training.own.temporary import TemporaryFolder
from study.trial import Scalar

State = dict[str, dict[str, Any]]
"""What a checkpoint holds of a run: `objects` (name -> state dict) and `values` (name -> plain value)."""


class LeftError(BaseException):
    """Whoever steps through the trial lets it go: raised where its loop asks for the next epoch."""


@dataclass(frozen=True, slots=True)
class RunData:
    """The study's data as one trial may see it, on the trial's device."""

    spec: DataSpec
    """Shape of an input, names of the outputs, and the task."""
    train: Split
    """`inputs` (n, *shape), uint8 of pictures as they were read, else float32; `targets` as `study.data` has them."""
    validation: Split
    _test: Split
    _testing: bool = False

    @property
    def test(self) -> Split:
        """The test split, in `test(run)` alone.

        Raises:
            StudyError: `train` asks for it.
        """
        if not self._testing:
            raise StudyError("the test split is there in `test(run)` alone, which planned final trials call once")
        return self._test


class Run:
    """One trial of a model that trains itself."""

    def __init__(
        self,
        *,
        configuration: Mapping[str, Scalar],
        seed: int,
        total: int,
        device: str,
        threads: int,
        folder: Path | None = None,
        data: TrialData | None = None,
        spec: DataSpec | None = None,
        stored: State | None = None,
        done: int = 0,
    ) -> None:
        """Begin a trial, or go on with one.

        Args:
            configuration: Every hyperparameter.
            seed: The trial's.
            total: Its epochs.
            device: `cpu` or `cuda:N`.
            threads: That torch may use.
            folder: For files of the trial's own; made when it is asked for. None means a temporary one of this process.
            data: On the device; None where the study has none.
            spec: What the data are.
            stored: State of what was kept after `done` epochs.
            done: Epochs that were trained before.
        """
        self.config: Mapping[str, Any] = MappingProxyType(dict(configuration))
        """Every hyperparameter by name."""
        self.seed = seed
        """The trial's seed; replicate r has the same one in every arm."""
        self.device = torch.device(device)
        self.threads = threads
        """That torch may use on the CPU."""
        self.kept: dict[str, Any] = {}
        """What `keep` was given, by name; plain values of a trial that goes on are there from the beginning."""
        self.total = total
        """The trial's epochs, also those that were trained before: what a schedule needs."""
        self._data = RunData(spec, data.train, data.validation, data.test) if data and spec else None
        self._folder = folder
        self._temporary: TemporaryFolder | None = None
        self._objects: dict[str, Any] = dict(stored["objects"]) if stored else {}
        self._values: dict[str, Any] = dict(stored["values"]) if stored else {}
        self._done = done
        self._logged: list[str] = []
        self._begun = False
        self._leaving = False
        self._on_epoch: Callable[[int], object] = lambda _: None
        self.kept |= self._values

    @property
    def data(self) -> RunData:
        """The study's data.

        Raises:
            StudyError: It has none.
        """
        if self._data is None:
            raise StudyError("this study has no data of its own: `--dataset` gives it some, as run.data")
        return self._data

    @property
    def folder(self) -> Path:
        """A folder for files of this trial alone; it is there until the trial ends, and then removed."""
        if self._folder is None:
            self._temporary = self._temporary or TemporaryFolder()
            self._temporary.path.mkdir(mode=0o700, exist_ok=True)
            return self._temporary.path
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder

    def seed_for(self, *names: str | int) -> int:
        """Return a seed of the stream `names`: of this trial alone, unrelated to the others and below 2**63.

        A generator made in an epoch takes the epoch among the names, so that it is the same after an interruption.
        """
        return derive(self.seed, "own", *names)

    def keep(self, **things: Any) -> None:  # noqa: ANN401 - whatever has a state
        """Keep what the training changes: it is saved after every epoch, and put back when a trial goes on.

        Args:
            things: Whatever has `state_dict` and `load_state_dict`: a module, an optimizer, a schedule, an average. It
                is put back into the object at once. Or a plain value, a list or a dict of these: before the first
                epoch, one that was saved stands in `kept` in its place; from then on, giving it again replaces it.
                Anything else stays in `kept` for `test`, and a trial that was interrupted begins anew.
        """
        for name, given in things.items():
            thing = given.item() if isinstance(given, np.generic) else given
            known = name in self.kept and self.kept[name] is thing
            stored = self._objects.get(name)
            if has_state(thing) and not known and stored is not None:
                thing.load_state_dict(stored)
                self._objects.pop(name)
            if is_plain(thing) and not self._begun and name in self._values:
                continue
            self.kept[name] = thing

    def epochs(self) -> Iterator[int]:
        """Yield the number of each epoch that is left, counted from 1.

        Before each, the random states of torch, NumPy and `random` are set from the trial's seed and the number. What
        was kept is saved when the next one is asked for, so that what follows the `yield` of metrics belongs to the
        epoch too.
        """
        if self._begun:
            raise StudyError("run.epochs() is asked for once: a trial has one loop over its epochs")
        self._begun = True
        for number in range(self._done + 1, self.total + 1):
            seed_globals(self.seed, "own", "epoch", number)
            yield number
            self._on_epoch(number)
            if self._leaving:
                raise LeftError

    def log(self, text: object) -> None:
        """Keep a line with the trial: it is shown while the study runs, and by `show --log`."""
        self._logged.append(storable.line(text))


class RunControl:
    """What the one that steps through a run does with it, and a user need not see."""

    def __init__(self, run: Run) -> None:
        """Keep the run, which has not begun."""
        self.run = run

    def on_epoch(self, left: Callable[[int], object]) -> None:
        """Have `left` called with the number of each epoch that the loop has left behind."""
        self.run._on_epoch = left

    @property
    def kept(self) -> Mapping[str, object]:
        """What `keep` was given, by name."""
        return self.run.kept

    @property
    def asks_epochs(self) -> bool:
        """Whether the loop has asked for its epochs."""
        return self.run._begun

    def leave(self) -> None:
        """Let the loop end where it asks for the next epoch."""
        self.run._leaving = True

    def open_test(self) -> None:
        """Let `test` see the test split."""
        data = self.run._data
        if data is not None:
            self.run._data = RunData(data.spec, data.train, data.validation, data._test, _testing=True)

    def take_log(self) -> tuple[str, ...]:
        """Return the lines that were logged since this was called last."""
        lines, self.run._logged = tuple(self.run._logged), []
        return lines

    def state(self) -> State | None:
        """Return what is kept, as a checkpoint holds it; None where nothing is, or not all of it can be saved."""
        lost = [name for name in self.run._objects if name not in self.run.kept]
        if lost:
            raise StudyError(f"{lost[0]!r} was kept before this trial was interrupted, and is not given to keep now")
        if not self.run.kept or unsaved(self.run.kept):
            return None
        kept = self.run.kept
        return {
            "objects": {name: thing.state_dict() for name, thing in kept.items() if has_state(thing)},
            "values": {name: thing for name, thing in kept.items() if not has_state(thing)},
        }

    def parameters(self) -> int | None:
        """Return the trainable parameters of the modules that are kept; None where none is."""
        modules = [thing for thing in self.run.kept.values() if isinstance(thing, torch.nn.Module)]
        weights = {
            id(weight): weight.numel() for module in modules for weight in module.parameters() if weight.requires_grad
        }
        return sum(weights.values()) if modules else None

    @property
    def has_folder(self) -> bool:
        """Whether the training has asked for its folder."""
        folder = self.run._folder
        return self.run._temporary is not None if folder is None else folder.is_dir()

    def clean(self) -> None:
        """Remove the trial's folder."""
        if self.run._folder is not None:
            shutil.rmtree(self.run._folder, ignore_errors=True)
        elif self.run._temporary is not None:
            self.run._temporary.remove()
            self.run._temporary = None


def has_state(thing: object) -> bool:
    """Return whether a thing tells its state and takes it back."""
    return callable(getattr(thing, "state_dict", None)) and callable(getattr(thing, "load_state_dict", None))


def is_plain(value: object) -> bool:
    """Return whether a value can be saved as it is: plain, a tensor, or lists, tuples and dicts of these."""
    if isinstance(value, Mapping):
        return (
            type(value) is dict
            and all(isinstance(key, str | int) for key in value)
            and all(map(is_plain, value.values()))
        )
    if isinstance(value, list | tuple):
        return type(value) in (list, tuple) and all(map(is_plain, value))
    return value is None or type(value) in (bool, int, float, str, torch.Tensor)


def unsaved(kept: Mapping[str, object]) -> dict[str, str]:
    """Return what cannot be saved of what is kept: name -> its type."""
    return {name: type(thing).__name__ for name, thing in kept.items() if not (has_state(thing) or is_plain(thing))}
