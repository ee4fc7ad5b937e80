"""Domains: from what a parameter's values are drawn. Plain literals; standard library only."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from study.errors import StudyError
from study.trial import Plain, Scalar

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
        """Turn NumPy's scalars into plain numbers; `check` tells what is wrong, once the domain has a name."""
        _make_plain(self, "default", "low", "high", "log", "step")
        if self.step is not None and not _fault_of_float(self):
            object.__setattr__(self, "default", self.snapped(self.default))

    def check(self) -> None:
        """Check that low <= default <= high, that low > 0 where log, and that all lie on the steps.

        Raises:
            StudyError: They do not.
        """
        if fault := _fault_of_float(self):
            raise StudyError(fault)

    def snapped(self, value: float) -> float:
        """Return the nearest number on the steps, the same one whatever arithmetic led there; without steps, `value`.

        Reckoned in decimals, as a step of 0.1 is meant: three of them are 0.3.
        """
        if self.step is None:
            return value
        steps = round((value - self.low) / self.step)
        return min(float(Decimal(repr(self.low)) + steps * Decimal(repr(self.step))), self.high)

    def grid(self, points: int) -> tuple[float, ...]:
        """Return at most `points` values (2 or more), evenly spaced (in the logarithm where log), ends included."""
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
        """Turn NumPy's scalars into plain numbers; `check` tells what is wrong, once the domain has a name."""
        _make_plain(self, "default", "low", "high", "step", "log")

    def check(self) -> None:
        """Check that low <= default <= high, that all three lie on the steps, and that low > 0 where log.

        Raises:
            StudyError: They do not.
        """
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
        """Return at most `points` values (2 or more), evenly spread (in the logarithm where log), ends included."""
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
        """Turn NumPy's scalars into plain values and lists into tuples; `check` tells what is wrong."""
        _make_plain(self, "default")
        with contextlib.suppress(TypeError):  # no sequence: `check` says so
            object.__setattr__(self, "choices", tuple(plain(choice) for choice in self.choices))

    def check(self) -> None:
        """Check that the choices are values that can be stored, differ, and hold the default.

        Raises:
            StudyError: They are not.
        """
        if not isinstance(self.choices, tuple):
            raise StudyError(f"a Choice's choices are a tuple of values, not {self.choices!r}")
        for choice in (*self.choices, self.default):
            if not is_value(choice):
                raise StudyError(
                    f"a Choice's choices are true or false, finite numbers, text, or tuples of these, nested once at "
                    f"most, not {choice!r}"
                )
        keys = {to_category(self, choice) for choice in self.choices}
        if not allows(self, self.default) or len(keys) < len(self.choices):
            raise StudyError(
                f"a Choice's choices differ and hold its default, not choices={self.choices!r}, "
                f"default={self.default!r}"
            )

    def grid(self, points: int) -> tuple[Scalar, ...]:
        """Return every choice: without an order none can stand for another, whatever `points`."""
        return self.choices


Domain = Float | Int | Choice


def allows(domain: Domain, value: Scalar) -> bool:
    """Return whether `value` lies in the domain; booleans are no numbers."""
    if isinstance(domain, Choice):
        return any(same(value, choice) for choice in domain.choices)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    inside = domain.low <= value <= domain.high
    if isinstance(domain, Int):
        return inside and isinstance(value, int) and (value - domain.low) % domain.step == 0
    return inside and (domain.step is None or on_steps(value - domain.low, domain.step))


def to_category(domain: Domain, value: Scalar) -> Plain:
    """Return a value as a sampler gets it: a tuple, which samplers do not store, as text."""
    return json.dumps(value) if isinstance(value, tuple) else value


def from_category(domain: Domain, key: object) -> object:
    """Return the choice that a sampler means: what `to_category` made a tuple's text of; anything else as it is."""
    choices = domain.choices if isinstance(domain, Choice) else ()
    return next((choice for choice in choices if same(to_category(domain, choice), key)), key)


def in_words(domain: Domain) -> str:
    """Return what a domain holds: `one of 'adam', 'sgd'`, or `16 to 64 in steps of 8`."""
    if isinstance(domain, Choice):
        return "one of " + ", ".join(map(repr, domain.choices))
    stepped = domain.step not in (None, 1)
    return f"{domain.low!r} to {domain.high!r}" + (f" in steps of {domain.step!r}" if stepped else "")


def plain(value: object) -> Any:  # noqa: ANN401 - a value of a hyperparameter, or whatever was given instead
    """Return a value as Python's own: NumPy's scalars become plain, lists and arrays tuples; the rest stays."""
    if type(value) in (bool, int, float, str):
        return value
    if isinstance(value, list | tuple):
        return tuple(plain(entry) for entry in value)
    if hasattr(value, "dtype") and hasattr(value, "tolist"):  # without importing NumPy
        listed = value.tolist()
        return plain(listed) if isinstance(listed, list) else listed
    return value


def _make_plain(domain: Domain, *names: str) -> None:
    for name in names:
        object.__setattr__(domain, name, plain(getattr(domain, name)))
    if isinstance(domain.when, Mapping):
        object.__setattr__(domain, "when", {other: plain(values) for other, values in domain.when.items()})


def _fault_of_float(domain: Float) -> str | None:
    """Return what is wrong with a Float, or None."""
    bounds = (domain.low, domain.default, domain.high)
    if not all(type(bound) in (int, float) and finite(bound) for bound in bounds):
        return f"a domain's low, default and high are finite numbers, not {bounds!r}"
    if not domain.low <= domain.default <= domain.high or (domain.log and domain.low <= 0):
        return _fault_of_order(domain)
    if not finite(domain.high - domain.low):
        return f"a Float's high less its low is a finite number too, not {domain.high} less {domain.low}"
    step = domain.step
    if step is None:
        return None
    if domain.log:
        return f"a logarithmic Float has no step, not {step!r}"
    if type(step) not in (int, float) or not finite(step) or step <= 0:
        return f"a Float's step is a finite number above 0, not {step!r}"
    if not all(on_steps(bound - domain.low, step) for bound in bounds):
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


def finite(value: float) -> bool:
    """Return whether a number is finite, and within what floating point can hold."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def on_steps(distance: float, step: float) -> bool:
    """Return whether a distance is a whole number of steps, up to rounding; the tolerance is Optuna's."""
    steps = distance / step
    return steps < LARGEST and abs(steps - round(steps)) < 1e-8


def _spread(count: int, points: int) -> list[int]:
    """Return at most `points` of the numbers under `count`, evenly spread, ends included; whole numbers throughout."""
    if count <= points:
        return list(range(count))
    return [round(Fraction(index * (count - 1), points - 1)) for index in range(points)]


def _log_width(domain: Float | Int) -> float:
    ratio = domain.high / domain.low
    return math.log(ratio) if math.isfinite(ratio) else math.log(domain.high) - math.log(domain.low)


def is_value(value: object, depth: int = 2) -> bool:
    """Return whether a value can be stored: plain and finite, or a tuple of such, nested once at most."""
    if isinstance(value, tuple):
        return depth > 0 and all(is_value(entry, depth - 1) for entry in value)
    return type(value) in (bool, str) or (type(value) in (int, float) and finite(value))  # type: ignore[arg-type]


def same(one: object, other: object) -> bool:
    """Return whether two values are equal and of the same types, all through."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other
