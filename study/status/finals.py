"""Which trials belong to the final trials that somebody asked for, and how far these are: rows in, plain values out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from study.database import FinalRow, TrialRow
from study.trial import Phase


@dataclass(frozen=True, slots=True)
class FinalProgress:
    """Final trials that were asked for by name, and those that have ended, whatever their end."""

    ended: int
    planned: int

    @property
    def finished(self) -> bool:
        """Whether nothing is left to train."""
        return self.ended >= self.planned

    def describe(self) -> str:
        """Return the counts in words."""
        return f"{self.ended} of {self.planned} final trials are finished"


def belongs(final: FinalRow, trial: TrialRow) -> bool:
    """Return whether a trial is one of these final trials: a replicate of their configuration and length."""
    return (
        trial.phase is Phase.REPLICATE and trial.epochs == final.epochs and trial.configuration == final.configuration
    )


def trials_of(final: FinalRow, trials: Sequence[TrialRow]) -> list[TrialRow]:
    """Return those of a study's trials that belong to these final trials, in the order of their seeds."""
    return sorted((trial for trial in trials if belongs(final, trial)), key=lambda trial: trial.replicate or 0)


def without_finals(trials: Sequence[TrialRow], finals: Sequence[FinalRow]) -> list[TrialRow]:
    """Return the trials that belong to none of these final trials: those of the search and its own replicates."""
    return [trial for trial in trials if not any(belongs(final, trial) for final in finals)]


def final_progress(finals: Sequence[FinalRow], trials: Sequence[TrialRow]) -> FinalProgress:
    """Count the trials of a study that belong to these final trials against what was asked for."""
    ended = sum(min(final.replicates, sum(t.state.finished for t in trials_of(final, trials))) for final in finals)
    return FinalProgress(ended, sum(final.replicates for final in finals))
