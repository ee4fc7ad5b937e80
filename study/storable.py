"""What user code returns or raises, made fit for a database: plain text of bounded length, plain finite numbers."""

from __future__ import annotations

import math
import re
import traceback
from collections.abc import Mapping
from itertools import islice

LONGEST_TEXT = 20_000
"""Characters of a traceback that are kept, its first and its last ones."""
LONGEST_LINE = 2_000
"""Characters of a message that are kept."""
LONGEST_NAME = 200
"""Characters of a metric's name."""
MOST_METRICS = 1_000
"""Metrics of one epoch."""

# No database stores a lone surrogate, PostgreSQL no NUL; the other characters would act on a terminal.
_UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


class MeasureError(ValueError):
    """A model's `measure` returned something else than names with numbers."""


def text(value: object, longest: int = LONGEST_TEXT) -> str:
    """Return a value as text that any database stores; never raises, whatever the value's own methods do.

    Args:
        value: Anything; an object is asked for its `str()`.
        longest: Characters that are kept at most; of a longer text, the middle is left out.

    Returns:
        An exact `str` without lone surrogates and control characters: a backslash escape stands for each. Line ends and
        tabs stay.
    """
    return _UNSTORABLE.sub(_escape, _shorten(_string(value), longest))


def line(value: object, longest: int = LONGEST_LINE) -> str:
    """Return a value as `text` does, on one line: a blank stands for each run of blanks and line ends."""
    return text(" ".join(_shorten(_string(value), longest).split()), longest)


def describe(error: BaseException) -> tuple[str, str, str]:
    """Return type, message (one line) and traceback of an exception, all storable; never raises."""
    return _kind(error), line(error), text(_trace(error))


def summary(error: BaseException) -> str:
    """Return an exception's type and message on one line; never raises."""
    kind, message, _ = describe(error)
    return f"{kind}: {message}" if message else kind


def metrics(found: object) -> dict[str, float | None]:
    """Return what a model's `measure` found as names with plain numbers.

    Args:
        found: What `measure` returned: a mapping from names to numbers, or to tensors or arrays of one number.

    Returns:
        Name -> number; None for NaN and infinity, which a database's JSON does not know.

    Raises:
        MeasureError: It is no such mapping; the message says what is wrong and what is expected.
    """
    if not isinstance(found, Mapping):
        raise MeasureError(f"`measure` returns names with numbers, such as {{'f1': 0.9}}, not {_article(_kind(found))}")
    items = list(islice(found.items(), MOST_METRICS + 1))
    if len(items) > MOST_METRICS:
        raise MeasureError(f"`measure` returns at most {MOST_METRICS:,} metrics, not more")
    return {_name(name): _number(name, value) for name, value in items}


def number(name: str, value: object) -> float:
    """Return what a metric of a user's own computed as a plain number; NaN where it is not finite.

    Args:
        name: The metric's.
        value: A number, or a tensor or array of one.

    Raises:
        MeasureError: It is no number; the message says what it is.
    """
    found = _number(name, value)
    return math.nan if found is None else found


def _name(name: object) -> str:
    if not issubclass(type(name), str):
        raise MeasureError(f"a metric's name is text, not {line(name, LONGEST_NAME)}, {_article(_kind(name))}")
    plain = _string(name)
    if not plain or len(plain) > LONGEST_NAME or line(plain) != plain:
        raise MeasureError(
            f"a metric's name has 1 to {LONGEST_NAME} characters on one line, none of them a control character or a "
            f"lone surrogate, not {text(plain, LONGEST_NAME)!r}"
        )
    return plain


def _number(name: object, value: object) -> float | None:
    if hasattr(value, "item") and hasattr(value, "shape"):  # a tensor or an array, as torch and numpy have them
        shape = tuple(value.shape)
        if math.prod(shape) != 1:
            raise MeasureError(f"a metric is one number, but {line(name)!r} is an array of shape {shape}")
        value = value.item()
    if isinstance(value, complex) or not hasattr(value, "__float__"):
        raise MeasureError(f"a metric is a real number, but {line(name)!r} is {_article(_kind(value))}")
    try:
        number = float(value)
    except OverflowError as error:
        raise MeasureError(f"a metric is at most 1.8e308, but {line(name)!r} is larger") from error
    return number if math.isfinite(number) else None


def _string(value: object) -> str:
    """Return `str(value)` as an exact `str`, whose own methods cannot surprise anybody."""
    try:
        return str.__str__(value if issubclass(type(value), str) else str(value))
    except BaseException as error:
        return f"<no text: its __str__ raised {_kind(error)}>"


def _kind(value: object) -> str:
    """Return the name of a value's type, past whatever its metaclass says."""
    return text(type.__dict__["__name__"].__get__(type(value)), LONGEST_NAME)


def _article(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def _trace(error: BaseException) -> str:
    try:
        parts = traceback.TracebackException.from_exception(error).format()
        return "".join(_shorten(part, LONGEST_TEXT) for part in parts)
    except (
        BaseException
    ):  # an exception may be too odd for the traceback module: where it was raised is told all the same
        frames = "".join(traceback.format_tb(error.__traceback__))
        return f"Traceback (most recent call last):\n{frames}{_kind(error)}: {line(error)}\n"


def _shorten(found: str, longest: int) -> str:
    """Return a text with its middle left out where it is too long, so that it ends up at most that long."""
    if len(found) <= longest:
        return found
    mark = f" [... {len(found) - longest:,} characters are left out here ...] "
    kept = max(0, longest - len(mark))
    head = 2 * kept // 3
    return (found[:head] + mark + found[len(found) - (kept - head) :])[:longest]


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
