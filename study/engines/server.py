"""How worker processes begin: on Linux, forked from a server that has imported what they need. Imports no PyTorch."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, SpawnContext
from types import ModuleType

PRELOADED = "study.engines.preloaded"
"""The module that a worker has imported before its first trial."""


def context(further: Sequence[str] = ()) -> ForkServerContext | SpawnContext:
    """Return how this system begins a worker: as a fork of the server on Linux, elsewhere as a process from scratch.

    Args:
        further: Modules beside PRELOADED that the server imports, unless it has begun.
    """
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload([PRELOADED, *further])
    return server


def begin() -> None:
    """Begin the server, on Linux, so that it imports what workers need while this process does other things.

    Without it, it is begun with the first worker. One that no worker is forked from ends with this process.
    """
    if sys.platform == "linux":
        context()
        with interrupts_ignored(), main_module_left_out():
            forkserver.ensure_running()


@contextmanager
def main_module_left_out() -> Iterator[None]:
    """Start processes that do not import the program's main module anew.

    They would run a script that calls this program once more, where it has no `if __name__ == "__main__"`; no worker
    needs it, for whatever a trial is made of is imported by its own name.
    """
    before = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = before


@contextmanager
def interrupts_ignored() -> Iterator[None]:
    """Start processes that ignore Ctrl-C from their first instruction: it reaches the whole group, one decides."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
