"""Signals while Ray's compiled code runs, which bears no exception of a handler."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOPPING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def held() -> Iterator[None]:
    """Let this program's handlers of signals wait until the block ends, and keep them: Ray puts its own in their place.

    In the main thread alone: signals reach no other.

    Raises:
        BaseException: What the handler of a signal that came meanwhile raises.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    kept = {int(number): signal.signal(number, note) for number in STOPPING}
    try:
        yield
    except SystemExit:  # raised by Ray's own handler of SIGTERM
        came.append(signal.SIGTERM)
    finally:
        for number, handler in kept.items():
            with contextlib.suppress(TypeError):  # a handler that was not set from Python
                signal.signal(number, handler)
        for number in came[:1]:
            if callable(handler := kept[number]):
                handler(number, None)
            elif handler is signal.SIG_DFL:
                signal.raise_signal(number)
