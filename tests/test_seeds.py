"""Streams of randomness: known for ever, and unrelated."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.seeds import derive

from .examples import examples

quick = examples(200)
names = st.lists(st.one_of(st.text("abcdefghij-", min_size=1, max_size=8), st.integers(0, 10**6)), max_size=4)


@pytest.mark.parametrize(
    ("seed", "path", "expected"),
    [
        # From `printf '%s' SEED/NAMES | sha256sum`: the first 16 hexadecimal digits, halved.
        (0, (), 3456079177858693020),
        (0, ("init",), 1519069808562059438),
        (0, ("shuffle", 3), 2386335075006008887),
        (-7, ("a", "b", 1), 3804003878278337537),
        (123456789012345678901234567890, ("search", 0), 7718272005638583913),
    ],
)
def test_a_stream_has_the_seed_it_always_had(seed: int, path: tuple[str | int, ...], expected: int) -> None:
    assert derive(seed, *path) == expected


@quick
@given(st.integers(), names)
def test_a_seed_fits_into_63_bits(seed: int, path: list[str | int]) -> None:
    assert 0 <= derive(seed, *path) < 2**63


@quick
@given(st.integers(), names, names)
def test_streams_with_other_names_have_other_seeds(seed: int, one: list[str | int], other: list[str | int]) -> None:
    same = list(map(str, one)) == list(map(str, other))
    assert (derive(seed, *one) == derive(seed, *other)) is same


@quick
@given(st.integers(), st.integers(), names)
def test_streams_of_other_seeds_have_other_seeds(one: int, other: int, path: list[str | int]) -> None:
    assert (derive(one, *path) == derive(other, *path)) is (one == other)


def test_the_order_of_names_matters() -> None:
    assert derive(0, "shuffle", 3) != derive(0, 3, "shuffle")
    assert derive(1, 23) != derive(12, 3)


def test_the_halves_of_the_range_are_used_alike() -> None:
    above = sum(derive(seed, "init") >= 2**62 for seed in range(1000))
    assert 400 < above < 600


def test_another_process_derives_the_same_seed() -> None:
    code = "from study.seeds import derive; print(derive(5, 'shuffle', 2))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(found.stdout) == derive(5, "shuffle", 2)
