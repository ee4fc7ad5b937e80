"""A stored study as Python has it: its trials as frames, its best with its model, its report's tables and figures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from study.database import TrialDatabase
from study.status.details import Details, best_details, study_details


@dataclass(frozen=True)
class Study:
    """A study in a trial database. Every method reads it anew, also while the study is running."""

    name: str
    """Such as cnn@mnist, or its space alone where that is unambiguous."""
    storage: str
    """The trial database: a URL, or the path of an SQLite file."""

    @contextmanager
    def _reading(self) -> Iterator[TrialDatabase]:
        with TrialDatabase(self.storage, read_only=True) as database:
            yield database

    def details(self) -> Details:
        """Return its plan, progress and trials, as `show --json` prints them.

        Raises:
            StudyError: There is no such study.
        """
        with self._reading() as database:
            return study_details(database, self.name)

    def best_details(self) -> Details:
        """Return its best configuration, scores and weights, as `best --json` prints them.

        Raises:
            StudyError: There is no such study, or no search trial is complete.
        """
        with self._reading() as database:
            return best_details(database, self.name)
