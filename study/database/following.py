"""What has happened in a running study since it was last asked: a few small queries, whatever the study's size."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, func, or_, select

from study.database import schema
from study.database.connection import repeated
from study.database.rows import CountRow, EpochRow, TrialRow
from study.database.trial_database import TrialDatabase
from study.trial import Phase, TrialState

AT_ONCE = 400
"""Ids in one query."""


@repeated
def family_of(database: TrialDatabase, study: str) -> list[str]:
    """Return a study and those that re-tune arms of its ablations, by name."""
    plan = schema.plan
    with database.begin() as connection:
        statement = select(plan.c.study).where(or_(plan.c.study == study, plan.c.parent == study))
        return sorted(connection.execute(statement).scalars())


def counts_of(database: TrialDatabase, studies: Collection[str], *, counting: bool = False) -> list[CountRow]:
    """Return the number of trials of each study, phase and state, from an index alone.

    Args:
        database: Open for reading.
        studies: Their names.
        counting: Whether to leave out stale trials, for which every row is read.
    """
    table = schema.trial
    keys = (table.c.study, table.c.phase, table.c.state)
    counted = select(*keys, func.count().label("trials")).where(table.c.study.in_(studies))
    if counting:
        counted = counted.where(table.c.stale_at.is_(None))
    return database.rows(CountRow, counted.group_by(*keys).order_by(*keys))


def running_trials(database: TrialDatabase, studies: Collection[str]) -> list[TrialRow]:
    """Return the trials that are being trained, the longest first."""
    table = schema.trial
    running = _in_states(studies, [TrialState.RUNNING])
    return database.rows(TrialRow, select(table).where(*running).order_by(table.c.started_at, table.c.id))


def trials_with(database: TrialDatabase, ids: Sequence[str]) -> list[TrialRow]:
    """Return trials by their ids."""
    table = schema.trial
    return [row for some in _parts(ids) for row in database.rows(TrialRow, select(table).where(table.c.id.in_(some)))]


def ended_since(database: TrialDatabase, studies: Collection[str], since: str) -> list[TrialRow]:
    """Return the trials that ended at a time or after it, the first first."""
    table = schema.trial
    ended = [*_in_states(studies, [state for state in TrialState if state.finished]), table.c.finished_at >= since]
    return database.rows(TrialRow, select(table).where(*ended).order_by(table.c.finished_at, table.c.id))


@repeated
def epochs_before(database: TrialDatabase, trial: str, moment: str | None) -> int:
    """Return how many epochs of a trial were recorded before a moment, or at all."""
    table = schema.epoch
    recorded = [table.c.trial == trial, *([] if moment is None else [table.c.recorded_at <= moment])]
    with database.begin() as connection:
        return int(connection.execute(select(func.count()).where(*recorded)).scalar() or 0)


@repeated
def last_times(database: TrialDatabase, studies: Collection[str]) -> tuple[str, str]:
    """Return when the last trial began, and when the last one ended; an empty text for none."""
    table = schema.trial
    statement = select(func.max(table.c.started_at), func.max(table.c.finished_at)).where(table.c.study.in_(studies))
    with database.begin() as connection:
        began, ended = connection.execute(statement).one()
    return began or "", ended or ""


@repeated
def epochs_after(database: TrialDatabase, known: Mapping[str, int]) -> list[EpochRow]:
    """Return the epochs of trials that come after those that are known, in order.

    Args:
        database: Open for reading.
        known: Trial id -> its last epoch that is known, 0 for none.
    """
    table = schema.epoch
    found: list[EpochRow] = []
    for some in _parts(list(known)):
        last = select(table.c.trial, func.max(table.c.epoch).label("last")).where(table.c.trial.in_(some))
        with database.begin() as connection:
            reached = connection.execute(last.group_by(table.c.trial)).all()
        new = [(table.c.trial == row.trial) & (table.c.epoch > known[row.trial]) for row in reached]
        new = [wanted for wanted, row in zip(new, reached, strict=True) if row.last > known[row.trial]]
        if new:
            statement = select(table).where(or_(*new)).order_by(table.c.recorded_at, table.c.trial, table.c.epoch)
            found += database.rows(EpochRow, statement)
    return found


@repeated
def score_on_test(database: TrialDatabase, trial: str) -> float | None:
    """Return what a trial scored on the test split, without what it said of each example."""
    table = schema.test_result
    with database.begin() as connection:
        score: float | None = connection.execute(select(table.c.score).where(table.c.trial == trial)).scalar()
    return score


@repeated
def epochs_done(database: TrialDatabase, studies: Collection[str]) -> int:
    """Return the epochs that need not be trained any more: of ended trials all, of open ones those recorded."""
    trial, epoch = schema.trial, schema.epoch
    ended = _in_states(studies, [state for state in TrialState if state.finished])
    still_open = _in_states(studies, [state for state in TrialState if not state.finished])
    recorded = select(func.count()).select_from(epoch).where(epoch.c.trial.in_(select(trial.c.id).where(*still_open)))
    with database.begin() as connection:
        planned = connection.execute(select(func.coalesce(func.sum(trial.c.epochs), 0)).where(*ended)).scalar()
        return int(planned or 0) + int(connection.execute(recorded).scalar() or 0)


@repeated
def epochs_saved(database: TrialDatabase, studies: Collection[str]) -> int:
    """Return the epochs of search trials that ended before they had trained them."""
    trial, epoch = schema.trial, schema.epoch
    ended = _in_states(studies, [state for state in TrialState if state.finished])
    searched = (*ended, trial.c.phase == Phase.SEARCH.value)
    recorded = select(func.count()).select_from(epoch).where(epoch.c.trial.in_(select(trial.c.id).where(*searched)))
    with database.begin() as connection:
        planned = connection.execute(select(func.coalesce(func.sum(trial.c.epochs), 0)).where(*searched)).scalar()
        return int(planned or 0) - int(connection.execute(recorded).scalar() or 0)


@repeated
def best_value(database: TrialDatabase, study: str, *, higher_is_better: bool) -> float | None:
    """Return the best validation score of the study's complete search trials."""
    table = schema.trial
    better = func.max if higher_is_better else func.min
    complete = (table.c.study == study, table.c.phase == Phase.SEARCH.value, table.c.state == TrialState.COMPLETE.value)
    with database.begin() as connection:
        value: float | None = connection.execute(
            select(better(table.c.value)).where(*complete, table.c.stale_at.is_(None))
        ).scalar()
    return value


def _in_states(studies: Collection[str], states: Sequence[TrialState]) -> list[ColumnElement[bool]]:
    """Return the conditions that the index of trials serves, stale trials left out."""
    table = schema.trial
    return [
        table.c.study.in_(studies),
        table.c.phase.in_([phase.value for phase in Phase]),
        table.c.state.in_([state.value for state in states]),
        table.c.stale_at.is_(None),
    ]


def _parts(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)]
