"""What shows a running study, and what the user is told of a trial beside how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from study.engines.job import Outcome
from study.trial import Epoch, Trial


class View(Protocol):
    """What shows a running study to its user."""

    def started(self, worker: int, trial: Trial, *, resumed_after: int) -> None:
        """Show that a worker began a trial, or went on with one after that many epochs."""

    def epoch(self, worker: int, trial: Trial, epoch: Epoch) -> None:
        """Show an epoch that was committed."""

    def ended(self, worker: int, trial: Trial, outcome: Outcome) -> None:
        """Show the end of a trial, which was committed."""

    def note(self, text: str) -> None:
        """Show what the user should know."""

    def log(self, text: str) -> None:
        """Show a line that a training of the user's own wrote; the database keeps it."""

    def tick(self) -> None:
        """Redraw what changes as time passes; called at least every `coordinator.VIEW_SECONDS`."""


def remarks(outcome: Outcome) -> Iterator[str]:
    """Yield what the user should hear of a trial beside how it ended."""
    if outcome.notice:
        yield outcome.notice
    if outcome.stuck:
        yield (
            f"the trial changed what cannot be put back ({', '.join(outcome.stuck)}); "
            f"its worker gets a new process, so that this does not reach the next trial"
        )


def unrepeatable(model: str, *, own: bool) -> str:
    """Return the sentence on a model that came out differently a second time.

    Args:
        model: Its name.
        own: Whether it trains itself: then an epoch was trained again from what was kept, else its first step.
    """
    if own:
        return (
            f"model {model!r} gave other numbers when an epoch was trained a second time from what it keeps: something "
            f"that its training changes is not given to run.keep (an optimizer, a schedule, a generator of random "
            f"numbers?), or it draws random numbers from elsewhere; a trial that is interrupted ends with other numbers"
        )
    return (
        f"model {model!r} gave other numbers when its first step was trained a second time on the same seed (does it "
        f"draw random numbers by the clock, or from the system?): its trials cannot be repeated, and one that was "
        f"interrupted ends with other numbers"
    )
