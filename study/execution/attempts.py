"""What the trials in hand have cost so far: the seconds of each, and the worker processes that it has lost."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field

from study.engines.job import Job
from study.trial import Epoch, Trial

DEATHS_ALLOWED = 2
"""How often in a row a trial may lose its worker process without having come further, before it counts as failed."""


@dataclass(slots=True)
class Running:
    """A trial in the hands of a worker."""

    trial: Trial
    job: Job
    seconds: dict[int, float] = field(default_factory=dict)
    """Epoch -> its seconds, of those in the database; a resumed trial may send the last ones again."""
    resumed_after: int = 0
    """Epochs in the database when it was started here."""
    since: float | None = None
    """When its last epoch ended here, or its worker began it (time.monotonic); None before that."""

    @property
    def last_epoch(self) -> int:
        """The last epoch in the database, 0 for none."""
        return max(self.seconds, default=0)

    def began(self, now: float) -> None:
        """Take note that a worker is at it."""
        self.since = now

    def record(self, epoch: Epoch, now: float) -> None:
        """Take note of an epoch."""
        self.seconds[epoch.number] = epoch.seconds
        self.since = now

    def trained(self, now: float) -> float:
        """Return the seconds that it has trained in all: its recorded epochs, and since the last one of them here."""
        return sum(self.seconds.values()) + (0.0 if self.since is None else now - self.since)


class Deaths:
    """Counts the worker processes that died in a trial's hands since it last came further."""

    def __init__(self) -> None:
        """Begin without any death."""
        self._counts: dict[str, tuple[int, int]] = {}

    def add(self, trial: str, last_epoch: int) -> int:
        """Count a death.

        Args:
            trial: The trial's id.
            last_epoch: How far the trial has come.

        Returns:
            How many deaths in a row it has met at this epoch.
        """
        count, epoch = self._counts.get(trial, (0, -1))
        count = 1 if last_epoch > epoch else count + 1
        self._counts[trial] = (count, last_epoch)
        return count


def how_it_died(exit_code: int | None) -> str:
    """Return how a process ended, in words."""
    if exit_code is None or exit_code >= 0:
        return f"ended with exit status {exit_code}"
    number = -exit_code
    guess = {signal.SIGKILL: " (out of memory?)", signal.SIGSEGV: " (a crash in compiled code)"}
    return f"was killed by signal {number}{guess.get(number, '')}"  # type: ignore[call-overload]
