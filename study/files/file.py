"""What a file and a folder of files are to the rest of the program, and what goes wrong with them."""

from __future__ import annotations

import os
import socket
from typing import Protocol

PARTIAL = ".partial"
"""Suffix of a file that is being written."""


class FileError(OSError):
    """A file cannot be read or written; its text is one line, without secrets."""

    def __str__(self) -> str:
        """Return the line, without the number of the error."""
        return self.strerror or super().__str__()


class FileReadError(FileError):
    """A file may be there and cannot be read: the disk fails, the place is not reached, or refuses."""


class FileWriteError(FileError):
    """A file could not be written or removed (a full disk, say); what was there before stands."""


class File(Protocol):
    """Where one file is or will be. A small value that can be pickled; whoever has it can read and write the file.

    Its `str()` is a path or a URL, for people and JSON.
    """

    @property
    def name(self) -> str:
        """Its last part."""
        ...

    @property
    def stem(self) -> str:
        """Its last part up to the ending."""
        ...

    def read(self) -> bytes:
        """Return its content.

        Raises:
            FileNotFoundError: There is none.
            FileReadError: It cannot be read.
        """
        ...

    def write(self, content: bytes) -> None:
        """Write it whole or not at all; an older one is replaced.

        Raises:
            FileWriteError: It cannot be written.
        """
        ...

    def remove(self) -> None:
        """Remove it if it is there.

        Raises:
            FileWriteError: It cannot be removed.
        """
        ...

    def exists(self) -> bool:
        """Return whether it is there.

        Raises:
            FileReadError: That cannot be found out.
        """
        ...


class Folder(Protocol):
    """Where files lie side by side."""

    def file(self, name: str) -> File:
        """Return a file in it, which need not be there."""
        ...

    def folder(self, name: str) -> Folder:
        """Return a folder in it, which need not be there."""
        ...

    def names(self) -> list[str]:
        """Return the names of the files in it, of a local one those of its folders too, sorted; none of no folder.

        Raises:
            FileReadError: That cannot be found out.
        """
        ...

    def rename(self, name: str, other: str) -> None:
        """Give a file that is in it another name, if it is there.

        Raises:
            FileWriteError: It cannot be renamed.
        """
        ...

    def discard(self, name: str) -> None:
        """Remove what has this name, a folder with all that is in it too.

        Raises:
            FileWriteError: It cannot be removed.
        """
        ...


def partial_name(stem: str) -> str:
    """Return a name to write under that tells of this process."""
    return f"{stem}.{socket.gethostname()}.{os.getpid()}{PARTIAL}"


def is_abandoned(partial: str) -> bool:
    """Return whether the name of a half-written file tells of a process of this machine that has ended."""
    host, _, process = partial.removesuffix(PARTIAL).partition(".")[2].rpartition(".")
    if host != socket.gethostname() or not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        return False  # it lives, and is somebody else's
    return False
