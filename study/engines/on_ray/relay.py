"""Files of trials that lie in a folder of the coordinator's: workers elsewhere send them there, and share no disk."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from study.engines.on_ray.cluster import PROBE_SECONDS, Cluster, package
from study.files import File, FileWriteError

SEND_SECONDS = 300.0
"""How long a worker waits for a file to be taken from it."""
TAKE_SECONDS = 1.0
"""How long the coordinator waits for the mailbox before it looks after something else."""


class Mailbox:
    """Takes files from workers until the coordinator fetches them; an actor, which takes no processor."""

    def __init__(self) -> None:
        """Begin empty."""
        self._came: list[tuple[str, bytes | None]] = []

    def put(self, name: str, content: bytes | None) -> None:
        """Take a file, or None in place of one that is to be removed."""
        self._came.append((name, content))

    def take(self) -> list[tuple[str, bytes | None]]:
        """Return what came since the last time, in its order."""
        came, self._came = self._came, []
        return came


@dataclass(slots=True)
class RelayedFile:
    """A file as a worker on another machine sees it; as `study.files.File`."""

    path: str
    """Of the file, as people see it."""
    mailbox: Any
    content: bytes | None = field(repr=False)
    """What it held when the trial was given to the worker, or was last given to it; None where it is not there."""

    @property
    def name(self) -> str:
        """Its last part."""
        return self.path.replace("\\", "/").rpartition("/")[2]

    @property
    def stem(self) -> str:
        """Its last part up to the ending."""
        return self.name.rpartition(".")[0] or self.name

    def read(self) -> bytes:
        """Return its content."""
        if self.content is None:
            raise FileNotFoundError(self.path)
        return self.content

    def write(self, content: bytes) -> None:
        """Send it, and return once it was taken."""
        self._send(content)
        self.content = content

    def remove(self) -> None:
        """Let it be removed if it is there."""
        if self.content is not None:
            self._send(None)
        self.content = None

    def exists(self) -> bool:
        """Return whether it is there."""
        return self.content is not None

    def __str__(self) -> str:
        return self.path

    def _send(self, content: bytes | None) -> None:
        try:
            package().get(self.mailbox.put.remote(self.path, content), timeout=SEND_SECONDS)
        except Exception as error:  # whatever became of the mailbox's node
            raise FileWriteError(None, f"{self.path} cannot be sent to the coordinator: {error}") from error


class Relay:
    """The coordinator's end: gives workers files of a folder, and writes those that they send."""

    def __init__(self, cluster: Cluster) -> None:
        """Begin a mailbox on this process's node, if it is on one."""
        ray = package()
        options: dict[str, Any] = {"num_cpus": 0, "max_restarts": -1, "max_task_retries": -1}
        if (home := cluster.home()) is not None:
            from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

            options["scheduling_strategy"] = NodeAffinitySchedulingStrategy(home, soft=True)
        self._mailbox = ray.remote(Mailbox).options(**options).remote()
        self._files: dict[str, File] = {}
        self._taking: Any = None
        """Reference to what the mailbox was asked for, while it has not answered."""
        self._asked = float("-inf")
        self._is_up = False

    @property
    def silent_seconds(self) -> float:
        """How long the mailbox, and so the cluster, has owed an answer; 0 before its first one, which may take long."""
        return time.monotonic() - self._asked if self._is_up and self._taking is not None else 0.0

    def lend(self, file: File) -> RelayedFile:
        """Return a file as a worker sees it, with what it holds now; what the worker sends is written here.

        Raises:
            FileReadError: It cannot be read.
        """
        try:
            content = file.read()
        except FileNotFoundError:
            content = None
        self._files[str(file)] = file
        return RelayedFile(str(file), self._mailbox, content)

    def give_back(self, file: File) -> None:
        """Write nothing more of a file, whatever a worker still sends."""
        self._files.pop(str(file), None)

    def deliver(self) -> bool:
        """Write what came; of a file that came several times, the last.

        Returns:
            Whether that is all; else the mailbox does not answer now, and is to be asked again.

        Raises:
            FileWriteError: A file cannot be written.
        """
        ray, now = package(), time.monotonic()
        if self._taking is None:
            if not self._files and now - self._asked < PROBE_SECONDS:
                return True
            self._taking, self._asked = self._mailbox.take.remote(), now
        try:
            came = ray.get(self._taking, timeout=TAKE_SECONDS)
        except ray.exceptions.GetTimeoutError:
            return False
        except (ray.exceptions.RayError, ConnectionError):  # its node or the connection is gone: it will not answer
            time.sleep(TAKE_SECONDS)
            return False
        self._taking, self._is_up = None, True
        for name, content in dict(came).items():
            file = self._files.get(name)
            if file is None:
                continue
            if content is None:
                file.remove()
            else:
                file.write(content)
        return True
