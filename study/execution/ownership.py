"""The hold of this process on the study that it runs: it says that it lives, and keeps account of the study's time."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from study.database import TrialDatabase
from study.errors import OutOfTimeError, StudyError
from study.plan import Plan

FOLD_SECONDS = 60.0
"""How often the database's file is made whole while trials train; after each trial it is in any case."""
JOIN_SECONDS = 1.0
"""How long the end of a heartbeat is waited for: it may be at a server that does not answer."""
BEAT_SECONDS = 5.0
"""How often the owner says that it lives, and looks for trials that are to be skipped."""


@contextmanager
def held(database: TrialDatabase, studies: Collection[str]) -> Iterator[None]:
    """Own studies until the block ends, however it ends; those that this process owns already stay its own.

    Raises:
        StudyBusyError: Another process owns one of them.
    """
    taken = [study for study in studies if study not in database.held]
    with released(database, taken):
        for study in taken:
            database.acquire(study)
        yield


@contextmanager
def released(database: TrialDatabase, studies: Collection[str] | None = None) -> Iterator[None]:
    """Give up, at the end of the block, those of some studies that are owned then, or all that are."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(StudyError):  # the first error is what has to be told
            _release(database, studies)
        raise
    _release(database, studies)


@contextmanager
def beating(database: TrialDatabase) -> Iterator[None]:
    """Say every few seconds, whatever this process is at, that who owns the studies of `database.held` lives.

    A thread of its own does it: an epoch of the inline engine, and the reading of large data, may take longer than the
    silence after which another machine would take over.
    """
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(BEAT_SECONDS):
            if database.held:
                with contextlib.suppress(StudyError):  # the next transaction of the study itself tells of it
                    database.say_alive()

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(JOIN_SECONDS)


def _release(database: TrialDatabase, studies: Collection[str] | None) -> None:
    for study in database.held & set(studies) if studies is not None else set(database.held):
        database.release(study)


class Ownership:
    """A study that one process alone runs. Who re-tunes an arm owns the study that is ablated too, and works for it."""

    def __init__(self, plan: Plan, database: TrialDatabase) -> None:
        """Keep its parts; `held` takes the study.

        Args:
            plan: Already saved in the database.
            database: Open for writing.
        """
        self.plan = plan
        self.database = database
        self._studies = [plan.study, *([plan.parent] if plan.parent else [])]
        self._beat = self._folded = time.monotonic()

    def held(self) -> contextlib.AbstractContextManager[None]:
        """Own the study until the block ends, however it ends.

        Raises:
            StudyBusyError: Another process owns it.
        """
        return held(self.database, self._studies)

    @property
    def beat_is_due(self) -> bool:
        """Whether it is time for the next heartbeat."""
        return time.monotonic() - self._beat >= BEAT_SECONDS

    def heartbeat(self, *, searching: bool, training: bool) -> None:
        """Say that this process lives, and add the seconds since the last heartbeat to the time of the study.

        Args:
            searching: Whether a trial of the search is being trained; the seconds count as search then.
            training: Whether any trial is.

        Raises:
            StudyBusyError: Another process owns the study by now.
        """
        elapsed = time.monotonic() - self._beat
        for study in self._studies:
            mine = study == self.plan.study
            self.database.heartbeat(
                study,
                search_seconds=elapsed if searching and mine else 0.0,
                total_seconds=elapsed if training else 0.0,
            )
        self._beat = time.monotonic()
        if self._beat - self._folded >= FOLD_SECONDS:
            self._folded = self._beat
            self.database.fold()

    def time_is_up(self) -> bool:
        """Return whether the study, with what re-tunes arms of its ablations, has trained as long as it may in all."""
        limit = self.plan.budget.total_timeout
        stored = self.database.plan(self._studies[-1]) if limit is not None else None
        return stored is not None and limit is not None and stored.total_seconds >= limit

    def out_of_time(self) -> OutOfTimeError:
        """Return the error of a study that is not finished although its time is up."""
        study, limit = self._studies[-1], self.plan.budget.total_timeout
        return OutOfTimeError(
            f"{study}: the {limit:g} seconds of --timeout-total are over and it is not finished; "
            f"`python -m study resume {study} --timeout-total SECONDS` goes on with more of them, or with inf"
        )
