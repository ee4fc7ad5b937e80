"""The data of a study on the nodes of a cluster: put once into Ray's object store, or loaded by a node that has it."""

from __future__ import annotations

from typing import Any

from study.data import TrialData
from study.engines.on_ray.cluster import package
from study.engines.on_ray.packed import OWN_FILES_BYTES, Load, own, pack


class NodeData:
    """Says where a node's workers take the data from: one memory a node, whatever it came from."""

    def __init__(self, data: TrialData, load: Load | None) -> None:
        """Keep the data, and what loads it from a node's own files; `put` gives it to the cluster."""
        self._packed = pack(data)
        self._load = load if self._packed.bytes >= OWN_FILES_BYTES else None
        self._of_nodes: dict[str, Any] = {}
        self._common: Any = None

    def put(self) -> None:
        """Put the data into the object store of a cluster that was just connected."""
        self._of_nodes.clear()
        self._common = package().put(self._packed)

    def on_node(self, node: str) -> Any:  # noqa: ANN401 - Ray's own
        """Return a reference to the data for the workers of a node; None while it is not decided where that is."""
        return self._common if self._load is None else self._of_nodes.get(node)

    def ask(self, node: str) -> tuple[Any, Any]:
        """Let a node look whether it has the data's files, and load them.

        Returns:
            References to whether it has, and to what it loaded; the first is to be waited for.
        """
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        there = NodeAffinitySchedulingStrategy(node, soft=False)
        task = package().remote(own).options(num_cpus=0, num_returns=2, max_retries=0, scheduling_strategy=there)
        found, packed = task.remote(self._load)
        return found, packed

    def decide(self, node: str, packed: Any) -> None:  # noqa: ANN401 - Ray's own
        """Let the workers of a node take what it loaded, or the data that travels where that is None."""
        self._of_nodes[node] = self._common if packed is None else packed
