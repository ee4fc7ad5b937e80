"""What the coordinator needs of whoever trains: jobs go in, epochs and outcomes come out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from study.engines.job import Job, Outcome
from study.engines.machine import Machine
from study.trial import Decision, Epoch


@dataclass(frozen=True, slots=True)
class TrialBegan:
    """A worker is up and begins its trial: from here on, what happens to it is the trial's."""

    worker: int


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
    """A worker ended by itself, with its trial; `start` begins it anew."""

    worker: int
    exit_code: int | None
    """Of its process, minus the signal that ended it; None where nobody knows."""
    cause: str = ""
    """Why it died, to go on a sentence with after "its worker", where more is known than an exit status."""
    machine_lost: bool = False
    """Whether it died with its machine, so that nothing speaks against its trial."""


Event = TrialBegan | EpochEnded | TrialEnded | WorkerDied


class Engine(Protocol):
    """Workers, each on one device. Knows no database, and no plan.

    Each worker steps through a trial's epochs (`study.engines.trial_runner`): it tells of one, and goes on as it is
    answered.
    """

    @property
    def machines(self) -> Mapping[int, Machine]:
        """The workers that are there now, by their numbers, each with what it trains on."""
        ...

    @property
    def elastic(self) -> bool:
        """Whether workers come and go while a study runs, so that it is worth waiting for one."""
        ...

    def __enter__(self) -> Self:
        """Return itself."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """End every worker."""
        ...

    def start(self, worker: int, job: Job) -> None:
        """Give a free worker a job."""
        ...

    def answer(self, worker: int, decision: Decision) -> None:
        """Answer a worker's epoch: what becomes of the trial."""
        ...

    def events(self, timeout: float) -> Iterator[Event]:
        """Yield what has happened, waiting up to `timeout` seconds for the first event."""
        ...

    def kill(self, worker: int) -> int | None:
        """End a worker now, with its trial; return its exit status, if it had one."""
        ...

    def stop(self) -> None:
        """End every worker now, whatever it is doing; checkpoints on the disk stay whole."""
        ...
