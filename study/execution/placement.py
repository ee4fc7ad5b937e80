"""Which free worker trains a trial: one of the kind of machine that the trial was begun on, if there is any."""

from __future__ import annotations

import time
from collections.abc import Sequence

from study.engines.machine import Machine
from study.engines.protocol import Engine
from study.plan import Plan
from study.trial import Trial

MOVE_SECONDS = 60.0
"""How long a trial waits for a worker of its kind of machine to come, where workers come and go."""


def threads_of(plan: Plan, machine: Machine) -> int:
    """Return the threads that a trial of a study trains with on a machine.

    A trial's numbers depend on them, and a machine's share of the cores on how many workers there are: a search that no
    timing changes takes one.
    """
    return machine.threads if plan.method.reproducible is None else 1


class Placement:
    """Keeps trials on the kind of machine that they were begun on, where their numbers go on bit for bit."""

    def __init__(self, engine: Engine) -> None:
        """Keep the engine; no trial was begun yet."""
        self._engine = engine
        self._kinds: dict[str, str] = {}
        self._waits_since: dict[str, float] = {}

    def began(self, trial: str, kind: str) -> None:
        """Take note of the kind of machine that a trial is, or was, trained on."""
        self._kinds[trial] = kind
        self._waits_since.pop(trial, None)

    def worker_for(self, trial: Trial, free: Sequence[int]) -> int | None:
        """Return who is to train a trial now; None where it is better to wait.

        A trial waits while all workers of its kind are busy, and where workers come and go, `MOVE_SECONDS` for one of
        its kind to come. Then any other one takes it.

        Args:
            trial: It has no worker.
            free: Workers that have no trial; at least one.
        """
        machines, kind = self._engine.machines, self._kinds.get(trial.id)
        alike = [worker for worker in free if kind in (None, machines[worker].kind)]
        if alike:
            return alike[0]
        if any(machine.kind == kind for machine in machines.values()):
            self._waits_since.pop(trial.id, None)
            return None
        since = self._waits_since.setdefault(trial.id, time.monotonic())
        return None if self._engine.elastic and time.monotonic() - since < MOVE_SECONDS else free[0]

    def move_in_words(self, trial: Trial, kind: str) -> str | None:
        """Return a sentence where a trial is to go on on another kind of machine than it was begun on."""
        before = self._kinds.get(trial.id)
        if before in (None, kind):
            return None
        return (
            f"{trial.title} was trained on {before} and goes on on {kind}, for no worker is of its kind any more: its "
            f"numbers may differ in their last digits from those of an undisturbed run, and its row says so"
        )
