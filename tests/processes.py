"""The processes of a running program, as the system sees them."""

from __future__ import annotations

import psutil


def workers_of(process: psutil.Process) -> list[psutil.Process]:
    """Returns the worker processes of a command: forked from a server where there is one, else its own children."""
    found = []
    for child in process.children():
        words = " ".join(child.cmdline())
        if "forkserver" in words:
            found += child.children()
        elif "spawn_main" in words:
            found.append(child)
    return found


def actors_of(process: psutil.Process) -> list[psutil.Process]:
    """Returns the workers of Ray nodes that a process has begun."""
    children = process.children(recursive=True)
    return [child for child in children if any("ray::TrialWorker" in word for word in child.cmdline())]
