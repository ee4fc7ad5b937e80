"""What goes along with a command that trains: its log, who is notified of its end, and what it waits for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager

from study.database import TrialDatabase
from study.errors import StoppedError, StudyError, exit_status
from study.execution.session import Outlook
from study.execution.view import View
from study.interface.event_log import EventLog, LoggedView, last_event
from study.interface.notifying import Ended, notify
from study.interface.watching import Display, fruitless_phases
from study.prepare.launch import Launch
from study.prepare.request import Request
from study.status.details import study_row
from study.status.words import in_words
from study.storable import text

FRUITLESS = 3
"""Exit status where all trials of a phase failed or diverged."""


class Company:
    """Shows what a command does, logs it, and keeps account of how it ends."""

    def __init__(self, display: Display, log: EventLog | None) -> None:
        """Begin with nothing that was done.

        Args:
            display: What is shown.
            log: Open; None logs nothing.
        """
        self.display = display
        self.studies: list[str] = []
        """What the command is about, as far as that is known yet."""
        self.began = False
        """Whether it trained, or waited for another process: then somebody may have left it alone."""
        self._log = log
        self._said: set[str] = set()
        self._words: list[str] = []
        self._fruitless: list[str] = []

    def say(self, line: str) -> None:
        """Tell one line."""
        if self._log is not None:
            self._log.write("said", text=line)
        self.display.say(line)

    def say_once(self, line: str) -> None:
        """Tell one line unless it was told: a command that waited prepares again, and would repeat itself."""
        if line not in self._said:
            self._said.add(line)
            self.say(line)

    def waits(self, line: str) -> None:
        """Tell what is waited for."""
        self.began = True
        if self._log is not None:
            self._log.write("waiting", text=line)
        self.display.say(line)

    def launching(self, studies: Sequence[str]) -> None:
        """Take note of what the command is about."""
        self.studies = list(studies)

    def view(self, outlook: Outlook) -> AbstractContextManager[View]:
        """Open the view of one stage."""
        self.began = True
        view = self.display.view(outlook)
        return view if self._log is None else LoggedView(view, outlook, self._log)

    def ended(self, database: TrialDatabase, launches: Sequence[Launch]) -> None:
        """Tell what came of the studies; the database is still open for reading."""
        rows = [study_row(database, study) for study in self.studies]
        self._words = [in_words(row) for row in rows]
        self._fruitless = [sentence for _, sentence in fruitless_phases(database, launches)]
        self.display.ended(database, launches)
        for row in rows:
            if row["not_tried"]:
                self.say(row["not_tried"])

    def how_it_ended(self, error: BaseException | None) -> Ended | None:
        """Return how the command ended; None of an error that its user saw at once."""
        if error is None:
            words = self._fruitless or self._words or ["nothing to do"]
            outcome, status = ("fruitless", FRUITLESS) if self._fruitless else ("finished", 0)
            return Ended(outcome, status, "; ".join(words), self.studies)
        if isinstance(error, StoppedError):
            return Ended("stopped", error.status, error.word, self.studies)
        if isinstance(error, KeyboardInterrupt):
            return Ended("stopped", exit_status(error), "interrupted", self.studies)
        if not self.began:
            return None
        message = str(error) if isinstance(error, StudyError) else f"{type(error).__name__}: {error}"
        return Ended("failed", exit_status(error), message, self.studies)


@contextlib.contextmanager
def accompanied(request: Request, display: Display) -> Iterator[Company]:
    """Yield what a command is shown, logged and judged by; at its end, however it comes, log that and notify.

    Raises:
        StudyError: The log cannot be written.
    """
    log = EventLog(request.log, display.say) if request.log is not None else None
    company = Company(display, log)
    error: BaseException | None = None
    try:
        yield company
    except BaseException as raised:
        error = raised
        raise
    finally:
        ended = company.how_it_ended(error)
        if ended is not None:
            _tell(ended, log, request, display)
        if log is not None:
            log.close()


def _tell(ended: Ended, log: EventLog | None, request: Request, display: Display) -> None:
    message = text(" ".join(ended.message.split()))
    if log is not None:
        last_event(log, ended.outcome, ended.studies, ended.status, message)
    if request.notify is not None:
        notify(request.notify, Ended(ended.outcome, ended.status, message, ended.studies), display.say)
