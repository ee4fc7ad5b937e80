"""The rungs of successive halving: after how many epochs trials are compared. Standard library only."""

from __future__ import annotations

REDUCTION = 3
"""A rung has this many times the epochs of the one below, and this share of its trials."""


def rungs(epochs: int) -> tuple[int, ...]:
    """Return the epochs after which trials are compared, the whole training last: 10 -> (1, 3, 10)."""
    found = [epochs]
    while found[0] >= REDUCTION:
        found.insert(0, found[0] // REDUCTION)
    return tuple(found)


def first_limit(pruner: str, epochs: int) -> int:
    """Return the epochs that a trial of a search may train before a decision lets it go on.

    Args:
        pruner: Of the search.
        epochs: Of a trial that goes to its end.
    """
    return rungs(epochs)[0] if pruner == "promote" else epochs
