"""Where a trial database is, and how it is opened: its URL, the folder beside it, SQLite's settings, plain errors."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, NoSuchModuleError, OperationalError

from study.errors import StudyError

BUSY_SECONDS = 30
"""How long a statement waits for SQLite's lock before it gives up."""
SQLITE_SUFFIXES = frozenset({".db", ".sqlite", ".sqlite3"})
"""What the path of a trial database ends in, where it is given without `sqlite:///` and is not there yet."""
HARMLESS = frozenset(
    {
        "application_name",
        "cache",
        "charset",
        "client_encoding",
        "connect_timeout",
        "host",
        "immutable",
        "mode",
        "nolock",
    }
    | {"port", "sslmode", "target_session_attrs", "timeout", "uri", "vfs"}
)
"""Keys of a URL's query whose values are shown; any other may hold a secret."""


def parse_url(storage: str) -> URL:
    """Parses a storage: a database URL, or the plain path of an SQLite file.

    Args:
        storage: As in `sqlite:///runs/studies.db`, `postgresql+psycopg://host/name`, `runs/studies.db`. A leading `~`
            of a path is the home folder.

    Raises:
        StudyError: It is neither, or its database is not installed; nothing secret in it is repeated.
    """
    try:
        url = make_url(storage if "://" in storage or not _is_path(storage) else f"sqlite:///{storage}")
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise StudyError(
            f"a storage is a database URL such as sqlite:///runs/studies.db or postgresql+psycopg://host/name, "
            f"or the path of an SQLite file such as runs/studies.db, not {_shown_text(storage)!r}"
        ) from error
    if url.get_backend_name() != "sqlite":
        return url
    if (url.database or ":memory:").startswith((":memory:", "file:")):
        raise StudyError(
            f"a trial database is kept in a file, as in sqlite:///runs/studies.db, not {unquote(_hidden(url))!r}"
        )
    path = Path(url.database or "")
    if path.parts[:1] == ("~",):
        try:
            path = path.expanduser()
        except RuntimeError as error:
            raise StudyError(f"{_hidden(url)} is in the home folder, and there is none; give a path from /") from error
        url = url.set(database=str(path))
    if path.is_dir():
        raise StudyError(f"a trial database is a file, and {path} is a folder; name a file in it")
    return url


def normalised(storage: str) -> str:
    """Returns the storage as a URL, a path as that of its SQLite file, with the home folder in place of `~`.

    Raises:
        StudyError: As `parse_url`.
    """
    return parse_url(storage).render_as_string(hide_password=False)


def shown_url(storage: str) -> str:
    """Returns the URL with everything hidden that may be secret: its password, and values of its query."""
    return _hidden(parse_url(storage))


def _hidden(url: URL) -> str:
    secrets = {key: "***" for key in url.query if key.lower() not in HARMLESS}
    return url.update_query_dict(secrets).render_as_string(hide_password=True)


def _is_path(storage: str) -> bool:
    """Whether a text without `://` is meant as an SQLite file: by its suffix, or because it is there."""
    try:
        named = ":" not in storage and Path(storage).suffix.lower() in SQLITE_SUFFIXES
        return named or bool(storage and Path(storage).exists())
    except (OSError, ValueError):
        return False


def _shown_text(storage: str) -> str:
    """Returns what cannot be parsed: whole where no sign in it may come before a secret, else as far as its scheme."""
    if not re.search(r"[@?&=;\s]", storage):
        return storage
    scheme = re.match(r"[\w+.-]*(?=:)", storage)
    return f"{scheme.group()}:..." if scheme else "..."


def folder_of(storage: str) -> Path:
    """Returns the folder for what belongs to a database but not into it: checkpoints and weights.

    It is named after an SQLite file (`runs/studies.db` -> `runs/studies.db.files`), so that two databases never share
    it.
    """
    url = parse_url(storage)
    if url.get_backend_name() == "sqlite" and url.database:
        return Path(f"{url.database}.files")
    host = url.host or url.query.get("host")  # a socket's folder stands in the query
    server = "-".join(str(part).strip("/").replace("/", "-") for part in (host, url.port, url.database) if part)
    return Path("runs") / f"{server}.files"


def checkpoint_path(storage: str, trial: str) -> Path:
    """Returns where a trial that has not ended keeps what it needs to go on."""
    return folder_of(storage) / "checkpoints" / f"{trial}.pt"


def weights_path(storage: str, trial: str) -> Path:
    """Returns where a complete final training's weights are kept."""
    return folder_of(storage) / "weights" / f"{trial}.pt"


def make_folder(folder: Path) -> None:
    """Makes the folder of an SQLite file; raises StudyError if it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudyError(f"the folder {folder} of the trial database cannot be made: {error.strerror}") from error


def open_engine(url: URL, *, read_only: bool) -> Engine:
    """Returns an engine; an SQLite file is in WAL mode, waits for locks, and holds its foreign keys.

    Raises:
        StudyError: The database's driver is not installed, or an SQLite file cannot be opened as it lies there.
    """
    if url.get_backend_name() != "sqlite":
        try:
            return create_engine(url)
        except ModuleNotFoundError as error:
            raise StudyError(f"storage {url.drivername} needs the package {error.name!r}; install it first") from error
    path = Path(url.database or "").resolve()
    if read_only:
        url = url.set(database=path.as_uri(), query={"uri": "true", **_reading(path)})
    elif path.exists() and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        raise StudyError(
            f"the trial database {path} cannot be written, nor can what SQLite keeps beside it; "
            f"copy it to where you may write, and give that as --storage"
        )
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's own connection
        cursor = connection.cursor()
        if not read_only:
            cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    return engine


def _reading(path: Path) -> dict[str, str]:
    """Returns how SQLite has to open a file to read it.

    In WAL mode even a reader makes a file beside it. Where nothing can be made, the file is read as one that nobody
    changes, which it is if no write-ahead log lies beside it.

    Raises:
        StudyError: There is a log, which cannot be read without making that file.
    """
    if os.access(path.parent, os.W_OK) and os.access(path, os.W_OK):
        return {"mode": "ro"}
    log, index = (path.with_name(f"{path.name}-{suffix}") for suffix in ("wal", "shm"))
    if not log.exists() or log.stat().st_size == 0:
        return {"mode": "ro", "immutable": "1"}
    if index.exists():
        return {"mode": "ro"}
    raise StudyError(
        f"{path} has a write-ahead log beside it ({log.name}), which SQLite can read only in a folder that can be "
        f"written; copy both files to one, and give the copy as --storage"
    )


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """Which file a name led to when it was opened."""

    path: Path
    device: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> FileIdentity:
        """Reads it from the file system."""
        found = path.stat()
        return cls(path, found.st_dev, found.st_ino)

    def check(self) -> None:
        """Raises StudyError unless the name still leads to the same file."""
        try:
            same = FileIdentity.of(self.path) == self
        except OSError:
            same = False
        if not same:
            raise StudyError(
                f"the trial database {self.path} was deleted or replaced while it was in use, so nothing more is "
                f"written; put it back, and `python -m study resume` goes on from the checkpoints"
            )


@contextmanager
def sentences(shown: str) -> Iterator[None]:
    """Turns the database's own errors into one line that names the database."""
    try:
        yield
    except (OperationalError, IntegrityError) as error:
        raise StudyError(f"the trial database {shown} cannot be used: {_one_line(error.orig)}") from error
    except DatabaseError as error:
        raise StudyError(f"{shown} is not a trial database, or is damaged: {_one_line(error.orig)}") from error


def _one_line(error: object) -> str:
    return " ".join(str(error).split())
