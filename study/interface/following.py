"""Shows studies that other processes run, from the database alone, and waits until nobody runs them any more."""

from __future__ import annotations

import contextlib
import shlex
import time
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from study.database import FOREIGN_OWNER_SECONDS, TrialDatabase, shown_url
from study.database.ownership import owner_in_words
from study.database.studies import Owner
from study.errors import NoDatabaseError, StoppedError, StudyError
from study.execution.session import Outlook
from study.interface.watching import Display, fruitless_in_words
from study.status.details import Details, list_rows, study_row
from study.status.following import Advanced, Follower, Left, Started
from study.status.lookup import find_study, space_of
from study.status.words import in_words

if TYPE_CHECKING:
    from study.interface.live import FollowingView

LOOK_SECONDS = 1.0
"""Between two looks at the database."""
MEASURE_SECONDS = 5.0
"""Between two counts of how far a study is, at least."""
LOOKS_UNOWNED = 3
"""How often an unfinished study may be found without an owner before it counts as stopped: another one takes over."""
LOOKS_WAITING = 10
"""Of how many looks at a study that is waited for one finds out whether it is finished."""


class Ending(StrEnum):
    """What became of a study that was watched."""

    FINISHED = "finished"
    STOPPED = "stopped"
    """Nobody runs it, and it is not finished."""
    FRUITLESS = "fruitless"
    """It is finished, and all trials of a phase failed or diverged."""

    @property
    def status(self) -> int:
        """The exit status of a command that watched it."""
        return {Ending.FINISHED: 0, Ending.STOPPED: 1, Ending.FRUITLESS: 3}[self]


class Watched:
    """One study, shown as another process trains it."""

    def __init__(self, database: TrialDatabase, study: str, display: Display) -> None:
        """Keep its parts; a view opens when somebody runs the study.

        Args:
            database: Open for reading.
            study: Its whole name.
            display: Opens the view.
        """
        self.database = database
        self.study = study
        self.unowned = 0
        """Looks in a row at which nobody ran it."""
        self.was_run = False
        """Whether somebody ran it at an earlier look."""
        self.is_waited_for = False
        """Whether it was told that nobody runs it, and that it is waited for."""
        self._display = display
        self._open_views = contextlib.ExitStack()
        self._view: FollowingView | None = None
        self._follower: Follower | None = None
        self._measured = 0.0
        self._outdated = False
        """Whether trials began or ended since it was measured."""
        self._seen: tuple[Owner, float] | None = None
        """The last sign of life of the owner, and when it was found (time.monotonic)."""

    def look(self) -> Owner | None:
        """Show what has happened since the last look; return who runs the study now."""
        owner = self.database.owner_of(self.study)
        runs = owner is not None and owner.alive
        self.is_waited_for = self.is_waited_for and not runs
        self.unowned = 0 if runs else self.unowned + 1
        self.was_run = self.was_run or runs
        if runs and self._view is None:
            self._open()
        if self._view is not None and self._follower is not None:
            if owner is not None and runs:
                self._view.run_by(owner_in_words(owner.name), owner.seconds)
            self._show(self._view, self._follower, ended=not runs)
            self._view.tick()
        return owner if runs else None

    def silent_for(self, owner: Owner) -> float:
        """Return the seconds, by this machine's own clock, in which the owner gave no sign of life."""
        if self._seen is None or (self._seen[0].name, self._seen[0].seen_at) != (owner.name, owner.seen_at):
            self._seen = owner, time.monotonic()
        return time.monotonic() - self._seen[1]

    def close(self) -> None:
        """Close the view."""
        self._view = self._follower = None
        self._open_views.close()

    def _open(self) -> None:
        plan = self.database.plan(self.study)
        if plan is None:
            return
        self._follower = Follower(self.database, self.study)
        extent = self._follower.extent()
        outlook = Outlook(
            self.study,
            extent.total,
            extent.done,
            plan.metric,
            extent.best,
            plan.method.patience,
            self.study,
            spends_epochs=plan.epoch_budget is not None,
        )
        self._view = self._open_views.enter_context(self._display.view(outlook))
        self._measured = time.monotonic()

    def _show(self, view: FollowingView, follower: Follower, *, ended: bool) -> None:
        for event in follower.news():
            match event:
                case Started():
                    self._outdated = True
                    view.started(event.worker, event.trial, resumed_after=event.resumed_after)
                case Advanced():
                    view.epoch(event.worker, event.trial, event.epoch)
                case Left():
                    self._outdated = True
                    view.ended(event.worker, event.trial, event.outcome)
        if ended or (self._outdated and time.monotonic() - self._measured >= MEASURE_SECONDS):
            self._measured, self._outdated = time.monotonic(), False
            view.measured(follower.extent())


@contextlib.contextmanager
def showing(database: TrialDatabase, studies: Sequence[str], display: Display) -> Iterator[list[Watched]]:
    """Yield the studies as they are watched, and close their views at the end.

    Raises:
        StoppedError: Ctrl-C or SIGTERM; what is watched goes on.
    """
    watched = [Watched(database, study, display) for study in studies]
    try:
        yield watched
    except StoppedError as stopped:
        stopped.how_to_go_on = "nothing of this command was running; what it watched goes on"
        raise
    finally:
        for entry in watched:
            entry.close()


def wait_for(storage: str, studies: Sequence[str], display: Display) -> None:
    """Show some studies until no other process runs any of them: each was given up, or its owner has died.

    Machines that share an SQLite file have no clock in common: there an owner whose sign of life stays the same long
    enough by this machine's own clock is dead too. A server has one for all, which leaves out what it was down itself.
    """
    with (
        TrialDatabase(storage, read_only=True) as database,
        showing(database, studies, display) as watched,
    ):
        database.tell = display.say
        while owners := {entry: owner for entry in watched if (owner := entry.look()) is not None}:
            for entry, owner in owners.items() if database.is_sqlite else ():
                if entry.silent_for(owner) >= FOREIGN_OWNER_SECONDS and not owner.is_local:
                    _dismiss(storage, entry.study, owner)
            time.sleep(LOOK_SECONDS)


def watch(name: str | None, storage: str, display: Display, *, wait: bool = False) -> dict[str, Ending]:
    """Show a study, or all that are being run, until each has ended or was stopped.

    Args:
        name: The study's; None means those that are being run.
        storage: The trial database; it is only read.
        display: Where it is shown.
        wait: Whether to wait for a study that nobody runs, until it is finished.

    Returns:
        What became of each; nothing where none is being run.

    Raises:
        StudyError: There is no such study, or no database, or it goes on in one of an older version.
    """
    told = False
    while True:
        reason = f"no study in {shown_url(storage)} is being run"
        try:
            with TrialDatabase(storage, read_only=True) as database:
                database.tell = display.say
                if names := _meant(database, name, wait=wait):
                    return _watched(database, names, display, wait=wait)
            reason = reason if name is None else f"no study {name!r} was begun yet"
        except NoDatabaseError as error:
            if not wait:
                raise
            reason = str(error)
        if not wait:
            display.say(f"{reason}; `python -m study list` shows the studies")
            return {}
        if not told:
            told = True
            display.say(f"{reason}; waiting")
        time.sleep(LOOK_SECONDS)


def _meant(database: TrialDatabase, name: str | None, *, wait: bool) -> list[str]:
    """Return the studies that are meant; none where it is not begun yet and that is waited for."""
    rows = list_rows(database) if name is None else []
    if name is None:
        return [row["study"] for row in rows if row["status"] == "running"]
    stored = [plan.study for plan in database.plans() if plan.parent is None]
    if wait and not any(space_of(study) == space_of(name) for study in stored):
        return []
    return [find_study(name, stored)]


def _watched(database: TrialDatabase, studies: Sequence[str], display: Display, *, wait: bool) -> dict[str, Ending]:
    """Show studies until each has ended; say how.

    Raises:
        StudyError: They go on, in a database of an older version.
    """
    endings: dict[str, Ending] = {}
    with showing(database, studies, display) as watched:
        while True:
            for entry in watched:
                if entry.study not in endings and (ending := _ended(database, entry, display, wait=wait)) is not None:
                    endings[entry.study] = ending
            if len(endings) == len(watched):
                return endings
            if database.older is not None:
                raise StudyError(
                    f"{database.shown} has schema version {database.older}: how it stands is shown, but what happens "
                    f"from now on cannot be followed; the first command that writes, such as `python -m study resume`, "
                    f"upgrades it once no older program runs a study there"
                )
            time.sleep(LOOK_SECONDS)


def _ended(database: TrialDatabase, entry: Watched, display: Display, *, wait: bool) -> Ending | None:
    """Show what has happened to a study; return what became of it, or None while it goes on or is waited for."""
    if entry.look() is not None or (entry.is_waited_for and entry.unowned % LOOKS_WAITING):
        return None
    row = study_row(database, entry.study)
    if row["status"] == "running":
        return None
    if row["status"] == "unfinished" and (entry.was_run or wait):
        if entry.unowned < LOOKS_UNOWNED:
            return None
        if wait:
            if not entry.is_waited_for:
                display.say(f"{in_words(row)}; nobody runs it; waiting")
            entry.is_waited_for = True
            return None
    entry.close()
    return _ending(database, row, display)


def _ending(database: TrialDatabase, row: Details, display: Display) -> Ending:
    """Say how a study stands that nobody runs, and return it in a word."""
    if row["status"] == "unfinished":
        display.say(f"{in_words(row)}; nobody runs it, `python -m study resume {shlex.quote(row['study'])}` goes on")
        return Ending.STOPPED
    display.say(in_words(row))
    if row["not_tried"]:
        display.say(row["not_tried"])
    failed = fruitless_in_words(database, [row["study"]])
    for _, sentence in failed:
        display.say(sentence)
    return Ending.FRUITLESS if failed else Ending.FINISHED


def _dismiss(storage: str, study: str, owner: Owner) -> None:
    with TrialDatabase(storage) as database:
        database.dismiss(study, owner)
