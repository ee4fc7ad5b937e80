"""One worker that is this process: for tests, for breakpoints in a model, for notebooks. Nothing is copied."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Self

import torch

from study.data import TrialData
from study.engines import machine
from study.engines.job import Job, Steps
from study.engines.protocol import EpochEnded, Event, TrialBegan, TrialEnded
from study.engines.trial_runner import run_trial, step
from study.trial import Decision, Epoch


class InlineEngine:
    """Trains one trial at a time, an epoch in each call of `events`, as worker 0.

    Nothing can interrupt an epoch here but a signal: limits of time and requests to skip a trial act between two
    epochs, and a crash in compiled code ends the whole program.
    """

    elastic = False

    def __init__(self, device: str, data: TrialData) -> None:
        """Keep the device and put the data there."""
        self.machines = machine.here([device])
        self._data = data if device == "cpu" else data.on(torch.device(device))
        self._job: Job | None = None
        self._trial: Steps | None = None
        self._answer: Decision | None = None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Leave a trial that has not ended."""
        self.stop()

    def start(self, worker: int, job: Job) -> None:
        """Take a job; `events` trains it."""
        self._job = job

    def answer(self, worker: int, decision: Decision) -> None:
        """Keep the answer for the next step."""
        self._answer = decision

    def events(self, timeout: float) -> Iterator[Event]:
        """Tell that the trial began, or train its next epoch; wait for nothing."""
        if self._job is not None:
            self._trial, self._job, self._answer = run_trial(self._job, self._data), None, None
            yield TrialBegan(0)
        elif self._trial is not None:
            happened = step(self._trial, self._answer)
            if isinstance(happened, Epoch):
                yield EpochEnded(0, happened)
            else:
                self._trial = None
                yield TrialEnded(0, happened)

    def kill(self, worker: int) -> int | None:
        """Leave the trial where it stands."""
        self.stop()
        return None

    def stop(self) -> None:
        """Leave the trial where it stands."""
        trial, self._trial, self._job = self._trial, None, None
        if trial is not None:
            trial.close()
