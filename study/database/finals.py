"""Final trials that were asked for beside those of a study's best and baseline: planned before they run."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from study.database import schema
from study.database.connection import repeated
from study.database.plan_changes import insert_changes
from study.database.rows import FinalRow
from study.database.trial_database import TrialDatabase
from study.database.writing import now, upsert


def stored_finals(database: TrialDatabase, study: str) -> list[FinalRow]:
    """Return what was asked for of a study, oldest first."""
    table = schema.final
    return database.rows(
        FinalRow, select(table).where(table.c.study == study).order_by(table.c.planned_at, table.c.name)
    )


@repeated
def save_finals(database: TrialDatabase, finals: Sequence[FinalRow], command: str) -> None:
    """Store what was asked for, before the first of its trials begins.

    What is there keeps its configuration, its epochs, the command that asked for it first, and its time; its number of
    replicates never gets smaller. What is new goes into the history of the study's plan.

    Args:
        database: Open for writing.
        finals: Of studies that this process owns.
        command: As it was typed, without secrets.
    """
    table = schema.final
    with database.writing() as connection:
        for final in finals:
            key = (table.c.study == final.study, table.c.name == final.name)
            before = connection.execute(select(table.c.replicates).where(*key)).scalar() or 0
            row = {"study": final.study, "name": final.name, "replicates": max(before, final.replicates)}
            created = {
                "origin": final.origin,
                "configuration": dict(final.configuration),
                "epochs": final.epochs,
                "command": final.command,
                "planned_at": final.planned_at or now(),
            }
            upsert(connection, table, row, created=created)
            if final.replicates > before:
                wanted = f"{final.replicates} final trial{'s' if final.replicates > 1 else ''} of {final.name}"
                what = f"{wanted} wanted, no longer {before}" if before else f"{wanted} planned"
                insert_changes(connection, final.study, [what], command, now())
