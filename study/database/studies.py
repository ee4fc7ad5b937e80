"""Stored studies: what each was begun with, and the one process that runs it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from study.database import process, schema
from study.database.connection import OpenDatabase, repeated
from study.database.ownership import clock, owner_alive, owner_in_words, owner_name
from study.database.plan_changes import insert_changes
from study.database.rows import Columns, EnvironmentRow, PlanRow
from study.database.writing import now, upsert
from study.errors import StudyBusyError, TakenOverError
from study.trial import fingerprint


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that a study is run by, or was when it died."""

    name: str
    """As `study.database.ownership.owner_name` returned it there."""
    seen_at: float
    """When it last said that it lives, by the database's clock."""
    seconds: float
    """Since then."""
    alive: bool
    """Whether it still runs, as far as can be told from here."""

    @property
    def is_local(self) -> bool:
        """Whether it can be seen from here, so that its process tells whether it lives."""
        return process.is_near(self.name)


class Studies(OpenDatabase):
    """The tables of plans and environments."""

    def plan(self, study: str) -> PlanRow | None:
        """Return a study's plan, or None."""
        return self.row(PlanRow, select(schema.plan).where(schema.plan.c.study == study))

    def plans(self) -> list[PlanRow]:
        """Return every plan, oldest first."""
        return self.rows(PlanRow, select(schema.plan).order_by(schema.plan.c.created_at, schema.plan.c.study))

    def save_plan(self, row: Columns, changes: Sequence[str] = (), command: str = "") -> None:
        """Insert a plan, or overwrite the one with its name.

        Args:
            row: Columns of the plan table.
            changes: What changed in it, a sentence each; see `study.database.plan_changes`.
            command: What changed it, as it was typed.
        """
        self._save_plan(row, changes, command, now())

    @repeated
    def _save_plan(self, row: Columns, changes: Sequence[str], command: str, moment: str) -> None:
        with self.writing() as connection:
            upsert(connection, schema.plan, row, created={"created_at": moment})
            insert_changes(connection, row["study"], changes, command, moment)

    def add_plan(self, row: Columns, changes: Sequence[str] = (), command: str = "") -> None:
        """Insert a plan that nobody has begun, and own it from then on; arguments as of `save_plan`.

        Raises:
            StudyBusyError: There is one with its name.
        """
        self._add_plan(row, changes, command, now())
        self.held.add(row["study"])

    @repeated
    def _add_plan(self, row: Columns, changes: Sequence[str], command: str, moment: str) -> None:
        study, mine, table = row["study"], owner_name(), schema.plan
        begun = select(table.c.study).where(table.c.study == study, table.c.owner == mine, table.c.created_at == moment)
        with self.writing() as connection:
            if connection.execute(begun).first():
                return  # it was committed, and only the answer was lost
            try:
                owned = {"owner": mine, "owner_seen_at": clock(connection).now}
                connection.execute(insert(table).values(**row, **owned, created_at=moment))
                insert_changes(connection, study, changes, command, moment)
            except IntegrityError as error:
                raise StudyBusyError(
                    f"study {study!r} was begun by another process just now; run this again"
                ) from error

    @repeated
    def save_files(self, studies: Collection[str], files: str | None) -> None:
        """Store where some studies keep their checkpoints and weights."""
        table = schema.plan
        with self.writing() as connection:
            connection.execute(update(table).where(table.c.study.in_(studies)).values(files=files))

    @repeated
    def add_note(self, study: str, text: str) -> None:
        """Keep a sentence about a study that its report repeats, once."""
        table = schema.plan
        with self.writing() as connection:
            notes = connection.execute(select(table.c.notes).where(table.c.study == study)).scalar() or []
            if text not in notes:
                connection.execute(update(table).where(table.c.study == study).values(notes=[*notes, text]))

    def environment(self, identity: str) -> EnvironmentRow | None:
        """Return an environment, or None."""
        return self.row(EnvironmentRow, select(schema.environment).where(schema.environment.c.id == identity))

    @repeated
    def save_environment(self, row: Columns) -> str:
        """Store an environment once and return its id."""
        identity = fingerprint(row)[:16]
        with self.writing() as connection:
            upsert(connection, schema.environment, {"id": identity, **row})
        return identity

    # Ownership: one coordinator a study

    @repeated
    def acquire(self, study: str) -> None:
        """Make this process the study's owner; what it writes from now on is written only as long as it stays that.

        Raises:
            StudyBusyError: A living process owns it.
        """
        table, mine = schema.plan, owner_name()
        with self.begin() as connection:
            at = clock(connection)
            row = connection.execute(select(table.c.owner, table.c.owner_seen_at).where(table.c.study == study)).one()
            if row.owner is not None and row.owner != mine and owner_alive(row.owner, row.owner_seen_at or 0.0, at):
                raise StudyBusyError(
                    f"study {study!r} is being run by {owner_in_words(row.owner)}; wait for it or stop it, then run "
                    f"this again, or give --standby: this command then watches, and takes over when it has ended"
                )
            unchanged = table.c.owner == row.owner if row.owner is not None else table.c.owner.is_(None)
            taken = connection.execute(
                update(table).where(table.c.study == study, unchanged).values(owner=mine, owner_seen_at=at.now)
            )
            if taken.rowcount != 1:
                raise StudyBusyError(f"study {study!r} was taken by another process just now")
        self.held.add(study)
        if row.owner not in (None, mine):  # it died, and left what it wrote last in the log
            self.fold()

    @repeated
    def heartbeat(self, study: str, *, search_seconds: float, total_seconds: float = 0.0) -> None:
        """Say that the owner lives, and add to the seconds that the study has searched, and trained in all.

        Raises:
            TakenOverError: Another process owns the study by now (this one was suspended for long, say).
        """
        table = schema.plan
        with self.begin() as connection:
            kept = connection.execute(
                update(table)
                .where(table.c.study == study, table.c.owner == owner_name())
                .values(
                    owner_seen_at=clock(connection).now,
                    search_seconds=table.c.search_seconds + search_seconds,
                    total_seconds=table.c.total_seconds + total_seconds,
                )
            )
            if kept.rowcount != 1:
                raise TakenOverError(f"study {study!r} was taken over by another process; this one stops")

    def say_alive(self) -> None:
        """Say of every study that this process owns that its owner lives; of one that was taken over nothing.

        Waits for no server, and tells nobody of one that does not answer: what the study itself writes does.
        """
        table = schema.plan
        self.check()
        with self.quietly() as connection:
            mine = (table.c.study.in_(tuple(self.held)), table.c.owner == owner_name())
            connection.execute(update(table).where(*mine).values(owner_seen_at=clock(connection).now))

    def owns(self, study: str) -> bool:
        """Return whether this process owns the study."""
        plan = self.plan(study)
        return plan is not None and plan.owner == owner_name()

    @repeated
    def owner_of(self, study: str) -> Owner | None:
        """Return which process runs a study, or ran it when it died; None where nobody does."""
        table = schema.plan
        with self.begin() as connection:
            at = clock(connection)
            found = connection.execute(select(table.c.owner, table.c.owner_seen_at).where(table.c.study == study))
            row = found.one_or_none()
        if row is None or row.owner is None:
            return None
        seen_at = row.owner_seen_at or 0.0
        return Owner(row.owner, seen_at, max(0.0, at.now - seen_at), owner_alive(row.owner, seen_at, at))

    @repeated
    def is_run(self, plan: PlanRow) -> bool:
        """Return whether a living process runs the study."""
        with self.begin() as connection:
            at = clock(connection)
        return plan.owner is not None and owner_alive(plan.owner, plan.owner_seen_at or 0.0, at)

    @repeated
    def dismiss(self, study: str, owner: Owner) -> bool:
        """Take a study from an owner that was not seen again since; return whether that was so.

        For who has waited long enough by its own clock, where the clocks of machines that share a file differ.
        """
        table = schema.plan
        unseen = (table.c.owner == owner.name, table.c.owner_seen_at == owner.seen_at)
        with self.begin() as connection:
            taken = connection.execute(update(table).where(table.c.study == study, *unseen).values(owner=None))
            return taken.rowcount == 1

    @repeated
    def release(self, study: str) -> None:
        """Give the study up if this process owns it."""
        table = schema.plan
        self.held.discard(study)
        with self.begin() as connection:
            connection.execute(
                update(table).where(table.c.study == study, table.c.owner == owner_name()).values(owner=None)
            )
