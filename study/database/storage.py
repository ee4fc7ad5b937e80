"""Where a trial database is, and how it is opened: its URL, the folder beside it, SQLite's settings, plain errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, NoSuchModuleError, OperationalError

from study.errors import StudyError

BUSY_SECONDS = 30
"""How long a statement waits for SQLite's lock before it gives up."""


def parse_url(storage: str) -> URL:
    """Parses a storage URL.

    Raises:
        StudyError: It is not a URL, or its database is not installed; a password in it is not repeated.
    """
    try:
        url = make_url(storage)
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        secret = any(sign in storage for sign in "@?")  # either may be followed by a password
        shown = storage.split(":", 1)[0] + ":..." if secret else storage
        raise StudyError(
            f"a storage is a database URL such as sqlite:///runs/studies.db or postgresql+psycopg://host/name, "
            f"not {shown!r}"
        ) from error
    if url.get_backend_name() == "sqlite" and (url.database or ":memory:").startswith((":memory:", "file:")):
        raise StudyError(f"a trial database is kept in a file, as in sqlite:///runs/studies.db, not {storage!r}")
    return url


def shown_url(storage: str) -> str:
    """Returns the URL with its password hidden, in its query too."""
    url = parse_url(storage)
    secrets = {
        key: "***" for key in url.query if any(word in key.lower() for word in ("pass", "secret", "token", "key"))
    }
    return url.update_query_dict(secrets).render_as_string(hide_password=True)


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
    """Returns an engine; an SQLite file is in WAL mode, waits for locks, and holds its foreign keys."""
    if url.get_backend_name() != "sqlite":
        try:
            return create_engine(url)
        except ModuleNotFoundError as error:
            raise StudyError(f"storage {url.drivername} needs the package {error.name!r}; install it first") from error
    if read_only and url.database:
        url = url.set(database=f"{Path(url.database).resolve().as_uri()}", query={"mode": "ro", "uri": "true"})
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's own connection
        cursor = connection.cursor()
        if not read_only:
            cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    return engine


def one_line(error: object) -> str:
    """Returns an error's text in one line."""
    return " ".join(str(error).split())


@contextmanager
def sentences(shown: str) -> Iterator[None]:
    """Turns the database's own errors into one line that names the database."""
    try:
        yield
    except (OperationalError, IntegrityError) as error:
        raise StudyError(f"the trial database {shown} cannot be used: {one_line(error.orig)}") from error
    except DatabaseError as error:
        raise StudyError(f"{shown} is not a trial database, or is damaged: {one_line(error.orig)}") from error
