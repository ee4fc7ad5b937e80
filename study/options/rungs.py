"""The rungs of successive halving: after how many epochs trials are compared. Standard library only."""

from __future__ import annotations

FIRST = 1 / 5
"""Fraction of the whole training at the first rung; the second rung has twice as many epochs. After fewer, what ends
better is not yet told from what begins faster (docs/search.md)."""
REDUCTION = 3
"""One in so many of the trials that reach a rung goes on."""


def rungs(epochs: int) -> tuple[int, ...]:
    """Return the epochs after which trials are compared, the whole training last: 10 -> (2, 4, 10).

    The rungs lie in the first half; trainings of one or two epochs have none.
    """
    first = max(1, round(epochs * FIRST))
    compared = [rung for rung in (first, 2 * first) if 2 * rung <= epochs and epochs > 2]
    return (*compared, epochs)


def first_limit(pruner: str, epochs: int) -> int:
    """Return the epochs that a trial of a search may train before a decision lets it go on.

    Args:
        pruner: Of the search.
        epochs: Of a trial that goes to its end.
    """
    return rungs(epochs)[0] if pruner == "promote" else epochs


def limit_of(pruner: str, epochs: int, promoted_to: int | None = None) -> int:
    """Return the epochs to which a trial may train as it stands: to the first rung of now from the stored one on.

    Args:
        pruner: Of the search.
        epochs: Of a trial that goes to its end.
        promoted_to: The rung to which it was promoted, if it was; an older version may have had other rungs.
    """
    if pruner != "promote":
        return epochs
    return next((rung for rung in rungs(epochs) if rung >= (promoted_to or 0)), epochs)
