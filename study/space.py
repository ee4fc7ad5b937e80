"""Search spaces as plain literals: domains, their conditions, variants. Standard library only; knows no sampler."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from study.errors import StudyError, nearest
from study.trial import Scalar, fingerprint

When = Mapping[str, tuple[Scalar, ...]]
"""A condition: the domain is active only while each named parameter has one of the listed values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Float:
    """A real interval."""

    default: float
    low: float
    high: float
    log: bool = False
    """Sampled uniformly in the logarithm."""
    when: When = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises StudyError unless low <= default <= high, and low > 0 where log."""
        _check_interval(self)

    def grid(self, points: int) -> tuple[float, ...]:
        """Returns at most `points` values (2 or more), evenly spaced (in the logarithm where log), ends included."""
        if self.low == self.high:
            return (self.low,)
        if self.log:
            step = math.log(self.high / self.low) / (points - 1)
            return (*(self.low * math.exp(step * index) for index in range(points - 1)), self.high)
        step = (self.high - self.low) / (points - 1)
        return (*(self.low + step * index for index in range(points - 1)), self.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Int:
    """The integers from `low` to `high`, `step` apart."""

    default: int
    low: int
    high: int
    step: int = 1
    when: When = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises StudyError unless low <= default <= high, and all three lie on the steps."""
        _check_interval(self)
        if self.step < 1 or (self.high - self.low) % self.step or (self.default - self.low) % self.step:
            raise StudyError(
                f"an Int's high and default lie whole steps above its low, not low={self.low}, high={self.high}, "
                f"default={self.default}, step={self.step}"
            )

    def grid(self, points: int) -> tuple[int, ...]:
        """Returns at most `points` of the values (2 or more), evenly spread, ends included."""
        values = range(self.low, self.high + 1, self.step)
        if len(values) <= points:
            return tuple(values)
        return tuple(values[round(index * (len(values) - 1) / (points - 1))] for index in range(points))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A few values without an order."""

    default: Scalar
    choices: tuple[Scalar, ...]
    when: When = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises StudyError unless the choices differ and the default is one of them."""
        if not allows(self, self.default) or len(set(self.choices)) < len(self.choices):
            raise StudyError(
                f"a Choice's choices differ and hold its default, not choices={self.choices!r}, "
                f"default={self.default!r}"
            )

    def grid(self, points: int) -> tuple[Scalar, ...]:
        """Returns every choice: without an order none can stand for another, whatever `points`."""
        return self.choices


Domain = Float | Int | Choice


@dataclass(frozen=True, slots=True)
class Variant:
    """One suggestion: a name and a typed diff on the baseline."""

    name: str
    changes: Mapping[str, Scalar]
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Published numbers of the baseline, shown beside ours."""

    source: str
    dataset: str
    train_losses: tuple[float, ...] = ()
    """Mean training loss of each epoch, from the first."""
    epochs: int | None = None
    """Epochs behind the test accuracy."""
    test_accuracy: float | None = None
    """Share in [0, 1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSpace:
    """What is tuned for a family, each domain with its default, and the family's variants."""

    name: str
    family: str
    """A module of `study.models`, or any importable module with `Params` and `build(params, classes)`."""
    domains: Mapping[str, Domain]
    variants: tuple[Variant, ...] = ()
    reference: Reference | None = None
    size: str | None = None
    """The whole number by which a baseline grows to a larger variant's parameters; None leaves that control out."""

    def __post_init__(self) -> None:
        """Raises StudyError for a name that would not be told from a study's, or a condition that cannot hold."""
        if not self.name or set(self.name) & set("@+,"):
            raise StudyError(f"a space's name is not empty and has no '@', '+' or ',', not {self.name!r}")
        earlier: list[str] = []
        for name, domain in self.domains.items():
            for other, values in domain.when.items():
                if other not in earlier:
                    raise StudyError(
                        f"space {self.name!r}: {name!r} depends on {other!r}, which is not a domain before it"
                        f"{nearest(other, earlier)}"
                    )
                impossible = [value for value in values if not allows(self.domains[other], value)]
                if impossible:
                    raise StudyError(
                        f"space {self.name!r}: {name!r} depends on {other}={impossible[0]!r}, which {other!r} never has"
                    )
            earlier.append(name)

    @property
    def defaults(self) -> dict[str, Scalar]:
        """The default of every domain that is active at the defaults."""
        return active({name: domain.default for name, domain in self.domains.items()}, self.domains)

    @property
    def hash(self) -> str:
        """The fingerprint of what a search depends on: family and domains, not variants or published numbers."""
        described = self.describe()
        return fingerprint({key: described[key] for key in ("name", "family", "domains")})

    def describe(self) -> dict[str, object]:
        """Returns the space as JSON values; each domain with its kind."""
        return {
            "name": self.name,
            "family": self.family,
            "domains": {
                name: {"kind": type(domain).__name__, **asdict(domain), "when": dict(domain.when)}
                for name, domain in self.domains.items()
            },
            "variants": [asdict(variant) | {"changes": dict(variant.changes)} for variant in self.variants],
            "reference": asdict(self.reference) if self.reference else None,
            "size": self.size,
        }

    def without(self, names: Mapping[str, Scalar]) -> dict[str, Domain]:
        """Returns the domains still to be tuned when `names` are fixed.

        A domain whose condition a fixed value decides becomes unconditional, or goes if it can never be active.
        """
        remaining: dict[str, Domain] = {}
        for name, domain in self.domains.items():
            if name in names or any(
                other in names and names[other] not in values for other, values in domain.when.items()
            ):
                continue
            if any(other not in remaining and other not in names for other in domain.when):
                continue  # depends on a domain that can never be active itself
            remaining[name] = domain
        return remaining


def allows(domain: Domain, value: Scalar) -> bool:
    """Whether `value` lies in the domain; booleans are no numbers."""
    if isinstance(domain, Choice):
        return any(value == choice and type(value) is type(choice) for choice in domain.choices)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    inside = domain.low <= value <= domain.high
    if isinstance(domain, Int):
        return inside and isinstance(value, int) and (value - domain.low) % domain.step == 0
    return inside


def is_active(domain: Domain, values: Mapping[str, Scalar]) -> bool:
    """Whether the domain's condition holds under `values`; a parameter missing there fails it."""
    return all(name in values and values[name] in allowed for name, allowed in domain.when.items())


def active(values: Mapping[str, Scalar], domains: Mapping[str, Domain]) -> dict[str, Scalar]:
    """Returns `values` without those whose domain is inactive under the rest (read in order)."""
    kept: dict[str, Scalar] = {}
    for name, value in values.items():
        if name not in domains or is_active(domains[name], kept):
            kept[name] = value
    return kept


def _check_interval(domain: Float | Int) -> None:
    bounds = (domain.low, domain.default, domain.high)
    if any(isinstance(bound, bool) or not math.isfinite(bound) for bound in bounds):
        raise StudyError(f"a domain's low, default and high are finite numbers, not {bounds!r}")
    if not domain.low <= domain.default <= domain.high:
        raise StudyError(
            f"a domain's default lies from its low to its high, not low={domain.low}, high={domain.high}, "
            f"default={domain.default}"
        )
    if isinstance(domain, Float) and domain.log and domain.low <= 0:
        raise StudyError(f"a logarithmic domain's low is above 0, not {domain.low}")
