"""The greedy path: changes keep configurations whole, and known contributions are credited to the right names."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.ablation import Arm, choose, decided, remaining, round_of, start
from study.database import ArmRow
from study.plan import Plan
from study.space import Choice, Float, Int, active
from study.trial import Scalar

from ..examples import examples
from ..plans import OPTIMIZERS, plan_for, plan_of, space_of
from ..rows import made
from ..scoring import ACCURACY

quick = examples(60)
Configuration = Mapping[str, Scalar]
SOURCES = {source: plan_of(source) for source in ("cnn", "lstm")}


@st.composite
def configurations(draw: st.DrawFn, plan: Plan) -> dict[str, Scalar]:
    """Draws a configuration that the plan's search could find."""
    values = {name: draw(st.sampled_from(domain.grid(3))) for name, domain in plan.domains.items()}
    return plan.configuration(values)


def walk(plan: Plan, target: Configuration, merit: Callable[[Configuration], float]) -> list[Arm]:
    """Walks the path as if every training gave what `merit` says."""
    chosen = [start(plan)]
    while candidates := round_of(plan, chosen[-1], target):
        values = {arm.name: [merit(arm.configuration or {})] * 2 for arm in candidates}
        chosen.append(choose(candidates, values, 2, ACCURACY))
        assert len(chosen) <= 2 * len(target), "a path ends"
    return chosen


def added(path: list[Arm]) -> list[str]:
    """Returns the name that each step changed."""
    return [arm.name.split(". ")[1] for arm in path[1:]]


# What a change is


@pytest.mark.parametrize("source", sorted(SOURCES))
@quick
@given(data=st.data())
def test_everything_changed_to_the_target_is_the_target_and_back_the_reference(
    source: str, data: st.DataObject
) -> None:
    plan = SOURCES[source]
    reference, target = (data.draw(configurations(plan)) for _ in range(2))
    assert plan.changed(reference, target) == target
    assert plan.changed(plan.changed(reference, target), reference) == reference
    assert plan.changed(reference, {}) == reference


@pytest.mark.parametrize("source", sorted(SOURCES))
@quick
@given(data=st.data())
def test_a_changed_configuration_holds_just_what_is_in_force(source: str, data: st.DataObject) -> None:
    plan = SOURCES[source]
    reference, target = (data.draw(configurations(plan)) for _ in range(2))
    name = data.draw(st.sampled_from(sorted(plan.domains)))
    changed = plan.changed(reference, {name: target[name]})
    domains = plan.space.domains
    in_force = active({other: changed[other] for other in domains}, domains)
    for other in domains:
        if other not in in_force:
            assert changed[other] == plan.model.defaults[other]
    was = active({other: reference[other] for other in domains}, domains)
    kept = [other for other in in_force if other in was and other != name]
    assert {other: changed[other] for other in kept} == {other: reference[other] for other in kept}


# The path


@pytest.mark.parametrize("source", sorted(SOURCES))
@quick
@given(data=st.data())
def test_a_path_ends_at_the_target_whatever_it_gains(source: str, data: st.DataObject) -> None:
    plan = SOURCES[source]
    target = data.draw(configurations(plan))
    order = data.draw(st.permutations(sorted(plan.domains)))
    path = walk(plan, target, lambda values: sum(order.index(name) for name in remaining(values, target)) / 1000)
    assert path[0].configuration == plan.baseline
    assert path[-1].configuration == target
    assert [arm.step for arm in path] == list(range(len(path)))
    assert [arm.control for arm in path[1:]] == [arm.name for arm in path[:-1]]


@quick
@given(
    gains=st.lists(st.integers(-20, 20), min_size=5, max_size=5, unique=True),
    changed=st.sets(st.sampled_from("abcde"), min_size=1),
)
def test_categorical_contributions_are_credited_in_order_of_what_they_give(gains: list[int], changed: set[str]) -> None:
    """A synthetic objective: each category adds what is known, so the greedy order is the order of the gains."""
    fields = dict(zip("abcde", ("optimizer", "schedule", "batch_size", "batch_norm", "architecture"), strict=True))
    domains = {
        "optimizer": Choice(default="adam", choices=("adam", "adamw")),
        "schedule": Choice(default="constant", choices=("constant", "cosine")),
        "batch_size": Choice(default=64, choices=(64, 128)),
        "batch_norm": Choice(default=False, choices=(False, True)),
        "architecture": Choice(default="plain", choices=("plain", "resnet")),
    }
    plan = plan_for(space_of(domains=domains))
    gain = {fields[letter]: value / 100 for letter, value in zip("abcde", gains, strict=True)}
    names = {fields[letter] for letter in changed}
    target = plan.baseline | {name: domains[name].choices[1] for name in names}
    path = walk(
        plan, target, lambda values: 0.5 + sum(gain[name] for name in gain if values[name] != domains[name].default)
    )
    assert added(path) == sorted(names, key=lambda name: -gain[name])
    assert path[-1].configuration == target
    assert path[-1].factors == tuple(added(path))


def test_interacting_contributions_are_credited_where_they_arise() -> None:
    """Dropout gives 5 points, a larger width takes 2 away alone, and gives 4 beside dropout."""
    domains = {"width": Int(default=32, low=16, high=64, step=8), "dropout": Float(default=0.0, low=0.0, high=0.5)}
    plan = plan_for(space_of(domains=domains))
    target = plan.baseline | {"width": 64, "dropout": 0.25}

    def accuracy(values: Configuration) -> float:
        wide, dropped = values["width"] == 64, values["dropout"] == 0.25
        return 0.90 + 0.05 * dropped + (0.04 if dropped else -0.02) * wide

    path = walk(plan, target, accuracy)
    assert added(path) == ["dropout", "width"]
    merits = [accuracy(arm.configuration or {}) for arm in path]
    assert [round(after - before, 9) for before, after in itertools.pairwise(merits)] == [0.05, 0.04]


def test_a_conditional_parameter_waits_for_what_it_depends_on_and_gets_its_own_credit() -> None:
    plan = plan_for(space_of(domains=OPTIMIZERS))
    target = plan.changed(plan.baseline, {"optimizer": "sgd", "momentum": 0.95})
    first = round_of(plan, start(plan), target)
    assert [(arm.name, arm.reason) for arm in first] == [("1. optimizer", "optimizer: adam -> sgd")]
    assert (first[0].configuration or {})["momentum"] == 0.8  # its default, until its own step
    (second,) = round_of(plan, first[0], target)
    assert (second.name, second.reason) == ("2. momentum", "momentum: 0.8 -> 0.95")
    assert second.configuration == target
    assert round_of(plan, second, target) == []


def test_a_parameter_that_the_target_does_without_is_no_step_of_its_own() -> None:
    domains = {**OPTIMIZERS, "optimizer": Choice(default="sgd", choices=("adam", "sgd"))}
    plan = plan_for(space_of(domains=domains))
    target = plan.changed(plan.baseline, {"optimizer": "adam"})
    assert remaining(plan.baseline, target) == ["optimizer", "momentum"]
    (only,) = round_of(plan, start(plan), target)
    assert (only.name, only.configuration) == ("1. optimizer", target)


def test_a_best_that_is_the_baseline_has_no_step() -> None:
    plan = plan_of("cnn")
    assert round_of(plan, start(plan), plan.baseline) == []


# Which one goes on


def arms(count: int) -> list[Arm]:
    plan = plan_of("cnn")
    target = plan.baseline | {"dropout": 0.25, "width": 48, "batch_size": 128}
    return round_of(plan, start(plan), target)[:count]


def test_equals_are_decided_by_the_spaces_order() -> None:
    batch_size, width, dropout = arms(3)
    equal = {arm.name: [0.5, 0.7] for arm in (batch_size, width, dropout)}
    assert choose([batch_size, width, dropout], equal, 2, ACCURACY) is batch_size
    assert choose([batch_size, width, dropout], equal | {dropout.name: [0.6, 0.61]}, 2, ACCURACY) is dropout


def test_an_arm_that_lost_a_training_comes_after_all_that_did_not() -> None:
    good, diverged, failed = arms(3)
    values = {good.name: [0.1, 0.1], diverged.name: [0.99]}
    assert choose([failed, diverged, good], values, 2, ACCURACY) is good
    assert choose([failed, diverged], values, 2, ACCURACY) is diverged
    assert choose([failed], {}, 2, ACCURACY) is failed


def test_more_seeds_than_asked_for_are_no_advantage() -> None:
    more, better, _ = arms(3)
    values = {more.name: [0.5] * 4, better.name: [0.6] * 2}
    assert fmean(values[better.name]) > fmean(values[more.name])
    assert choose([more, better], values, 2, ACCURACY) is better


def test_what_a_path_went_on_from_stays_decided() -> None:
    first, second, third = arms(3)
    stored = [made(ArmRow, control=name) for name in (None, "baseline", second.name)]
    assert decided([first, second, third], stored) is second
    assert decided([first, third], stored) is None
    assert decided([first, second, third], stored[:2]) is None
