"""Trains a model by its own `train(run)`, epoch by epoch, so that it can be stopped and taken up at any of them."""

from __future__ import annotations

import contextlib
import inspect
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from types import GeneratorType
from typing import Any

from study.catalog import Model
from study.data import TrialData
from study.engines import checkpoint, kept, processor_time
from study.engines.isolation import isolated
from study.engines.job import STOPPED, Job, Outcome, Progress, Steps, tell
from study.errors import StoppedError
from study.task import OWN
from study.training.loop import seed_globals
from study.training.own.run import LeftError, Run, RunControl, State
from study.training.own.told import ToldError, alike, epoch_of, result_of
from study.trial import Decision, Epoch, Phase, TestResult, TrialState


def train(job: Job, model: Model, data: TrialData, progress: Progress) -> Steps:
    """Train a trial to its end; as `study.engines.trial_runner.run_trial`.

    Args:
        job: The trial and its machine.
        model: One that trains itself.
        data: The trial's, on the job's device.
        progress: Told what is to be said of the trial however it ends.

    Raises:
        BaseException: Whatever the user's code raises.
    """
    last, state, progress.notice = checkpoint.stored(
        job.checkpoint, job.trial.id, resume=job.resume, recorded=job.recorded
    )
    progress.source = inspect.getsourcefile(inspect.unwrap(model.own.train)) if model.own else None
    loop = _Loop(job, model, data, last, _kept(state), folder=job.scratch)
    if last is None:
        loop.control.clean()  # of an attempt before this one
    try:
        if job.check:
            return _check(job, loop)
        return (yield from _steps(job, model, data, loop, progress))
    finally:
        progress.parameters = loop.control.parameters()
        progress.log = loop.control.take_log()
        if not loop.close() and progress.notice is None:
            progress.notice = (
                f"model {job.model!r}: train(run) catches what ends it and yields on; nobody asks it for "
                f"more, and what it holds stays in its worker"
            )
        if job.scratch is None:
            loop.control.clean()  # what lies beside a checkpoint is swept with it; nobody else knows of this folder


def _steps(job: Job, model: Model, data: TrialData, loop: _Loop, progress: Progress) -> Steps:
    writer = checkpoint.CheckpointWriter(job.checkpoint, job.trial.id)
    saving = _Saving(loop, job, writer, progress)
    rehearsal = _Rehearsal(job, model, data, loop, saving) if job.rehearse and loop.last is None else None
    try:
        decision = Decision.GO_ON if loop.last is None else (yield from tell(loop.last))
        while decision is Decision.GO_ON and (epoch := loop.next()) is not None:
            if rehearsal is not None and (agreed := rehearsal.agrees(epoch)) is not None:
                progress.repeatable = agreed
            decision = yield from tell(epoch)
        if decision is Decision.PAUSE:
            loop.leave()
        if decision in STOPPED:
            return Outcome(STOPPED[decision])
        if decision is Decision.STOP:
            loop.close()
    finally:
        writer.close()
    last = loop.ended()
    result = loop.test() if job.trial.phase.tested else None
    if job.trial.phase is Phase.REPLICATE:
        kept.save(job, loop.control.state())
    loop.control.clean()
    return Outcome(TrialState.COMPLETE, value=last.validation_score, result=result)


def _check(job: Job, loop: _Loop) -> Outcome:
    """Train one epoch, and find out whether there are more of a training that does not ask for its epochs."""
    loop.control.on_epoch(loop.told)
    first = loop.next()
    once = first is not None and not loop.control.asks_epochs and loop.next() is None
    last = loop.ended()
    loop.control.clean()
    return Outcome(TrialState.COMPLETE, value=last.validation_score, once=once)


class _Loop:
    """A user's generator, stepped through."""

    def __init__(
        self, job: Job, model: Model, data: TrialData, last: Epoch | None, state: State, *, folder: Path | None
    ) -> None:
        own = model.own
        assert own is not None  # it is called for such models alone
        self.last = last
        """The last epoch that was told."""
        self._job, self._own = job, own
        self._run = Run(
            configuration={**job.later, **job.trial.configuration},
            seed=job.trial.seed,
            total=job.trial.epochs,
            device=job.device,
            threads=job.threads,
            folder=folder,
            data=None if job.spec.task == OWN else data,
            spec=job.spec,
            stored=state,
            done=0 if last is None else last.number,
        )
        self.control = RunControl(self._run)
        self._epochs: Iterator[Any] | None = None

    def next(self) -> Epoch | None:
        """Return the next epoch, or None where there is none.

        Raises:
            ToldError: What is yielded is not what it has to be.
        """
        number = 1 if self.last is None else self.last.number + 1
        if not self.control.asks_epochs and number > self._job.trial.epochs:
            return None  # a loop that counts by itself is not asked for more
        began, before = time.perf_counter(), processor_time.used(self._job.device)
        if self._epochs is None:
            seed_globals(self._job.trial.seed, "own", "init")
            self._epochs = self._begun()
        try:
            told = next(self._epochs)
        except StopIteration:
            return None
        seconds, used = time.perf_counter() - began, processor_time.since(before, self._job.device)
        with self._placed():
            if number > self._job.trial.epochs:
                raise ToldError(f"train(run) yields once more after the last of its {number - 1} epochs")
            epoch = epoch_of(told, number, seconds, self._job.objective, self._job.further, self.control.take_log())
        self.last = replace(epoch, processor_seconds=used)
        return self.last

    def ended(self) -> Epoch:
        """Return the last epoch.

        Raises:
            ToldError: There was none.
        """
        if self.last is None:
            with self._placed():
                raise ToldError("train(run) ended without yielding anything")
        return self.last

    def told(self, number: int) -> Epoch:
        """Return the epoch that the loop is leaving behind.

        Raises:
            ToldError: It was not told.
        """
        if self.last is None or self.last.number != number:
            with self._placed():
                raise ToldError(
                    f"train(run) asks for another epoch without having yielded the metrics of epoch {number}"
                )
        return self.last

    def leave(self) -> None:
        """Let the loop go on to where it asks for the next epoch, so that what follows its `yield` is saved too."""
        if self._epochs is None or not self.control.asks_epochs:
            return
        self.control.leave()
        with contextlib.suppress(LeftError):
            next(self._epochs, None)

    def test(self) -> TestResult:
        """Return what the model's `test` finds, which is called this once.

        Raises:
            ToldError: There is none, or what it returns is not what it has to be.
        """
        if self._own.test is None:
            raise ToldError(f"model {self._job.model!r} has no `test(run)`, which a final trial is scored by")
        self.control.open_test()
        seed_globals(self._job.trial.seed, "own", "test")
        began = time.perf_counter()
        told = self._own.test(self._run)
        seconds, last = time.perf_counter() - began, self.ended().number
        try:
            return result_of(told, last, seconds, self._job.objective)
        except ToldError as error:
            raise ToldError(f"{_place(self._own.test)}{error}") from error

    def close(self) -> bool:
        """End the loop where it stands; return whether it let itself be ended."""
        epochs, self._epochs = self._epochs, None
        try:
            if isinstance(epochs, GeneratorType):
                epochs.close()
        except RuntimeError:  # Python's word for a generator that catches what ends it, and yields on
            return False
        return True

    def _begun(self) -> Iterator[Any]:
        epochs = self._own.train(self._run)
        if not isinstance(epochs, Iterator):
            raise ToldError(
                f"{_place(self._own.train)}train(run) is a generator, which yields metrics after each epoch; this one "
                f"has no `yield`"
            )
        return epochs

    @contextmanager
    def _placed(self) -> Iterator[None]:
        """Say of what is wrong with what was told in which line it was."""
        try:
            yield
        except ToldError as error:
            raise ToldError(f"{_place(self._epochs) or _place(self._own.train)}{error}") from error


class _Saving:
    """Saves what a loop keeps after each epoch, as far as it can be saved."""

    def __init__(self, loop: _Loop, job: Job, writer: checkpoint.CheckpointWriter, progress: Progress) -> None:
        self._loop, self._job, self._writer, self._progress = loop, job, writer, progress
        self.possible: bool | None = None
        """None while no epoch was saved."""
        self.first: tuple[Epoch, State] | None = None
        """The first epoch that was saved, and a copy of the state after it."""
        loop.control.on_epoch(self._save)

    def _save(self, number: int) -> None:
        control = self._loop.control
        last, state = self._loop.told(number), control.state()
        if self.possible is None or (self.possible and (state is None or control.has_folder)):
            reason, copy = kept.loadable(control.kept, state, files=control.has_folder)
            self.possible = reason is None
            self.first = self.first or (last, copy)
            if reason is not None:
                self._writer.remove()  # what was saved before does not go with what is there now
                if self._progress.notice is None:
                    model = self._job.model
                    self._progress.notice = f"model {model!r}: {reason}; a trial that is interrupted begins anew"
        if self.possible and (self._job.trial.phase.tested or number < self._job.trial.epochs):
            self._writer.submit({"kept": state, "last": asdict(last)})


class _Rehearsal:
    """Trains an epoch a second time from what was saved, as a trial that was interrupted would."""

    def __init__(self, job: Job, model: Model, data: TrialData, loop: _Loop, saving: _Saving) -> None:
        self._job, self._model, self._data, self._loop, self._saving = job, model, data, loop, saving
        self._told: list[Epoch] = []

    def agrees(self, epoch: Epoch) -> bool | None:
        """Return whether the second epoch, or where nothing could be saved the first, comes out as it did.

        Returns:
            None of another epoch.
        """
        self._told.append(epoch)
        if epoch.number != 2 or self._saving.first is None:
            return None
        last, state = self._saving.first
        exactly = self._job.device == "cpu"
        reached = kept.digest(self._loop.control.state()) if exactly and self._saving.possible else None
        begins = (last, state) if self._saving.possible else (None, {})
        again = _Loop(self._job, self._model, self._data, *begins, folder=None)
        try:
            with isolated():
                found = again.next()
                if reached is not None and kept.digest(again.control.state()) != reached:
                    return False
        except StoppedError:
            raise
        except BaseException:  # the user's own code may raise anything
            return False
        finally:
            again.close()
            again.control.clean()
        return found is not None and alike(found, self._told[found.number - 1], exactly=exactly)


def _kept(state: dict[str, object]) -> State:
    """Return what was kept, of a checkpoint's state."""
    found: Any = state["kept"] if state else {}  # written by `_Saving`, and checksummed
    return dict(found)


def _place(code: object) -> str:
    """Return where a generator stands, or where a function begins: `my_training.py, line 12: `."""
    if isinstance(code, GeneratorType):
        number = code.gi_frame.f_lineno if code.gi_frame is not None else code.gi_code.co_firstlineno
        return f"{Path(code.gi_code.co_filename).name}, line {number}: "
    if inspect.isfunction(code):
        return f"{Path(code.__code__.co_filename).name}, line {code.__code__.co_firstlineno}: "
    return ""
