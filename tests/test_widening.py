"""Which changes of a space's domains leave what was trained comparable."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.space import (
    Choice,
    Domain,
    DomainChanges,
    Float,
    Int,
    SearchSpace,
    allows,
    compare_domains,
    domain_of,
)

from .examples import examples

RATE = Float(default=1e-3, low=1e-4, high=1e-2, log=True)
SHARE = Float(default=0.2, low=0.0, high=0.4, step=0.1)
WIDTH = Int(default=32, low=16, high=48, step=8)
KIND = Choice(default="adam", choices=("adam", "sgd"))
LAYERS = Choice(default=(64,), choices=((64,), (64, 32)))


def changes(before: dict[str, Domain], now: dict[str, Domain], **had: Any) -> DomainChanges:  # noqa: ANN401
    return compare_domains(before, now, had=had, fixed={})


WIDER: list[tuple[Domain, Domain, str]] = [
    (RATE, replace(RATE, high=0.1), "x is 0.0001 to 0.1 now, before 0.0001 to 0.01"),
    (RATE, replace(RATE, low=1e-5), "x is 1e-05 to 0.01 now, before 0.0001 to 0.01"),
    (SHARE, replace(SHARE, high=0.5), "x is 0.0 to 0.5 in steps of 0.1 now, before 0.0 to 0.4 in steps of 0.1"),
    (SHARE, replace(SHARE, step=0.05), "x is 0.0 to 0.4 in steps of 0.05 now, before 0.0 to 0.4 in steps of 0.1"),
    (SHARE, replace(SHARE, step=None), "x is 0.0 to 0.4 now, before 0.0 to 0.4 in steps of 0.1"),
    (WIDTH, replace(WIDTH, low=8), "x is 8 to 48 in steps of 8 now, before 16 to 48 in steps of 8"),
    (WIDTH, replace(WIDTH, step=4), "x is 16 to 48 in steps of 4 now, before 16 to 48 in steps of 8"),
    (
        KIND,
        replace(KIND, choices=("adam", "sgd", "muon")),
        "x is one of 'adam', 'sgd', 'muon' now, before one of 'adam', 'sgd'",
    ),
    (
        LAYERS,
        replace(LAYERS, choices=((64,), (64, 32), ())),
        "x is one of (64,), (64, 32), () now, before one of (64,), (64, 32)",
    ),
]


@pytest.mark.parametrize(("before", "now", "sentence"), WIDER)
def test_what_is_wider_is_taken_up_and_back_again_is_refused(before: Domain, now: Domain, sentence: str) -> None:
    assert changes({"x": before}, {"x": now}) == DomainChanges((sentence,), {})
    assert changes({"x": now}, {"x": before}) == DomainChanges((), {"x": (now, before)})


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (RATE, replace(RATE, default=2e-3)),
        (RATE, replace(RATE, log=False, high=0.1)),
        (RATE, replace(RATE, low=2e-4, high=0.1)),
        (SHARE, replace(SHARE, low=-0.05, default=0.25, high=0.45)),
        (WIDTH, replace(WIDTH, low=12, default=28, high=60)),
        (WIDTH, replace(WIDTH, step=16)),
        (replace(SHARE, step=None), SHARE),
        (WIDTH, Float(default=32, low=16, high=48)),
        (Float(default=32, low=16, high=48), WIDTH),
        (KIND, replace(KIND, choices=("adam", "muon"))),
        (KIND, replace(KIND, default="sgd")),
    ],
)
def test_another_meaning_is_refused(before: Domain, now: Domain) -> None:
    assert changes({"x": before}, {"x": now}).refused == {"x": (before, now)}


def test_choices_in_another_order_are_no_change() -> None:
    assert changes({"x": KIND}, {"x": replace(KIND, choices=("sgd", "adam"))}) == DomainChanges((), {})


def test_an_added_domain_has_what_the_trials_had() -> None:
    found = changes({"x": KIND}, {"x": KIND, "width": WIDTH}, width=32)
    assert found.taken == ("width is tuned now, 16 to 48 in steps of 8; earlier trials have its default, 32",)
    assert changes({}, {"width": WIDTH}, width=64).refused == {"width": (None, WIDTH)}
    assert changes({}, {"width": WIDTH}).refused == {"width": (None, WIDTH)}
    assert changes({}, {"flag": Choice(default=True, choices=(True, False))}, flag=1).refused.keys() == {"flag"}
    assert changes({"width": WIDTH}, {}).refused == {"width": (WIDTH, None)}
    fixed = compare_domains({}, {"width": WIDTH}, had={"width": 64}, fixed={"width": 64})
    assert fixed.taken == ("width has a domain now, but is fixed at 64 in this study",)


def test_a_condition_may_take_a_value_that_nothing_had_before() -> None:
    momentum = Float(default=0.9, low=0.5, high=0.9, when={"kind": ("sgd",)})
    wider = replace(KIND, choices=("adam", "sgd", "muon"))
    both = replace(momentum, when={"kind": ("sgd", "muon")})
    found = changes({"kind": KIND, "momentum": momentum}, {"kind": wider, "momentum": both})
    assert found.refused == {}
    assert found.taken[1] == "momentum is tuned with kind sgd or muon now, before with kind sgd"
    every = replace(momentum, when={"kind": ("sgd", "adam")})
    assert changes({"kind": KIND, "momentum": momentum}, {"kind": KIND, "momentum": every}).refused.keys() == {
        "momentum"
    }
    always = replace(momentum, when={})
    assert changes({"kind": KIND, "momentum": momentum}, {"kind": KIND, "momentum": always}).refused.keys() == {
        "momentum"
    }


@pytest.mark.parametrize("domain", [RATE, SHARE, WIDTH, KIND, LAYERS, replace(WIDTH, step=1, log=True)])
def test_a_domain_comes_back_from_its_description(domain: Domain) -> None:
    space = SearchSpace(name="x", model="cnn", domains={"kind": KIND, "x": domain})
    described = json.loads(json.dumps(space.describe()))["domains"]
    assert {name: domain_of(entry) for name, entry in described.items()} == space.domains


@st.composite
def domains(draw: st.DrawFn) -> Domain:
    match draw(st.sampled_from(("float", "stepped", "int", "choice"))):
        case "float":
            low, high = sorted(draw(st.tuples(st.integers(1, 50), st.integers(1, 50))))
            return Float(default=low / 10, low=low / 10, high=high / 10, log=draw(st.booleans()))
        case "stepped":
            steps = draw(st.integers(0, 5))
            return Float(default=0.5, low=0.5, high=round(0.5 + steps * 0.1, 1), step=0.1)
        case "int":
            step, low = draw(st.integers(1, 4)), draw(st.integers(-5, 5))
            return Int(default=low, low=low, high=low + step * draw(st.integers(0, 5)), step=step)
        case _:
            choices = tuple("abcdef"[: draw(st.integers(1, 6))])
            return Choice(default="a", choices=choices)


@examples(200)
@given(domains(), domains())
def test_what_is_taken_up_holds_every_value_of_before(before: Domain, now: Domain) -> None:
    if changes({"x": before}, {"x": now}).refused:
        return
    assert all(allows(now, value) for value in before.grid(20))
    assert now.default == before.default
