"""Spaces are literals that check themselves, and a description that can be had back."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.catalog import load_space, space_names
from study.errors import StudyError
from study.space import (
    Choice,
    Domain,
    Float,
    Int,
    Published,
    SearchSpace,
    Variant,
    active,
    allows,
    from_category,
    is_active,
    plain,
    to_category,
)
from study.trial import Scalar

from .examples import examples

quick = examples(100)
scalars = st.one_of(
    st.booleans(), st.integers(-1000, 1000), st.floats(-1e6, 1e6).map(float), st.text("abcdef-", min_size=1, max_size=6)
)


@st.composite
def float_domains(draw: st.DrawFn) -> Float:
    log = draw(st.booleans())
    numbers = st.floats(1e-9, 1e9) if log else st.floats(-1e6, 1e6)
    low, default, high = sorted(draw(st.tuples(numbers, numbers, numbers)))
    # An interval a few rounding errors wide has no grid worth checking.
    if high - low < 1e-6 * max(abs(low), abs(high)):
        low = default = high
    return Float(default=default, low=low, high=high, log=log)


@st.composite
def stepped_floats(draw: st.DrawFn) -> Float:
    """Bounds as people write them: decimals."""
    digits, steps = draw(st.integers(0, 6)), draw(st.integers(0, 60))
    step, low = draw(st.integers(1, 50)), draw(st.integers(-1000, 1000))
    numbers = [float(f"{low + step * number}e-{digits}") for number in (0, draw(st.integers(0, steps)), steps)]
    return Float(default=numbers[1], low=numbers[0], high=numbers[2], step=float(f"{step}e-{digits}"))


@st.composite
def log_ints(draw: st.DrawFn) -> Int:
    low, default, high = sorted(draw(st.tuples(*[st.integers(1, 2**53)] * 3)))
    return Int(default=default, low=low, high=high, log=True)


@st.composite
def wide_ints(draw: st.DrawFn) -> Int:
    low, default, high = sorted(draw(st.tuples(*[st.integers(-(2**53), 2**53)] * 3)))
    return Int(default=default, low=low, high=high)


@st.composite
def int_domains(draw: st.DrawFn) -> Int:
    low, step, steps = draw(st.integers(-50, 50)), draw(st.integers(1, 7)), draw(st.integers(0, 40))
    return Int(default=low + step * draw(st.integers(0, steps)), low=low, high=low + step * steps, step=step)


@st.composite
def choices(draw: st.DrawFn) -> Choice:
    values = draw(st.lists(scalars, min_size=1, max_size=6, unique=True))
    return Choice(default=draw(st.sampled_from(values)), choices=tuple(values))


pairs = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), max_size=3).map(tuple)
tuples = st.one_of(st.lists(st.integers(1, 512), max_size=4).map(tuple), pairs)


@st.composite
def tuple_choices(draw: st.DrawFn) -> Choice:
    values = draw(st.lists(st.one_of(tuples, scalars), min_size=1, max_size=5, unique=True))
    return Choice(default=draw(st.sampled_from(values)), choices=tuple(values))


domains = st.one_of(
    float_domains(), stepped_floats(), int_domains(), log_ints(), wide_ints(), choices(), tuple_choices()
)


@st.composite
def conditional_domains(draw: st.DrawFn) -> dict[str, Domain]:
    """Up to five domains; some depend on values of earlier ones."""
    made: dict[str, Domain] = {}
    for name in "abcde"[: draw(st.integers(1, 5))]:
        domain: Domain = draw(domains)
        when: dict[str, tuple[Scalar, ...]] = {}
        for other in made:
            if draw(st.integers(0, 3)) == 0:
                grid = made[other].grid(3)
                when[other] = tuple(draw(st.lists(st.sampled_from(grid), min_size=1, max_size=2, unique=True)))
        made[name] = replace(domain, when=when)
    return made


def message_of(action: Callable[[], object]) -> str:
    with pytest.raises(StudyError) as caught:
        action()
    return str(caught.value)


def rebuilt(described: Mapping[str, Any]) -> SearchSpace:
    """Reads a description back with nothing but the classes' names."""
    kinds: dict[str, type[Any]] = {"Float": Float, "Int": Int, "Choice": Choice}
    made: dict[str, Domain] = {}
    for name, entry in described["domains"].items():
        fields = {key: value for key, value in entry.items() if key != "kind"}
        fields["when"] = {other: tuple(values) for other, values in entry["when"].items()}
        if "choices" in fields:
            fields["choices"] = tuple(fields["choices"])
        made[name] = kinds[entry["kind"]](**fields)
    published = described["published"]
    if published is not None:
        published = Published(**{**published, "train_losses": tuple(published["train_losses"])})
    return SearchSpace(
        name=described["name"],
        model=described["model"],
        domains=made,
        variants=tuple(Variant(**variant) for variant in described["variants"]),
        starts=tuple({name: plain(value) for name, value in start.items()} for start in described["starts"]),
        published=published,
        claims=described["claims"],
        size=described["size"],
    )


SMALL = SearchSpace(
    name="small",
    model="cnn",
    domains={
        "optimizer": Choice(default="adam", choices=("adam", "sgd")),
        "momentum": Float(default=0.9, low=0.5, high=0.98, when={"optimizer": ("sgd",)}),
        "width": Int(default=32, low=16, high=48, step=16),
    },
)

# Domains


@pytest.mark.parametrize(("low", "default", "high"), [(0.0, -0.1, 1.0), (0.0, 1.1, 1.0), (1.0, 0.5, 0.0)])
def test_a_floats_default_lies_within_its_ends(low: float, default: float, high: float) -> None:
    assert message_of(lambda: Float(default=default, low=low, high=high).check()) == (
        f"a domain's default lies from its low to its high, not low={low}, high={high}, default={default}"
    )


def test_a_float_has_no_default_that_is_not_a_number() -> None:
    assert message_of(lambda: Float(default=math.nan, low=0.0, high=1.0).check()) == (
        "a domain's low, default and high are finite numbers, not (0.0, nan, 1.0)"
    )


@pytest.mark.parametrize("low", [0.0, -1.0])
def test_a_logarithmic_domain_lies_above_zero(low: float) -> None:
    assert message_of(lambda: Float(default=0.5, low=low, high=1.0, log=True).check()) == (
        f"a logarithmic domain's low is above 0, not {low}"
    )
    assert Float(default=0.5, low=low, high=1.0).low == low


def test_an_ints_default_lies_within_its_ends() -> None:
    assert message_of(lambda: Int(default=9, low=1, high=8).check()) == (
        "a domain's default lies from its low to its high, not low=1, high=8, default=9"
    )


@pytest.mark.parametrize(
    ("low", "default", "high", "step"), [(16, 16, 47, 8), (16, 20, 48, 8), (0, 0, 4, 0), (0, 0, 4, -2)]
)
def test_an_ints_ends_and_default_lie_on_its_steps(low: int, default: int, high: int, step: int) -> None:
    assert message_of(lambda: Int(default=default, low=low, high=high, step=step).check()) == (
        f"an Int's high and default lie whole steps above its low, not low={low}, high={high}, default={default}, "
        f"step={step}"
    )


@pytest.mark.parametrize(
    ("default", "options"), [("sgd", ("adam",)), ("adam", ("adam", "adam")), (1, (1, True)), ("adam", ())]
)
def test_a_choices_values_differ_and_hold_its_default(default: Scalar, options: tuple[Scalar, ...]) -> None:
    assert message_of(lambda: Choice(default=default, choices=options).check()) == (
        f"a Choice's choices differ and hold its default, not choices={options!r}, default={default!r}"
    )


@quick
@given(domains)
def test_a_domain_is_described_by_json_that_stays(domain: Domain) -> None:
    space = SearchSpace(name="s", model="cnn", domains={"a": domain})
    described = json.loads(json.dumps(space.describe(), allow_nan=False))
    assert described == json.loads(json.dumps(rebuilt(described).describe()))
    assert rebuilt(described).hash == space.hash


@quick
@given(domains)
def test_a_domain_allows_its_default(domain: Domain) -> None:
    domain.check()
    assert allows(domain, domain.default)


# Grids


@quick
@given(domains, st.integers(2, 9))
def test_every_value_of_a_grid_lies_in_its_domain(domain: Domain, points: int) -> None:
    assert all(allows(domain, value) for value in domain.grid(points))


@quick
@given(st.one_of(float_domains(), int_domains()), st.integers(2, 9))
def test_a_numeric_grid_rises_from_low_to_high_in_at_most_so_many_points(domain: Float | Int, points: int) -> None:
    values = domain.grid(points)
    assert (values[0], values[-1]) == (domain.low, domain.high)
    assert all(left < right for left, right in pairwise(values))
    assert len(values) <= points


@quick
@given(float_domains(), st.integers(3, 9))
def test_a_floats_grid_is_evenly_spaced(domain: Float, points: int) -> None:
    values = [math.log(value) if domain.log else value for value in domain.grid(points)]
    gaps = [right - left for left, right in pairwise(values)]
    if gaps:
        assert len(values) == points
        assert gaps == pytest.approx([sum(gaps) / len(gaps)] * len(gaps), rel=1e-6)


def test_known_grids() -> None:
    assert Float(default=0.0, low=0.0, high=1.0).grid(5) == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert Float(default=1.0, low=1e-2, high=1e2, log=True).grid(5) == pytest.approx((1e-2, 1e-1, 1.0, 1e1, 1e2))
    assert Float(default=2.0, low=2.0, high=2.0).grid(5) == (2.0,)
    assert Int(default=16, low=16, high=48, step=8).grid(5) == (16, 24, 32, 40, 48)
    assert Int(default=0, low=0, high=100).grid(3) == (0, 50, 100)
    assert Int(default=1, low=1, high=3).grid(5) == (1, 2, 3)


@quick
@given(int_domains(), st.integers(2, 60))
def test_an_int_with_few_values_has_them_all_in_its_grid(domain: Int, points: int) -> None:
    values = list(range(domain.low, domain.high + 1, domain.step))
    if len(values) <= points:
        assert list(domain.grid(points)) == values
    else:
        assert len(domain.grid(points)) == points


@given(choices(), st.integers(1, 3))
def test_a_choices_grid_leaves_nothing_out(domain: Choice, points: int) -> None:
    assert domain.grid(points) == domain.choices


# What is allowed and active


@pytest.mark.parametrize(
    ("domain", "value", "expected"),
    [
        (Float(default=0.5, low=0.0, high=1.0), 1, True),
        (Float(default=0.5, low=0.0, high=1.0), True, False),
        (Float(default=0.5, low=0.0, high=1.0), 1.0000001, False),
        (Float(default=0.5, low=0.0, high=1.0), math.nan, False),
        (Float(default=0.5, low=0.0, high=1.0), "0.5", False),
        (Int(default=0, low=0, high=4, step=2), 2, True),
        (Int(default=0, low=0, high=4, step=2), 3, False),
        (Int(default=0, low=0, high=4, step=2), 6, False),
        (Int(default=0, low=0, high=4), 2.0, False),
        (Int(default=0, low=0, high=4), False, False),
        (Int(default=0, low=0, high=4), "2", False),
        (Choice(default=0, choices=(0, 1)), 1, True),
        (Choice(default=0, choices=(0, 1)), True, False),
        (Choice(default=0, choices=(0, 1)), 1.0, False),
        (Choice(default=False, choices=(False, True)), True, True),
        (Choice(default=False, choices=(False, True)), 1, False),
        (Choice(default="a", choices=("a", "b")), "c", False),
    ],
)
def test_allows_tells_values_of_a_domain_from_others(domain: Domain, value: Scalar, expected: bool) -> None:
    assert allows(domain, value) is expected


@quick
@given(st.one_of(float_domains(), int_domains()), st.booleans())
def test_a_boolean_is_never_a_number(domain: Domain, value: bool) -> None:
    assert not allows(domain, value)


def test_a_condition_needs_every_named_parameter_to_have_a_listed_value() -> None:
    domain = Float(default=0.0, low=0.0, high=1.0, when={"optimizer": ("adamw", "sgd"), "layers": (2, 3)})
    assert is_active(domain, {"optimizer": "sgd", "layers": 3})
    assert not is_active(domain, {"optimizer": "adam", "layers": 3})
    assert not is_active(domain, {"optimizer": "sgd", "layers": 1})
    assert not is_active(domain, {"optimizer": "sgd"})
    assert is_active(Float(default=0.0, low=0.0, high=1.0), {})


def test_what_depends_on_an_inactive_parameter_is_inactive() -> None:
    chain: dict[str, Domain] = {
        "a": Choice(default=0, choices=(0, 1)),
        "b": Choice(default=0, choices=(0, 1), when={"a": (1,)}),
        "c": Choice(default=0, choices=(0, 1), when={"b": (1,)}),
    }
    assert active({"a": 1, "b": 1, "c": 1, "other": 5}, chain) == {"a": 1, "b": 1, "c": 1, "other": 5}
    assert active({"a": 1, "b": 0, "c": 1}, chain) == {"a": 1, "b": 0}
    assert active({"a": 0, "b": 1, "c": 1}, chain) == {"a": 0}


@quick
@given(conditional_domains(), st.data())
def test_active_values_are_exactly_those_whose_condition_holds(made: dict[str, Domain], data: st.DataObject) -> None:
    values = {name: data.draw(st.sampled_from(domain.grid(3))) for name, domain in made.items()}
    kept = active(values, made)
    assert all(is_active(made[name], kept) == (name in kept) for name in made)
    assert all(kept[name] is values[name] for name in kept)
    assert active(kept, made) == kept


# Spaces


def test_a_condition_names_a_domain_of_the_space() -> None:
    domains: dict[str, Domain] = {
        "optimizer": Choice(default="adam", choices=("adam", "sgd")),
        "momentum": Float(default=0.9, low=0.5, high=0.98, when={"optimiser": ("sgd",)}),
    }
    assert message_of(lambda: SearchSpace(name="mine", model="cnn", domains=domains)) == (
        "space 'mine': 'momentum' depends on 'optimiser', which is not a domain before it; did you mean 'optimizer'?"
    )


def test_a_condition_looks_back_only() -> None:
    domains: dict[str, Domain] = {
        "momentum": Float(default=0.9, low=0.5, high=0.98, when={"optimizer": ("sgd",)}),
        "optimizer": Choice(default="adam", choices=("adam", "sgd")),
    }
    assert message_of(lambda: SearchSpace(name="mine", model="cnn", domains=domains)) == (
        "space 'mine': 'momentum' depends on 'optimizer', which is not a domain before it"
    )


@pytest.mark.parametrize("impossible", [4, 0, True, 2.0, "2"])
def test_a_condition_names_a_value_that_can_occur(impossible: Scalar) -> None:
    domains: dict[str, Domain] = {
        "layers": Int(default=2, low=1, high=3),
        "dropout": Float(default=0.0, low=0.0, high=0.5, when={"layers": (2, impossible)}),
    }
    assert message_of(lambda: SearchSpace(name="mine", model="lstm", domains=domains)) == (
        f"space 'mine': 'dropout' depends on layers={impossible!r}, which 'layers' never has"
    )


def test_the_defaults_leave_out_what_is_inactive_at_the_defaults() -> None:
    assert SMALL.defaults == {"optimizer": "adam", "width": 32}
    sgd = replace(SMALL, domains={**SMALL.domains, "optimizer": Choice(default="sgd", choices=("adam", "sgd"))})
    assert sgd.defaults == {"optimizer": "sgd", "momentum": 0.9, "width": 32}


def test_a_fixed_parameter_is_not_tuned() -> None:
    assert list(SMALL.without({})) == ["optimizer", "momentum", "width"]
    assert list(SMALL.without({"width": 16})) == ["optimizer", "momentum"]
    assert list(SMALL.without({"something else": 16})) == ["optimizer", "momentum", "width"]


def test_a_fixed_value_decides_what_depends_on_it() -> None:
    assert list(SMALL.without({"optimizer": "adam"})) == ["width"]
    assert list(SMALL.without({"optimizer": "sgd"})) == ["momentum", "width"]


def test_what_depends_on_a_domain_that_is_never_active_goes_too() -> None:
    chain: dict[str, Domain] = {
        "a": Choice(default=0, choices=(0, 1)),
        "b": Choice(default=0, choices=(0, 1), when={"a": (1,)}),
        "c": Choice(default=0, choices=(0, 1), when={"b": (1,)}),
    }
    space = SearchSpace(name="chain", model="cnn", domains=chain)
    assert list(space.without({"a": 0})) == []
    assert list(space.without({"a": 1})) == ["b", "c"]
    assert list(space.without({"b": 1})) == ["a", "c"]


@quick
@given(conditional_domains(), st.data())
def test_without_leaves_out_only_what_is_fixed_or_can_never_be_active(
    made: dict[str, Domain], data: st.DataObject
) -> None:
    space = SearchSpace(name="made", model="cnn", domains=made)
    values = {name: data.draw(st.sampled_from(domain.grid(3))) for name, domain in made.items()}
    fixed = {name: values[name] for name in data.draw(st.sets(st.sampled_from(sorted(made))))}
    remaining = space.without(fixed)
    assert all(remaining[name] is made[name] for name in remaining)
    assert not remaining.keys() & fixed.keys()
    assert active(values, made).keys() <= remaining.keys() | fixed.keys()


# Identity


def test_the_hash_is_that_of_name_model_and_domains_as_json() -> None:
    space = SearchSpace(
        name="tiny", model="cnn", domains={"width": Int(default=2, low=1, high=3, when={})}, variants=()
    )
    text = (
        '{"domains":{"width":{"default":2,"high":3,"kind":"Int","low":1,"step":1,"when":{}}},'
        '"model":"cnn","name":"tiny"}'
    )
    assert space.hash == hashlib.sha256(text.encode()).hexdigest()


def test_variants_and_published_numbers_leave_the_hash_alone() -> None:
    published = Published(source="a paper", dataset="mnist", test_score=0.99)
    assert replace(SMALL, variants=(Variant("wide", {"width": 48}),)).hash == SMALL.hash
    assert replace(SMALL, published=published, claims="my_claims").hash == SMALL.hash


def test_the_order_of_domains_leaves_the_hash_alone() -> None:
    turned = {name: SMALL.domains[name] for name in ("width", "optimizer", "momentum")}
    assert replace(SMALL, domains=turned).hash == SMALL.hash


@pytest.mark.parametrize(
    "changed",
    [
        {"width": Int(default=16, low=16, high=48, step=16)},
        {"width": Int(default=32, low=0, high=48, step=16)},
        {"width": Int(default=32, low=16, high=64, step=16)},
        {"width": Int(default=32, low=16, high=48, step=8)},
        {"width": Choice(default=32, choices=(16, 32, 48))},
        {"optimizer": Choice(default="adam", choices=("sgd", "adam"))},
        {"momentum": Float(default=0.9, low=0.5, high=0.98)},
        {"momentum": Float(default=0.9, low=0.5, high=0.98, log=True, when={"optimizer": ("sgd",)})},
        {"dropout": Float(default=0.0, low=0.0, high=0.5)},
    ],
)
def test_any_change_of_a_domain_changes_the_hash(changed: dict[str, Domain]) -> None:
    assert replace(SMALL, domains={**SMALL.domains, **changed}).hash != SMALL.hash


def test_name_and_model_are_part_of_the_hash() -> None:
    assert len({SMALL.hash, replace(SMALL, name="other").hash, replace(SMALL, model="lstm").hash}) == 3


@pytest.mark.parametrize("name", space_names())
def test_a_shipped_space_can_be_had_back_from_its_description(name: str) -> None:
    space = load_space(name)
    assert rebuilt(json.loads(json.dumps(space.describe()))) == space


@quick
@given(conditional_domains())
def test_any_space_can_be_had_back_from_its_description(made: dict[str, Domain]) -> None:
    space = SearchSpace(name="made", model="cnn", domains=made, variants=(Variant("v", {"width": 3}, "why"),))
    again = rebuilt(json.loads(json.dumps(space.describe())))
    assert again == space
    assert again.hash == space.hash


# Definitions that were stored before a domain had its newer fields


def test_what_is_not_used_of_the_newer_fields_is_in_no_description() -> None:
    space = SearchSpace(
        name="s",
        model="cnn",
        domains={"a": Int(default=1, low=1, high=4), "b": Float(default=0.5, low=0.1, high=1.0, log=True)},
    )
    assert space.describe()["domains"] == {
        "a": {"kind": "Int", "default": 1, "low": 1, "high": 4, "step": 1, "when": {}},
        "b": {"kind": "Float", "default": 0.5, "low": 0.1, "high": 1.0, "log": True, "when": {}},
    }
    assert space.hash == "9770e55004bd303c6092a0fc054b1fdee6dabb5073d62ef889f7f21af5680a40"


# Whole numbers on a logarithmic scale, steps, tuples


def test_known_grids_of_logarithmic_whole_numbers_and_of_steps() -> None:
    assert Int(default=64, low=16, high=1024, log=True).grid(4) == (16, 64, 256, 1024)
    assert Int(default=1, low=1, high=100, log=True).grid(5) == (1, 3, 10, 32, 100)
    assert Float(default=0.3, low=0.0, high=0.5, step=0.1).grid(9) == (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
    assert Float(default=0.0, low=0.0, high=1.0, step=0.05).grid(3) == (0.0, 0.5, 1.0)


def test_a_number_on_the_steps_is_the_same_one_whatever_arithmetic_led_there() -> None:
    domain = Float(default=0.1 + 0.2, low=0.0, high=1.0, step=0.1)
    assert domain.default == 0.3
    assert domain.snapped(0.1 * 3) == 0.3
    assert allows(domain, 0.1 * 3)
    assert not allows(domain, 0.35)


@quick
@given(st.one_of(stepped_floats(), log_ints(), wide_ints()), st.integers(2, 9))
def test_their_grids_rise_from_low_to_high_within_the_domain(domain: Float | Int, points: int) -> None:
    values = domain.grid(points)
    assert (values[0], values[-1]) == (domain.low, domain.high)
    assert all(left < right for left, right in pairwise(values))
    assert len(values) <= points
    assert all(allows(domain, value) for value in values)


@quick
@given(st.one_of(choices(), tuple_choices()))
def test_a_sampler_is_told_plain_values_and_understood(domain: Choice) -> None:
    keys = [to_category(domain, choice) for choice in domain.choices]
    assert all(type(key) in (bool, int, float, str) for key in keys)
    heard_again = [from_category(domain, json.loads(json.dumps(key))) for key in keys]
    assert [(type(value), value) for value in heard_again] == [(type(value), value) for value in domain.choices]


def test_numpys_scalars_and_lists_are_taken_as_plain_values() -> None:
    space = SearchSpace(
        name="s",
        model="cnn",
        domains={
            "optimizer": Choice(default=np.str_("adam"), choices=np.array(["adam", "sgd"])),  # type: ignore[arg-type]
            "width": Int(default=np.int64(32), low=np.int32(16), high=np.int64(48), step=np.int8(16)),  # type: ignore[arg-type]
            "rate": Float(default=np.float64(0.5), low=np.float32(0.25), high=1, log=np.bool_(True)),  # type: ignore[arg-type]
            "momentum": Float(default=0.9, low=0.5, high=1.0, when={"optimizer": [np.str_("sgd")]}),  # type: ignore[dict-item]
            "widths": Choice(default=[64, 32], choices=[[64, 32], np.array([128])]),  # type: ignore[arg-type]
            "powers": Choice(default=10.0, choices=np.logspace(0, 2, 3)),  # type: ignore[arg-type]
        },
        variants=(Variant("wide", {"width": np.int64(48), "widths": [128]}),),  # type: ignore[dict-item]
    )
    plain_space = SearchSpace(
        name="s",
        model="cnn",
        domains={
            "optimizer": Choice(default="adam", choices=("adam", "sgd")),
            "width": Int(default=32, low=16, high=48, step=16),
            "rate": Float(default=0.5, low=0.25, high=1, log=True),
            "momentum": Float(default=0.9, low=0.5, high=1.0, when={"optimizer": ("sgd",)}),
            "widths": Choice(default=(64, 32), choices=((64, 32), (128,))),
            "powers": Choice(default=10.0, choices=(1.0, 10.0, 100.0)),
        },
        variants=(Variant("wide", {"width": 48, "widths": (128,)}),),
    )
    assert space == plain_space
    assert json.dumps(space.describe()) == json.dumps(plain_space.describe())


@pytest.mark.parametrize(
    ("domain", "message"),
    [
        (Float(default=0.0, low=0.0, high=1.0, log=True), "a logarithmic domain's low is above 0, not 0.0"),
        (Int(default=0, low=0, high=8, log=True), "a logarithmic domain's low is above 0, not 0"),
        (Int(default=2, low=2, high=8, step=2, log=True), "a logarithmic Int has step 1, not 2"),
        (
            Int(default=64, low=16, high=10**18),
            "an Int lies from -2**53 to 2**53, where samplers tell whole numbers apart, not from 16 to "
            "1000000000000000000; tune its logarithm instead",
        ),
        (
            Int(default=16.0, low=16, high=32),  # type: ignore[arg-type]
            "an Int's low, default, high and step are whole numbers, not (16, 16.0, 32, 1)",
        ),
        (Float(default=0.5, low=0.1, high=1.0, log=True, step=0.1), "a logarithmic Float has no step, not 0.1"),
        (Float(default=0.5, low=0.0, high=1.0, step=0.0), "a Float's step is a finite number above 0, not 0.0"),
        (
            Float(default=0.25, low=0.0, high=1.0, step=0.1),
            "a Float's high and default lie whole steps above its low, not low=0.0, high=1.0, default=0.25, step=0.1",
        ),
        (
            Float(default=0.0, low=-1e308, high=1e308),
            "a Float's high less its low is a finite number too, not 1e+308 less -1e+308",
        ),
        (
            Float(default=10**400, low=0.0, high=10**400),
            f"a domain's low, default and high are finite numbers, not (0.0, {10**400}, {10**400})",
        ),
        (
            Float(default="a", low=0.0, high=1.0),  # type: ignore[arg-type]
            "a domain's low, default and high are finite numbers, not (0.0, 'a', 1.0)",
        ),
        (
            Choice(default=math.nan, choices=(math.nan, 1.0)),
            "a Choice's choices are true or false, finite numbers, text, or tuples of these, nested once at most, "
            "not nan",
        ),
        (
            Choice(default=(((1,),),), choices=((((1,),),),)),  # type: ignore[arg-type]
            "a Choice's choices are true or false, finite numbers, text, or tuples of these, nested once at most, "
            "not (((1,),),)",
        ),
        (
            Choice(default=1, choices=3),  # type: ignore[arg-type]
            "a Choice's choices are a tuple of values, not 3",
        ),
        ((1, 2), "a domain is a Float, an Int or a Choice, not (1, 2)"),
    ],
)
def test_an_error_of_a_domain_names_it_and_its_space(domain: Domain, message: str) -> None:
    assert message_of(lambda: SearchSpace(name="mlp", model="cnn", domains={"learning_rate": domain})) == (
        f"space 'mlp', domain 'learning_rate': {message}"
    )


@pytest.mark.parametrize("name", ["", "a@b", "a+b", "a,b"])
def test_a_spaces_name_can_be_told_from_a_studys(name: str) -> None:
    with pytest.raises(StudyError) as caught:
        SearchSpace(name=name, model="cnn", domains={})
    assert str(caught.value) == f"a space's name is not empty and has no '@', '+' or ',', not {name!r}"


def test_variants_that_are_no_tuple_are_refused() -> None:
    lone = Variant("wide", {"width": 48})
    for variants in (lone, ("wide",)):
        with pytest.raises(StudyError, match=r"variants is a tuple of Variant, as .* with its comma, not "):
            SearchSpace(name="made", model="cnn", domains={}, variants=variants)  # type: ignore[arg-type]


def made(**given: Any) -> SearchSpace:  # noqa: ANN401 - anything may be given
    domains = {"optimizer": Choice(default="adam", choices=("adam", "sgd")), "width": Int(default=32, low=16, high=64)}
    return SearchSpace(**{"name": "made", "model": "cnn", "domains": domains} | given)


class Strange:
    def __repr__(self) -> str:
        return "Strange()"


numbers = st.one_of(st.integers(), st.just(10**400), st.floats(), st.floats().map(np.float64))
others = st.one_of(st.none(), st.booleans(), st.text(max_size=3), st.binary(max_size=2), st.complex_numbers())
lone = st.one_of(numbers, others, st.sampled_from((Strange(), Strange, 1j, math.nan, "sgd", "width", "optimizer")))
nested = st.recursive(lone, lambda inner: st.lists(inner, max_size=2) | st.lists(inner, max_size=2).map(tuple))
anything = st.one_of(
    nested, st.dictionaries(lone, nested, max_size=2), st.sets(lone, max_size=1), st.just(np.array([1.0, math.nan]))
)
PLACES: Mapping[str, Callable[[Any], SearchSpace]] = {
    "name": lambda given: made(name=given),
    "model": lambda given: made(model=given),
    "claims": lambda given: made(claims=given),
    "size": lambda given: made(size=given),
    "published": lambda given: made(published=given),
    "published.source": lambda given: made(published=Published(source=given, dataset="mnist")),
    "published.train_losses": lambda given: made(published=Published(source="", dataset="", train_losses=given)),
    "published.epochs": lambda given: made(published=Published(source="", dataset="", epochs=given)),
    "published.metric": lambda given: made(published=Published(source="", dataset="", metric=given)),
    "published.test_score": lambda given: made(published=Published(source="", dataset="", test_score=given)),
    "domains": lambda given: made(domains=given),
    "domain": lambda given: made(domains={"rate": given}),
    "a domain's name": lambda given: made(domains={_key(given): Int(default=1, low=1, high=2)}),
    "low": lambda given: made(domains={"rate": Float(default=0.5, low=given, high=1.0)}),
    "log": lambda given: made(domains={"rate": Float(default=0.5, low=0.1, high=1.0, log=given)}),
    "step": lambda given: made(domains={"rate": Int(default=1, low=1, high=2, step=given)}),
    "choices": lambda given: made(domains={"kind": Choice(default="a", choices=given)}),
    "choice": lambda given: made(domains={"kind": Choice(default="a", choices=("a", given))}),
    "when": lambda given: made(domains=_under(given)),
    "a condition's name": lambda given: made(domains=_under({_key(given): ("sgd",)})),
    "a condition's values": lambda given: made(domains=_under({"optimizer": given})),
    "variants": lambda given: made(variants=given),
    "variant": lambda given: made(variants=(given,)),
    "a variant's name": lambda given: made(variants=(Variant(given, {"width": 48}),)),
    "changes": lambda given: made(variants=(Variant("wide", given),)),
    "a change's name": lambda given: made(variants=(Variant("wide", {_key(given): 48}),)),
    "a change's value": lambda given: made(variants=(Variant("wide", {"width": given}),)),
    "reason": lambda given: made(variants=(Variant("wide", {"width": 48}, given),)),
    "starts": lambda given: made(starts=given),
    "start": lambda given: made(starts=(given,)),
    "a start's name": lambda given: made(starts=({_key(given): 48},)),
    "a start's value": lambda given: made(starts=({"width": given},)),
}


def _key(given: object) -> Any:  # noqa: ANN401
    """Makes a key of anything."""
    try:
        hash(given)
    except TypeError:
        return repr(given)
    return given


def _under(condition: Any) -> dict[str, Domain]:  # noqa: ANN401
    optimizer = Choice(default="adam", choices=("adam", "sgd"))
    return {"optimizer": optimizer, "momentum": Float(default=0.9, low=0.0, high=1.0, when=condition)}


@pytest.mark.parametrize("place", PLACES)
@given(found=anything)
@examples(60)
def test_whatever_stands_in_a_space_is_stored_as_it_is_or_refused_in_a_line(place: str, found: object) -> None:
    try:
        space = PLACES[place](found)
    except StudyError as error:
        refused = str(error)
    else:
        refused = ""
        described = json.dumps(space.describe(), allow_nan=False)
        assert rebuilt(json.loads(described)) == space
        assert space.hash == rebuilt(json.loads(described)).hash
    assert refused.count("\n") == 0


@pytest.mark.parametrize(
    ("place", "found", "message"),
    [
        ("name", 1, "a space's name is not empty and has no '@', '+' or ',', not 1"),
        ("size", 3, "space 'made': size is a text, not 3"),
        ("claims", 3, "space 'made': claims is the name of a module such as my_package.my_claims, not 3"),
        ("published", {}, "space 'made': published is a Published, not {}"),
        ("published.test_score", math.nan, "Published: test_score is a finite number, not nan"),
        ("published.epochs", 1.5, "Published: epochs is a whole number, not 1.5"),
        (
            "domains",
            [],
            "space 'made': domains is a mapping, as {'width': Int(default=32, low=16, high=64)}, not []",
        ),
        (
            "a domain's name",
            1,
            "space 'made': a name in domains is a text, as in {'width': Int(default=32, low=16, high=64)}, not 1",
        ),
        ("log", "yes", "space 'made', domain 'rate': log is true or false, not 'yes'"),
        (
            "a condition's values",
            "sgd",
            "space 'made', domain 'momentum': when names the values of each parameter, as {'optimizer': ('sgd',)} with "
            "its comma; 'optimizer' has 'sgd'",
        ),
        ("a variant's name", None, "a Variant: its name is a text, not None"),
        ("changes", [1], "Variant 'wide': changes is a mapping, as {'width': 64}, not [1]"),
        ("a change's name", 1, "Variant 'wide': a name in changes is a text, as in {'width': 64}, not 1"),
        (
            "a change's value",
            math.nan,
            "Variant 'wide': a value is true or false, a finite number, text, or a tuple of these, nested once at "
            "most; 'width' is nan",
        ),
        ("reason", 1, "Variant 'wide': reason is a text, not 1"),
        ("a start's value", math.inf, "space 'made', start 1: width=inf is not in its domain, 16 to 64"),
    ],
)
def test_what_cannot_stand_in_a_space_is_told_with_its_place(place: str, found: object, message: str) -> None:
    assert message_of(lambda: PLACES[place](found)) == message


# Starts


STARTED = (
    {"width": 48, "optimizer": "sgd", "momentum": 0.5},
    {"optimizer": "sgd"},
)


def test_starts_are_kept_and_described_and_part_of_the_hash() -> None:
    space = replace(SMALL, starts=[{"width": np.int64(48)}])  # type: ignore[arg-type]
    assert space.starts == ({"width": 48},)
    assert space.describe()["starts"] == [{"width": 48}]
    assert rebuilt(json.loads(json.dumps(space.describe()))) == space
    assert len({space.hash, SMALL.hash, replace(SMALL, starts=STARTED).hash}) == 3


@pytest.mark.parametrize(
    ("starts", "message"),
    [
        (({1: 2},), "space 'small', start 1: 1 is not a domain"),
        (
            {"width": 48},
            "space 'small': starts is a tuple of mappings, as ({'width': 64},) with its comma, not {'width': 48}",
        ),
        (({"widht": 48},), "space 'small', start 1: 'widht' is not a domain; did you mean 'width'?"),
        (
            ({"width": 48}, {"width": 50}),
            "space 'small', start 2: width=50 is not in its domain, 16 to 48 in steps of 16",
        ),
        (
            ({"width": 48, "momentum": 0.5},),
            "space 'small', start 1: 'momentum' is in force only with optimizer=sgd, which the start does not have",
        ),
        (({"width": 32},), "space 'small', start 1 is the baseline, which every search begins with; leave it out"),
        (
            ({"optimizer": "sgd", "momentum": 0.9}, {"optimizer": "sgd"}),
            "space 'small', start 2 is start 1 too; leave it out",
        ),
    ],
)
def test_a_start_that_cannot_be_is_refused(starts: Any, message: str) -> None:  # noqa: ANN401 - anything may be given
    assert message_of(lambda: replace(SMALL, starts=starts)) == message
