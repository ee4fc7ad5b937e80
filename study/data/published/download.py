"""Fetch published files from the first mirror that has them, checked by MD5.

Knows where torchvision says that the files are; reads none of them. Gives up soon: whoever is offline should
hear so within seconds.

By hand, not by pooch 1.9: no timeout of its downloader bounds a name look-up or a host's several addresses, so the
waiting, the reading and the bar would stay here, and 18 of 223 lines go, for six more packages; and it makes the
folder before it has an answer, so that whoever is offline would be left an empty one.
"""

import hashlib
import http.client
import itertools
import os
import queue
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from study.errors import StudyError

CONNECT_SECONDS = 3.0
"""Longest wait for one mirror's answer: name look-up, connection and response header together."""
CONNECT_SECONDS_IN_ALL = 10.0
"""Longest wait for answers in one `fetch`, summed over mirrors and files."""
STALL_SECONDS = 15.0
"""Longest pause in the middle of a file."""
CHUNK_BYTES = 1 << 16

EXTRA_MIRRORS: Mapping[str, tuple[str, ...]] = {"MNIST": ("https://mirror.tuna.tsinghua.edu.cn/mnist/",)}
"""torchvision's dataset class -> mirrors to try after torchvision's own."""


class UnavailableError(StudyError):
    """A published dataset is not on disk and cannot be had."""

    def __init__(self, message: str, *, reason: str) -> None:
        """Keep the message and, for use inside another sentence, the reason: 'could not be downloaded'."""
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Source:
    """Where a dataset's files are published."""

    mirrors: tuple[str, ...]
    """Addresses ending in a slash, the first to be tried first."""
    checksums: Mapping[str, str]
    """File name -> MD5, hexadecimal."""


@dataclass(slots=True)
class _Patience:
    """How much waiting for answers is left."""

    seconds: float = field(default_factory=lambda: CONNECT_SECONDS_IN_ALL)

    def open(self, address: str) -> http.client.HTTPResponse:
        """Open an address, waiting no longer than `CONNECT_SECONDS` and what is left.

        The wait is a thread's, since no timeout of a socket covers the look-up of a host's name or the sum
        over its several addresses. An abandoned thread ends by itself and holds nobody up.

        Raises:
            OSError: No answer in time, or an answer that is an error.
            http.client.HTTPException: An answer that is not HTTP.
        """
        answers: queue.SimpleQueue[http.client.HTTPResponse | Exception] = queue.SimpleQueue()
        abandoned = threading.Event()

        def wait_for_answer() -> None:
            try:
                answer = urllib.request.urlopen(address, timeout=STALL_SECONDS)
            except Exception as error:  # handed on to the waiting thread, whatever it is
                answers.put(error)
                return
            if abandoned.is_set():
                answer.close()
            else:
                answers.put(answer)

        limit = min(CONNECT_SECONDS, self.seconds)
        started = time.monotonic()
        threading.Thread(target=wait_for_answer, daemon=True).start()
        try:
            answer = answers.get(timeout=limit)
        except queue.Empty:
            abandoned.set()
            raise TimeoutError(f"no answer within {limit:.1f} s") from None
        finally:
            self.seconds = max(0.0, self.seconds - (time.monotonic() - started))
        if isinstance(answer, Exception):
            raise answer
        return answer


def published_source(class_name: str) -> Source:
    """Return where torchvision's dataset class `class_name` ('MNIST') finds its files, and extra mirrors."""
    import torchvision.datasets

    published = getattr(torchvision.datasets, class_name)
    mirrors = (*published.mirrors, *EXTRA_MIRRORS.get(class_name, ()))
    return Source(mirrors=mirrors, checksums=dict(published.resources))


def fetch(file_names: Iterable[str], source: Source, folder: Path) -> None:
    """Download files into `folder`, showing a progress bar on the standard error stream.

    A file appears under its name only when it is whole and its MD5 is right. The mirror that served a file
    is the first to be asked for the next.

    Raises:
        UnavailableError: No mirror has the right file, or the folder cannot be written.
    """
    mirrors = list(source.mirrors)
    patience = _Patience()
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        for file_name in file_names:
            bar = _Bar(progress, progress.add_task(file_name, total=None))
            target = folder / file_name
            served = _fetch_file(target, tuple(mirrors), source.checksums[file_name], patience, bar)
            mirrors.remove(served)
            mirrors.insert(0, served)


@dataclass(frozen=True, slots=True)
class _Bar:
    """One file's line in the progress display."""

    progress: Progress
    task: TaskID

    def restart(self, total: int | None) -> None:
        """Begin again at 0 of `total` bytes."""
        self.progress.reset(self.task, total=total)

    def advance(self, count: int) -> None:
        """Go on by `count` bytes."""
        self.progress.advance(self.task, count)


def _fetch_file(target: Path, mirrors: tuple[str, ...], checksum: str, patience: _Patience, bar: _Bar) -> str:
    """Download one file from the first mirror that has it; return that mirror."""
    failures: list[str] = []
    temporary = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        for mirror in mirrors:
            failure = _try_mirror(mirror + target.name, temporary, checksum, patience, bar)
            if failure is None:
                temporary.replace(target)
                return mirror
            failures.append(f"{mirror}: {failure}")
    except OSError as error:
        problem = error.strerror or str(error)
        raise UnavailableError(
            f"'{target.parent}' cannot be written: {problem}; choose another data folder.",
            reason="could not be stored there",
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    raise UnavailableError(
        f"'{target.name}' could not be downloaded ({'; '.join(failures)}); put it into '{target.parent}' "
        "yourself, or choose another dataset.",
        reason="could not be downloaded",
    )


def _try_mirror(address: str, temporary: Path, checksum: str, patience: _Patience, bar: _Bar) -> str | None:
    """Download one address to a temporary file; return what was wrong with it, or None.

    Raises:
        OSError: The temporary file cannot be written.
    """
    digest = hashlib.md5(usedforsecurity=False)
    try:
        chunks = _chunks(address, patience, bar)
        first = next(chunks, b"")  # before anything is created: being offline leaves no empty folders
        temporary.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as stored:
            for chunk in itertools.chain((first,), chunks):
                digest.update(chunk)
                stored.write(chunk)
    except _MirrorError as error:
        return str(error)
    found = digest.hexdigest()
    return None if found == checksum else f"expected MD5 {checksum}, found {found}"


class _MirrorError(Exception):
    """A mirror did not deliver; kept apart from the OSError of a full or read-only disk."""


def _chunks(address: str, patience: _Patience, bar: _Bar) -> Iterator[bytes]:
    """Yield what an address serves, piece by piece.

    Raises:
        _MirrorError: No answer, an error instead of an answer, or an answer that ends too soon.
    """
    try:
        with patience.open(address) as answer:
            total = answer.length
            bar.restart(total)
            received = 0
            while chunk := answer.read(CHUNK_BYTES):
                received += len(chunk)
                bar.advance(len(chunk))
                yield chunk
    except (OSError, http.client.HTTPException) as error:
        cause = error.reason if isinstance(error, urllib.error.URLError) else error
        text = getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
        if isinstance(error, urllib.error.HTTPError):
            text = f"HTTP status {error.code} {text}"
            error.close()  # it still holds the connection
        raise _MirrorError(text) from error
    if total is not None and received < total:
        raise _MirrorError(f"the connection ended after {received} of {total} bytes")
