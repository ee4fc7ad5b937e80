"""What user code returns or raises becomes text and numbers that every database stores, whatever it is."""

from __future__ import annotations

import json
import math
import re
import sqlite3
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from study.storable import LONGEST_LINE, LONGEST_TEXT, MOST_METRICS, MeasureError, describe, line, metrics, text

ANY_TEXT = st.text(st.characters(codec=None, categories=None))
"""Every code point, lone surrogates and NUL among them."""


def stored(value: str) -> str:
    """Returns what SQLite gives back."""
    connection = sqlite3.connect(":memory:")
    try:
        found: str = connection.execute("SELECT ?", (value,)).fetchone()[0]
        return found
    finally:
        connection.close()


class OddText(str):
    """A text whose own methods raise."""

    __slots__ = ()

    def __reduce__(self) -> Any:  # noqa: ANN401 - it raises
        raise TypeError("not to be pickled")

    def __len__(self) -> int:
        raise ValueError("no length")

    def __str__(self) -> str:
        raise ValueError("no text")


class SilentError(Exception):
    def __str__(self) -> str:
        raise ValueError("no text")

    __repr__ = __str__


class OddTextError(Exception):
    def __str__(self) -> str:
        return OddText("odd")


def raised(error: BaseException) -> BaseException:
    """Returns the exception as one that was raised, with a traceback."""
    try:
        raise error
    except BaseException as caught:
        return caught


# Text


@given(ANY_TEXT)
def test_any_text_becomes_one_that_databases_store_and_keeps_its_ordinary_characters(value: str) -> None:
    found = text(value)
    assert "\0" not in found
    assert found.encode("utf-8").decode("utf-8") == found
    assert stored(found) == found
    assert [character for character in value if character.isalnum()] == [
        character for character in re.sub(r"\\(x..|u....|U.{8}|[a-z])", "", found) if character.isalnum()
    ] or "\\" in value


@given(ANY_TEXT)
def test_any_text_becomes_one_line(value: str) -> None:
    found = line(value)
    assert len(found.splitlines()) <= 1
    assert stored(found) == found
    assert line(found) == found


def test_what_cannot_be_stored_is_shown_by_its_escape() -> None:
    assert text("a\ud800b\0c\x1b[2J\r\nd\te") == "a\\ud800b\\x00c\\x1b[2J\\r\nd\te"
    assert line("one\ntwo\r\n\tthree\u2028four") == "one two three four"


@given(st.integers(0, 3 * LONGEST_TEXT))
def test_a_long_text_keeps_its_ends(length: int) -> None:
    value = "".join(chr(ord("a") + number % 26) for number in range(length))
    found = text(value)
    assert len(found) <= LONGEST_TEXT
    assert (found == value) == (length <= LONGEST_TEXT)
    assert (found[:100], found[-100:]) == (value[:100], value[-100:])
    if length > LONGEST_TEXT:
        assert f"{length - LONGEST_TEXT:,} characters are left out here" in found


def test_a_text_that_needs_many_escapes_is_bounded_too() -> None:
    assert len(text("\0" * 10 * LONGEST_TEXT)) <= 8 * LONGEST_TEXT


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (OddText("odd"), "odd"),
        (SilentError(), "<no text: its __str__ raised ValueError>"),
        (OddTextError(), "odd"),
        (3, "3"),
        (None, "None"),
    ],
    ids=["odd text", "silent", "returns odd text", "number", "none"],
)
def test_an_objects_own_methods_cannot_raise(value: object, expected: str) -> None:
    assert text(value) == line(value) == expected
    assert type(text(value)) is type(line(value)) is str


# Exceptions


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (ValueError("no such layer"), "ValueError", "no such layer"),
        (SystemExit(3), "SystemExit", "3"),
        (KeyboardInterrupt(), "KeyboardInterrupt", ""),
        (GeneratorExit("done"), "GeneratorExit", "done"),
        (SilentError(), "SilentError", "<no text: its __str__ raised ValueError>"),
        (OddTextError(), "OddTextError", "odd"),
        (ValueError("caf\ud800"), "ValueError", "caf\\ud800"),
        (ValueError("one\ntwo"), "ValueError", "one two"),
        (ExceptionGroup("many\0", [ValueError("\udfff")]), "ExceptionGroup", "many\\x00 (1 sub-exception)"),
    ],
    ids=["plain", "exit", "interrupt", "generator", "silent", "odd", "surrogate", "lines", "group"],
)
def test_an_exception_is_described_as_what_it_was(error: BaseException, kind: str, message: str) -> None:
    found = describe(raised(error))
    assert found[:2] == (kind, message)
    assert found[2].lstrip(" +").startswith(("Traceback (most recent call last):\n", "Exception Group Traceback"))
    assert "in raised" in found[2]
    assert kind in found[2]
    assert [stored(part) for part in found] == list(found)


def test_a_huge_message_is_bounded() -> None:
    kind, message, trace = describe(raised(ValueError("x" * 50_000_000)))
    assert kind == "ValueError"
    assert len(message) <= LONGEST_LINE
    assert len(trace) <= LONGEST_TEXT
    assert trace.startswith("Traceback (most recent call last):\n")
    assert "49,998,000 characters are left out here" in describe(ValueError("x" * 50_000_000))[1]


def test_the_name_of_an_odd_type_is_plain() -> None:
    class Meta(type):
        @property
        def __name__(cls) -> str:  # type: ignore[override]
            raise ValueError("no name")

    class Odd(Exception, metaclass=Meta):  # noqa: N818 - its name is what is odd
        pass

    assert describe(raised(Odd("x")))[:2] == ("Odd", "x")


@given(ANY_TEXT)
def test_any_message_is_described(message: str) -> None:
    assert [stored(part) for part in describe(raised(RuntimeError(message)))]


# Metrics


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.5, 0.5),
        (3, 3.0),
        (True, 1.0),
        (float("nan"), None),
        (float("-inf"), None),
        (torch.tensor(0.25), 0.25),
        (torch.tensor([0.25], dtype=torch.bfloat16), 0.25),
        (torch.tensor(7), 7.0),
        (np.float32(0.5), 0.5),
        (np.array([[2]]), 2.0),
        (Decimal("0.5"), 0.5),
        (Fraction(1, 4), 0.25),
    ],
)
def test_a_number_of_any_kind_is_a_metric(value: Any, expected: float | None) -> None:  # noqa: ANN401
    found = metrics({"x": value})
    assert found == {"x": expected}
    assert type(found["x"]) in (float, type(None))


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (None, "`measure` returns names with numbers, such as {'f1': 0.9}, not a NoneType"),
        ([("a", 1)], "`measure` returns names with numbers, such as {'f1': 0.9}, not a list"),
        (0.5, "`measure` returns names with numbers, such as {'f1': 0.9}, not a float"),
        ({3: 0.5}, "a metric's name is text, not 3, an int"),
        ({("a", "b"): 0.5}, "a metric's name is text, not ('a', 'b'), a tuple"),
        ({"x": {"y": 1}}, "a metric is a real number, but 'x' is a dict"),
        ({"x": "0.5"}, "a metric is a real number, but 'x' is a str"),
        ({"x": None}, "a metric is a real number, but 'x' is a NoneType"),
        ({"x": 1 + 0j}, "a metric is a real number, but 'x' is a complex"),
        ({"x": torch.tensor(1 + 0j)}, "a metric is a real number, but 'x' is a complex"),
        ({"x": np.complex64(1)}, "a metric is a real number, but 'x' is a complex"),
        ({"x": torch.zeros(2, 3)}, "a metric is one number, but 'x' is an array of shape (2, 3)"),
        ({"x": torch.zeros(0)}, "a metric is one number, but 'x' is an array of shape (0,)"),
        ({"x": 10**400}, "a metric is at most 1.8e308, but 'x' is larger"),
        (dict.fromkeys(map(str, range(MOST_METRICS + 1)), 1), "`measure` returns at most 1,000 metrics, not more"),
    ],
)
def test_what_is_no_metric_is_refused(found: Any, message: str) -> None:  # noqa: ANN401
    with pytest.raises(MeasureError) as caught:
        metrics(found)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "name", ["", "a\0", "\ud800", "two\nlines", "x" * 201], ids=["empty", "nul", "surrogate", "lines", "long"]
)
def test_a_name_that_no_database_keeps_is_refused(name: str) -> None:
    with pytest.raises(MeasureError, match="a metric's name has 1 to 200 characters on one line, none of them a "):
        metrics({name: 0.5})


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | ANY_TEXT
    | st.binary()
    | st.builds(torch.tensor, st.floats())
    | st.just(OddText("odd"))
    | st.builds(SilentError),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT | st.integers(), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(ANY_TEXT | st.integers() | st.none(), ANYTHING, max_size=4) | ANYTHING)
def test_whatever_a_measure_returns_is_stored_or_refused_in_one_line(found: object) -> None:
    message, kept = "", dict[str, float | None]()
    try:
        kept = metrics(found)
    except MeasureError as error:
        message = str(error)
    assert stored(line(message)) == message
    assert json.loads(stored(json.dumps(kept, allow_nan=False))) == kept
    assert all(value is None or math.isfinite(value) for value in kept.values())


def test_a_mapping_without_an_end_is_refused() -> None:
    class Endless(Mapping[str, float]):
        def __getitem__(self, key: str) -> float:
            return 0.0

        def __iter__(self) -> Iterator[str]:
            number = 0
            while True:
                yield str(number)
                number += 1

        def __len__(self) -> int:
            return 1

    with pytest.raises(MeasureError, match="at most 1,000 metrics"):
        metrics(Endless())
