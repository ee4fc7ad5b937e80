"""An open database: how it is opened, created and upgraded, and the transactions that all else is made of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Select, insert, select

from study.database import schema
from study.database.rows import structured
from study.database.storage import OpenFile, fold, make_place, open_engine, parse_url, secrets_of, sentences, shown_url
from study.database.upgrade import OLDEST, stored_version, upgrade, upgraded_copy
from study.errors import NoDatabaseError, StudyError

R = TypeVar("R")


class OpenDatabase:
    """An open database with our tables."""

    def __init__(self, storage: str, *, read_only: bool = False) -> None:
        """Open the database, creating our tables if need be.

        Args:
            storage: SQLAlchemy URL.
            read_only: Nothing is created or written; an absent or empty database is refused.

        Raises:
            StudyError: The URL is malformed, the database is absent, unreachable, or of another schema version.
        """
        self.url = parse_url(storage)
        self.storage = self.url.render_as_string(hide_password=False)
        self.shown = shown_url(storage)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite and self.url.database and not read_only:
            make_place(Path(self.url.database))
        if read_only and self.is_sqlite and not Path(self.url.database or "").is_file():
            raise NoDatabaseError(f"there is no trial database at {self.shown}; `python -m study run SPACE` begins one")
        self.upgraded: str | None = None
        """What was done to a database of an older version, a sentence for the user."""
        self._secrets = secrets_of(self.url)
        self._file: OpenFile | None = None
        with sentences(self.shown, self._secrets):
            self.engine = open_engine(self.url, read_only=read_only)
            self._open(read_only=read_only)
        if self.is_sqlite and self.url.database and not read_only:
            self._file = OpenFile(Path(self.url.database), self.shown)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

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
        """Open a transaction, and commit it unless it raises."""
        self.check()
        with sentences(self.shown, self._secrets), self.engine.begin() as connection:
            yield connection

    def _open(self, *, read_only: bool) -> None:
        """Check the schema's version before anything else; create the tables, or bring older ones to today's."""
        found = stored_version(self.engine)
        if found is None and read_only:
            raise NoDatabaseError(f"{self.shown} holds no trial database; `python -m study run SPACE` begins one")
        if found is None:
            found = self._create()
        if found == schema.SCHEMA_VERSION:
            return
        if not OLDEST <= found < schema.SCHEMA_VERSION:
            raise StudyError(
                f"{self.shown} has schema version {found}, this program writes version {schema.SCHEMA_VERSION}; "
                f"use the program that began it, or another --storage"
            )
        if not read_only:
            self.upgraded = upgrade(self.engine, found, path=Path(self.url.database or "") if self.is_sqlite else None)
        elif self.is_sqlite:
            self.engine = upgraded_copy(self.engine, found)
        else:
            raise StudyError(
                f"{self.shown} has schema version {found}, this program reads version {schema.SCHEMA_VERSION}; "
                f"`python -m study resume` upgrades it"
            )

    def _create(self) -> int:
        """Create the tables unless another process has done so just now; return their version."""
        version = select(schema.schema_version.c.version)
        with self.engine.begin() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver would begin at the first INSERT
            schema.metadata.create_all(connection)
            found: int | None = connection.execute(version).scalar()
            if found is None:
                found = schema.SCHEMA_VERSION
                connection.execute(insert(schema.schema_version).values(version=found))
            return found
