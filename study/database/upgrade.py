"""Brings a database of an older schema to today's: in place for who writes, in a copy in memory for who only reads."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Engine,
    MetaData,
    Table,
    create_engine,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.pool import StaticPool

from study.database import schema
from study.database.ownership import clock, owner_alive
from study.database.server import patient
from study.errors import OlderProgramError

OLDEST = 1
"""The first version that can be upgraded."""
_REVISION = "study_revision"
_MIGRATED = {*schema.metadata.tables, _REVISION, "cell", "trial_user_attributes"}
"""Tables that a migration may read or change: today's, Alembic's, one that had another name, and one of Optuna's."""


def stored_version(engine: Engine) -> int | None:
    """Return the schema's version that a database says it has; None where it holds none of our tables."""
    if not inspect(engine).has_table(schema.schema_version.name):
        return None
    with engine.begin() as connection:
        version: int | None = connection.execute(select(schema.schema_version.c.version)).scalar()
    return version


def upgrade(engine: Engine, found: int, *, path: Path | None) -> str:
    """Upgrade a database in one transaction, after a copy of an SQLite file was kept beside it.

    Args:
        engine: Of the database, open for writing.
        found: Its version, from `OLDEST` on.
        path: The SQLite file; None for another database, of which nothing is copied.

    Returns:
        What was done, a sentence for the user.

    Raises:
        OlderProgramError: A living process is running one of its studies, by the older program.
    """
    _refuse_busy(engine)
    done = f"the trial database had schema version {found} and has {schema.SCHEMA_VERSION} now"
    kept = None if path is None else _keep_copy(engine, path, found)
    _migrate(engine, found)
    return f"{done}; it is kept as it was in {kept}" if kept else done


def empty_copy() -> Engine:
    """Return a database of today's schema in memory that holds nothing."""
    copy = _in_memory()
    schema.metadata.create_all(copy)
    return _read_only(copy)


def upgraded_copy(engine: Engine, found: int) -> Engine:
    """Return a database of an older version as one of today's, in memory; the database stays as it is."""
    copy = _in_memory()
    if engine.dialect.name == "sqlite":
        _copy_file(engine, copy)
    else:
        _copy_tables(engine, copy)
    engine.dispose()
    _migrate(copy, found)
    return _read_only(copy)


def _in_memory() -> Engine:
    return create_engine("sqlite://", connect_args={"check_same_thread": False}, poolclass=StaticPool)


def _read_only(copy: Engine) -> Engine:
    """Lets nothing be written that would be gone with the copy."""
    with copy.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    return copy


def _copy_file(engine: Engine, copy: Engine) -> None:
    with contextlib.closing(engine.raw_connection()) as source, contextlib.closing(copy.raw_connection()) as target:
        drivers = source.driver_connection, target.driver_connection
        assert isinstance(drivers[0], sqlite3.Connection)  # both are SQLite's
        assert isinstance(drivers[1], sqlite3.Connection)
        drivers[0].backup(drivers[1])


def _copy_tables(engine: Engine, copy: Engine) -> None:
    """Copy what migrations read and change from a server, as it is at one moment."""
    found, ours = MetaData(), MetaData()
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as source, copy.begin() as target:
        found.reflect(source, only=lambda name, _: name in _MIGRATED)
        for table in found.tables.values():
            made = Table(table.name, ours, *map(_plain_column, table.columns))
            made.create(target)
            if rows := [dict(row) for row in source.execute(select(table)).mappings()]:
                target.execute(insert(made), rows)


def _plain_column(column: Column[Any]) -> Column[Any]:
    """Return a column as any database has it."""
    kind = column.type.as_generic()
    if isinstance(kind, JSON):
        kind = JSON(none_as_null=True)
    return Column(column.name, kind, primary_key=column.primary_key, nullable=column.nullable)


def _migrate(engine: Engine, found: int) -> None:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver would begin at the first INSERT
        try:
            with patient(connection):
                _run_scripts(connection, found)
            connection.execute(update(schema.schema_version).values(version=schema.SCHEMA_VERSION))
            connection.commit()
        except BaseException:
            connection.rollback()
            raise


def _run_scripts(connection: Connection, found: int) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    if not inspect(connection).has_table(_REVISION):
        command.stamp(config, str(found))
    command.upgrade(config, "head")


def _refuse_busy(engine: Engine) -> None:
    table = schema.plan
    with engine.begin() as connection:
        rows = connection.execute(select(table.c.study, table.c.owner, table.c.owner_seen_at)).all()
        at = clock(connection)
    for row in rows:
        if row.owner is not None and owner_alive(row.owner, row.owner_seen_at or 0.0, at):
            raise OlderProgramError(
                f"study {row.study!r} is being run by an older program, whose database this one would upgrade; "
                f"wait for it or stop it, then run this again"
            )


def _keep_copy(engine: Engine, path: Path, found: int) -> Path:
    """Copy the database whole, what its write-ahead log holds too, under a name that is not taken."""
    kept, number = path.with_name(f"{path.name}.schema-{found}"), 1
    while kept.exists():
        number += 1
        kept = path.with_name(f"{path.name}.schema-{found}-{number}")
    source: sqlalchemy.PoolProxiedConnection = engine.raw_connection()
    try:
        driver = source.driver_connection
        assert isinstance(driver, sqlite3.Connection)  # a path is given for SQLite alone
        with contextlib.closing(sqlite3.connect(kept)) as target:
            driver.backup(target)
    finally:
        source.close()
    return kept
