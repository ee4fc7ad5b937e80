"""The Pareto front: what nothing else equals or beats in every objective, and beats in one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def on_front(costs: Sequence[Sequence[float]], *, equals: bool = True) -> list[bool]:
    """Tell which points lie on the Pareto front.

    A point dominates another that it equals or beats in every cost and beats in one.

    Args:
        costs: (points, objectives); lower is better.
        equals: Whether of equal points on the front all lie on it, or the first alone.
    """
    found: list[Sequence[float]] = []
    inside = [False] * len(costs)
    for place in sorted(range(len(costs)), key=lambda place: tuple(costs[place])):  # who dominates a point comes before
        point = costs[place]
        # The last found first: with two objectives it alone decides.
        if not any(_dominates(other, point) or (not equals and other == point) for other in reversed(found)):
            found.append(point)
            inside[place] = True
    return inside


def pareto_front(rows: Sequence[Mapping[str, Any]], objectives: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """Return the rows that no other row dominates, the best of the first objective first; equals stay together.

    Args:
        rows: Each with a number for every objective.
        objectives: Column -> `maximize` or `minimize`.
    """
    costs = [tuple(-row[name] if way == "maximize" else row[name] for name, way in objectives.items()) for row in rows]
    chosen = [place for place, inside in enumerate(on_front(costs)) if inside]
    return [rows[place] for place in sorted(chosen, key=lambda place: costs[place])]


def _dominates(one: Sequence[float], other: Sequence[float]) -> bool:
    return one != other and all(mine <= theirs for mine, theirs in zip(one, other, strict=True))
