"""What became of a stored study's plan: each change a sentence, with when it was made and by which command."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, insert, select

from study.database import schema
from study.database.connection import OpenDatabase, repeated
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
    _record_changes(database, study, changes, command, now())


@repeated
def _record_changes(database: OpenDatabase, study: str, changes: Sequence[str], command: str, moment: str) -> None:
    with database.writing() as connection:
        insert_changes(connection, study, changes, command, moment)


def insert_changes(connection: Connection, study: str, changes: Sequence[str], command: str, moment: str) -> None:
    """Store changes of a study's plan in the transaction that makes them, once: see `record_changes`.

    Args:
        connection: In a transaction.
        study: The study's name.
        changes: As in `record_changes`.
        command: As in `record_changes`.
        moment: When they were made, the same one if the transaction is repeated, and of no other change of the study.
    """
    table = schema.plan_change
    if connection.execute(select(table.c.number).where(table.c.study == study, table.c.changed_at == moment)).first():
        return
    last = connection.execute(select(func.max(table.c.number)).where(table.c.study == study)).scalar() or 0
    for number, what in enumerate(changes, start=last + 1):
        values = {"study": study, "number": number, "what": what, "command": command, "changed_at": moment}
        connection.execute(insert(table).values(**values))


def plan_changes(database: OpenDatabase, study: str) -> list[PlanChangeRow]:
    """Return the changes of a study's plan, the oldest first."""
    table = schema.plan_change
    return database.rows(PlanChangeRow, select(table).where(table.c.study == study).order_by(table.c.number))
