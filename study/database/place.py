"""Which place of checkpoints and weights is which database's: the one that goes with it, or one that is marked as its.

What lies in a place, and how, is `study.files`'s to know.
"""

from __future__ import annotations

import hashlib
import os
import re
import socket
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


def claim(storage: str, files: str) -> str | None:
    """Make a named place and mark it as the database's, so that two databases never share one.

    The mark of a URL is written anew each time, which shows that the place can be reached and written to.

    Returns:
        A sentence, if it was marked as another database's, which is not there any more, or is this one by another name.

    Raises:
        StudyError: It belongs to another database, or cannot be written.
    """
    place, mine = Place(files), _identity(storage, files)
    try:
        owner = _owner(place)
        if owner == mine and not is_url(files):
            return None
        told = None if owner in (None, mine) else _taken_over(storage, place, owner or "", mine)
        place.owner.write(f"{mine}\n".encode())
    except FileError as error:
        raise StudyError(f"the place {files} of checkpoints and weights cannot be used: {error}") from error
    return told


def _taken_over(storage: str, place: Place, owner: str, mine: str) -> str:
    """Return a sentence on why a place that another database marked is this one's now.

    Raises:
        StudyError: It is not.
    """
    if _is_gone(owner):
        return f"the files in {place} were those of {owner}, which is not there any more"
    if is_url(place.location) and not _is_file(storage) and owner.endswith(f"-{parse_url(storage).database}"):
        return f"the files in {place} are marked as those of {owner}, which is taken to be {mine} by another name"
    moved = f"; if it is that one, moved here, remove {place.owner}" if is_url(place.location) else ""
    raise StudyError(
        f"the files in {place} belong to the trial database {owner}, of which this one, {mine}, is a copy; "
        f"`python -m study run SPACE --files PLACE` copies them to a place of its own{moved}"
    )


def is_own(storage: str, place: Place) -> bool:
    """Return whether a place is this database's: it goes with it, or is marked as its own.

    Raises:
        FileReadError: The place cannot be reached.
    """
    if place.absolute() == place_of(storage, None).absolute():
        return True
    return _owner(place) == _identity(storage, place.location)


def _owner(place: Place) -> str | None:
    """Return the identity of the database that a place is marked as belonging to.

    Raises:
        FileReadError: The place cannot be reached.
    """
    if place.owner.name not in place.root.names():
        return None
    try:
        return place.owner.read().decode("utf-8", "replace").strip()
    except FileNotFoundError:
        return None


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
