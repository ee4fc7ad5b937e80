"""How a function of the interface is watched: on a terminal, in a log, in a notebook's cell, or not at all."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType

from rich.console import Console

from study.database import TrialDatabase
from study.engines.job import Outcome
from study.execution.session import Outlook
from study.interface.cell import Cell
from study.interface.live import FollowingView, Screen, open_view
from study.interface.watching import Display, Say
from study.prepare.launch import Launch
from study.status.following import Extent
from study.trial import Epoch, Trial


class Lines:
    """A live view on a terminal, a line for every epoch elsewhere."""

    def __init__(self, say: Say) -> None:
        """Keep who is told lines."""
        self.say = say
        self._console = Console(force_jupyter=False, emoji=False)
        self._screen = Screen(self._console)

    def view(self, outlook: Outlook) -> AbstractContextManager[FollowingView]:
        """Open a view on standard output."""
        return open_view(self._console, outlook, self._screen)

    def ended(self, database: TrialDatabase, launches: Sequence[Launch]) -> None:
        """Tell nothing more: the study that is returned shows itself."""


class Quiet(Lines):
    """No progress; what must be known is said all the same."""

    def view(self, outlook: Outlook) -> AbstractContextManager[FollowingView]:
        """Open a view that says notes alone."""
        return QuietView(self.say)


class QuietView:
    """Tells notes alone."""

    def __init__(self, say: Say) -> None:
        """Keep who is told."""
        self._say = say

    def __enter__(self) -> QuietView:
        """Return itself."""
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None, /) -> None:
        """Do nothing, since there is nothing to close."""

    def started(self, worker: int, trial: Trial, *, resumed_after: int) -> None:
        """Do nothing."""

    def epoch(self, worker: int, trial: Trial, epoch: Epoch) -> None:
        """Do nothing."""

    def ended(self, worker: int, trial: Trial, outcome: Outcome) -> None:
        """Do nothing: how trials ended is in the database."""

    def note(self, text: str) -> None:
        """Say the note."""
        self._say(f"note: {text}")

    def log(self, text: str) -> None:
        """Do nothing: the database keeps the line."""

    def tick(self) -> None:
        """Do nothing."""

    def run_by(self, owner: str, seconds: float) -> None:
        """Do nothing."""

    def measured(self, extent: Extent) -> None:
        """Do nothing."""


def display_for(say: Say, *, progress: bool) -> Display:
    """Return the display that fits where this runs."""
    if not progress:
        return Quiet(say)
    if in_notebook():
        return Cell(say)
    return Lines(say)


def in_notebook() -> bool:
    """Return whether this process is the kernel of a notebook, whose cells can be drawn anew."""
    shell = sys.modules.get("IPython")
    found = shell.get_ipython() if shell is not None and hasattr(shell, "get_ipython") else None
    return getattr(found, "kernel", None) is not None
