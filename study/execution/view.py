"""Whoever watches a study: what a coordinator tells, and what it says of a trial beside how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from study.engines.trial_runner import Outcome
from study.trial import Epoch, Trial


class View(Protocol):
    """Whoever watches a study: the terminal, or nobody."""

    def started(self, worker: int, trial: Trial, *, resumed_after: int) -> None:
        """A worker began a trial, or went on with one after that many epochs."""

    def epoch(self, worker: int, trial: Trial, epoch: Epoch) -> None:
        """An epoch was committed."""

    def ended(self, worker: int, trial: Trial, outcome: Outcome) -> None:
        """A trial's end was committed."""

    def note(self, text: str) -> None:
        """Something the user should know."""

    def tick(self) -> None:
        """Time passed."""


def remarks(outcome: Outcome) -> Iterator[str]:
    """Yields what the user should hear of a trial beside how it ended."""
    if outcome.notice:
        yield outcome.notice
    if outcome.stuck:
        yield (
            f"the trial changed what cannot be put back ({', '.join(outcome.stuck)}); "
            f"its worker gets a new process, so that this does not reach the next trial"
        )


def unrepeatable(model: str) -> str:
    """Returns the sentence on a model whose first step came out differently a second time."""
    return (
        f"model {model!r} gave other numbers when its first step was trained a second time on the same seed (does it "
        f"draw random numbers by the clock, or from the system?): its trials cannot be repeated, and one that was "
        f"interrupted ends with other numbers"
    )
