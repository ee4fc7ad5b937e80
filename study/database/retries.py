"""Trials that are ended by hand, and ended ones that are taken up again: what became of them before stays readable."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, insert, select, update

from study.database import schema
from study.database.connection import repeated
from study.database.rows import FailureRow
from study.database.trial_database import TrialDatabase
from study.database.writing import now
from study.trial import TrialState


@repeated
def take_up_again(database: TrialDatabase, trials: Collection[str]) -> None:
    """Open trials that ended badly, with the same ids and seeds; they start from their first epoch.

    How each ended goes to the table `failure`; its epochs go, since it will train them again.

    Args:
        database: Open for writing.
        trials: Ids, of a study that this process owns.
    """
    table = schema.trial
    opened = {
        "state": TrialState.INTERRUPTED.value,
        "skip": False,
        "failure_type": None,
        "failure_message": None,
        "failure_traceback": None,
        "finished_at": None,
    }
    with database.writing() as connection:
        ended = (table.c.id.in_(trials), table.c.state.in_([state.value for state in TrialState if state.finished]))
        rows = connection.execute(select(table).where(*ended)).mappings().all()
        for row in rows:
            connection.execute(
                insert(schema.failure).values(
                    trial=row["id"],
                    attempt=row["attempt"],
                    state=row["state"],
                    type=row["failure_type"],
                    message=row["failure_message"],
                    traceback=row["failure_traceback"],
                    recorded_at=row["finished_at"] or now(),
                )
            )
            connection.execute(delete(schema.epoch).where(schema.epoch.c.trial == row["id"]))
            connection.execute(update(table).where(table.c.id == row["id"]).values(**opened))


def earlier_failures(database: TrialDatabase, study: str) -> dict[str, list[FailureRow]]:
    """Return how trials ended that were taken up again since, by the trial's id, the oldest end first."""
    table, trial = schema.failure, schema.trial
    rows = database.rows(
        FailureRow,
        select(table)
        .join(trial, trial.c.id == table.c.trial)
        .where(trial.c.study == study)
        .order_by(table.c.trial, table.c.attempt),
    )
    found: dict[str, list[FailureRow]] = {}
    for row in rows:
        found.setdefault(row.trial, []).append(row)
    return found


@repeated
def ask_to_skip(database: TrialDatabase, trial: str) -> None:
    """Ask whoever runs the trial's study to end the trial."""
    with database.begin() as connection:
        connection.execute(update(schema.trial).where(schema.trial.c.id == trial).values(skip=True))


@repeated
def asked_to_skip(database: TrialDatabase, study: str) -> list[str]:
    """Return the ids of the study's trials that are to be skipped and have not ended."""
    table = schema.trial
    open_states = [state.value for state in TrialState if not state.finished]
    wanted = (table.c.study == study, table.c.skip.is_(True), table.c.state.in_(open_states))
    with database.begin() as connection:
        return list(connection.execute(select(table.c.id).where(*wanted)).scalars())
