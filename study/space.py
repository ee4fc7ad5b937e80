"""Search spaces as plain literals: domains, their conditions, variants. Standard library only; knows no sampler."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

from study.errors import StudyError, nearest
from study.trial import Plain, Scalar, fingerprint

T = TypeVar("T")

LARGEST = 2**53
"""Up to here floating point, in which samplers reckon and Optuna stores, tells whole numbers apart."""

When = Mapping[str, tuple[Scalar, ...]]
"""A condition: the domain is active only while each named parameter has one of the listed values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Float:
    """A real interval, or the numbers from `low` to `high`, `step` apart."""

    default: float
    low: float
    high: float
    log: bool = False
    """Sampled uniformly in the logarithm."""
    step: float | None = None
    """None for every number between; not with `log`."""
    when: When = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Turns NumPy's scalars into plain numbers; `check` tells what is wrong, once the domain has a name."""
        _make_plain(self, "default", "low", "high", "log", "step")
        if self.step is not None and not _fault_of_float(self):
            object.__setattr__(self, "default", self.snapped(self.default))

    def check(self) -> None:
        """Raises StudyError unless low <= default <= high, low > 0 where log, and all lie on the steps."""
        if fault := _fault_of_float(self):
            raise StudyError(fault)

    def snapped(self, value: float) -> float:
        """Returns the nearest number on the steps, the same one whatever arithmetic led there; without steps, `value`.

        Reckoned in decimals, as a step of 0.1 is meant: three of them are 0.3.
        """
        if self.step is None:
            return value
        steps = round((value - self.low) / self.step)
        return min(float(Decimal(repr(self.low)) + steps * Decimal(repr(self.step))), self.high)

    def grid(self, points: int) -> tuple[float, ...]:
        """Returns at most `points` values (2 or more), evenly spaced (in the logarithm where log), ends included."""
        if self.low == self.high:
            return (self.low,)
        if self.step is not None:
            numbers = _spread(round((self.high - self.low) / self.step) + 1, points)
            return tuple(self.snapped(self.low + number * self.step) for number in numbers)
        if self.log:
            step = _log_width(self) / (points - 1)
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
    log: bool = False
    """Sampled uniformly in the logarithm; then `step` is 1."""
    when: When = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Turns NumPy's scalars into plain numbers; `check` tells what is wrong, once the domain has a name."""
        _make_plain(self, "default", "low", "high", "step", "log")

    def check(self) -> None:
        """Raises StudyError unless low <= default <= high, all three lie on the steps, and low > 0 where log."""
        bounds = (self.low, self.default, self.high)
        if any(type(bound) is not int for bound in (*bounds, self.step)):
            raise StudyError(f"an Int's low, default, high and step are whole numbers, not {(*bounds, self.step)!r}")
        if any(abs(bound) > LARGEST for bound in bounds):
            raise StudyError(
                f"an Int lies from -2**53 to 2**53, where samplers tell whole numbers apart, not from {self.low} to "
                f"{self.high}; tune its logarithm instead"
            )
        _check_order(self)
        if self.step < 1 or (self.high - self.low) % self.step or (self.default - self.low) % self.step:
            raise StudyError(
                f"an Int's high and default lie whole steps above its low, not low={self.low}, high={self.high}, "
                f"default={self.default}, step={self.step}"
            )
        if self.log and self.step != 1:
            raise StudyError(f"a logarithmic Int has step 1, not {self.step}")

    def grid(self, points: int) -> tuple[int, ...]:
        """Returns at most `points` values (2 or more), evenly spread (in the logarithm where log), ends included."""
        values = range(self.low, self.high + 1, self.step)
        count = (self.high - self.low) // self.step + 1  # `len` has no room for every range
        if count <= points:
            return tuple(values)
        if self.log:
            step = _log_width(self) / (points - 1)
            inner = [round(self.low * math.exp(step * index)) for index in range(1, points - 1)]
            return tuple(sorted({self.low, *(min(value, self.high) for value in inner), self.high}))
        return tuple(values[index] for index in _spread(count, points))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A few values without an order: plain ones, or tuples of them, such as the widths of layers."""

    default: Scalar
    choices: tuple[Scalar, ...]
    when: When = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Turns NumPy's scalars into plain values and lists into tuples; `check` tells what is wrong."""
        _make_plain(self, "default")
        with contextlib.suppress(TypeError):  # no sequence: `check` says so
            object.__setattr__(self, "choices", tuple(plain(choice) for choice in self.choices))

    def check(self) -> None:
        """Raises StudyError unless the choices are values that can be stored, differ, and hold the default."""
        if not isinstance(self.choices, tuple):
            raise StudyError(f"a Choice's choices are a tuple of values, not {self.choices!r}")
        for choice in (*self.choices, self.default):
            if not _is_value(choice):
                raise StudyError(
                    f"a Choice's choices are true or false, finite numbers, text, or tuples of these, nested once at "
                    f"most, not {choice!r}"
                )
        keys = {told(self, choice) for choice in self.choices}
        if not allows(self, self.default) or len(keys) < len(self.choices):
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

    def __post_init__(self) -> None:
        """Turns NumPy's scalars into plain values and lists into tuples."""
        object.__setattr__(self, "changes", {name: plain(value) for name, value in self.changes.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Published results of the baseline, shown beside those of studies on the same data set."""

    source: str
    dataset: str
    """Name of the data set that they are about."""
    train_losses: tuple[float, ...] = ()
    """Mean training loss of each epoch, from the first."""
    epochs: int | None = None
    """Epochs behind the test accuracy."""
    test_accuracy: float | None = None
    """Fraction in [0, 1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSpace:
    """What is tuned for a model, each domain with its default, and the model's variants."""

    name: str
    model: str
    """A module of `study.models`, or any importable module with `Params` and `build(params, classes)`."""
    domains: Mapping[str, Domain]
    variants: tuple[Variant, ...] = ()
    published: Published | None = None
    claims: str | None = None
    """A module whose claims about the model the report judges, such as `my_claims`: see `reports.findings.claims`."""
    size: str | None = None
    """The whole number by which a baseline grows to a larger variant's parameters; None leaves that control out."""

    def __post_init__(self) -> None:
        """Raises StudyError for a name that would not be told from a study's, or a condition that cannot hold."""
        if not self.name or set(self.name) & set("@+,"):
            raise StudyError(f"a space's name is not empty and has no '@', '+' or ',', not {self.name!r}")
        if self.claims is not None and not all(part.isidentifier() for part in self.claims.split(".")):
            raise StudyError(
                f"space {self.name!r}: claims is the name of a module such as my_package.my_claims, not {self.claims!r}"
            )
        earlier: list[str] = []
        for name, domain in self.domains.items():
            self._check_domain(name, domain)
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

    def _check_domain(self, name: str, domain: Domain) -> None:
        """Raises StudyError, with the names of space and domain, for what a domain cannot be."""
        where = f"space {self.name!r}, domain {name!r}"
        if not isinstance(domain, Float | Int | Choice):
            raise StudyError(f"{where}: a domain is a Float, an Int or a Choice, not {domain!r}")
        try:
            domain.check()
        except StudyError as error:
            raise StudyError(f"{where}: {error}") from error

    @property
    def defaults(self) -> dict[str, Scalar]:
        """The default of every domain that is active at the defaults."""
        return active({name: domain.default for name, domain in self.domains.items()}, self.domains)

    @property
    def hash(self) -> str:
        """The fingerprint of what a search depends on: model and domains, not variants or published numbers."""
        described = self.describe()
        return fingerprint({key: described[key] for key in ("name", "model", "domains")})

    def describe(self) -> dict[str, object]:
        """Returns the space as JSON values; each domain with its kind."""
        return {
            "name": self.name,
            "model": self.model,
            "domains": {name: _described(domain) for name, domain in self.domains.items()},
            "variants": [asdict(variant) | {"changes": dict(variant.changes)} for variant in self.variants],
            "published": asdict(self.published) if self.published else None,
            "claims": self.claims,
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
        return any(_same(value, choice) for choice in domain.choices)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    inside = domain.low <= value <= domain.high
    if isinstance(domain, Int):
        return inside and isinstance(value, int) and (value - domain.low) % domain.step == 0
    return inside and (domain.step is None or _on_steps(value - domain.low, domain.step))


def told(domain: Domain, value: Scalar) -> Plain:
    """Returns a value as a sampler is told it: a tuple, which samplers do not store, as text."""
    return json.dumps(value) if isinstance(value, tuple) else value


def heard(domain: Domain, key: object) -> object:
    """Returns the choice that a sampler means: what `told` made a tuple's text of; anything else as it is."""
    choices = domain.choices if isinstance(domain, Choice) else ()
    return next((choice for choice in choices if _same(told(domain, choice), key)), key)


def plain(value: object) -> Any:  # noqa: ANN401 - a value of a hyperparameter, or whatever was given instead
    """Returns a value as Python's own: NumPy's scalars become plain, lists and arrays tuples; the rest stays."""
    if type(value) in (bool, int, float, str):
        return value
    if isinstance(value, list | tuple):
        return tuple(plain(entry) for entry in value)
    if hasattr(value, "dtype") and hasattr(value, "tolist"):  # without importing NumPy
        listed = value.tolist()
        return plain(listed) if isinstance(listed, list) else listed
    return value


def is_active(domain: Domain, values: Mapping[str, Scalar]) -> bool:
    """Whether the domain's condition holds under `values`; a parameter missing there fails it."""
    return _holds(domain.when, values)


def active(values: Mapping[str, Scalar], domains: Mapping[str, Domain]) -> dict[str, Scalar]:
    """Returns `values` without those whose domain is inactive under the rest."""
    return meeting(values, {name: domain.when for name, domain in domains.items()})


def meeting(values: Mapping[str, T], conditions: Mapping[str, Mapping[str, Sequence[Any]]]) -> dict[str, T]:
    """Returns `values` without those whose condition fails under the rest.

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


def _make_plain(domain: Domain, *names: str) -> None:
    for name in names:
        object.__setattr__(domain, name, plain(getattr(domain, name)))
    if isinstance(domain.when, Mapping):
        object.__setattr__(domain, "when", {other: plain(values) for other, values in domain.when.items()})


def _described(domain: Domain) -> dict[str, object]:
    """Returns a domain as JSON values. A field that came later is left out where it is not used: hashes stay."""
    described = {"kind": type(domain).__name__, **asdict(domain), "when": dict(domain.when)}
    unused = {Int: ("log", False), Float: ("step", None)}.get(type(domain))
    if unused is not None and described[unused[0]] == unused[1]:
        del described[unused[0]]
    return described


def _fault_of_float(domain: Float) -> str | None:
    """Returns what is wrong with a Float, or None."""
    bounds = (domain.low, domain.default, domain.high)
    if not all(type(bound) in (int, float) and _finite(bound) for bound in bounds):
        return f"a domain's low, default and high are finite numbers, not {bounds!r}"
    if not domain.low <= domain.default <= domain.high or (domain.log and domain.low <= 0):
        return _fault_of_order(domain)
    if not _finite(domain.high - domain.low):
        return f"a Float's high less its low is a finite number too, not {domain.high} less {domain.low}"
    step = domain.step
    if step is None:
        return None
    if domain.log:
        return f"a logarithmic Float has no step, not {step!r}"
    if type(step) not in (int, float) or not _finite(step) or step <= 0:
        return f"a Float's step is a finite number above 0, not {step!r}"
    if not all(_on_steps(bound - domain.low, step) for bound in bounds):
        return (
            f"a Float's high and default lie whole steps above its low, not low={domain.low}, high={domain.high}, "
            f"default={domain.default}, step={step}"
        )
    return None


def _fault_of_order(domain: Float | Int) -> str | None:
    if not domain.low <= domain.default <= domain.high:
        return (
            f"a domain's default lies from its low to its high, not low={domain.low}, high={domain.high}, "
            f"default={domain.default}"
        )
    if domain.log and domain.low <= 0:
        return f"a logarithmic domain's low is above 0, not {domain.low}"
    return None


def _check_order(domain: Int) -> None:
    if fault := _fault_of_order(domain):
        raise StudyError(fault)


def _finite(value: float) -> bool:
    """Whether a number is finite, and within what floating point can hold."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _on_steps(distance: float, step: float) -> bool:
    """Whether a distance is a whole number of steps, up to rounding; the tolerance is Optuna's."""
    steps = distance / step
    return steps < LARGEST and abs(steps - round(steps)) < 1e-8


def _spread(count: int, points: int) -> list[int]:
    """Returns at most `points` of the numbers under `count`, evenly spread, ends included; whole numbers throughout."""
    if count <= points:
        return list(range(count))
    return [round(Fraction(index * (count - 1), points - 1)) for index in range(points)]


def _log_width(domain: Float | Int) -> float:
    ratio = domain.high / domain.low
    return math.log(ratio) if math.isfinite(ratio) else math.log(domain.high) - math.log(domain.low)


def _is_value(value: object, depth: int = 2) -> bool:
    if isinstance(value, tuple):
        return depth > 0 and all(_is_value(entry, depth - 1) for entry in value)
    return type(value) in (bool, int, str) or (type(value) is float and math.isfinite(value))


def _same(one: object, other: object) -> bool:
    """Whether two values are equal and of the same types, all through."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and one == other
