"""Which parameters are active: those whose conditions other parameters' values meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from study.space.domain import Domain
from study.trial import Scalar

T = TypeVar("T")


def is_active(domain: Domain, values: Mapping[str, Scalar]) -> bool:
    """Return whether the domain's condition holds under `values`; a parameter missing there fails it."""
    return _holds(domain.when, values)


def active(values: Mapping[str, Scalar], domains: Mapping[str, Domain]) -> dict[str, Scalar]:
    """Return `values` without those whose domain is inactive under the rest."""
    return meeting(values, {name: domain.when for name, domain in domains.items()})


def meeting(values: Mapping[str, T], conditions: Mapping[str, Mapping[str, Sequence[Any]]]) -> dict[str, T]:
    """Return `values` without those whose condition fails under the rest.

    Args:
        values: Hyperparameters by name.
        conditions: Name -> other names with the values that each must have one of; none for what is always active. A
            name comes after those that it depends on. JSON's, with lists for tuples, will do where `values` is JSON's.
    """
    kept = dict(values)
    for name, condition in conditions.items():
        if name in kept and not _holds(condition, kept):
            del kept[name]
    return kept


def _holds(condition: Mapping[str, Sequence[Any]], values: Mapping[str, Any]) -> bool:
    return all(other in values and values[other] in allowed for other, allowed in condition.items())
