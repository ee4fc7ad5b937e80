"""What every writing of a row needs: the time, and inserting what may be there already."""

from __future__ import annotations

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
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values(**row, **(created or {}))
    rest = {name: statement.excluded[name] for name in row if name not in table.primary_key.columns}
    if rest:
        connection.execute(statement.on_conflict_do_update(index_elements=table.primary_key.columns, set_=rest))
    else:
        connection.execute(statement.on_conflict_do_nothing())
