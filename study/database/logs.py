"""Lines that trainings of the user's own wrote, in the order in which they were written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, delete, func, insert, select

from study.database import schema
from study.database.connection import OpenDatabase, repeated
from study.database.rows import LogRow
from study.database.writing import now


def replace(connection: Connection, epochs: Mapping[str, tuple[int, Sequence[str]]]) -> None:
    """Keep the lines of epochs in place of what earlier attempts at them, or at later ones, wrote.

    Args:
        connection: In a transaction.
        epochs: Trial's id -> its epoch, and the lines.
    """
    table = schema.log
    last = select(table.c.trial, func.max(table.c.epoch)).where(table.c.trial.in_(epochs)).group_by(table.c.trial)
    for trial, written in connection.execute(last).all():
        if written >= epochs[trial][0]:
            connection.execute(delete(table).where(table.c.trial == trial, table.c.epoch >= epochs[trial][0]))
    for trial, (epoch, lines) in epochs.items():
        if lines:
            add(connection, trial, epoch, lines)


def add(connection: Connection, trial: str, epoch: int, lines: Iterable[str]) -> None:
    """Keep further lines that were written in an epoch, or after the last one."""
    table = schema.log
    for number, text in enumerate(lines, start=_count(connection, trial)):
        row = {"trial": trial, "number": number, "epoch": epoch, "text": text, "recorded_at": now()}
        connection.execute(insert(table).values(**row))


def add_lines(database: OpenDatabase, trial: str, epoch: int, lines: Iterable[str]) -> None:
    """Keep further lines of a trial, in a transaction of their own."""
    _add_lines(database, trial, epoch, list(lines), _known(database, trial))


@repeated
def _known(database: OpenDatabase, trial: str) -> int:
    with database.begin() as connection:
        return _count(connection, trial)


@repeated
def _add_lines(database: OpenDatabase, trial: str, epoch: int, lines: Sequence[str], known: int) -> None:
    with database.writing() as connection:
        if _count(connection, trial) == known:  # else it was committed, and only the answer was lost
            add(connection, trial, epoch, lines)


def _count(connection: Connection, trial: str) -> int:
    table = schema.log
    counted = select(func.count()).select_from(table).where(table.c.trial == trial)
    return connection.execute(counted).scalar() or 0


def lines_of(database: OpenDatabase, study: str) -> dict[str, list[LogRow]]:
    """Return what the trials of a study wrote, by the trial's id, each in the order in which it was written."""
    table = schema.log
    of_study = select(schema.trial.c.id).where(schema.trial.c.study == study)
    written = select(table).where(table.c.trial.in_(of_study)).order_by(table.c.trial, table.c.number)
    lines: dict[str, list[LogRow]] = {}
    for row in database.rows(LogRow, written):
        lines.setdefault(row.trial, []).append(row)
    return lines
