"""Workers as actors of a Ray cluster: as many as it holds, coming and going with its nodes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from study.data import TrialData
from study.engines.job import Job, Outcome
from study.engines.machine import Machine
from study.engines.on_ray.cluster import PROBE_SECONDS, SILENT_SECONDS, Cluster, package
from study.engines.on_ray.node_data import NodeData
from study.engines.on_ray.packed import Load
from study.engines.on_ray.relay import Relay
from study.engines.on_ray.signals import held
from study.engines.on_ray.telling import Telling
from study.engines.on_ray.worker import Arrival, Setting, TrialWorker, shared
from study.engines.protocol import EpochEnded, Event, TrialBegan, TrialEnded, WorkerDied
from study.errors import StudyError
from study.files import File, LocalFile
from study.importing import users_folders
from study.storable import summary
from study.trial import Decision, Epoch
from study.version import __version__

SCALE_SECONDS = 3.0
"""How often the cluster is asked for how many workers it has room."""
STARTS_ALLOWED = 3
"""How many workers in a row may fail to begin; then something is wrong with the nodes."""
NOBODY = -1
STOP_SECONDS = 5.0
"""How long what workers sent is waited for, where the cluster does not answer while they are ended."""


@dataclass(slots=True)
class _Worker:
    actor: Any
    node: str | None = None
    host: str = ""
    machine: Machine | None = None
    """Not before it has all that it needs."""
    lent: tuple[File, ...] = ()
    """Files of its trial that it sends here."""


@dataclass(frozen=True, slots=True)
class _Call:
    """What a worker, or a node, was asked for last."""

    worker: int
    method: str
    node: str = ""
    loaded: Any = None
    """Reference to what a node loads."""


class RayEngine:
    """Workers that Ray places on the nodes of a cluster; as `study.engines.protocol.Engine`.

    Each has its own process, on a node that has room for what one trial takes. A node that joins gets workers within
    seconds; those of one that leaves are gone, and their trials go on elsewhere.
    """

    elastic = True

    def __init__(
        self,
        cluster: Cluster,
        data: TrialData,
        *,
        workers: int | None,
        device: str = "auto",
        load: Load | None = None,
        modules: Sequence[str] = (),
        code: Sequence[str] = (),
        writable: bool = False,
        precision: str | None = "auto",
    ) -> None:
        """Keep what workers need; `__enter__` asks for them.

        Args:
            cluster: Connected while this engine is in use.
            data: What they train on.
            workers: How many to ask for, whether or not there is room for all now; None means as many as there is.
            device: auto, cpu or cuda.
            load: Loads the data on a node that has its files.
            modules: What a worker has imported, beside PyTorch, before its first trial.
            code: Modules that the model is made of, which every node has to have.
            writable: Whether trainings may write into the data.
            precision: As it was asked for; None where trainings have their own.
        """
        self.machines: dict[int, Machine] = {}
        self._cluster = cluster
        self._data = NodeData(data, load)
        self._limit = workers
        self._device = device
        self._modules = tuple(modules)
        self._code = tuple(code)
        self._writable = writable
        self._telling = Telling(cluster, precision)
        self._workers: dict[int, _Worker] = {}
        self._calls: dict[Any, _Call] = {}
        self._failed_starts = 0
        self._scaled = float("-inf")
        self._is_away = False
        """Whether the cluster was lost, and is not back yet."""

    @held()
    def __enter__(self) -> Self:
        """Put the data into the object store, and ask for workers."""
        gpus = self._cluster.gpus_per_trial(self._device, may_come=self._limit is not None)
        self._setting = Setting(
            gpus=gpus,
            threads=1 if gpus else max(1, int(self._cluster.needs.cpus)),
            modules=self._modules,
            code=self._code,
            folders=shared(users_folders(), Path.cwd()),
            writable=self._writable,
        )
        self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """End every worker."""
        self.stop()

    @held()
    def start(self, worker: int, job: Job) -> None:
        """Give a free worker a job."""
        entry = self._workers[worker]
        with self._unless_cut_off():
            self._relay.deliver()
            entry.lent = tuple(file for file in (job.checkpoint, job.weights) if isinstance(file, LocalFile))
            if entry.lent:
                job = replace(job, checkpoint=self._relay.lend(job.checkpoint), weights=self._relay.lend(job.weights))
            self._call(worker, "begin", job)

    @held()
    def answer(self, worker: int, decision: Decision) -> None:
        """Answer a worker's epoch: what becomes of the trial."""
        if worker in self._workers:  # it may have died meanwhile; events() tells
            with self._unless_cut_off():
                self._call(worker, "step", decision)

    def events(self, timeout: float) -> Iterator[Event]:
        """Yield what has happened, waiting up to `timeout` seconds for the first event.

        Raises:
            StudyError: Workers cannot be begun, or the cluster is lost and does not come back.
        """
        happened: list[Event] = []
        with held(), self._unless_cut_off():
            happened = list(self._happened(timeout))
        yield from happened
        if not happened and not self._calls:
            time.sleep(timeout)

    def _happened(self, timeout: float) -> Iterator[Event]:
        if self._is_away:
            if not self._cluster.comes_back():
                return
            self._is_away = False
            self._open()
        if self._cluster.is_lost or self._cluster.is_cut_off or self._relay.silent_seconds > SILENT_SECONDS:
            yield from self._lost()
            return
        self._scale()
        if not self._calls:
            return
        ray, calls = package(), list(self._calls)
        ready, _ = ray.wait(calls, num_returns=1, timeout=timeout)
        if ready:
            ready, _ = ray.wait(calls, num_returns=len(calls), timeout=0)
        if not self._relay.deliver():  # what a trial sent is written before its epoch or its end is told
            return
        for reference in ready:
            if (call := self._calls.pop(reference, None)) is not None:  # else it was killed meanwhile
                yield from self._came(call, reference)

    @held()
    def kill(self, worker: int) -> int | None:
        """End a worker's process now; another one takes its place."""
        if (entry := self._forget(worker)) is not None:
            with self._unless_cut_off():
                package().kill(entry.actor)
        return None

    @held()
    def stop(self) -> None:
        """End every worker now, whatever it is doing, once what they sent is written."""
        until = time.monotonic() + STOP_SECONDS
        with self._unless_cut_off():
            while self._workers and not self._relay.deliver() and time.monotonic() < until:
                pass
        for worker in list(self._workers):
            self.kill(worker)
        self._telling.who_came()

    @contextmanager
    def _unless_cut_off(self) -> Iterator[None]:
        """Pass over what a connection that has ended raises: `events` tells of that."""
        try:
            yield
        except Exception as error:  # Ray Client has no kind of its own for it
            if not self._cluster.is_cut_off_by(error):
                raise

    # Workers come

    def _open(self) -> None:
        self._relay = Relay(self._cluster)
        self._data.put()
        self._scaled = float("-inf")
        self._scale()

    def _scale(self) -> None:
        """Ask for workers where there is room for more, and take back what there is no room for any more."""
        if time.monotonic() - self._scaled < SCALE_SECONDS or not self._answers:
            return
        self._scaled = time.monotonic()
        room = self._cluster.room(self._setting.gpus)
        wanted = room if self._limit is None else self._limit
        for worker in sorted(self._workers, reverse=True)[: max(0, len(self._workers) - wanted)]:
            if self._workers[worker].machine is None:
                self.kill(worker)
        numbers = (number for number in range(wanted) if number not in self._workers)
        for number in list(numbers)[: max(0, wanted - len(self._workers))]:
            self._begin(number)
        self._telling.who_came(others_may=True)
        self._telling.whether_none_comes(room, self._setting.gpus, there=bool(self.machines))

    def _begin(self, number: int) -> None:
        options = {"num_cpus": self._cluster.needs.cpus, "num_gpus": self._setting.gpus, "max_restarts": 0}
        actor = package().remote(TrialWorker).options(**options).remote(self._setting)
        self._workers[number] = _Worker(actor)
        self._call(number, "arrive")

    # What they tell

    def _came(self, call: _Call, reference: Any) -> Iterator[Event]:  # noqa: ANN401 - Ray's own
        ray = package()
        if call.method == "load":
            self._loaded(call, reference)
            return
        try:
            found = ray.get(reference)
        except ray.exceptions.RayTaskError as error:
            # No trial's code raises here, for what it raises is an outcome.
            raise StudyError(f"a worker of the Ray cluster cannot {call.method}: {summary(error.cause)}") from error
        except ray.exceptions.RayError as error:
            yield from self._died(call, error)
            return
        match call.method:
            case "arrive":
                self._arrived(call.worker, found)
            case "take":
                self._is_there(call.worker)
            case "begin":
                yield TrialBegan(call.worker)
                self._call(call.worker, "step", None)
            case _:
                yield self._stepped(call.worker, found)

    def _arrived(self, worker: int, arrival: Arrival) -> None:
        if arrival.program != __version__:
            raise StudyError(
                f"node {arrival.host} has version {arrival.program} of this program, and this is {__version__}; "
                f"install the same on every node"
            )
        if arrival.missing:
            raise StudyError(
                f"node {arrival.host} has no module {', '.join(map(repr, arrival.missing))}, which the model is made "
                f"of; what travels there is the working folder {Path.cwd()} without what its .gitignore and .rayignore "
                f"name: run the command in a folder that holds the code, or install it on every node"
            )
        self._telling.what_differs(arrival)
        entry = self._workers[worker]
        entry.node, entry.host, entry.machine = arrival.node, arrival.host, arrival.machine
        if self._data.on_node(arrival.node) is not None:
            self._give_data(arrival.node)
        elif not any(call.node == arrival.node for call in self._calls.values()):
            found, loaded = self._data.ask(arrival.node)
            self._calls[found] = _Call(NOBODY, "load", arrival.node, loaded)

    def _give_data(self, node: str) -> None:
        """Give the data to the workers of a node that have none yet."""
        asked = {call.worker for call in self._calls.values()}
        for number, entry in self._workers.items():
            if entry.node == node and number not in self.machines and number not in asked:
                self._call(number, "take", self._data.on_node(node))

    def _loaded(self, call: _Call, reference: Any) -> None:  # noqa: ANN401 - Ray's own
        """Take note of what a node found of its own files; one that cannot tell has none."""
        ray = package()
        try:
            found = ray.get(reference)
        except ray.exceptions.RayError:
            found = False
        self._data.decide(call.node, call.loaded if found else None)
        if found:
            self._cluster.tell(f"Ray: node {call.node[:8]} loads the data from its own files")
        self._give_data(call.node)

    def _is_there(self, worker: int) -> None:
        entry = self._workers[worker]
        assert entry.machine is not None  # it arrived
        self._failed_starts = 0
        self.machines[worker] = entry.machine
        self._telling.came(entry.host, entry.machine)
        others = any(call.method in ("arrive", "take", "load") for call in self._calls.values())
        self._telling.who_came(others_may=others)

    def _stepped(self, worker: int, happened: Epoch | Outcome) -> Event:
        if isinstance(happened, Epoch):
            return EpochEnded(worker, happened)
        self._give_back(worker)
        if happened.stuck:
            self.kill(worker)  # the next trial gets a process that nothing was done to
        return TrialEnded(worker, happened)

    # Workers go

    def _died(self, call: _Call, error: Exception) -> Iterator[Event]:
        """Tell of a worker that died; one that never began is begun again.

        Raises:
            StudyError: Several in a row could not be begun.
        """
        entry = self._workers.get(call.worker)
        node_lost = entry is not None and entry.node is not None and self._node_is_gone(entry.node)
        began = call.worker in self.machines
        if (gone := self._forget(call.worker)) is not None:
            package().kill(gone.actor)  # Ray may only have lost sight of it
        if began:
            yield WorkerDied(call.worker, None, _cause(error, node_lost=node_lost), machine_lost=node_lost)
            return
        self._failed_starts += not node_lost
        if self._failed_starts >= STARTS_ALLOWED:
            raise StudyError(
                f"{self._failed_starts} workers in a row could not begin on the Ray cluster: {summary(error)}; "
                f"every node needs this program with its packages, in the version of this process"
            )

    def _node_is_gone(self, node: str) -> bool:
        """Return whether a node is no part of the cluster any more; so it counts while the cluster does not answer."""
        return not (self._answers and self._cluster.is_alive(node) and self._answers)

    @property
    def _answers(self) -> bool:
        """Whether the cluster answered when it was last asked."""
        return self._cluster.answers and self._relay.silent_seconds < PROBE_SECONDS

    def _lost(self) -> Iterator[Event]:
        """Tell that every worker is gone with the cluster."""
        self._cluster.tell(
            "the Ray cluster, or Ray on this machine, does not answer any more; waiting for it to come back"
        )
        lost = list(self.machines)
        self._workers.clear()
        self._calls.clear()
        self.machines.clear()
        for worker in lost:
            yield WorkerDied(worker, None, "was lost with the Ray cluster", machine_lost=True)
        self._is_away = True

    def _forget(self, worker: int) -> _Worker | None:
        self._give_back(worker)
        self._calls = {reference: call for reference, call in self._calls.items() if call.worker != worker}
        self.machines.pop(worker, None)
        self._scaled = float("-inf")
        return self._workers.pop(worker, None)

    def _give_back(self, worker: int) -> None:
        """Take no more of the files of a worker's trial."""
        if (entry := self._workers.get(worker)) is not None:
            for file in entry.lent:
                self._relay.give_back(file)
            entry.lent = ()

    def _call(self, worker: int, method: str, *given: Any) -> None:  # noqa: ANN401 - what the method takes
        reference = getattr(self._workers[worker].actor, method).remote(*given)
        self._calls[reference] = _Call(worker, method)


def _cause(error: Exception, *, node_lost: bool) -> str:
    """Return how a worker died, to go on a sentence with."""
    if node_lost:
        return "was lost with its node"
    told = str(error)
    if "SYSTEM_ERROR" in told or "connection error" in told:
        return "died: its process was killed or crashed (out of memory?)"
    return f"died: {summary(error)}"
