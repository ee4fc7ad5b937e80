"""Files at a URL, by fsspec: object stores put whole objects at once, other file systems move what is written."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import sleep as _pause
from typing import TYPE_CHECKING, TypeVar

from study.files.file import FileError, FileReadError, FileWriteError, partial_name
from study.storable import line

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

T = TypeVar("T")

PAUSES = (0.5, 2.0, 8.0)
"""Seconds to wait before each further attempt at what may have failed by chance; the file systems have their own."""
_OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "oss", "oci"})
"""Protocols by which an object is there whole or not at all."""
_REPLACING = frozenset({"sftp", "ssh", "memory"})
"""Protocols by which a file can be moved to where another one is."""
_LASTING = (PermissionError, ImportError, ValueError, TypeError, NotImplementedError, IsADirectoryError)
"""Errors that another attempt meets again."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file at a URL; as `study.files.file.File`."""

    url: str

    @property
    def name(self) -> str:
        """Its last part."""
        return self.url.rpartition("/")[2]

    @property
    def stem(self) -> str:
        """Its last part up to the ending."""
        return self.name.rpartition(".")[0] or self.name

    def read(self) -> bytes:
        """Return its content."""
        return _tried(self.url, "read", FileReadError, lambda system, path: bytes(system.cat_file(path)))

    def write(self, content: bytes) -> None:
        """Write it whole or not at all."""
        try:
            _tried(self.url, "written", FileWriteError, lambda system, path: _put(system, path, content))
        except FileNotFoundError as error:  # of a bucket, say
            raise _failure(self.url, "written", FileWriteError, error) from error

    def remove(self) -> None:
        """Remove it if it is there."""
        with contextlib.suppress(FileNotFoundError):
            _tried(self.url, "removed", FileWriteError, _removed)

    def exists(self) -> bool:
        """Return whether it is there."""
        try:
            return _tried(self.url, "read", FileReadError, lambda system, path: _kind(system, path) == "file")
        except FileNotFoundError:
            return False

    def __str__(self) -> str:
        return self.url


@dataclass(frozen=True, slots=True)
class RemoteFolder:
    """What lies at the URLs that begin with this one; as `study.files.file.Folder`."""

    url: str

    def file(self, name: str) -> RemoteFile:
        """Return a file in it."""
        return RemoteFile(f"{self.url}/{name}")

    def folder(self, name: str) -> RemoteFolder:
        """Return a folder in it."""
        return RemoteFolder(f"{self.url}/{name}")

    def names(self) -> list[str]:
        """Return the names of the files in it, sorted; asked once, as somebody may be waiting for a first answer."""
        try:
            return _tried(self.url, "read", FileReadError, _listed, pauses=())
        except FileNotFoundError:
            return []

    def rename(self, name: str, other: str) -> None:
        """Give a file that is in it another name, if it is there."""
        before, after = self.file(name), self.file(other)
        with contextlib.suppress(FileNotFoundError):
            _tried(before.url, "renamed", FileWriteError, lambda system, path: system.mv(path, _path(after.url)))

    def discard(self, name: str) -> None:
        """Remove the file of this name; asked once, as what is left goes when the place is swept the next time."""
        with contextlib.suppress(FileNotFoundError):
            _tried(f"{self.url}/{name}", "removed", FileWriteError, _removed, pauses=())

    def __str__(self) -> str:
        return self.url


def _path(url: str) -> str:
    """Return a URL's path as its file system takes it."""
    from fsspec.core import url_to_fs

    path: str = url_to_fs(url)[1]
    return path


def _listed(system: AbstractFileSystem, path: str) -> list[str]:
    system.invalidate_cache()  # others write there too
    found = [entry["name"].rpartition("/")[2] for entry in system.ls(path, detail=True) if entry["type"] == "file"]
    return sorted(name for name in found if name)


def _removed(system: AbstractFileSystem, path: str) -> None:
    system.rm_file(path)


def _kind(system: AbstractFileSystem, path: str) -> str:
    system.invalidate_cache()
    return str(system.info(path)["type"])


def _put(system: AbstractFileSystem, path: str, content: bytes) -> None:
    """Write a file so that it is whole wherever the file system makes that possible."""
    protocols = {system.protocol} if isinstance(system.protocol, str) else set(system.protocol)
    if protocols & _OBJECT_STORES:
        system.pipe_file(path, content)
        return
    folder, _, name = path.rpartition("/")
    partial = f"{folder}/{partial_name(name.rpartition('.')[0])}"
    system.makedirs(folder, exist_ok=True)
    try:
        system.pipe_file(partial, content)
        if not protocols & _REPLACING:
            with contextlib.suppress(FileNotFoundError):
                system.rm_file(path)
        system.mv(partial, path)
    except BaseException:
        with contextlib.suppress(Exception):
            system.rm_file(partial)
        raise


def _tried(
    url: str,
    done: str,
    kind: type[FileError],
    action: Callable[[AbstractFileSystem, str], T],
    *,
    pauses: Sequence[float] | None = None,
) -> T:
    """Return what an action on a URL's file system and path gives, tried again after what may pass by itself.

    Args:
        url: Of the file or folder.
        done: What is done to it, for the error.
        kind: Of the error.
        action: Of which nothing remains where it raises.
        pauses: Seconds to wait before each further attempt; None means `PAUSES`.

    Raises:
        FileNotFoundError: There is no such file.
        FileError: It failed at every attempt, or in a way that another attempt would not change.
    """
    from fsspec.core import url_to_fs

    for pause in (*(PAUSES if pauses is None else pauses), None):
        try:
            system, path = url_to_fs(url)
            return action(system, path)
        except FileNotFoundError:
            raise
        except Exception as error:  # each file system raises its own
            if pause is None or _lasts(error):
                raise _failure(url, done, kind, error) from error
            _forget_connections(url)
        _pause(pause)
    raise AssertionError  # the last attempt returns or raises


def _lasts(error: Exception) -> bool:
    """Return whether another attempt would meet the error again."""
    return isinstance(error, _LASTING) or "Credentials" in type(error).__name__


def _forget_connections(url: str) -> None:
    """Let the next attempt connect anew."""
    import fsspec

    with contextlib.suppress(Exception):
        fsspec.get_filesystem_class(url.partition("://")[0]).clear_instance_cache()


def _failure(url: str, done: str, kind: type[FileError], error: Exception) -> FileError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    told = line(reason) or type(error).__name__
    number = error.errno if isinstance(error, OSError) and error.errno else errno.EIO
    return kind(number, f"{url} cannot be {done}: {told.rstrip('.')}")
