"""What every writing of a row needs: the time, and inserting what may be there already."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from study.database.rows import Columns


def now() -> str:
    """Return the time as ISO 8601 in UTC with microseconds: it sorts as text."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def upsert(connection: Connection, table: Table, row: Columns, created: Columns | None = None) -> None:
    """Insert a row, or overwrite the given columns of the one with its primary key.

    Args:
        connection: In a transaction.
        table: Where it goes.
        row: Every column that must not be empty, the primary key among them; a column that is left out stays as it is.
        created: Columns that a row keeps from when it was inserted.
    """
    statement = _upserting(connection, table, row)
    connection.execute(statement, {**row, **(created or {})})


def upsert_all(connection: Connection, table: Table, rows: Sequence[Columns]) -> None:
    """Insert rows, or overwrite those with their primary keys, in one statement.

    Args:
        connection: In a transaction.
        table: Where they go.
        rows: All with the same columns, as `upsert` takes one.
    """
    if rows:
        connection.execute(_upserting(connection, table, rows[0]), list(rows))


def _upserting(connection: Connection, table: Table, row: Columns) -> postgresql.Insert | sqlite.Insert:
    """Return the statement that inserts rows with these columns, or overwrites the columns."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table)
    rest = {name: statement.excluded[name] for name in row if name not in table.primary_key.columns}
    if rest:
        return statement.on_conflict_do_update(index_elements=table.primary_key.columns, set_=rest)
    return statement.on_conflict_do_nothing()
