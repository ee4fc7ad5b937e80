"""Signals that stop a command: raised where it stands, but never in the middle of what belongs together."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from study.errors import StoppedError

_depth = 0
_waiting: int | None = None


def stop(number: int, _frame: FrameType | None) -> None:
    """Handle a signal of the system.

    Raises:
        StoppedError: Now, or at the end of what is `undivided`.
    """
    global _waiting
    if _depth:
        _waiting = number
        return
    raise StoppedError(number)


def is_asked_for() -> bool:
    """Return whether a signal waits for the end of what is undivided."""
    return _waiting is not None


@contextmanager
def undivided() -> Iterator[None]:
    """Let no signal divide what is done inside: our rows and Optuna's tables tell of the same moment.

    In another thread than the main one nothing is waited for: Python's signals reach the main thread alone.

    Raises:
        StoppedError: At its end, if a signal arrived meanwhile. Not where an error ends it: that stops the command too,
            and is what the user has to read.
    """
    global _depth, _waiting
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _depth += 1
    try:
        yield
    except BaseException:
        _waiting = None
        raise
    finally:
        _depth -= 1
    if not _depth and _waiting is not None:
        number, _waiting = _waiting, None
        raise StoppedError(number)
