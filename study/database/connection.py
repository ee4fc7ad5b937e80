"""An open database: how it is opened, created and upgraded, and the transactions that all else is made of."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import Connection, Select, insert, select
from sqlalchemy.exc import OperationalError

from study.database import schema
from study.database.ownership import refuse_replaced
from study.database.rows import structured
from study.database.sentences import one_line, sentences
from study.database.server import identity
from study.database.storage import (
    Access,
    OpenFile,
    find_access,
    fold,
    make_place,
    open_engine,
    parse_url,
    secrets_of,
    shown_url,
)
from study.database.upgrade import OLDEST, empty_copy, stored_version, upgrade, upgraded_copy
from study.errors import LostConnectionError, NoDatabaseError, StudyError

RECONNECT_SECONDS = 60.0
"""How long a server that answered before is tried again, before a command gives up."""
RECONNECT_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds between these tries; the last one repeats."""

P = ParamSpec("P")
R = TypeVar("R")
D = TypeVar("D", bound="OpenDatabase")


def repeated(method: Callable[Concatenate[D, P], R]) -> Callable[Concatenate[D, P], R]:
    """Let a transaction be done once more where its connection broke meanwhile.

    It may have been committed though its answer was lost: whatever is decorated does no harm if it is done again after
    that. (An attempt at a trial, and the seconds of a heartbeat, may count twice.)

    Raises:
        LostConnectionError: The server does not come back.
    """

    @functools.wraps(method)
    def wrapped(self: D, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(self, *args, **kwargs)
        except LostConnectionError:
            if self._gave_up is not None:
                raise
            return method(self, *args, **kwargs)  # whose connection waits for the server

    return wrapped


class OpenDatabase:
    """An open database with our tables: opened once a command, and lent to whatever reads and writes in it.

    What is opened to be read changes nothing: an older version is read in a copy in memory, and one that is absent, if
    it may be, as an empty one. `begin_writing` opens the same one for writing.
    """

    def __init__(self, storage: str, *, read_only: bool = False, may_be_absent: bool = False) -> None:
        """Open the database; to be written, create our tables if need be, or bring older ones to today's.

        Args:
            storage: SQLAlchemy URL.
            read_only: Nothing is created or written until `begin_writing`.
            may_be_absent: Whether a database that is read and is absent or empty is one without studies; else it is
                refused.

        Raises:
            NoDatabaseError: It is absent or empty.
            StudyError: The URL is malformed, the database is unreachable, or of another schema version.
        """
        self.url = parse_url(storage)
        self.storage = self.url.render_as_string(hide_password=False)
        self.shown = shown_url(storage)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.upgraded: str | None = None
        """What was done to a database of an older version, a sentence for the user."""
        self.older: int | None = None
        """The schema's version of an older database that is read in a copy: what is written there is not seen."""
        self.held: set[str] = set()
        """The studies that this process took by `Studies.acquire`: what is written is theirs."""
        self.tell: Callable[[str], None] = lambda _: None
        """Told when a server does not answer for a while."""
        self.is_impatient: Callable[[], bool] = lambda: False
        """Whether whoever uses it wants to end, so that a server is not waited for."""
        self._answered = False
        """Whether a server answered, and is expected to do so again."""
        self._gave_up: str | None = None
        """What was told when a server had been waited for long enough: whatever else needs it does not wait again."""
        self._secrets = secrets_of(self.url)
        self._file: OpenFile | None = None
        self._access = Access(read_only=True)
        with sentences(self.shown, self._secrets):
            self._opened = open_engine(self.url, self._access)
        self.engine = self._opened
        """What is read: the database itself, or a copy of it in memory."""
        if read_only:
            with sentences(self.shown, self._secrets):
                self._read(may_be_absent=may_be_absent)
        else:
            self.begin_writing()
        self._answered = not self.is_sqlite

    def begin_writing(self, tell: Callable[[str], None] = lambda _: None) -> None:
        """Open for writing what was opened to be read, unless that was done: create or upgrade it if need be.

        Args:
            tell: Told what was done to a database of an older version, and when a server does not answer for a while.

        Raises:
            StudyError: It cannot be written, or upgraded now.
        """
        self.tell = tell
        if not self._access.read_only:
            return
        path = self._path
        if path is not None:
            make_place(path)
        self.close()
        self._access.read_only, self._access.frozen = False, False
        self.engine, self.older = self._opened, None
        with sentences(self.shown, self._secrets):
            self._write()
        if path is not None:
            self._file = OpenFile(path, self.shown)
        if self.upgraded:
            tell(self.upgraded)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()
        self._opened.dispose()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    @repeated
    def rows(self, kind: type[R], statement: Select[Any]) -> list[R]:
        """Return what a query finds, as values.

        Args:
            kind: A dataclass of `study.database.rows` whose fields the query selects.
            statement: The query.
        """
        with self.begin() as connection:
            return [structured(kind, row) for row in connection.execute(statement).mappings()]

    def row(self, kind: type[R], statement: Select[Any]) -> R | None:
        """Return the first row that a query finds, as a value; None where it finds nothing."""
        return next(iter(self.rows(kind, statement)), None)

    @functools.cached_property
    def server_identity(self) -> str | None:
        """What tells a server's database from its copies elsewhere; None of a file, or where it is not known."""
        return self._server_identity()

    @repeated
    def _server_identity(self) -> str | None:
        with self.begin() as connection:
            return identity(connection)

    def check(self) -> None:
        """Check that an SQLite file which was opened for writing is still there.

        Raises:
            StudyError: It was deleted or replaced since.
        """
        if self._file is not None:
            self._file.check()

    def fold(self) -> None:
        """Fold SQLite's write-ahead log into the file, as far as nobody else is at it just now."""
        if self._file is not None:
            self._file.check()
            fold(self.engine)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Open a transaction, and commit it unless it raises.

        A server that does not answer any more is waited for, `RECONNECT_SECONDS` at most.

        Raises:
            LostConnectionError: The connection broke in the midst of it, or the server does not come back.
        """
        self.check()
        with sentences(self.shown, self._secrets), self._connected() as connection, connection.begin():
            yield connection

    @contextmanager
    def quietly(self) -> Iterator[Connection]:
        """Open a transaction as `begin` does, but do not wait for a server that does not answer."""
        with sentences(self.shown, self._secrets), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that writes; of a process that has taken studies, only as long as it owns them.

        Raises:
            TakenOverError: Another process has taken over one of them.
        """
        with self.begin() as connection:
            if held := tuple(self.held):
                refuse_replaced(connection, held)
            yield connection

    def _connected(self) -> Connection:
        """Return a connection; where a server answered before, after as many tries as its restart may take.

        Raises:
            OperationalError: There is none to be had.
        """
        began, tries = time.monotonic(), 0
        while True:
            try:
                connection = self.engine.connect()
            except OperationalError as error:
                if self._gave_up is not None:
                    raise LostConnectionError(self._gave_up) from error
                if not self._answered:
                    raise
                seconds = time.monotonic() - began
                if seconds >= RECONNECT_SECONDS or self.is_impatient():
                    self._gave_up = (
                        f"the trial database {self.shown} has not answered for {seconds:.0f} seconds "
                        f"({one_line(error.orig)}); what was recorded stays, and `python -m study resume` goes on "
                        f"once it answers"
                    )
                    continue
            else:
                self._gave_up = None
                if tries:
                    self.tell(f"the trial database {self.shown} answers again")
                return connection
            if not tries:
                self.tell(
                    f"the trial database {self.shown} does not answer; it is tried again for up to "
                    f"{RECONNECT_SECONDS:g} seconds"
                )
            time.sleep(RECONNECT_PAUSES[min(tries, len(RECONNECT_PAUSES) - 1)])
            tries += 1

    @property
    def _path(self) -> Path | None:
        """The file of an SQLite database."""
        return Path(self.url.database) if self.is_sqlite and self.url.database else None

    def _read(self, *, may_be_absent: bool) -> None:
        """Read the database as it is, or a copy in memory of what it would be."""
        try:
            found = self._version_to_read()
        except NoDatabaseError:
            if not may_be_absent:
                raise
            self.engine = empty_copy()
            return
        if found != schema.SCHEMA_VERSION:
            self.engine, self.older = upgraded_copy(self._opened, found), found

    def _version_to_read(self) -> int:
        begins = "`python -m study run SPACE` begins one"
        if self.is_sqlite:
            path = self._path or Path()
            if not path.is_file():
                raise NoDatabaseError(f"there is no trial database at {self.shown}; {begins}")
            find_access(self._opened, path, self._access)
        found = stored_version(self._opened)
        if found is None:
            raise NoDatabaseError(f"{self.shown} holds no trial database; {begins}")
        self._refuse_other_versions(found)
        return found

    def _write(self) -> None:
        """Check the schema's version before anything else; create the tables, or bring older ones to today's."""
        found = stored_version(self._opened)
        if found is None:
            found = self._create()
        self._refuse_other_versions(found)
        if found != schema.SCHEMA_VERSION:
            self.upgraded = upgrade(self._opened, found, path=self._path)

    def _refuse_other_versions(self, found: int) -> None:
        """Raise StudyError for a schema that is newer, or too old to be upgraded."""
        if not OLDEST <= found <= schema.SCHEMA_VERSION:
            raise StudyError(
                f"{self.shown} has schema version {found}, this program writes version {schema.SCHEMA_VERSION}; "
                f"use the program that began it, or another --storage"
            )

    def _create(self) -> int:
        """Create the tables unless another process has done so just now; return their version."""
        version = select(schema.schema_version.c.version)
        with self._opened.begin() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver would begin at the first INSERT
            schema.metadata.create_all(connection)
            found: int | None = connection.execute(version).scalar()
            if found is None:
                found = schema.SCHEMA_VERSION
                connection.execute(insert(schema.schema_version).values(version=found))
            return found
