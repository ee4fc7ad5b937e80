"""Which paused trial goes on: asynchronous successive halving (Li et al., 2020) whose promotions repeat no epoch.

Every trial trains to the first rung and pauses. A free worker promotes a paused trial that is in the best third of
those that have reached its rung, the highest rung first; where there is none, it begins a new trial. A promoted trial
goes on from its checkpoint. Plain values; knows no Optuna.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from study.options.rungs import REDUCTION as REDUCTION
from study.options.rungs import rungs as rungs

FINALISTS = 1
"""The best so many of each rung go on when nothing else is left to do, however few have reached it."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """A paused trial that goes on."""

    number: int
    limit: int
    """The rung, in epochs, that it may train to now."""


class Ladder:
    """The trials of a search on their rungs, in the order of their merits, kept up to date as they come further.

    Whoever was pruned or completed still counts in the rungs that it reached.
    """

    def __init__(self, ladder: Sequence[int]) -> None:
        """Begin without any trial.

        Args:
            ladder: The rungs, rising.
        """
        self._pairs = list(reversed(list(itertools.pairwise(ladder))))
        self._merits: dict[int, dict[int, float]] = {rung: {} for rung in ladder}
        """Rung -> number of a trial -> what is maximised."""
        self._reached: dict[int, list[tuple[float, int]]] = {rung: [] for rung in ladder}
        """Rung -> (minus the merit, number), the best first."""
        self._waiting: dict[int, list[tuple[float, int]]] = {rung: [] for rung in ladder}
        """Likewise, of the trials that are paused there."""

    def reaches(self, number: int, epoch: int, merit: float) -> None:
        """Take note of what a trial has after an epoch; only rungs matter, and there the first time."""
        if number not in self._merits.get(epoch, {number: 0.0}):
            self._merits[epoch][number] = merit
            bisect.insort(self._reached[epoch], (-merit, number))

    def pauses(self, number: int, rung: int) -> None:
        """Take note of a trial that waits at a rung; one that has not reached it is never promoted."""
        if number in self._merits.get(rung, {}):
            place = (-self._merits[rung][number], number)
            if place not in self._waiting[rung]:
                bisect.insort(self._waiting[rung], place)

    def leaves(self, number: int, rung: int) -> None:
        """Take note of a trial that waits at a rung no more, if it did."""
        place = (-self._merits.get(rung, {}).get(number, 0.0), number)
        if place in (waiting := self._waiting.get(rung, [])):
            waiting.remove(place)

    def promotion(self, *, room: float = math.inf, last_call: bool = False) -> Promotion | None:
        """Return the next promotion, or None while nobody has earned one.

        Args:
            room: Epochs that it may cost at most.
            last_call: No trial runs and none will begin, so the best of each rung go on however few there are.
        """
        for rung, following in self._pairs:
            if following - rung > room:
                continue
            reached, waiting = self._reached[rung], self._waiting[rung]
            places = max(len(reached) // REDUCTION, FINALISTS if last_call else 0)
            if waiting and bisect.bisect_left(reached, waiting[0]) < places:
                return Promotion(waiting[0][1], following)
        return None
