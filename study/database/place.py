"""Where what belongs to a database but not into it is kept: checkpoints and weights. Alone knows how they lie there.

Folders alone so far: whoever reads or writes such a file asks a `Place` for it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from study.database.storage import parse_url
from study.errors import StudyError
from study.paths import expanded

VARIABLE = "STUDY_FILES"
"""Environment variable that names the place of new studies."""
OWNER = "storage"
"""File in a named place that tells which database's it is."""
_URL = re.compile(r"[a-zA-Z][\w+.-]*://")


@dataclass(frozen=True, slots=True)
class Place:
    """The files of one database's studies."""

    folder: Path

    @property
    def checkpoints(self) -> Path:
        """Return the folder of what open trials need to go on."""
        return self.folder / "checkpoints"

    @property
    def kept(self) -> Path:
        """Return the folder of complete final trials' weights."""
        return self.folder / "weights"

    def checkpoint(self, trial: str) -> Path:
        """Return where a trial that has not ended keeps what it needs to go on."""
        return self.checkpoints / f"{trial}.pt"

    def weights(self, trial: str) -> Path:
        """Return where a complete final trial's weights are kept."""
        return self.kept / f"{trial}.pt"

    def files_of(self, trials: Iterable[str]) -> Iterator[Path]:
        """Yield the files of some trials that are there, relative to the folder."""
        for trial in trials:
            for path in (self.checkpoint(trial), self.weights(trial)):
                if path.is_file():
                    yield path.relative_to(self.folder)


def place_of(storage: str, files: str | None) -> Place:
    """Return the place of a stored study.

    Args:
        storage: URL of its database.
        files: What its plan says; None means the folder that goes with the database.
    """
    return Place(Path(files)) if files is not None else Place(folder_of(storage))


def folder_of(storage: str) -> Path:
    """Return the folder of files that goes with a database where no other is named.

    It is named after an SQLite file (`runs/studies.db` -> `runs/studies.db.files`), so that two databases never share
    it. That of a server is below the working folder.
    """
    url = parse_url(storage)
    if url.get_backend_name() == "sqlite" and url.database:
        return Path(f"{url.database}.files")
    return Path("runs") / f"{_server(storage)}.files"


def new_place(storage: str, given: str | Path | None) -> str | None:
    """Return where a new study keeps its files, as its plan says it: in `given`, else in `STUDY_FILES`.

    Args:
        storage: URL of its database.
        given: A folder that several databases may have in common: each has one of its own in it.

    Returns:
        An absolute path; None means beside an SQLite file, wherever that is moved to. A server has no such folder, so
        that its studies name the one below today's working folder.

    Raises:
        StudyError: It is no folder.
    """
    if given is not None:
        return _own_folder(storage, _folder(given, "--files"))
    if named := os.environ.get(VARIABLE):
        return _own_folder(storage, _folder(named, VARIABLE))
    return None if _is_file(storage) else str(folder_of(storage).resolve())


def next_place(storage: str, files: str | None, given: str | Path | None) -> str | None:
    """Return where a stored study is to keep its files from now on, as its plan says it.

    Args:
        storage: URL of its database.
        files: What its plan says now.
        given: As in `new_place`; None, or where the files are already, leaves them there. A server's study that names
            no place gets the name of its folder below the working folder, if it is there.

    Raises:
        StudyError: It is no folder.
    """
    kept = place_of(storage, files).folder.resolve()
    if given is None:
        return str(kept) if files is None and not _is_file(storage) and kept.is_dir() else files
    asked = _folder(given, "--files")
    return files if asked in (kept, kept.parent) else _own_folder(storage, asked)


def claim(storage: str, files: str) -> str | None:
    """Make a named place and mark it as the database's, so that two databases never share one.

    Returns:
        A sentence, if it was another database's, which is not there any more.

    Raises:
        StudyError: It belongs to another database, or cannot be written.
    """
    marker, mine = Path(files) / OWNER, _identity(storage)
    try:
        owner = marker.read_text(encoding="utf-8").strip() if marker.exists() else None
        if owner == mine:
            return None
        if owner is not None and not (owner.startswith("/") and not Path(owner).exists()):
            raise StudyError(
                f"the files in {files} belong to the trial database {owner}, of which this one, {mine}, is a copy; "
                f"`python -m study run SPACE --files PLACE` copies them to a place of its own"
            )
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.write_text(f"{mine}\n", encoding="utf-8")
    except OSError as error:
        raise StudyError(f"the place {files} of checkpoints and weights cannot be used: {error.strerror}") from error
    return None if owner is None else f"the files in {files} were those of {owner}, which is not there any more"


def copy_files(before: Place, after: Place, trials: Iterable[str]) -> list[Path]:
    """Copy the files of some trials to another place, each whole or not at all; return those that were copied.

    Raises:
        StudyError: The file system refuses; what was copied so far stays there, and everything where it was.
    """
    copied = []
    for name in before.files_of(trials):
        target = after.folder / name
        partial = target.with_name(f"{target.name}.copying")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(before.folder / name, partial)
            partial.replace(target)
        except OSError as error:
            raise StudyError(f"{before.folder / name} cannot be copied to {target}: {error.strerror}") from error
        copied.append(name)
    return copied


def is_own(storage: str, place: Place) -> bool:
    """Return whether a place is this database's: it goes with it, or is marked as its own."""
    marker = place.folder / OWNER
    if place.folder.resolve() == folder_of(storage).resolve():
        return True
    return marker.is_file() and marker.read_text(encoding="utf-8").strip() == _identity(storage)


def _folder(given: str | Path, option: str) -> Path:
    if _URL.match(str(given)):
        raise StudyError(f"{option} is a folder, not {str(given)!r}: files are kept in folders alone so far")
    folder = expanded(given).resolve()
    if folder.exists() and not folder.is_dir():
        raise StudyError(f"{option} is a folder, and {folder} is a file")
    return folder


def _own_folder(storage: str, folder: Path) -> str:
    """Return the folder of a database's own in one that others may use too."""
    if not _is_file(storage):
        return str(folder / f"{_server(storage)}.files")
    path = Path(parse_url(storage).database or "").resolve()
    return str(folder / f"{path.name}-{hashlib.sha256(str(path).encode()).hexdigest()[:8]}.files")


def _is_file(storage: str) -> bool:
    return parse_url(storage).get_backend_name() == "sqlite"


def _server(storage: str) -> str:
    url = parse_url(storage)
    host = url.host or url.query.get("host")  # a socket's folder stands in the query
    return "-".join(str(part).strip("/").replace("/", "-") for part in (host, url.port, url.database) if part)


def _identity(storage: str) -> str:
    """Return which database it is: the path of its file, or its server and name."""
    url = parse_url(storage)
    return str(Path(url.database or "").resolve()) if _is_file(storage) else _server(storage)
