"""What a database's own errors are told as: one line that names the database, and repeats no secret."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError

from study.errors import LostConnectionError, StudyError

MISSING = frozenset(("42P01", "42703"))
"""SQLSTATEs of a table and of a column that are not there."""


def one_line(error: object) -> str:
    """Return an error's text in one line."""
    return " ".join(str(error).split())


def _is_foreign(error: DatabaseError) -> bool:
    """Return whether an error tells that a database is none of ours: it lacks a table or column, or is no SQLite."""
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state in MISSING
    return not isinstance(error, OperationalError | IntegrityError)


@contextmanager
def sentences(shown: str, secrets: Sequence[str] = ()) -> Iterator[None]:
    """Turn the database's own errors into one line that names the database.

    Args:
        shown: The database's URL without secrets.
        secrets: What must not be repeated even if the driver does.

    Raises:
        LostConnectionError: The connection broke.
        StudyError: The database raised another error.
    """

    def told(error: object) -> str:
        text = one_line(error)
        for secret in secrets:
            text = text.replace(secret, "***") if len(secret) > 2 else text
        return text

    try:
        yield
    except DatabaseError as error:
        if error.connection_invalidated or not _is_foreign(error):
            kind = LostConnectionError if error.connection_invalidated else StudyError
            raise kind(f"the trial database {shown} cannot be used: {told(error.orig)}") from error
        raise StudyError(f"{shown} is not a trial database, or is damaged: {told(error.orig)}") from error
    except (TypeError, ValueError) as error:
        if not secrets and "?" not in shown:
            raise
        raise StudyError(f"the trial database {shown} cannot be opened with these options: {told(error)}") from error
