"""Which process owns a study, and whether it still runs."""

from __future__ import annotations

import os
import socket
import time

import psutil

FOREIGN_OWNER_SECONDS = 60
"""After this silence a study's owner on another machine counts as dead."""


def owner_name() -> str:
    """Return this process as `host:pid:start`; the start time tells it from a later process with its pid."""
    process = psutil.Process()
    return f"{socket.gethostname()}:{os.getpid()}:{process.create_time():.2f}"


def owner_alive(owner: str, seen_at: float) -> bool:
    """Return whether the owner still runs: on this machine by its process, elsewhere by when it was last seen."""
    host, process, start = owner.rsplit(":", 2)
    if host != socket.gethostname():
        return time.time() - seen_at < FOREIGN_OWNER_SECONDS
    try:
        found = psutil.Process(int(process))
        return f"{found.create_time():.2f}" == start and found.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
