"""The trial database as data frames, read in one snapshot, a query a frame. Only this module opens it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd
from sqlalchemy import Connection, TextClause, bindparam, text
from sqlalchemy.exc import DatabaseError

from reports.analysis.queries import ENVIRONMENTS, JSON_COLUMNS, PLAN_JSON, PLANS, QUERIES, TYPES
from reports.analysis.typed import typed
from reports.errors import ReportError
from study.database import EnvironmentRow, PlanRow, TrialDatabase, owner_alive, structured
from study.database.ownership import Clock, clock
from study.status.lookup import find_study

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a study is stored."""

    study: str
    """Its name there, which commands take."""
    storage: str
    """The database's URL, its password hidden."""


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """What a report is made from. Studies come in the order in which they were planned."""

    plans: pd.DataFrame
    """One row a study: the table `plan`, JSON decoded, for work on whole columns.

    Without the searches that re-tune a variant: those are `children`.
    """
    children: pd.DataFrame
    """The plans that re-tune a variant of the study `parent`."""
    plan_rows: Mapping[str, PlanRow]
    """Study -> its plan, those of `plans` and in their order.

    What a configuration has as a tuple is a list here, as in the plan's definition and in every other frame.
    """
    child_rows: Mapping[str, PlanRow]
    """Study -> its plan, those of `children`."""
    alive: frozenset[str]
    """Studies that a living process owned when the frames were read."""
    trials: pd.DataFrame
    """One row a trial: the table `trial`, its `id` named `trial`; `configuration` still as the database gives it."""
    retunings: pd.DataFrame
    """One row a trial of the `children`: `study` is the parent, `arm` what is re-tuned, `search` which of its searches;
    `trained` epochs in `seconds`.

    Apart from `trials`, so that nothing that ranks a study's trials sees them.
    """
    retries: pd.DataFrame
    """One row an attempt that failed of a trial that was trained again, those of `children` too.

    `trial, study` (the parent), `retuned, phase, attempt, state, type, message`; `now` is the trial's state today.
    """
    epochs: pd.DataFrame
    """One row an epoch, ordered by trial and epoch; `processor_seconds` is missing where it was not measured."""
    tests: pd.DataFrame
    """One row a test result: `trial, loss, score, metrics` (as the database gives it)`, seconds` (of the pass)."""
    last_metrics: pd.DataFrame
    """One row a complete trial with validation metrics: `trial`, `metrics` after its last epoch, as in `tests`."""
    epoch_metrics: pd.DataFrame
    """One row an epoch in which more than the objective was measured: `trial`, `epoch`, `metrics`, as in `tests`."""
    predictions: pd.DataFrame
    """One row a complete replicate: `trial`, `predictions`, `confidences`, as the bytes of the database."""
    images: pd.DataFrame
    """One row a kept picture of a test split: `dataset_hash, image, height, width, channels, pixels` (bytes)."""
    environments: Sequence[EnvironmentRow]
    """Those that a trial ran in."""
    labels: pd.DataFrame
    """One row a study whose test targets are known: `study`, `labels`, as `study.task.predictions` reads them."""
    code_changes: pd.DataFrame
    """One row a change of a model's source between trials, JSON decoded: what was decided about the `trials` before."""
    tries: pd.DataFrame
    """One row a setting that `--try` gave, JSON decoded: `study, number, given, prune, trial` (missing at first)."""
    plan_changes: pd.DataFrame
    """One row a change of a study's plan, its begin among them: `study, number, what, command, changed_at`."""
    stale: pd.DataFrame
    """One row a study with trials that count for nothing, since their code was changed: how many `trials`."""
    finals: pd.DataFrame
    """One row for final trials that were asked for by name, JSON decoded: `study, name, origin, configuration, ...`."""
    ablations: pd.DataFrame
    """One row an ablation, JSON decoded."""
    arms: pd.DataFrame
    """One row an arm of an ablation and its setting, JSON decoded."""
    planned_trials: pd.DataFrame
    """One row an arm, search and replicate; `trial` is missing, or not in `trials`, while it has not begun.

    `search`, from 1, tells which of a re-tuned arm's searches found what is trained; 1 of an arm that is not re-tuned.
    """
    votes: pd.DataFrame
    """One row a tested training of a planned trial: `trial`, `predictions`, as the bytes of the database."""
    not_asked_for: tuple[str, ...]
    """Studies of the databases that were not asked for."""
    storages: tuple[str, ...]
    """URLs of the databases, their passwords hidden."""
    origins: Mapping[str, Origin]
    """Study, those of `children` too -> where it is stored, and under which name."""


def load(storage: str, studies: Sequence[str] = ()) -> Frames:
    """Read the studies, or all of them.

    Args:
        storage: SQLAlchemy URL of the trial database.
        studies: Names such as `cnn@mnist`, or `cnn` where only one study of that space exists.

    Raises:
        ReportError: A study re-tunes a variant of another, or the database cannot be read.
        study.errors.StudyError: A study is unknown or ambiguous, or there is no trial database at `storage`.
    """
    with TrialDatabase(storage, read_only=True) as database:
        return read(database, studies)


def read(database: TrialDatabase, studies: Sequence[str] = ()) -> Frames:
    """Read the studies, or all of them, from an open database; as `load`."""
    with snapshot(database) as connection:
        return read_from(connection, studies, shown=database.shown)


@contextmanager
def snapshot(database: TrialDatabase) -> Iterator[Connection]:
    """Open a transaction that sees the database as it is now, whatever a running study writes meanwhile.

    Raises:
        ReportError: The database cannot be read.
    """
    try:
        with database.engine.connect() as connection:
            if database.engine.dialect.name == "sqlite":
                # The driver opens no transaction for SELECT; without one, a running study changes between queries.
                connection.exec_driver_sql("BEGIN")
            else:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection
    except DatabaseError as error:
        raise ReportError(f"the trial database {database.shown} cannot be read: {error.orig}") from error


def decoded(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """Return a JSON column's value: SQLite hands out its text, PostgreSQL the value itself, pandas NaN for NULL."""
    if isinstance(value, float) and math.isnan(value):
        return None
    return json.loads(value) if isinstance(value, str) else value


def read_from(connection: Connection, names: Sequence[str], *, shown: str) -> Frames:
    """Read the studies, or all of them, in a transaction; as `load`."""
    every = _frame(connection, text(PLANS))
    nested = every["parent"].notna()
    _refuse_children(names, every[nested])
    known = every.loc[~nested, "study"].tolist()
    chosen = {find_study(name, known) for name in names} if names else set(known)
    studies = [study for study in known if study in chosen]
    plans = every[every["study"].isin(studies)].reset_index(drop=True)
    frames = {"plans": plans, "children": every[every["parent"].isin(studies)].reset_index(drop=True)}
    rows, at = _rows(connection, PlanRow, text(PLANS), PLAN_JSON), clock(connection)
    plan_rows = {row.study: row for row in rows if row.study in chosen}
    for name, query in QUERIES.items():
        frames[name] = _frame(connection, _of_studies(query, studies))
    frames = {name: typed(frame, TYPES.get(name, {})) for name, frame in frames.items()}
    for name, columns in JSON_COLUMNS.items():
        frame = frames[name]
        for column in columns:
            frame[column] = pd.Series([decoded(value) for value in frame[column]], index=frame.index, dtype=object)
    return Frames(
        **frames,
        plan_rows=plan_rows,
        child_rows={row.study: row for row in rows if row.parent in chosen},
        alive=frozenset(study for study, row in plan_rows.items() if _alive(row, at)),
        environments=_rows(connection, EnvironmentRow, _of_studies(ENVIRONMENTS, studies), ("packages",)),
        not_asked_for=tuple(study for study in known if study not in chosen),
        storages=(shown,),
        origins={row.study: Origin(row.study, shown) for row in rows},
    )


def _of_studies(query: str, studies: Sequence[str]) -> TextClause:
    return text(query).bindparams(bindparam("studies", studies, expanding=True))


def _frame(connection: Connection, statement: TextClause) -> pd.DataFrame:
    """Return what a query finds; as `pandas.read_sql`, which keeps a slower object for each row meanwhile."""
    result = connection.execute(statement)
    return pd.DataFrame.from_records(list(map(tuple, result)), columns=list(result.keys()), coerce_float=True)


def _rows(connection: Connection, kind: type[R], statement: TextClause, json_columns: Sequence[str]) -> list[R]:
    """Return what a query finds as values of a dataclass of `study.database.rows`."""
    return [
        structured(kind, {name: decoded(value) if name in json_columns else value for name, value in row.items()})
        for row in connection.execute(statement).mappings()
    ]


def _refuse_children(names: Sequence[str], children: pd.DataFrame) -> None:
    parents = dict(zip(children["study"], children["parent"], strict=True))
    for name in names:
        if name in parents:
            raise ReportError(f"{name!r} re-tunes a variant of {parents[name]!r}; report that study")


def _alive(plan: PlanRow, at: Clock) -> bool:
    return plan.owner is not None and owner_alive(plan.owner, plan.owner_seen_at or 0.0, at)
