"""Lines for the user about the workers of a Ray cluster: who came, what is waited for, what differs."""

from __future__ import annotations

import time
from importlib.metadata import version

from study.engines.machine import Machine, workers_in_words
from study.engines.on_ray.cluster import Cluster
from study.engines.on_ray.worker import Arrival

TELL_SECONDS = 5.0
"""How long the line on workers that came waits for others on their way."""
WAIT_SECONDS = 10.0
"""After how long without any worker a line says what is waited for."""


class Telling:
    """Tells each line once."""

    def __init__(self, cluster: Cluster, precision: str | None) -> None:
        """Keep who is told.

        Args:
            cluster: Tells the user.
            precision: As it was asked for; None where trainings have their own.
        """
        self._cluster = cluster
        self._precision = precision
        self._new: list[tuple[str, Machine]] = []
        """Workers that nobody was told of: host, machine."""
        self._since = 0.0
        """When the first of them came (time.monotonic)."""
        self._compared: set[str] = set()
        self._empty_since: float | None = None

    def came(self, host: str, machine: Machine) -> None:
        """Take note of a worker that is ready."""
        self._since = self._since if self._new else time.monotonic()
        self._new.append((host, machine))

    def who_came(self, *, others_may: bool = False) -> None:
        """Tell of the workers that came since the last time, by their hosts.

        Args:
            others_may: Whether others are on their way, for which the line waits a little.
        """
        if others_may and time.monotonic() - self._since < TELL_SECONDS:
            return
        by_host: dict[str, list[Machine]] = {}
        for host, machine in self._new:
            by_host.setdefault(host, []).append(machine)
        self._new.clear()
        for host, machines in by_host.items():
            for line in workers_in_words(machines, self._precision):
                self._cluster.tell(f"Ray node {host}: {line}")

    def whether_none_comes(self, room: int, gpus: float, *, there: bool) -> None:
        """Tell what is waited for, where no worker has come for `WAIT_SECONDS`.

        Args:
            room: How many trials the nodes hold.
            gpus: Of one trial.
            there: Whether there is a worker.
        """
        now = time.monotonic()
        if there:
            self._empty_since = None
        elif self._empty_since is None:
            self._empty_since = now
        elif now - self._empty_since >= WAIT_SECONDS:
            self._empty_since = float("inf")  # said once
            self._cluster.tell(
                f"waiting for the Ray cluster: {self._cluster.trial_in_words(gpus)}, its nodes hold {room} such "
                f"trials, and no worker has begun yet"
            )

    def what_differs(self, arrival: Arrival) -> None:
        """Tell where a node has another PyTorch than this process has, by its release."""
        there, here = (
            told.partition("+")[0] for told in (arrival.machine.environment["packages"]["torch"], version("torch"))
        )
        if there != here and arrival.host not in self._compared:
            self._compared.add(arrival.host)
            self._cluster.tell(
                f"Ray node {arrival.host} has torch {there}, and this process {here}: numbers may differ between "
                f"nodes; the rows of trials say which trained them"
            )
