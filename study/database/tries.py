"""Values that somebody wants tried: kept before anything of them is trained."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, insert, select, update

from study.database import schema
from study.database.connection import OpenDatabase, repeated
from study.database.plan_changes import insert_changes
from study.database.rows import Configuration, TriedRow
from study.database.writing import now


def add_tries(
    database: OpenDatabase,
    study: str,
    tries: Sequence[tuple[Configuration, bool]],
    *,
    changes: Sequence[str],
    command: str,
) -> None:
    """Store values that are to be tried, and what the plan's history says of them, in one transaction.

    Args:
        database: Open for writing.
        study: The study's name; its plan is stored.
        tries: The parameters that were given, and whether the trial may be pruned.
        changes: A sentence each.
        command: As it was typed, without secrets.
    """
    _add_tries(database, study, tries, changes, command, now())


@repeated
def _add_tries(
    database: OpenDatabase,
    study: str,
    tries: Sequence[tuple[Configuration, bool]],
    changes: Sequence[str],
    command: str,
    moment: str,
) -> None:
    table = schema.tried
    with database.writing() as connection:
        if connection.execute(select(table.c.number).where(table.c.study == study, table.c.asked_at == moment)).first():
            return  # it was committed, and only the answer was lost
        last = connection.execute(select(func.max(table.c.number)).where(table.c.study == study)).scalar() or 0
        for number, (given, prune) in enumerate(tries, start=last + 1):
            values = {"given": given, "prune": prune, "command": command, "asked_at": moment}
            connection.execute(insert(table).values(study=study, number=number, **values))
        insert_changes(connection, study, changes, command, moment)


def stored_tries(database: OpenDatabase, study: str) -> list[TriedRow]:
    """Return what somebody wanted tried in a study, in the order in which it was asked for."""
    table = schema.tried
    return database.rows(TriedRow, select(table).where(table.c.study == study).order_by(table.c.number))


@repeated
def save_follower(database: OpenDatabase, study: str, number: int, trial: str) -> None:
    """Store which trial follows values that somebody wanted tried.

    Args:
        database: Open for writing.
        study: The study's name.
        number: Of the try.
        trial: Id of the trial.
    """
    table = schema.tried
    with database.writing() as connection:
        connection.execute(update(table).where(table.c.study == study, table.c.number == number).values(trial=trial))
