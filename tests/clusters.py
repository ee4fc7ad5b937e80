"""A Ray cluster of two nodes of one core on 127.0.0.1, as processes of the tests' own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

STORE_BYTES = 80 * 2**20
ENVIRONMENT = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # Ray's name for a cluster that leaves 127.0.0.1 alone; 0 keeps to it
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".*",
    "RAY_USAGE_STATS_ENABLED": "0",
}
os.environ.update(ENVIRONMENT)  # Ray reads it when it is imported
OPTIONS = {"num_cpus": 1, "object_store_memory": STORE_BYTES, "node_ip_address": "127.0.0.1"}


@contextmanager
def cluster(nodes: int = 2) -> Iterator[Any]:
    """Yields a cluster whose `address` a command can be given; skips the test where there is no Ray."""
    pytest.importorskip("ray", reason="Ray is not installed")
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={**OPTIONS, "include_dashboard": False})
    try:
        for _ in range(nodes - 1):
            made.add_node(**OPTIONS)
        yield made
    finally:
        made.shutdown()
