"""What became of a stored study's plan: each change a sentence, with when it was made and by which command."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, insert, select

from study.database import schema
from study.database.connection import OpenDatabase
from study.database.rows import PlanChangeRow
from study.database.writing import now


def record_changes(database: OpenDatabase, study: str, changes: Sequence[str], command: str) -> None:
    """Store changes of a study's plan, in a transaction of their own.

    Args:
        database: Open for writing.
        study: The study's name; its plan is stored.
        changes: A sentence each, such as `trials raised from 20 to 30`, without the study's name.
        command: As it was typed, without secrets.
    """
    with database.writing() as connection:
        insert_changes(connection, study, changes, command)


def insert_changes(connection: Connection, study: str, changes: Sequence[str], command: str) -> None:
    """Store changes of a study's plan in the transaction that makes them; see `record_changes`."""
    table = schema.plan_change
    last = connection.execute(select(func.max(table.c.number)).where(table.c.study == study)).scalar() or 0
    for number, what in enumerate(changes, start=last + 1):
        values = {"study": study, "number": number, "what": what, "command": command, "changed_at": now()}
        connection.execute(insert(table).values(**values))


def plan_changes(database: OpenDatabase, study: str) -> list[PlanChangeRow]:
    """Return the changes of a study's plan, the oldest first."""
    table = schema.plan_change
    return database.rows(PlanChangeRow, select(table).where(table.c.study == study).order_by(table.c.number))
