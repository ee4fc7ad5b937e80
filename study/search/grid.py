"""A grid over a search space in random order, so that however far it comes it has covered all of it."""

from __future__ import annotations

import math
import random
from collections.abc import Container, Iterator, Mapping

from study.space import Domain, is_active
from study.trial import Scalar, fingerprint

POINTS = 5
"""Values that stand for a numeric domain."""
LISTED = 100_000
"""Grids up to this size are shuffled whole; larger ones are drawn from without replacement."""


def grid(domains: Mapping[str, Domain], fixed: Mapping[str, Scalar], seed: int) -> Iterator[dict[str, Scalar]]:
    """Yield every point of the grid once, inactive parameters left out; the same order for the same seed.

    Args:
        domains: What is tuned.
        fixed: Values that conditions may depend on.
        seed: Of the order.
    """
    seen: set[str] = set()
    for index in _order(math.prod(len(domain.grid(POINTS)) for domain in domains.values()), random.Random(seed)):
        point = _point(domains, fixed, index)
        key = fingerprint(point)
        if key not in seen:
            seen.add(key)
            yield point


def untried(points: Iterator[dict[str, Scalar]], tried: Container[str]) -> Iterator[dict[str, Scalar]]:
    """Yield the points that were not tried.

    Args:
        points: Of a grid.
        tried: Fingerprints of tuned values, looked at for each point when it is its turn.
    """
    return (point for point in points if fingerprint(point) not in tried)


def _order(size: int, generator: random.Random) -> Iterator[int]:
    if size <= LISTED:
        order = list(range(size))
        generator.shuffle(order)
        yield from order
        return
    while True:  # a search is thousands of times smaller than such a grid; repeats are dropped by the caller
        yield generator.randrange(size)


def _point(domains: Mapping[str, Domain], fixed: Mapping[str, Scalar], index: int) -> dict[str, Scalar]:
    """Decode an index in mixed radix, one digit a domain."""
    point: dict[str, Scalar] = {}
    for name, domain in domains.items():
        values = domain.grid(POINTS)
        index, digit = divmod(index, len(values))
        if is_active(domain, dict(fixed) | point):
            point[name] = values[digit]
    return point
