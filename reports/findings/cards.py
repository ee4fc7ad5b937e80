"""Figures that speak for a claim, against it, or neither way, and the card that they make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from reports.pages.document import Card

NOT_TESTED = "not tested"
"""The verdict where an experiment is missing."""


@dataclass(frozen=True, slots=True)
class Line:
    """A figure with its interval and n, in words."""

    text: str
    direction: int
    """1: for the claim, -1: against it, 0: its interval holds 0, so it speaks neither way."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A card, and what has no place on it."""

    card: Card
    more: str = ""
    """The command that would tell more surely, with more seeds; said once for all findings that it serves."""


def direction(low: float, high: float) -> int:
    """Return 1 if the interval lies above 0, -1 if below it; 0 if it holds 0 or is missing."""
    return int(low > 0) - int(high < 0)


def with_lines(card: Card, lines: Sequence[Line]) -> Card:
    """Return the card with its figures, each on its side."""
    sides = {side: tuple(line.text for line in lines if line.direction == side) for side in (1, -1, 0)}
    return replace(card, evidence_for=sides[1], evidence_against=sides[-1], evidence_neutral=sides[0])


def told_apart(cards: Iterable[Card], taken: Iterable[Card] = ()) -> list[Card]:
    """Return cards with numbers where their claims would make the same anchor.

    Args:
        cards: In their order.
        taken: Other cards of the page, which have their numbers.
    """
    seen = Counter(replace(card, number=1).anchor for card in taken)
    found = []
    for card in cards:
        seen[card.anchor] += 1
        found.append(replace(card, number=seen[card.anchor]))
    return found
