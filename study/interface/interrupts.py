"""Ctrl-C, or a notebook's button, while a function of the interface trains: the study is left resumable."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from study.errors import StoppedError
from study.execution.stopping import stop


class Interrupted(KeyboardInterrupt):
    """A function of the interface was interrupted; what it was doing goes on when it is called again."""

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows in place of a traceback."""
        return [f"KeyboardInterrupt: {self}"]


@contextmanager
def interruptible(say: Callable[[str], None], how: str) -> Iterator[None]:
    """Let an interrupt end the block between two things that belong together, as the command line does.

    In the main thread alone: Python sends signals to no other. The handler from before is put back. Where the command
    line's own handlers are set, they decide.

    Args:
        say: Told one line.
        how: What goes on with what was interrupted: "running the cell again".

    Raises:
        Interrupted: The block was interrupted.
    """
    if threading.current_thread() is not threading.main_thread():
        say("note: an interrupt reaches the main thread alone, which this is not: the study goes on until it is done")
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    if before is stop or not callable(before):
        yield
        return
    signal.signal(signal.SIGINT, stop)
    try:
        yield
    except StoppedError as stopped:
        told = f"{stopped.word}; nothing is lost: {how} goes on where this stopped"
        say(told)
        raise Interrupted(told) from None
    finally:
        signal.signal(signal.SIGINT, before)
