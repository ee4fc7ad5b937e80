"""What the data tests share: small IDX files, folders of images, and a local mirror."""

import gzip
import hashlib
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

PUBLISHED_FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


class Samples:
    """Small arrays and files, the same every time."""

    @staticmethod
    def idx_bytes(array: NDArray[np.generic], type_code: int = 0x08) -> bytes:
        """Return an array of big-endian values in IDX form."""
        return bytes([0, 0, type_code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()

    @staticmethod
    def balanced_labels(count: int, classes: int = 10) -> NDArray[np.uint8]:
        """Return 0, 1, ... classes - 1, 0, 1, ..., (count,)."""
        return (np.arange(count) % classes).astype(np.uint8)

    @staticmethod
    def random_images(count: int, seed: int = 0) -> NDArray[np.uint8]:
        """Return noise, (count, 28, 28)."""
        return np.random.default_rng(seed).integers(0, 256, (count, 28, 28), dtype=np.uint8)

    @staticmethod
    def published_bytes(training: int = 120, test: int = 20) -> dict[str, bytes]:
        """Return the four files of a small published dataset."""
        contents = (
            Samples.idx_bytes(Samples.random_images(training)),
            Samples.idx_bytes(Samples.balanced_labels(training)),
            Samples.idx_bytes(Samples.random_images(test, seed=1)),
            Samples.idx_bytes(Samples.balanced_labels(test)),
        )
        return dict(zip(PUBLISHED_FILES, contents, strict=True))


@pytest.fixture(scope="session")
def samples() -> type[Samples]:
    """Return the makers of small arrays and files."""
    return Samples


@pytest.fixture
def mnist_root(tmp_path: Path) -> Path:
    """Return a data root with a small MNIST of 120 training and 20 test images."""
    root = tmp_path / "data"
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, content in Samples.published_bytes().items():
        (raw / name).write_bytes(content)
    return root


@pytest.fixture
def write_classes() -> Callable[..., None]:
    """Return a writer of class folders with grey PNG images of noise, 28 x 28, no two of them equal."""

    def write(folder: Path, **counts: int) -> None:
        for shade, (name, count) in enumerate(counts.items()):
            (folder / name).mkdir(parents=True)
            for number in range(count):
                seed = (*folder.name.encode(), shade, number)
                noise = np.random.default_rng(seed).integers(0, 256, (28, 28), dtype=np.uint8)
                Image.fromarray(noise).save(folder / name / f"{number:03}.png")

    return write


@dataclass
class Mirror:
    """A web server of this machine that serves a small published dataset."""

    address: str
    folder: Path
    checksums: dict[str, str]
    requests: list[str] = field(default_factory=list)


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    """Serve the four files, compressed, from 127.0.0.1."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    checksums = {}
    for name, content in Samples.published_bytes().items():
        packed = gzip.compress(content, mtime=0)
        (folder / f"{name}.gz").write_bytes(packed)
        checksums[f"{name}.gz"] = hashlib.md5(packed).hexdigest()
    requests: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            requests.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield Mirror(f"http://127.0.0.1:{server.server_port}/", folder, checksums, requests)
    server.shutdown()
    server.server_close()
    thread.join()
