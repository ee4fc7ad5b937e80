"""Which paused trial goes on: asynchronous successive halving (Li et al., 2020) whose promotions repeat no epoch.

Every trial trains to the first rung and pauses. A free worker promotes a paused trial that is in the best third of
those that have reached its rung, the highest rung first; where there is none, it begins a new trial. A promoted trial
goes on from its checkpoint. Plain values; knows no Optuna.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

REDUCTION = 3
"""A rung has this many times the epochs of the one below, and this share of its trials."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A search trial, as far as promotion looks at it."""

    number: int
    values: Mapping[int, float]
    """Epoch -> what is maximised."""
    limit: int
    """The rung, in epochs, that it may train to."""
    paused: bool


@dataclass(frozen=True, slots=True)
class Promotion:
    """A paused trial that goes on."""

    number: int
    limit: int
    """The rung, in epochs, that it may train to now."""


def rungs(epochs: int) -> tuple[int, ...]:
    """Return the epochs after which trials are compared, the whole training last: 10 -> (1, 3, 10)."""
    found = [epochs]
    while found[0] >= REDUCTION:
        found.insert(0, found[0] // REDUCTION)
    return tuple(found)


def promote(ladder: Sequence[int], contenders: Sequence[Contender], *, last_call: bool = False) -> Promotion | None:
    """Return the next promotion, or None while nobody has earned one.

    Args:
        ladder: The rungs, rising.
        contenders: Every trial of the search, whatever its state: who was pruned or completed still counts in the
            rungs that it reached.
        last_call: No trial runs and none will begin, so the best of each rung goes on however few there are.
    """
    for rung, following in reversed(list(itertools.pairwise(ladder))):
        reached = sorted(
            (contender for contender in contenders if rung in contender.values),
            key=lambda contender: (-contender.values[rung], contender.number),
        )
        places = max(len(reached) // REDUCTION, 1 if last_call else 0)
        for contender in reached[:places]:
            if contender.paused and contender.limit == rung:
                return Promotion(contender.number, following)
    return None
