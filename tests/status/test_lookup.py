"""Which stored study a user means."""

from __future__ import annotations

import pytest

from study.plan import study_name
from study.status.lookup import find_study, name_of, space_of

from ..plans import message_of

MNIST, LONG, DIGITS, ARM = "cnn@mnist", "cnn@mnist:long", "cnn@digits", "cnn@mnist:long+dropout"


@pytest.mark.parametrize(
    ("given", "studies", "found"),
    [
        ("cnn", [MNIST, LONG, ARM], MNIST),
        ("cnn", [LONG, ARM], LONG),
        ("cnn:long", [MNIST, LONG, ARM], LONG),
        (LONG, [MNIST, LONG], LONG),
        (ARM, [MNIST, LONG, ARM], ARM),
        ("cnn:long", [MNIST, LONG, f"{DIGITS}:wide"], LONG),
    ],
)
def test_a_study_is_found_by_its_whole_name_or_without_its_data(given: str, studies: list[str], found: str) -> None:
    assert find_study(given, studies) == found


def test_what_could_be_several_is_refused() -> None:
    assert message_of(lambda: find_study("cnn", [MNIST, LONG, DIGITS])) == (
        "'cnn' could be any of cnn@mnist, cnn@digits; give one of these names"
    )
    assert message_of(lambda: find_study("cnn:long", [LONG, f"{DIGITS}:long"])).startswith("'cnn:long' could be any of")
    assert message_of(lambda: find_study("cnn@mnist:lang", [MNIST, LONG])) == (
        "a study here is one of cnn@mnist, cnn@mnist:long, not 'cnn@mnist:lang'; did you mean 'cnn@mnist:long'?"
    )


@pytest.mark.parametrize("name", [None, "long", "a.b_c-1"])
@pytest.mark.parametrize("arm", [None, "dropout", "baseline with x=1:2"])
def test_a_name_can_be_read_back(name: str | None, arm: str | None) -> None:
    study = study_name("cnn", "mnist", name, arm)
    assert (space_of(study), name_of(study)) == ("cnn", name)
