"""Optuna's tables in the trial database: how they are opened, what they can hold, and their errors in one line."""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Sequence
from typing import Any

import optuna
from sqlalchemy import String, cast, column, inspect, select, table
from sqlalchemy.exc import SQLAlchemyError

from study.database import BUSY_SECONDS, TrialDatabase, TrialRow, one_line, server
from study.trial import Phase, fingerprint

CREATION_TRIES = 5
CREATION_SECONDS = 0.5
VERSION_TABLE = "version_info"
"""Where Optuna says which version its tables are of."""
_TRIALS = table("trials", column("trial_id"), column("state"))
"""Optuna's; what is read of it is read without making the tables, as Optuna's interface would."""
LONGEST_NAME = 512
"""Letters of a name in Optuna's tables."""


def open_storage(database: TrialDatabase) -> optuna.storages.RDBStorage:
    """Open Optuna's tables, creating them if need be.

    Raises:
        SQLAlchemyError: The database cannot be used.
        RuntimeError: The tables are those of another version of Optuna.
    """
    arguments: dict[str, Any] = {"connect_args": {"timeout": BUSY_SECONDS}}
    if not database.is_sqlite:
        arguments = server.arguments(database.url, lambda: False)
    open_once = functools.partial(
        optuna.storages.RDBStorage,
        database.url.render_as_string(hide_password=False),
        engine_kwargs=arguments,
        skip_compatibility_check=not inspect(database.engine).has_table(VERSION_TABLE),  # its own are compatible
    )
    for _ in range(CREATION_TRIES - 1):  # another process may be making Optuna's tables just now
        with contextlib.suppress(SQLAlchemyError):
            return open_once()
        time.sleep(CREATION_SECONDS)
    return open_once()


def lacks_ends(database: TrialDatabase, trials: Sequence[TrialRow]) -> bool:
    """Return whether search trials that have ended are absent from Optuna's tables, or still open there.

    In a database of an older version that is read in a copy, none counts: that alone does not upgrade it.

    Args:
        database: Open for reading.
        trials: Of a study.
    """
    ended = [
        row for row in trials if row.phase is Phase.SEARCH and row.state.finished and row.optuna_number is not None
    ]
    keys = set() if database.older is not None else {row.optuna_trial_id for row in ended}
    if not keys or None in keys or not inspect(database.engine).has_table(_TRIALS.name):
        return bool(keys)
    state = cast(_TRIALS.c.state, String)  # PostgreSQL has a type of its own for it
    with database.begin() as connection:
        still_open = connection.execute(select(_TRIALS.c.trial_id).where(state.in_(["RUNNING", "WAITING"]))).scalars()
        return not keys.isdisjoint(still_open)


def called(study: str) -> str:
    """Return what a study is called in Optuna's tables: its name, or its beginning and a hash where it is too long."""
    if len(study) <= LONGEST_NAME:
        return study
    mark = fingerprint(study)[:16]
    return f"{study[: LONGEST_NAME - len(mark) - 1]}~{mark}"


def sentence(error: Exception) -> str:
    """Return what went wrong there, in one line."""
    cause = error.__cause__ or error
    text = one_line(getattr(cause, "orig", None) or cause)
    return text if isinstance(error, ValueError) else f"{type(error).__name__}: {text}"
