"""Who watches while studies train, and what came of them that everybody is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from study.status.details import fruitless

if TYPE_CHECKING:
    from study.database import TrialDatabase
    from study.execution.session import Outlook
    from study.interface.live import FollowingView
    from study.prepare.launch import Launch

Say = Callable[[str], None]


class Display(Protocol):
    """What is told while studies train."""

    def say(self, text: str) -> None:
        """Tell one line."""

    def view(self, outlook: Outlook) -> AbstractContextManager[FollowingView]:
        """Open the view of one stage."""

    def ended(self, database: TrialDatabase, launches: Sequence[Launch]) -> None:
        """Tell what came of the studies; the database is still open for reading."""


def fruitless_phases(database: TrialDatabase, launches: Sequence[Launch]) -> list[tuple[str, str]]:
    """Return study and sentence of each phase of which every trial failed or diverged."""
    return fruitless_in_words(database, [launch.plan.study for launch in launches])


def fruitless_in_words(database: TrialDatabase, studies: Sequence[str]) -> list[tuple[str, str]]:
    """Return study and sentence of each phase of these studies of which every trial failed or diverged."""
    told = []
    for row in fruitless(database, studies) if studies else []:
        states = " and ".join(f"{number} {state}" for state, number in row["states"].items())
        told.append((row["study"], f"{row['study']}: no {row['phase']} trial came to a result ({states})"))
    return told
