"""Which engine trains a launch, as it was asked for; what engines have in common is begun once a command."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from study.engines.inline import InlineEngine
from study.engines.local import LocalEngine
from study.engines.machine import workers_in_words
from study.engines.protocol import Engine
from study.execution.placement import threads_of
from study.prepare.launch import Launch
from study.prepare.own_files import OwnFiles
from study.prepare.request import Request
from study.training.scoring import imported_for

if TYPE_CHECKING:
    from study.engines.on_ray.cluster import Cluster


class Engines:
    """Makes the engine of each launch of a command; a Ray cluster is connected to once, by the first."""

    def __init__(self, request: Request, say: Callable[[str], None]) -> None:
        """Keep who was asked for, and who is told which workers there are."""
        self._request = request
        self._training = request.training
        self._say = say
        self._cluster: Cluster | None = None
        self._open = ExitStack()
        self._told: set[str] = set()
        """Studies whose workers were told of."""

    def __enter__(self) -> Self:
        """Return itself; nothing is begun yet."""
        return self

    def __exit__(self, *error: object) -> None:
        """Leave the cluster, if one was connected."""
        self._open.close()

    def of(self, launch: Launch) -> Engine:
        """Return the engine that trains a launch, to be entered.

        Raises:
            StudyError: A Ray cluster was asked for, and none can be used.
        """
        plan = launch.plan
        modules = imported_for(plan.recorded) if plan.model.own is None else ()
        precision = plan.method.precision if plan.model.own is None else None
        if self._training.engine == "ray":
            return self._on_ray(launch, modules, precision)
        engine: InlineEngine | LocalEngine
        if self._training.engine == "inline":
            engine = InlineEngine(launch.devices[0], launch.data)
        else:
            engine = LocalEngine(launch.devices, launch.data, modules=modules)
        if plan.study not in self._told:
            self._told.add(plan.study)
            machines = [replace(found, threads=threads_of(plan, found)) for found in engine.machines.values()]
            for line in workers_in_words(machines, precision):
                self._say(f"{plan.study}: {line}")
        return engine

    def _on_ray(self, launch: Launch, modules: tuple[str, ...], precision: str | None) -> Engine:
        from study.engines.on_ray.cluster import Cluster, Needs
        from study.engines.on_ray.engine import RayEngine

        if self._cluster is None:
            needs = Needs(self._training.cpus_per_trial, self._training.gpus_per_trial)
            cluster = Cluster(self._training.ray_address, needs, self._say)
            self._cluster = self._open.enter_context(cluster.connected())
        return RayEngine(
            self._cluster,
            launch.data,
            workers=self._request.given.get("workers"),
            device=launch.plan.method.device,
            load=OwnFiles.of(launch.plan),
            modules=modules,
            code=tuple(launch.plan.model.code.files),
            writable=launch.plan.model.own is not None,
            precision=precision,
        )
