"""Which place of checkpoints and weights is which database's: the one that goes with it, or one that is marked as its.

What lies in a place, and how, is `study.files`'s to know.
"""

from __future__ import annotations

import hashlib
import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path

from study.database.storage import parse_url
from study.errors import StudyError
from study.files import FileError, Place, is_url
from study.files.location import absolute, inside, location, parent

VARIABLE = "STUDY_FILES"
"""Environment variable that names the place of new studies."""
_LOOPBACK = {"", "localhost", "127.0.0.1", "::1"}


def place_of(storage: str, files: str | None) -> Place:
    """Return the place of a stored study.

    Args:
        storage: URL of its database.
        files: What its plan says; None means the folder that goes with the database.
    """
    return Place(files if files is not None else str(folder_of(storage)))


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
        given: A folder or URL that several databases may have in common: each has a folder of its own in it.

    Returns:
        An absolute path, or a URL; None means beside an SQLite file, wherever that is moved to. A server has no such
        folder, so that its studies name the one below today's working folder.

    Raises:
        StudyError: It is a file, or no URL that can be used.
    """
    if given is not None:
        return _own(storage, location(given, "--files"))
    if named := os.environ.get(VARIABLE):
        return _own(storage, location(named, VARIABLE))
    return None if _is_file(storage) else absolute(str(folder_of(storage)))


def next_place(storage: str, files: str | None, given: str | Path | None) -> str | None:
    """Return where a stored study is to keep its files from now on, as its plan says it.

    Args:
        storage: URL of its database.
        files: What its plan says now.
        given: As in `new_place`; None, or where the files are already, leaves them there. A server's study that names
            no place gets the name of its folder below the working folder, if it is there.

    Raises:
        StudyError: It is a file, or no URL that can be used.
    """
    kept = place_of(storage, files).absolute().location
    if given is None:
        return kept if files is None and not _is_file(storage) and Path(kept).is_dir() else files
    asked = location(given, "--files")
    return files if asked in (kept, parent(kept)) else _own(storage, asked)


def claim(storage: str, files: str, server: str | None = None) -> str | None:
    """Make a named place and mark it as the database's, so that two databases never share one.

    The mark of a URL is written anew each time, which shows that the place can be reached and written to.

    Args:
        storage: URL of the database.
        files: The place.
        server: What tells a server's database from its copies: see `study.database.server.identity`.

    Returns:
        A sentence, if it was marked as another database's, which is not there any more, or is this one by another name.

    Raises:
        StudyError: It belongs to another database, or cannot be written.
    """
    place, mine = Place(files), _Mark(_identity(storage, files), server)
    may_be_moved = is_url(files) or not _is_file(storage)
    try:
        found = _mark(place)
        if found == mine and not is_url(files):
            return None
        told = None if found is None else _taken_over(place, found, mine, may_be_moved=may_be_moved)
        place.owner.write(mine.text(found))
    except FileError as error:
        raise StudyError(f"the place {files} of checkpoints and weights cannot be used: {error}") from error
    return told


@dataclass(frozen=True, slots=True)
class _Mark:
    """Which database a place belongs to, as a file in it says."""

    name: str
    """The path of its file, or its server and name."""
    server: str | None = None
    """What tells a server's database from its copies; None of a file, or where it is not known."""

    def is_of(self, other: _Mark) -> bool:
        """Return whether two marks are one database's, whatever that is called from here and from there."""
        return self.name == other.name if None in (self.server, other.server) else self.server == other.server

    def text(self, before: _Mark | None) -> bytes:
        """Return what the file says; what is not known now stays as it was before."""
        server = self.server or (before.server if before is not None and before.is_of(self) else None)
        return "".join(f"{line}\n" for line in (self.name, server) if line).encode()


def _taken_over(place: Place, found: _Mark, mine: _Mark, *, may_be_moved: bool) -> str | None:
    """Return a sentence on why a place with another mark is this database's now; None if it has been so before.

    Args:
        place: The place.
        found: The mark that it has.
        mine: That of this database.
        may_be_moved: Whether a database may have another mark from now on, so that this one may be that one.

    Raises:
        StudyError: It is not.
    """
    if found.is_of(mine):
        if found.name == mine.name:
            return None
        return f"the files in {place} are those of {found.name}, which is {mine.name} by another name"
    if _is_gone(found.name):
        return f"the files in {place} were those of {found.name}, which is not there any more"
    whose = f"the trial database {found.name}, of which this one, {mine.name}, is a copy"
    if found.name == mine.name:
        whose = f"another trial database that was called {mine.name} too, of which this one may be a copy"
    moved = f"; if it is that one, moved here, remove {place.owner}" if may_be_moved else ""
    raise StudyError(
        f"the files in {place} belong to {whose}; "
        f"`python -m study run SPACE --files PLACE` copies them to a place of its own{moved}"
    )


def is_own(storage: str, place: Place, server: str | None = None) -> bool:
    """Return whether a place is this database's: it goes with it, or is marked as its own; arguments as of `claim`.

    Raises:
        FileReadError: The place cannot be reached.
    """
    goes_with_it = place.absolute() == place_of(storage, None).absolute()
    if goes_with_it and _is_file(storage):
        return True
    found = _mark(place)
    return goes_with_it if found is None else found.is_of(_Mark(_identity(storage, place.location), server))


def _mark(place: Place) -> _Mark | None:
    """Return which database a place is marked as belonging to.

    Raises:
        FileReadError: The place cannot be reached.
    """
    if place.owner.name not in place.root.names():
        return None
    try:
        lines = place.owner.read().decode("utf-8", "replace").split("\n")
    except FileNotFoundError:
        return None
    return _Mark(lines[0].strip(), (lines[1].strip() if len(lines) > 1 else "") or None)


def _is_gone(owner: str) -> bool:
    """Return whether the database that marked a place was a file that is not there any more, on this machine."""
    host, _, path = owner.rpartition(":")
    return path.startswith("/") and host in ("", socket.gethostname()) and not Path(path).exists()


def _own(storage: str, place: str) -> str:
    """Return the place of a database's own in one that others may use too."""
    name = _identity(storage, place)
    if _is_file(storage):
        hashed = hashlib.sha256(name.encode()).hexdigest()[:8]
        name = f"{Path(parse_url(storage).database or '').name}-{hashed}"
    if is_url(place):
        name = re.sub(r"[^\w.-]", "-", name)  # other characters may mean something there
    return inside(place, f"{name}.files")


def _is_file(storage: str) -> bool:
    return parse_url(storage).get_backend_name() == "sqlite"


def _server(storage: str) -> str:
    url = parse_url(storage)
    host = url.host or url.query.get("host")  # a socket's folder stands in the query
    return "-".join(str(part).strip("/").replace("/", "-") for part in (host, url.port, url.database) if part)


def _identity(storage: str, place: str) -> str:
    """Return which database it is: the path of its file, or its server and name.

    Where other machines may use the place too, a file's path, and a server that is this machine, stand for one only
    together with the machine's name.
    """
    url, here = parse_url(storage), f"{socket.gethostname()}:" if is_url(place) else ""
    if _is_file(storage):
        return f"{here}{Path(url.database or '').resolve()}"
    is_here = (url.host or "") in _LOOPBACK
    return f"{here.replace(':', '-') if is_here else ''}{_server(storage)}"
