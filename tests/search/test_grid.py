"""A grid visits every combination once, in an order that depends on its seed alone."""

from __future__ import annotations

from itertools import islice, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.search import grid as grid_module
from study.search.grid import POINTS, grid
from study.space import Choice, Domain, Float, Int, active, allows, is_active
from study.trial import Scalar

from ..examples import examples

Point = frozenset[tuple[str, Scalar]]
quick = examples(40)
seeds = st.integers(0, 2**63 - 1)

CONDITIONAL: dict[str, Domain] = {
    "optimizer": Choice(default="adam", choices=("adam", "adamw", "sgd")),
    "learning_rate": Float(default=1e-3, low=1e-4, high=1e-2, log=True),
    "weight_decay": Float(default=1e-4, low=1e-6, high=1e-1, log=True, when={"optimizer": ("adamw", "sgd")}),
    "layers": Int(default=2, low=1, high=3),
    "dropout": Float(default=0.0, low=0.0, high=0.5, when={"layers": (2, 3), "optimizer": ("sgd",)}),
}


@st.composite
def small_domains(draw: st.DrawFn) -> dict[str, Domain]:
    """Up to four domains of a few values; some depend on an earlier one."""
    made: dict[str, Domain] = {}
    for name in "abcd"[: draw(st.integers(1, 4))]:
        when: dict[str, tuple[Scalar, ...]] = {}
        for other in made:
            if draw(st.booleans()):
                when[other] = tuple(draw(st.sets(st.sampled_from(made[other].grid(POINTS)), min_size=1, max_size=2)))
        match draw(st.sampled_from(("float", "int", "choice"))):
            case "float":
                made[name] = Float(default=0.5, low=0.0, high=1.0, when=when)
            case "int":
                made[name] = Int(default=1, low=1, high=draw(st.integers(1, 3)), when=when)
            case _:
                made[name] = Choice(default="x", choices=("x", "y", "z")[: draw(st.integers(1, 3))], when=when)
    return made


def as_points(points: list[dict[str, Scalar]]) -> list[Point]:
    return [frozenset(point.items()) for point in points]


def expected_points(domains: dict[str, Domain]) -> set[Point]:
    """Every combination by brute force, inactive values struck out afterwards."""
    combinations = product(*(domain.grid(POINTS) for domain in domains.values()))
    return {frozenset(active(dict(zip(domains, values, strict=True)), domains).items()) for values in combinations}


@quick
@given(small_domains(), seeds)
def test_every_point_comes_exactly_once(domains: dict[str, Domain], seed: int) -> None:
    points = as_points(list(grid(domains, {}, seed)))
    assert len(points) == len(set(points))
    assert set(points) == expected_points(domains)


@quick
@given(small_domains(), seeds)
def test_a_point_holds_exactly_its_active_parameters_within_their_domains(
    domains: dict[str, Domain], seed: int
) -> None:
    for point in grid(domains, {}, seed):
        assert all(allows(domains[name], value) for name, value in point.items())
        assert all(is_active(domains[name], point) == (name in point) for name in domains)


def test_inactive_parameters_are_left_out() -> None:
    points = list(grid(CONDITIONAL, {}, seed=1))
    # adam: 5 rates x 3 layers; adamw: x 5 decays; sgd: 5 x 5 x (1 layer, or 2 layers x 5 dropouts)
    assert len(points) == 15 + 75 + 25 * (1 + 2 * 5)
    assert all(("weight_decay" in point) == (point["optimizer"] != "adam") for point in points)
    assert all(("dropout" in point) == (point["optimizer"] == "sgd" and point["layers"] != 1) for point in points)


def test_conditions_see_what_is_fixed() -> None:
    domains = {"momentum": Float(default=0.9, low=0.5, high=0.9, when={"optimizer": ("sgd",)})}
    assert len(list(grid(domains, {"optimizer": "sgd"}, seed=0))) == POINTS
    assert list(grid(domains, {"optimizer": "adam"}, seed=0)) == [{}]


def test_a_grid_over_nothing_is_one_empty_point() -> None:
    assert list(grid({}, {}, seed=0)) == [{}]


@quick
@given(seeds, st.integers(0, 60), st.integers(0, 60))
def test_a_larger_budget_only_adds_points(seed: int, few: int, more: int) -> None:
    begun = list(islice(grid(CONDITIONAL, {}, seed), few))
    assert list(islice(grid(CONDITIONAL, {}, seed), few + more))[:few] == begun


@quick
@given(small_domains(), seeds)
def test_the_same_seed_gives_the_same_order(domains: dict[str, Domain], seed: int) -> None:
    assert list(grid(domains, {}, seed)) == list(grid(domains, {}, seed))


def test_another_seed_gives_another_order_of_the_same_points() -> None:
    first, second = (as_points(list(grid(CONDITIONAL, {}, seed))) for seed in (1, 2))
    assert first != second
    assert set(first) == set(second)


def test_the_order_is_not_that_of_the_domains() -> None:
    points = list(islice(grid(CONDITIONAL, {}, seed=3), 40))
    assert len({point["learning_rate"] for point in points}) == 5
    assert len({point["layers"] for point in points}) == 3
    assert len({point["optimizer"] for point in points}) == 3


def test_a_grid_too_large_to_list_repeats_nothing_either(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = expected_points(CONDITIONAL)
    monkeypatch.setattr(grid_module, "LISTED", 10)
    points = as_points(list(islice(grid(CONDITIONAL, {}, seed=5), 200)))
    assert len(set(points)) == 200
    assert set(points) <= everything
    assert as_points(list(islice(grid(CONDITIONAL, {}, seed=5), 50))) == points[:50]


def test_a_huge_grid_begins_at_once() -> None:
    domains: dict[str, Domain] = {f"p{number}": Float(default=0.0, low=0.0, high=1.0) for number in range(40)}
    points = as_points(list(islice(grid(domains, {}, seed=0), 20)))
    assert len(set(points)) == 20
