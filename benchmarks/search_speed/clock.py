"""Workers on a simulated clock: an epoch takes as long as it was recorded to take, a search's own decisions nothing."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from benchmarks.search_speed.grid import EPOCHS
from benchmarks.search_speed.table import Curve


@dataclass(slots=True)
class Job:
    """A training that is begun or goes on."""

    row: int
    """Of the table."""
    curve: Curve
    """What its epochs say."""
    epoch: int = 0
    """Epochs done."""
    trial: object = None
    """What the arm knows it by."""


class Arm(Protocol):
    """A way of searching."""

    def ask(self) -> Job | None:
        """Return what a free worker trains, or None while there is nothing."""

    def report(self, job: Job) -> bool:
        """Take note of the epoch that has just ended; return whether the training goes on now."""

    def tell(self, job: Job) -> None:
        """Take note that a training is complete."""

    def seconds(self, job: Job) -> float:
        """Return what a training's next epoch takes."""


@dataclass(slots=True)
class Counted:
    """An arm whose processor seconds are added up."""

    arm: Arm
    spent: float = 0.0

    def ask(self) -> Job | None:
        """As the arm does."""
        return self.arm.ask()

    def report(self, job: Job) -> bool:
        """As the arm does."""
        return self.arm.report(job)

    def tell(self, job: Job) -> None:
        """As the arm does."""
        self.arm.tell(job)

    def seconds(self, job: Job) -> float:
        """As the arm does; the epoch is counted."""
        taken = self.arm.seconds(job)
        self.spent += taken
        return taken


@dataclass(frozen=True, slots=True)
class Completion:
    """A configuration that was trained to its end."""

    time: float
    expected: float
    """The error that its configuration is expected to have after the last epoch."""
    told: float
    """The error of this training, which the search knows."""


def run(arm: Arm, workers: int, until: float) -> Iterator[Completion]:
    """Yield what is completed, in its order, until nothing is left or time is up.

    Args:
        arm: Asked whenever a worker is free.
        workers: How many train at once.
        until: Seconds.
    """
    order = itertools.count()
    ends: list[tuple[float, int, Job]] = []
    free, now = workers, 0.0
    while True:
        while free and (job := arm.ask()) is not None:
            heapq.heappush(ends, (now + arm.seconds(job), next(order), job))
            free -= 1
        if not ends:
            return
        now, _, job = heapq.heappop(ends)
        if now > until:
            return
        job.epoch += 1
        goes_on = arm.report(job)
        if job.epoch == EPOCHS:
            arm.tell(job)
            yield Completion(now, job.curve.expected, float(job.curve.error[-1]))
        if goes_on and job.epoch < EPOCHS:
            heapq.heappush(ends, (now + arm.seconds(job), next(order), job))
        else:
            free += 1
