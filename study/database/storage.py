"""Where a trial database is, and how it is opened: its URL, SQLite's pragmas."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

from study.database import server
from study.errors import StudyError

BUSY_SECONDS = 30
"""How long a statement waits for SQLite's lock before it gives up."""

HARMLESS = frozenset(
    (
        *("application_name", "cache", "charset", "check_same_thread", "client_encoding", "connect_timeout", "dbname"),
        *("gssencmode", "host", "hostaddr", "immutable", "isolation_level", "keepalives", "keepalives_count"),
        *("keepalives_idle", "keepalives_interval", "mode", "nolock", "port", "sslmode", "target_session_attrs"),
        *("tcp_user_timeout", "timeout", "uri", "vfs"),
    )
)
"""Keys of a URL's query whose values are shown; any other may hold a secret."""
_MAGIC = b"SQLite format 3\0"
_PATH = re.compile(r"[^:@?]+")
_SECRETIVE = re.compile(r"[@?=;&]|://.*:|^[^:/]*:[^/]")
"""Where a text that is no URL may hold a password: before an @, in a query, or after a colon."""


def parse_url(storage: str) -> URL:
    """Parse a storage URL, or a plain path to an SQLite file; `~` is the home folder in both.

    Raises:
        StudyError: It is neither, or its database is not installed; what may be secret in it is not repeated.
    """
    if _PATH.fullmatch(storage) and ("/" in storage or Path(storage).suffix or Path(storage).exists()):
        _refuse_other_files(storage)
        return URL.create("sqlite", database=_at_home(storage))
    try:
        url = make_url(storage)
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        scheme = re.match(r"[\w+.-]*:", storage)
        shown = f"{scheme.group() if scheme else ''}..." if _SECRETIVE.search(storage) else storage
        raise StudyError(
            f"a storage is a database URL such as sqlite:///runs/studies.db or postgresql+psycopg://host/name, "
            f"not {shown!r}"
        ) from error
    if url.get_backend_name() == "sqlite" and (url.database or ":memory:").startswith((":memory:", "file:")):
        shown = _without_secrets(url) if secrets_of(url) else storage
        raise StudyError(f"a trial database is kept in a file, as in sqlite:///runs/studies.db, not {shown!r}")
    return url.set(database=_at_home(url.database)) if url.get_backend_name() == "sqlite" and url.database else url


def normalised(storage: str) -> str:
    """Return the storage as a URL, a path as that of its SQLite file, with the home folder in place of `~`.

    Raises:
        StudyError: As `parse_url`.
    """
    return parse_url(storage).render_as_string(hide_password=False)


def shown_url(storage: str) -> str:
    """Return the URL with its password hidden, and every value of its query that may be one."""
    return _without_secrets(parse_url(storage))


def is_absent(storage: str) -> bool:
    """Return whether a storage's database is an SQLite file that does not exist.

    Raises:
        StudyError: The URL is malformed.
    """
    url = parse_url(storage)
    return url.get_backend_name() == "sqlite" and bool(url.database) and not Path(url.database or "").is_file()


def secrets_of(url: URL) -> tuple[str, ...]:
    """Return what must not be repeated of a URL, the longest first."""
    values = [value for key, value in _pairs(url) if key.lower() not in HARMLESS]
    return tuple(sorted(filter(None, [url.password, *values]), key=len, reverse=True))


def _without_secrets(url: URL) -> str:
    hidden = {key: "***" for key in url.query if key.lower() not in HARMLESS}
    return url.update_query_dict(hidden).render_as_string(hide_password=True)


def _pairs(url: URL) -> Iterator[tuple[str, str]]:
    for key, values in url.query.items():
        for value in (values,) if isinstance(values, str) else values:
            yield key, value


def _at_home(path: str) -> str:
    """Return the path with its `~` as the home folder; where there is no home, as it is."""
    try:
        return str(Path(path).expanduser()) if path.startswith("~") else path
    except RuntimeError:
        return path


def _refuse_other_files(storage: str) -> None:
    """Check that a path leads to an SQLite file, or to nothing yet.

    Raises:
        StudyError: It leads to something else.
    """
    path = Path(_at_home(storage))
    what = "is a folder" if path.is_dir() else None
    try:
        if what is None and path.is_file():
            with path.open("rb") as file:
                begins = file.read(len(_MAGIC))
            what = None if begins in (b"", _MAGIC) else "is a file of another kind"
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
    if what:
        raise StudyError(f"a storage is a database URL or an SQLite file, and {storage} {what}")


def make_place(path: Path) -> None:
    """Make the folder of an SQLite file; raise StudyError if it cannot be made, or if the file is a folder itself."""
    if path.is_dir():
        raise StudyError(f"a trial database is a file, and {path} is a folder; name a file in it")
    folder = path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudyError(f"the folder {folder} of the trial database cannot be made: {error.strerror}") from error


@dataclass(slots=True)
class Access:
    """How an engine's connections are made from now on; it changes while none is open."""

    read_only: bool
    frozen: bool = False
    """Whether SQLite is told that nothing changes the file, so that it makes no files of its own beside it."""


def open_engine(url: URL, access: Access) -> Engine:
    """Return an engine, connected to nothing yet: an SQLite file waits for locks, a server is not waited for for ever.

    Args:
        url: Of the database.
        access: Kept and asked at each connection, so that what was opened to be read can be written later.
    """
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, access)
    try:
        engine = create_engine(url, **server.arguments(url, lambda: access.read_only))
    except ModuleNotFoundError as error:
        raise StudyError(f"storage {url.drivername} needs the package {error.name!r}; install it first") from error
    server.forget_read_only(engine)
    return engine


def find_access(engine: Engine, path: Path, access: Access) -> None:
    """Find out how an SQLite file can be read.

    A file that is only read may lie where nothing can be written: SQLite would make its two side files there, so it is
    told that nothing changes, as long as no write-ahead log holds a part of it.

    Raises:
        StudyError: It cannot be read without writing, and its write-ahead log holds a part of it.
    """
    if _needs_writing(engine, path):
        engine.dispose()
        access.frozen = True


def fold(engine: Engine) -> None:
    """Fold SQLite's write-ahead log into its file, so that a copy of the file alone holds all that is committed.

    Waits for nobody: where others read or write just now, as much as they leave is folded.
    """
    with contextlib.suppress(OperationalError), engine.connect() as connection:
        connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
        try:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")


def _sqlite(url: URL, access: Access) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    target = Path(url.database or "").resolve().as_uri()

    @event.listens_for(engine, "do_connect")
    def _aim(_: object, __: object, arguments: list[Any], options: dict[str, Any]) -> None:
        if access.read_only:
            arguments[:] = [f"{target}?mode=ro{'&immutable=1' if access.frozen else ''}"]
            options["uri"] = True

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _: object) -> None:  # noqa: ANN401 - the driver's own connection
        cursor = connection.cursor()
        if not access.read_only:
            cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    return engine


def _needs_writing(engine: Engine, path: Path) -> bool:
    """Return whether SQLite cannot read a file without writing beside it, which is not possible there, and need not.

    Raises:
        StudyError: It cannot be read without writing, and its write-ahead log holds a part of it.
    """
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar()
    except OperationalError as error:
        if not os.access(path, os.R_OK):
            raise StudyError(f"the trial database {path} cannot be read: permission denied") from error
        if os.access(path.parent, os.W_OK) and os.access(path, os.W_OK):
            return False  # something else is wrong, and the next to use it says what
        log = path.with_name(f"{path.name}-wal")
        with contextlib.suppress(OSError):
            if log.stat().st_size:
                raise StudyError(
                    f"the trial database {path} lies where nothing can be written, and a part of it in {log.name}, "
                    f"which SQLite reads only where it can write; copy both elsewhere and give that as --storage"
                ) from error
        return True
    except DatabaseError:
        return False  # it is no database: the next to use it says so
    return False


class OpenFile:
    """The file that a database was opened from: whether it is still there under its name."""

    def __init__(self, path: Path, shown: str) -> None:
        """Remember the file at `path`, which exists."""
        self.path = path.resolve()
        self.shown = shown
        self._identity = self._now()

    def check(self) -> None:
        """Check that the name still leads to the file that was opened.

        Raises:
            StudyError: It leads to no file now, or to another one.
        """
        found = self._now()
        if found != self._identity:
            how = "deleted" if found is None else "replaced by another file"
            raise StudyError(
                f"the trial database {self.shown} was {how} while this command used it, which stops here: what it "
                "would write now nobody could read; checkpoints and weights stay where they are"
            )

    def _now(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino
