"""The one error that a user is meant to read: a rule, the value that broke it, and the remedy."""

from __future__ import annotations

import difflib
import signal
from collections.abc import Iterable

INTERNAL = 70
"""Exit status of a fault of the program itself; what the C library calls EX_SOFTWARE."""


class StudyError(Exception):
    """Something the user gave or owns is not usable; the command line prints it as one line, exit status 2."""

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows in place of a traceback: the sentence."""
        return [f"{type(self).__name__}: {self}"]


class NoDatabaseError(StudyError):
    """There is no trial database yet where one was looked for."""


class StudyBusyError(StudyError):
    """Another process is running the same study; exit status 1, since nothing that was given is wrong."""


class OlderProgramError(StudyBusyError):
    """An older program is running a study of a database that would be upgraded to be written."""


class TakenOverError(StudyBusyError):
    """Another process has taken over a study that this one was running; what it has recorded stays."""


class LostConnectionError(StudyError):
    """The connection to a trial database on a server broke, or cannot be made any more; what was committed stays."""


class OutOfTimeError(StudyError):
    """A study has trained as long as it may in all, and is not finished; exit status 0, for that was asked for."""


class StoppedError(BaseException):
    """Ctrl-C or SIGTERM arrived. Not a KeyboardInterrupt, which typer would turn into an exit without a word."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.word = "interrupted" if number == signal.SIGINT else "terminated"
        self.status = 128 + number
        self.how_to_go_on: str | None = None
        """What the user has to know then, where it is not that `resume` goes on with what was being trained."""


def exit_status(error: BaseException) -> int:
    """Return the exit status of a command that ends by an error."""
    if isinstance(error, StoppedError):
        return error.status
    if isinstance(error, KeyboardInterrupt):
        return 128 + signal.SIGINT
    if isinstance(error, StudyBusyError):
        return 1
    return 2 if isinstance(error, StudyError | OSError | MemoryError) else INTERNAL


USER_CODE_RAISES = (Exception, SystemExit, KeyboardInterrupt, GeneratorExit)
"""What code of a user's own may raise in the command's process; an interruption by a signal is none of these there."""


def nearest(name: object, allowed: Iterable[str]) -> str:
    """Return `"; did you mean 'x'?"` for the allowed name most like `name`, or an empty string."""
    close = difflib.get_close_matches(str(name).lower(), list(allowed), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""
