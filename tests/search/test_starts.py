"""Starts of a space, in a search without training: right after the baseline, each once, whatever the sampler."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from study.database import TrialDatabase
from study.options.method import SAMPLERS, Budget, Method
from study.plan import Plan
from study.prepare.plan_changes import changes_of
from study.prepare.told import starts_in_words
from study.prepare.tries import with_room
from study.search import Past, Search
from study.search.points import starts_of
from study.space import Choice, Float, Int, SearchSpace
from study.trial import Epoch, Trial, TrialState

from ..plans import plan_for

SPACE = SearchSpace(
    name="started",
    model="cnn",
    domains={
        "optimizer": Choice(default="adam", choices=("adam", "sgd")),
        "momentum": Float(default=0.8, low=0.5, high=0.98, when={"optimizer": ("sgd",)}),
        "dropout": Float(default=0.0, low=0.0, high=1.0),
        "width": Int(default=32, low=16, high=48, step=16),
    },
    starts=({"width": 48, "dropout": 1}, {"optimizer": "sgd"}, {"width": 16}),
)
STARTED = [
    {"width": 48, "dropout": 1.0},
    {"optimizer": "sgd", "momentum": 0.8},
    {"width": 16},
]
"""What differs from the baseline in the trials of the starts."""


def made_plan(trials: int = 6, space: SearchSpace = SPACE, fixed: dict[str, Any] | None = None, **method: Any) -> Plan:  # noqa: ANN401 - fields of a method
    budget = Budget(trials=trials, epochs=3, replicates=0)
    return plan_for(space, budget=budget, method=Method(**method), fixed=fixed or {})


def train(search: Search) -> list[Trial]:
    """Trains all that a search asks for, each trial as good as the one before; returns it in the order it began."""
    begun: dict[str, Trial] = {}
    while (trial := search.ask()) is not None:
        begun[trial.id] = trial
        if search.plan.method.pruner == "promote":
            search.report(trial, Epoch(1, 0.5, 0.5, 0.5, 0.5, 0.001, 1.0))
        search.tell(trial, TrialState.COMPLETE, [0.5])
    return list(begun.values())


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("pruner", ["median", "promote"])
def test_starts_follow_the_baseline_before_any_sampler_is_asked(sampler: str, pruner: str) -> None:
    trials = train(Search(made_plan(sampler=sampler, pruner=pruner)))
    assert [trial.changes for trial in trials[:4]] == [{}, *STARTED]
    assert len(trials) == 6
    assert {trial.variant for trial in trials[1:]} == {"search"}


def test_a_later_process_tries_those_that_are_left() -> None:
    plan = made_plan(4)
    first = train(Search(replace(plan, budget=replace(plan.budget, trials=2))))
    past = [Past(trial, TrialState.COMPLETE, {3: 0.5}, [0.5], ended_at="1") for trial in first]
    assert [trial.changes for trial in train(Search(plan, past))] == STARTED[1:]


def test_what_is_fixed_holds_whatever_a_start_says_and_equal_ones_are_tried_once() -> None:
    plan = made_plan(fixed={"width": 32, "optimizer": "adam"})
    assert starts_of(plan) == [{"dropout": 1.0}]
    assert [trial.changes for trial in train(Search(plan))[:2]] == [{}, {"dropout": 1.0}]


def test_a_grid_has_room_for_starts_that_are_none_of_its_points() -> None:
    domains = {"dropout": Float(default=0.0, low=0.0, high=1.0), "optimizer": SPACE.domains["optimizer"]}
    space = SearchSpace(name="g", model="cnn", domains=domains, starts=({"dropout": 0.1}, {"dropout": 0.25}))
    plan = with_room(made_plan(100, space, sampler="grid"), [], [])
    assert plan.budget.trials == 5 * 2 + 1  # 0.25 is on the grid
    trials = train(Search(plan))
    assert len({repr(trial.configuration) for trial in trials}) == len(trials) == 11
    assert [trial.changes for trial in trials[1:3]] == [{"dropout": 0.1}, {"dropout": 0.25}]


def test_how_many_starts_are_tried_is_told() -> None:
    assert starts_in_words(made_plan(), []) == [
        "started@digits: 3 starts of the space are tried after the baseline, before the sampler is asked"
    ]
    assert starts_in_words(made_plan(3), []) == [
        "started@digits: 3 starts of the space are tried after the baseline, before the sampler is asked; --trials 3 "
        "leaves room for 2 of them"
    ]
    assert starts_in_words(made_plan(1), []) == []


@pytest.mark.cases(1)
@pytest.mark.parametrize(
    ("starts", "changes"),
    [
        (SPACE.starts, []),
        (SPACE.starts[:2], ["the space's start width=16 is gone"]),
        (
            ({"width": 48, "dropout": 0.5}, *SPACE.starts[1:]),
            ["the space's start width=48, dropout=0.5 is new", "the space's start width=48, dropout=1 is gone"],
        ),
        (SPACE.starts[::-1], ["the space's starts have another order"]),
    ],
)
def test_starts_that_changed_are_a_part_of_the_plans_history(
    tmp_path: Path, starts: tuple[dict[str, Any], ...], changes: list[str]
) -> None:
    with TrialDatabase(f"sqlite:///{tmp_path / 'studies.db'}") as database:
        database.save_plan(made_plan().columns() | {"code_version": "0", "commands": []})
        stored = database.plan("started@digits")
    assert stored is not None
    assert changes_of(stored, made_plan(space=replace(SPACE, starts=starts))) == changes
