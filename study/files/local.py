"""Files in a folder: written under a temporary name, flushed to the disk and renamed."""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from study.files.file import FileReadError, FileWriteError, partial_name


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file of this machine, or of a disk that it shares; as `study.files.file.File`."""

    path: Path

    @property
    def name(self) -> str:
        """Its last part."""
        return self.path.name

    @property
    def stem(self) -> str:
        """Its last part up to the ending."""
        return self.path.stem

    def read(self) -> bytes:
        """Return its content."""
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            raise
        except OSError as error:
            raise FileReadError(error.errno, f"{self.path} cannot be read: {error.strerror or error}") from error

    def write(self, content: bytes) -> None:
        """Write it under a temporary name, flush it to the disk and rename it."""
        temporary = self.path.with_name(partial_name(self.path.stem))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path)
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise FileWriteError(error.errno, f"{self.path} cannot be written: {error.strerror or error}") from error

    def remove(self) -> None:
        """Remove it if it is there."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError as error:
            raise FileWriteError(error.errno, f"{self.path} cannot be removed: {error.strerror or error}") from error

    def exists(self) -> bool:
        """Return whether it is there."""
        try:
            return self.path.is_file()
        except OSError as error:
            raise FileReadError(error.errno, f"{self.path} cannot be read: {error.strerror or error}") from error

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True)
class LocalFolder:
    """A folder of this machine; as `study.files.file.Folder`."""

    path: Path

    def file(self, name: str) -> LocalFile:
        """Return a file in it."""
        return LocalFile(self.path / name)

    def folder(self, name: str) -> LocalFolder:
        """Return a folder in it."""
        return LocalFolder(self.path / name)

    def names(self) -> list[str]:
        """Return the names of what lies in it, sorted."""
        try:
            return sorted(path.name for path in self.path.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise FileReadError(error.errno, f"{self.path} cannot be read: {error.strerror or error}") from error

    def rename(self, name: str, other: str) -> None:
        """Give a file that is in it another name, if it is there."""
        path = self.path / name
        try:
            path.rename(self.path / other)
        except FileNotFoundError:
            return
        except OSError as error:
            raise FileWriteError(error.errno, f"{path} cannot be renamed: {error.strerror or error}") from error

    def discard(self, name: str) -> None:
        """Remove what has this name."""
        path = self.path / name
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            LocalFile(path).remove()

    def __str__(self) -> str:
        return str(self.path)
