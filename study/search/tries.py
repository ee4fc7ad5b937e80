"""Settings that somebody believes in: what a try stands for, and which ones no trial follows yet. Knows no Optuna."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from study.database import TrialRow, TriedRow
from study.plan import Plan
from study.search.parameters import completed
from study.status.untried import given_in_words
from study.trial import TRIED, Scalar


@dataclass(frozen=True, slots=True)
class Try:
    """Values that are to be tried: what is left out is as in the baseline."""

    given: Mapping[str, Scalar]
    values: Mapping[str, Scalar]
    """Every tuned parameter that is in force."""
    configuration: Mapping[str, Scalar]
    prune: bool = False
    """Whether the trial may be pruned, paused, and ended by patience."""
    number: int | None = None
    """Of its row; None while it is not stored."""

    @classmethod
    def of(cls, plan: Plan, given: Mapping[str, Scalar], *, prune: bool, number: int | None = None) -> Try:
        """Return the try of given values, which fit the plan."""
        values = completed(plan, given)
        return cls(dict(given), values, plan.configuration(values), prune, number)

    def in_words(self) -> str:
        """Return what was given: `learning_rate=0.003, width=48`."""
        return given_in_words(self.given)


def tries_of(plan: Plan, rows: Sequence[TriedRow]) -> list[Try]:
    """Return the tries that are stored."""
    return [Try.of(plan, row.given, prune=row.prune, number=row.number) for row in rows]


def follower(entry: Try, trials: Sequence[TrialRow]) -> TrialRow | None:
    """Return the trial that follows a try, if it has begun; one that was put aside as stale does not count."""
    return next((row for row in trials if row.variant == TRIED and row.configuration == entry.configuration), None)


def open_tries(tries: Sequence[Try], trials: Sequence[TrialRow]) -> list[Try]:
    """Return the tries that no trial follows yet.

    Args:
        tries: All of a study.
        trials: The study's.
    """
    return [entry for entry in tries if follower(entry, trials) is None]
