"""Copies the files of trials from one place to another, each whole or not at all."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Collection, Iterator

from study.errors import StudyError
from study.files.file import File, FileError, FileReadError
from study.files.local import LocalFile
from study.files.place import Place, trial_of


def copy_files(before: Place, after: Place, trials: Collection[str]) -> list[File]:
    """Copy the checkpoints and weights of some trials; return those that were copied, as they are in `before`.

    Raises:
        StudyError: A file system refuses; what was copied so far stays there, and everything where it was.
    """
    copied = []
    try:
        for source, target in _pairs(before, after, frozenset(trials)):
            _copy(source, target)
            copied.append(source)
    except FileReadError as error:
        raise StudyError(f"the files in {before} cannot be copied to {after}: {error}") from error
    return copied


def is_same(one: Place, other: Place) -> bool:
    """Return whether two places are one by two names, such as a bucket and the folder that it is mounted at.

    A file is written into one, looked for in the other, and removed.

    Raises:
        FileError: A place refuses.
    """
    if one.absolute() == other.absolute():
        return True
    name = f"same-{uuid.uuid4().hex}"
    probe = other.root.file(name)
    probe.write(b"")
    try:
        return name in one.root.names()
    finally:
        probe.remove()


def _pairs(before: Place, after: Place, trials: frozenset[str]) -> Iterator[tuple[File, File]]:
    for ours, theirs in ((before.checkpoints, after.checkpoints), (before.kept, after.kept)):
        for name in ours.names():
            if name.endswith(".pt") and trial_of(name) in trials:
                yield ours.file(name), theirs.file(name)


def _copy(source: File, target: File) -> None:
    try:
        if isinstance(source, LocalFile) and isinstance(target, LocalFile):
            _copy_locally(source, target)
        else:
            target.write(source.read())
    except OSError as error:
        reason = str(error) if isinstance(error, FileError) else error.strerror
        raise StudyError(f"{source} cannot be copied to {target}: {reason}") from error


def _copy_locally(source: LocalFile, target: LocalFile) -> None:
    """Copy a file with its times, without holding it in memory."""
    partial = target.path.with_name(f"{target.name}.copying")
    target.path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source.path, partial)
    partial.replace(target.path)
