"""Downloads, from web servers of this machine: mirrors, checksums, and giving up in time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from study.data import UnavailableError, load_dataset
from study.data.published import download
from study.data.published.download import Source, fetch, published_source

if TYPE_CHECKING:
    from tests.data.conftest import Mirror

IMAGES = "train-images-idx3-ubyte.gz"


@pytest.fixture
def refusing() -> str:
    """Return an address of this machine where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}/"


@pytest.fixture
def silent() -> Iterator[str]:
    """Return an address of this machine that takes requests and answers none before the test has ended."""
    released = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            released.wait(30)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False  # closing waits for the answers, so that no connection breaks off
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    released.set()
    server.shutdown()
    server.server_close()


def test_mnist_is_downloaded_once(
    mirror: Mirror, mnist_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusing: str
) -> None:
    source = Source((refusing, mirror.address), mirror.checksums)
    monkeypatch.setattr("study.data.published.sets.published_source", lambda _: source)
    root = tmp_path / "new"
    dataset = load_dataset("auto", data_root=root)
    assert (dataset.name, dataset.notes) == ("mnist", ())
    assert dataset.content_hash == load_dataset("mnist", data_root=mnist_root).content_hash
    assert sorted(path.name for path in (root / "MNIST" / "raw").iterdir()) == sorted(mirror.checksums)
    assert load_dataset("auto", data_root=root).content_hash == dataset.content_hash
    assert len(mirror.requests) == 4


def test_only_missing_files_are_downloaded(mirror: Mirror, mnist_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source((mirror.address,), mirror.checksums)
    monkeypatch.setattr("study.data.published.sets.published_source", lambda _: source)
    (mnist_root / "MNIST" / "raw" / "t10k-labels-idx1-ubyte").unlink()
    load_dataset("mnist", data_root=mnist_root)
    assert mirror.requests == ["/t10k-labels-idx1-ubyte.gz"]


def test_the_mirror_that_served_is_asked_first_next_time(mirror: Mirror, silent: str, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(download, "CONNECT_SECONDS", 0.2)
        patch.setattr(download, "CONNECT_SECONDS_IN_ALL", 0.5)  # enough for one wait, not for four
        fetch(mirror.checksums, Source((silent, mirror.address), mirror.checksums), tmp_path / "raw")
    assert len(mirror.requests) == 4


def test_wrong_checksum_goes_to_the_next_mirror(mirror: Mirror, tmp_path: Path) -> None:
    (mirror.folder / "stale").mkdir()
    (mirror.folder / "stale" / IMAGES).write_bytes(b"something else")
    source = Source((f"{mirror.address}stale/", mirror.address), mirror.checksums)
    fetch([IMAGES], source, tmp_path / "raw")
    assert mirror.requests == [f"/stale/{IMAGES}", f"/{IMAGES}"]
    assert (tmp_path / "raw" / IMAGES).read_bytes() == (mirror.folder / IMAGES).read_bytes()


def test_all_mirrors_fail(mirror: Mirror, refusing: str, tmp_path: Path) -> None:
    (mirror.folder / IMAGES).write_bytes(b"something else")
    source = Source((refusing, f"{mirror.address}none/", mirror.address), mirror.checksums)
    folder = tmp_path / "raw"
    with pytest.raises(UnavailableError) as caught:
        fetch([IMAGES], source, folder)
    assert str(caught.value) == (
        f"'{IMAGES}' could not be downloaded ({refusing}: Connection refused; {mirror.address}none/: HTTP "
        f"status 404 File not found; {mirror.address}: expected MD5 {mirror.checksums[IMAGES]}, found "
        f"6c7ba9c5a141421e1c03cb9807c97c74); put it into '{folder}' yourself, or choose another dataset."
    )
    assert list(folder.iterdir()) == []


def test_a_connection_that_breaks_off(tmp_path: Path) -> None:
    server = socket.create_server(("127.0.0.1", 0))

    def answer_once() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\nhalf")

    thread = threading.Thread(target=answer_once)
    thread.start()
    address = f"http://127.0.0.1:{server.getsockname()[1]}/"
    with pytest.raises(UnavailableError) as caught:
        fetch([IMAGES], Source((address,), {IMAGES: "0" * 32}), tmp_path)
    thread.join()
    server.close()
    assert str(caught.value) == (
        f"'{IMAGES}' could not be downloaded ({address}: the connection ended after 4 of 100 bytes); put it "
        f"into '{tmp_path}' yourself, or choose another dataset."
    )


def test_waiting_is_bounded_over_all_mirrors(silent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "CONNECT_SECONDS", 0.2)
    monkeypatch.setattr(download, "CONNECT_SECONDS_IN_ALL", 0.5)
    mirrors = tuple(f"{silent}{number}/" for number in range(20))
    started = time.monotonic()
    with pytest.raises(UnavailableError) as caught:
        fetch([IMAGES], Source(mirrors, {IMAGES: "0" * 32}), tmp_path)
    assert time.monotonic() - started < 2
    assert f"{mirrors[0]}: no answer within 0.2 s; " in str(caught.value)


def test_the_promised_limit() -> None:
    assert download.CONNECT_SECONDS_IN_ALL <= 10


def test_a_folder_that_cannot_be_written(mirror: Mirror, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(UnavailableError) as caught:
        fetch([IMAGES], Source((mirror.address,), mirror.checksums), blocked / "raw")
    assert str(caught.value) == (f"'{blocked / 'raw'}' cannot be written: Not a directory; choose another data folder.")


def test_the_progress_bar_leaves_standard_output_alone(
    mirror: Mirror, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fetch([IMAGES], Source((mirror.address,), mirror.checksums), tmp_path)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("class_name", ["MNIST", "FashionMNIST", "KMNIST"])
def test_torchvision_knows_the_files(class_name: str) -> None:
    source = published_source(class_name)
    assert set(source.checksums) == {
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
    }
    assert all(mirror.endswith("/") for mirror in source.mirrors)


def test_mnist_has_an_extra_mirror_at_the_end() -> None:
    assert published_source("MNIST").mirrors[-1] == "https://mirror.tuna.tsinghua.edu.cn/mnist/"
