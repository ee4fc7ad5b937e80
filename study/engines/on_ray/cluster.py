"""The Ray cluster that a command uses: how it is reached, what it holds, and whether it still answers."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from study.engines.on_ray.signals import held
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
    "RAY_ENABLE_AUTO_CONNECT": "0",  # else what is called once a connection has ended begins one to some other cluster
    "RAY_NUM_REDIS_GET_RETRIES": "1",  # else a cluster that does not answer is asked for ten minutes
}
"""What Ray reads of the environment when it is imported."""
OF_CLIENT = ("ray.client_builder", "ray.util.client", "ray._private.runtime_env.packaging")
"""Loggers of Ray Client, which takes no `logging_level`."""
JOB = "RAY_JOB_CONFIG_JSON_ENV_VAR"
"""In the environment of what `ray job submit` began: the job, with the runtime environment that was asked for."""
LEFT_BEHIND = (".git", ".venv", "venv", "__pycache__", "runs", "*.db", "*.db.files", "*.db-wal", "*.db-shm")
"""What of the working folder does not travel: other than the user's code, and what may be large."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What one trial takes of the cluster while it trains."""

    cpus: float = 1.0
    gpus: float | None = None
    """A fraction shares a GPU. None means one where the cluster has any and the study's device is not the CPU."""


class Cluster:
    """A connection to a Ray cluster, held while a command runs."""

    def __init__(self, address: str, needs: Needs, tell: Callable[[str], None]) -> None:
        """Keep where it is; `connected` connects.

        Args:
            address: `auto`, `local`, HOST:PORT, or `ray://HOST:PORT` of a cluster's client server. For `auto`, the
                environment variable RAY_ADDRESS counts where it is set, as everywhere in Ray.
            needs: What one trial takes.
            tell: Told a line when workers come or the cluster goes.
        """
        stated = os.environ.get("RAY_ADDRESS", "") if address == AUTO else ""
        self.address = stated or address
        self.needs = needs
        self.tell = tell
        self._source = "RAY_ADDRESS" if stated else "--ray-address"
        self._head: tuple[str, int] | None = None
        self._own_node: tuple[str, int] | None = None
        self._answered = self._probed = 0.0
        self._lost_since: float | None = None
        self._known: list[dict[str, Any]] = []
        self._failed = False
        """Whether a call has failed since it connected, by the connection."""

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

    def comes_back(self) -> bool:
        """Try to connect anew to a cluster that was lost; to be asked again where it is not there yet.

        Raises:
            StudyError: It has not come back in `RETURN_SECONDS`.
        """
        now = time.monotonic()
        if self._lost_since is None:
            self._lost_since = now
            self._disconnect()
        elif now - self._probed < PROBE_SECONDS:
            return False
        self._probed = now
        try:
            if self._head is not None and self.address == AUTO:
                self._refuse_silence_at(*self._head)  # else Ray would ask it for most of a minute
            self._connect()
        except StudyError as error:
            if now - self._lost_since > RETURN_SECONDS:
                raise StudyError(
                    f"the Ray cluster did not come back in {RETURN_SECONDS / 60:.0f} minutes; once it runs again, "
                    f"`python -m study resume --engine ray` goes on from the last epochs ({error})"
                ) from error
            return False
        self._lost_since = None
        self.tell("the Ray cluster answers again; trials go on from their last checkpoints")
        return True

    @property
    def is_lost(self) -> bool:
        """Whether the head has not answered for `SILENT_SECONDS`, or Ray is gone from this process's node.

        Both are asked every few seconds. Ray ends a process a quarter of a minute after its node's part of it.
        """
        now = time.monotonic()
        if self._head is not None and now - self._probed >= PROBE_SECONDS:
            self._probed = now
            if _listens(self._head):
                self._answered = time.monotonic()
            if self._own_node is not None and _is_refused(self._own_node):
                return True
        return self._head is not None and now - self._answered > SILENT_SECONDS

    @property
    def is_cut_off(self) -> bool:
        """Whether this is a connection of Ray Client that has ended; whatever is asked of it then raises."""
        return self.address.startswith(CLIENT) and (self._failed or not package().is_initialized())

    def is_cut_off_by(self, error: Exception) -> bool:
        """Return whether an error of a call tells that the connection has ended, and take note of it."""
        self._failed |= isinstance(error, ConnectionError) or type(error).__module__.startswith("grpc")
        return self.is_cut_off

    @property
    def answers(self) -> bool:
        """Whether the head answered when it was last asked."""
        return self._answered >= self._probed

    def gpus_per_trial(self, device: str, *, may_come: bool) -> float:
        """Return the GPUs that one trial takes; 0 trains on the CPU.

        Args:
            device: auto, cpu or cuda; the studies of one command may differ in it.
            may_come: Whether nodes with GPUs may come later, where GPUs were asked for and there are none.

        Raises:
            StudyError: GPUs were asked for, and the cluster has none.
        """
        asked, has = self.needs.gpus, any("GPU" in node["Resources"] for node in self._nodes())
        if device == "cpu":
            return 0.0
        if asked is None:
            asked = 1.0 if has or device == "cuda" else 0.0
        if asked and not has and not may_come:
            raise StudyError(
                "no node of the Ray cluster has a GPU; --device cpu trains without any, and --workers N waits until "
                "nodes with GPUs come"
            )
        return asked

    def room(self, gpus: float) -> int:
        """Return how many trials the nodes hold at once, whoever else uses them.

        Args:
            gpus: Of one trial.

        Raises:
            StudyError: None, and no node can join.
        """
        room = sum(_fit(node["Resources"], self.needs.cpus, gpus) for node in self._nodes())
        if not room and self.address == LOCAL:
            raise StudyError(f"{self.trial_in_words(gpus)}, and this machine has less; a smaller --cpus-per-trial fits")
        return room

    def trial_in_words(self, gpus: float) -> str:
        """Return what a trial takes of a node, to go on a sentence with."""
        takes = f"a trial takes {self.needs.cpus:g} CPU{'s' * (self.needs.cpus != 1)}"
        return takes + (f" and {gpus:g} GPU{'s' * (gpus != 1)}" if gpus else "")

    def is_alive(self, node: str) -> bool:
        """Return whether a node, by its id, is still a part of the cluster; the head may hear of its end later."""
        found = next((entry for entry in self._nodes() if entry["NodeID"] == node), None)
        if found is None or self._head is None:
            return found is not None
        return not _is_refused((found["NodeManagerAddress"], found["NodeManagerPort"]))

    def home(self) -> str | None:
        """Return the id of the node that this process is on; None where it is on none."""
        ray = package()
        if self.address.startswith(CLIENT):
            return None
        identity: str = ray.get_runtime_context().get_node_id()
        return identity

    def _nodes(self) -> list[dict[str, Any]]:
        """Return the nodes; those of the last time where the head does not listen.

        Ray itself would wait for a minute for it, and then end this process.
        """
        if self._head is None or _listens(self._head):
            self._known = [node for node in package().nodes() if node["Alive"]]
        else:
            self._probed = time.monotonic()
        return self._known

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
        for name in OF_CLIENT:
            logging.getLogger(name).setLevel(logging.ERROR)
        try:
            with held():
                ray.init(address=self.address, runtime_env=self._travels(), log_to_driver=False, **options)
        except Exception as error:  # Ray raises its own kinds, gRPC's, and those of the operating system
            raise StudyError(_why_not(self.address, error)) from error
        self._head = self._own_node = None
        self._failed = False
        if not self.address.startswith(CLIENT):
            nodes = self._nodes()
            host, _, port = ray.get_runtime_context().gcs_address.rpartition(":")
            self._head = (host, int(port))
            for node in nodes:
                if node["NodeID"] == self.home():
                    self._own_node = (node["NodeManagerAddress"], node["NodeManagerPort"])
        self._answered = self._probed = time.monotonic()

    def _refuse_silence(self) -> None:
        """Check that somebody listens where the cluster is said to be; Ray itself asks for a long time.

        Raises:
            StudyError: Nobody does, or the address is none.
        """
        if self.address in (AUTO, LOCAL):
            return
        host, _, port = self.address.removeprefix(CLIENT).rpartition(":")
        if not host or "/" in host or not port.isdecimal():
            raise StudyError(f"{self._source} is {AUTO}, {LOCAL}, HOST:PORT or {CLIENT}HOST:PORT, not {self.address!r}")
        self._refuse_silence_at(host, int(port))

    def _refuse_silence_at(self, host: str, port: int) -> None:
        try:
            socket.create_connection((host, port), timeout=PROBE_SECONDS).close()
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            stated = f" ({self._source})" if self._source != "--ray-address" else ""
            raise StudyError(f"no Ray cluster answers at {host}:{port}{stated}: {reason}") from error

    def _disconnect(self) -> None:
        with held(), contextlib.suppress(Exception):
            package().shutdown()

    def _travels(self) -> dict[str, Any]:
        """Return what the workers' nodes get; nothing where the job that this command is brings its own folder."""
        job = json.loads(os.environ.get(JOB) or "{}").get("runtime_env") or {}
        if "working_dir" in job:
            return {}
        return {"working_dir": str(Path.cwd()), "excludes": [*LEFT_BEHIND, *self._shadowing()]}

    def _shadowing(self) -> list[str]:
        """Return what of the working folder no worker could begin with: named as one of Python's own modules."""
        here = Path.cwd()
        found = [
            entry.name
            for entry in (*here.glob("*.py"), *(file.parent for file in here.glob("*/__init__.py")))
            if entry.stem in sys.stdlib_module_names
        ]
        for name in sorted(found):
            self.tell(f"{name} does not travel to the Ray cluster: it would hide Python's own from every worker there")
        return [f"/{name}" for name in found]


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


def _listens(address: tuple[str, int]) -> bool:
    """Return whether somebody takes connections at an address."""
    try:
        socket.create_connection(address, timeout=2).close()
    except OSError:
        return False
    return True


def _is_refused(address: tuple[str, int]) -> bool:
    """Return whether nobody listens any more, where somebody did."""
    try:
        socket.create_connection(address, timeout=2).close()
    except ConnectionRefusedError:
        return True
    except OSError:  # slow, or not to be reached now
        pass
    return False


def _fit(resources: dict[str, float], cpus: float, gpus: float) -> int:
    """Return how many trials a node holds."""
    takes = {name: each for name, each in (("CPU", cpus), ("GPU", gpus)) if each}
    return min((int(resources.get(name, 0.0) / each + 1e-6) for name, each in takes.items()), default=0)


def _why_not(address: str, error: Exception) -> str:
    """Return why a cluster that may be there cannot be used."""
    told = summary(error)
    if "working_dir" in told:
        size = re.search(r"Package size \((.+?)\) exceeds the maximum size of (\S+?)\.(?:\s|$)", told)
        why = f"it holds {size[1]}, and Ray takes {size[2]}" if size else told
        return (
            f"the working folder {Path.cwd()} travels to every node of the Ray cluster, and cannot: {why}; name what "
            f"no training reads in a file .rayignore there, or run the command in a folder of the code alone"
        )
    if address == AUTO:
        return (
            f"no Ray cluster answers on this machine (`ray start --head` begins one, --ray-address names another, "
            f"--ray-address local begins one for this command): {told}"
        )
    return f"the Ray cluster at {address} cannot be used: {told}"
