"""The Ray cluster that a command uses: how it is reached, what it holds, and whether it still answers."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from study.errors import StudyError
from study.storable import summary

if TYPE_CHECKING:
    from types import ModuleType

AUTO, LOCAL = "auto", "local"
"""Addresses: the cluster that runs on this machine; one that is begun on it for this command alone."""
CLIENT = "ray://"
SILENT_SECONDS = 30.0
"""How long the head may not answer before the cluster counts as lost."""
RETURN_SECONDS = 600.0
"""How long a lost cluster is waited for."""
PROBE_SECONDS = 5.0
QUIET = {
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".*",  # else its nodes' logs, of whatever job, stand among what this program prints
    "RAY_NUM_REDIS_GET_RETRIES": "1",  # else a cluster that does not answer is asked for ten minutes
}
"""What Ray reads of the environment when it is imported."""
LEFT_BEHIND = (".git", ".venv", "venv", "__pycache__", "runs", "*.db", "*.db.files", "*.db-wal", "*.db-shm")
"""What of the working folder does not travel: other than the user's code, and what may be large."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What one trial takes of the cluster while it trains."""

    cpus: float = 1.0
    gpus: float | None = None
    """A fraction shares a GPU. None means one where the cluster has any and the device is not the CPU."""
    device: str = "auto"
    """auto, cpu or cuda."""


class Cluster:
    """A connection to a Ray cluster, held while a command runs."""

    def __init__(self, address: str, needs: Needs, tell: Callable[[str], None]) -> None:
        """Keep where it is; `connected` connects.

        Args:
            address: `auto`, `local`, HOST:PORT, or `ray://HOST:PORT` of a cluster's client server.
            needs: What one trial takes.
            tell: Told a line when workers come or the cluster goes.
        """
        self.address = address
        self.needs = needs
        self.tell = tell
        self._head: tuple[str, int] | None = None
        self._answered = self._probed = 0.0

    @contextmanager
    def connected(self) -> Iterator[Cluster]:
        """Connect until the block ends.

        Raises:
            StudyError: Ray is not installed, no cluster answers, or the working folder cannot travel.
        """
        self._connect()
        try:
            yield self
        finally:
            self._disconnect()

    def reconnect(self) -> None:
        """Connect anew to a cluster that was lost, once it runs again.

        Raises:
            StudyError: It does not come back in `RETURN_SECONDS`.
        """
        self._disconnect()
        begun = time.monotonic()
        while True:
            try:
                self._connect()
            except StudyError as error:
                if time.monotonic() - begun > RETURN_SECONDS:
                    raise StudyError(
                        f"the Ray cluster did not come back in {RETURN_SECONDS / 60:.0f} minutes; once it runs again, "
                        f"`python -m study resume --engine ray` goes on from the last epochs ({error})"
                    ) from error
                time.sleep(PROBE_SECONDS)
            else:
                self.tell("the Ray cluster answers again; trials go on from their last checkpoints")
                return

    @property
    def is_lost(self) -> bool:
        """Whether the head has not answered for `SILENT_SECONDS`; asks it every few seconds."""
        now = time.monotonic()
        if self._head is not None and now - self._probed >= PROBE_SECONDS:
            self._probed = now
            with contextlib.suppress(OSError), socket.create_connection(self._head, timeout=2):
                self._answered = time.monotonic()
        return self._head is not None and now - self._answered > SILENT_SECONDS

    @property
    def answers(self) -> bool:
        """Whether the head answered when it was last asked."""
        return self._answered >= self._probed

    def gpus_per_trial(self) -> float:
        """Return the GPUs that one trial takes; 0 trains on the CPU.

        Raises:
            StudyError: GPUs were asked for, and the cluster has none.
        """
        asked, has = self.needs.gpus, any("GPU" in node["Resources"] for node in self._nodes())
        if self.needs.device == "cpu":
            return 0.0
        if asked is None:
            asked = 1.0 if has or self.needs.device == "cuda" else 0.0
        if asked and not has:
            raise StudyError("no node of the Ray cluster has a GPU; --device cpu trains without any")
        return asked

    def room(self, gpus: float) -> int:
        """Return how many trials the nodes hold at once, whoever else uses them.

        Args:
            gpus: Of one trial.
        """
        return sum(_fit(node["Resources"], self.needs.cpus, gpus) for node in self._nodes())

    def is_alive(self, node: str) -> bool:
        """Return whether a node, by its id, is still a part of the cluster."""
        return any(entry["NodeID"] == node for entry in self._nodes())

    def home(self) -> str | None:
        """Return the id of the node that this process is on; None where it is on none."""
        ray = package()
        if self.address.startswith(CLIENT):
            return None
        identity: str = ray.get_runtime_context().get_node_id()
        return identity

    def _nodes(self) -> list[dict[str, Any]]:
        return [node for node in package().nodes() if node["Alive"]]

    def _connect(self) -> None:
        ray = package()
        if ray.is_initialized():
            raise StudyError(
                "this process has a connection to a Ray cluster already; `ray.shutdown()` ends it, and --ray-address "
                "says which cluster is used here"
            )
        self._refuse_silence()
        options: dict[str, Any] = {} if self.address.startswith(CLIENT) else {"logging_level": "ERROR"}
        if self.address == LOCAL:
            options["include_dashboard"] = False
        travels = {"working_dir": str(Path.cwd()), "excludes": list(LEFT_BEHIND)}
        try:
            with _signals_kept():
                ray.init(address=self.address, runtime_env=travels, log_to_driver=False, **options)
        except Exception as error:  # Ray raises its own kinds, gRPC's, and those of the operating system
            raise StudyError(f"{_where(self.address)}: {summary(error)}") from error
        self._head = None
        if not self.address.startswith(CLIENT):
            host, _, port = ray.get_runtime_context().gcs_address.rpartition(":")
            self._head = (host, int(port))
        self._answered = self._probed = time.monotonic()

    def _refuse_silence(self) -> None:
        """Check that somebody listens where the cluster is said to be; Ray itself asks for a long time.

        Raises:
            StudyError: Nobody does, or the address is none.
        """
        if self.address in (AUTO, LOCAL):
            return
        host, _, port = self.address.removeprefix(CLIENT).rpartition(":")
        if not host or not port.isdecimal():
            raise StudyError(f"--ray-address is {AUTO}, {LOCAL}, HOST:PORT or {CLIENT}HOST:PORT, not {self.address!r}")
        try:
            socket.create_connection((host, int(port)), timeout=PROBE_SECONDS).close()
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise StudyError(f"no Ray cluster answers at {self.address}: {reason}") from error

    def _disconnect(self) -> None:
        with _signals_kept(), contextlib.suppress(Exception):
            package().shutdown()


def package() -> ModuleType:
    """Return Ray.

    Raises:
        StudyError: It is not installed.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError as error:
        raise StudyError("--engine ray needs the package 'ray': `pip install 'study[ray]'` brings it") from error
    return ray


def _fit(resources: dict[str, float], cpus: float, gpus: float) -> int:
    """Return how many trials a node holds."""
    takes = {name: each for name, each in (("CPU", cpus), ("GPU", gpus)) if each}
    return min((int(resources.get(name, 0.0) / each + 1e-6) for name, each in takes.items()), default=0)


def _where(address: str) -> str:
    if address == AUTO:
        return (
            "no Ray cluster answers on this machine (`ray start --head` begins one, --ray-address names another, "
            "--ray-address local begins one for this command)"
        )
    return f"the Ray cluster at {address} cannot be used"


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Keep this program's handlers of signals, in place of which Ray puts its own."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            with contextlib.suppress(ValueError):  # not in the main thread, which alone may have changed them
                signal.signal(number, handler)
