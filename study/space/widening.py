"""Whether a space's domains hold all that they held before: then a study that was begun with those can go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from study.space.domain import Choice, Domain, Float, Int, allows, in_words, on_steps, same
from study.trial import Scalar

KINDS: Mapping[str, type[Float] | type[Int] | type[Choice]] = {"Float": Float, "Int": Int, "Choice": Choice}


@dataclass(frozen=True, slots=True)
class DomainChanges:
    """What became of a space's domains."""

    taken: tuple[str, ...]
    """What is wider or new, a sentence each."""
    refused: Mapping[str, tuple[Domain | None, Domain | None]]
    """Name -> the domain before and now, where trials of before could not be compared with those of now."""


def domain_of(described: Mapping[str, Any]) -> Domain:
    """Return the domain that `SearchSpace.describe` has described, read back from JSON."""
    values = {name: value for name, value in described.items() if name != "kind"}
    return KINDS[described["kind"]](**values)


def compare_domains(
    before: Mapping[str, Domain], now: Mapping[str, Domain], *, had: Mapping[str, Scalar], fixed: Mapping[str, Scalar]
) -> DomainChanges:
    """Return how domains have changed since a study was begun.

    Wider is a domain with the same default on the same scale that holds every value of before, and is in force with
    the same values of the others as far as these could be had before. An added one is taken where its default is
    what all trials of before had.

    Args:
        before: The domains of before, by name.
        now: Those of now.
        had: What trials of before had of every other hyperparameter.
        fixed: Those that the study does not tune, whatever their domains.
    """
    taken: list[str] = []
    refused: dict[str, tuple[Domain | None, Domain | None]] = {}
    for name in sorted({*before, *now}):
        old, new = before.get(name), now.get(name)
        if old == new:
            continue
        if old is None and new is not None and name in fixed:
            taken.append(f"{name} has a domain now, but is fixed at {fixed[name]!r} in this study")
        elif old is None and new is not None and name in had and same_value(had[name], new.default):
            taken.append(f"{name} is tuned now, {in_words(new)}; earlier trials have its default, {new.default!r}")
        elif old is None or new is None or not (_holds(new, old) and _in_force_alike(new, old, before)):
            refused[name] = (old, new)
        else:
            taken += _widened(name, old, new)
    return DomainChanges(tuple(taken), refused)


def _widened(name: str, old: Domain, new: Domain) -> list[str]:
    """Return what is wider, a sentence each; nothing where choices stand in another order."""
    found = []
    if not _holds(old, new):
        found.append(f"{name} is {in_words(new)} now, before {in_words(old)}")
    if old.when != new.when:
        found.append(f"{name} is tuned with {_conditions(new)} now, before with {_conditions(old)}")
    return found


def same_value(one: Scalar, other: Scalar) -> bool:
    """Return whether two values are equal, a whole number and a real one among them; booleans are no numbers."""
    return same(one, other) or (
        isinstance(one, int | float)
        and isinstance(other, int | float)
        and one == other
        and bool not in map(type, (one, other))
    )


def _holds(new: Domain, old: Domain) -> bool:
    """Return whether a domain holds every value of another one, with the same default and on the same scale."""
    if isinstance(new, Choice) and isinstance(old, Choice):
        return same(new.default, old.default) and all(allows(new, choice) for choice in old.choices)
    if isinstance(new, Choice) or isinstance(old, Choice) or type(new) is not type(old):
        return False
    alike = same_value(new.default, old.default) and new.log == old.log
    if not (alike and new.low <= old.low and old.high <= new.high):
        return False
    if new.step is None:
        return True
    on_grid = on_steps(old.low - new.low, new.step) and on_steps(old.high - new.low, new.step)
    return on_grid and (old.low == old.high or (old.step is not None and on_steps(old.step, new.step)))


def _in_force_alike(new: Domain, old: Domain, before: Mapping[str, Domain]) -> bool:
    """Return whether a domain is in force under the same values of the others, of those that they had before."""
    if new.when.keys() != old.when.keys():
        return False
    return all(
        {repr(value) for value in new.when[other] if allows(before[other], value)} == set(map(repr, values))
        for other, values in old.when.items()
    )


def _conditions(domain: Domain) -> str:
    return " and ".join(f"{other} {' or '.join(map(str, values))}" for other, values in domain.when.items())
