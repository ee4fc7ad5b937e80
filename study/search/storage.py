"""Optuna's tables in the trial database: how they are opened, what they can hold, and their errors in one line."""

from __future__ import annotations

import contextlib
import functools
import time
from typing import Any

import optuna
from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from study.database import BUSY_SECONDS, TrialDatabase, one_line, server
from study.trial import fingerprint

CREATION_TRIES = 5
CREATION_SECONDS = 0.5
VERSION_TABLE = "version_info"
"""Where Optuna says which version its tables are of."""
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
