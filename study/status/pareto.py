"""The Pareto front of a search with several objectives: what no other trial equals for less."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def pareto_front(rows: Sequence[Mapping[str, Any]], objectives: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """Returns the rows that no other row dominates, the best of the first objective first.

    A row dominates another that it equals or beats in every objective and beats in one; equals stay together.

    Args:
        rows: Each with a number for every objective.
        objectives: Column -> `maximize` or `minimize`.
    """

    def costs(row: Mapping[str, Any]) -> tuple[float, ...]:
        return tuple(-row[name] if way == "maximize" else row[name] for name, way in objectives.items())

    found: list[Mapping[str, Any]] = []
    for row in sorted(rows, key=costs):  # whoever dominates a row comes before it
        if not any(_dominates(costs(other), costs(row)) for other in found):
            found.append(row)
    return found


def _dominates(one: Sequence[float], other: Sequence[float]) -> bool:
    return one != other and all(mine <= theirs for mine, theirs in zip(one, other, strict=True))
