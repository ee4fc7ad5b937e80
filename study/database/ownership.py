"""Which process owns a study, whether it still runs, and that nobody else writes what is the owner's."""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, select, text

from study.database import process, schema
from study.errors import TakenOverError

FOREIGN_OWNER_SECONDS = 45
"""After this silence a study's owner that cannot be seen from here counts as dead."""
_SERVER_CLOCK = text(
    "SELECT extract(epoch FROM clock_timestamp())::float AS now, "
    "extract(epoch FROM pg_postmaster_start_time())::float AS since"
)


@dataclass(frozen=True, slots=True)
class Clock:
    """What time it is for everybody who uses a database."""

    now: float
    """Seconds since 1970: of the server where there is one, else of this machine, which has the file."""
    since: float = 0.0
    """When the server began to answer: before that nobody could be seen."""


def clock(connection: Connection) -> Clock:
    """Return the time by which owners are seen and judged, so that machines' own clocks may differ."""
    if connection.dialect.name != "postgresql":
        return Clock(time.time())
    row = connection.execute(_SERVER_CLOCK).one()
    return Clock(row.now, row.since)


def owner_name() -> str:
    """Return this process by a name that no other has: see `study.database.process.name_of`."""
    return process.name_of(os.getpid())


def owner_in_words(owner: str) -> str:
    """Return who an owner is, for people."""
    return process.in_words(owner)


def owner_alive(owner: str, seen_at: float, at: Clock) -> bool:
    """Return whether the owner still runs: in sight of this process by that, elsewhere by when it was last seen.

    Machines and containers may have one name; who cannot be seen from here though it is called as this machine is
    judged as one elsewhere, unless this machine has booted since.

    Args:
        owner: As `owner_name` returned it there.
        seen_at: When it last said that it lives, by the database's clock.
        at: The database's clock now.
    """
    if process.is_near(owner):
        return process.runs(owner)
    if process.ended_by_reboot(owner, seen_at, at.now):
        return False
    return at.now - max(seen_at, at.since) < FOREIGN_OWNER_SECONDS


def refuse_replaced(connection: Connection, studies: Collection[str]) -> None:
    """Check that this process still owns some studies, such that nobody can take them before the transaction ends.

    Args:
        connection: In a transaction that has done nothing yet.
        studies: Those that it took.

    Raises:
        TakenOverError: Another process has taken one of them meanwhile.
    """
    table = schema.plan
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver would begin at the first INSERT
    mine = select(table.c.study).where(table.c.study.in_(studies), table.c.owner == owner_name())
    if connection.dialect.name == "postgresql":
        mine = mine.with_for_update(read=True)
    lost = set(studies) - set(connection.execute(mine).scalars())
    if lost:
        raise TakenOverError(f"study {min(lost)!r} was taken over by another process; this one stops")
