"""`--epoch-budget`: what begins and is promoted fits into what is left, whatever ends first."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.options.method import PRUNERS, Budget, Method
from study.plan import Plan
from study.prepare.request import Request
from study.prepare.resolve import within_epochs
from study.search import Search, Try, Wish
from study.trial import TRIED, Epoch, TrialState

from ..examples import examples
from ..plans import plan_of
from .simulated import Simulation

EPOCHS = 10


def made_plan(epoch_budget: int, trials: int | None = None, epochs: int = EPOCHS, **method: Any) -> Plan:  # noqa: ANN401
    """Returns a plan with as many trials as `--epoch-budget` alone gives it, unless they are said."""
    asked = Request(given={"epoch_budget": epoch_budget} | ({} if trials is None else {"trials": trials}))
    budget = Budget(trials=trials or 20, epochs=epochs, replicates=0, epoch_budget=epoch_budget)
    return within_epochs(plan_of("cnn", budget=budget, method=Method(**{"sampler": "random"} | method)), asked, None)


@examples(20)
@given(
    st.integers(EPOCHS, 60),
    st.sampled_from(PRUNERS),
    st.sampled_from([None, 2]),
    st.integers(1, 4),
    st.integers(0, 99),
    st.sampled_from([None, 1, 2]),
)
def test_no_more_is_trained_and_as_much_as_fits(
    epoch_budget: int, pruner: str, patience: int | None, workers: int, order: int, fails: int | None
) -> None:
    plan = made_plan(epoch_budget, pruner=pruner, patience=patience)
    found = Simulation(plan, random.Random(order), lambda trial: fails if trial.number else None)
    found.run(workers, killed=0.02)
    shortest = 2 if pruner == "promote" else EPOCHS  # the first rung of 10 epochs
    assert epoch_budget - shortest < found.spent() <= epoch_budget
    assert found.search.room() == epoch_budget - found.spent()


def test_an_open_trial_counts_as_far_as_it_may_train() -> None:
    search = Search(made_plan(EPOCHS + 3, pruner="promote"))
    trials = [search.ask(), search.ask(), search.ask()]
    assert [trial.number for trial in trials if trial] == [0, 1]  # 10 epochs of the baseline, 2 to the first rung
    first, second, _ = trials
    assert first is not None
    assert second is not None
    assert search.room() == 1
    search.report(second, Epoch(1, 0.5, 0.5, 0.5, 0.5, 0.001, 1.0))
    search.tell(second, TrialState.DIVERGED, None)  # in its second epoch, which counts
    assert search.room() == 1
    assert search.ask() is None


def test_a_promotion_that_does_not_fit_is_left_and_another_trial_begins() -> None:
    search = Search(made_plan(3 + 4, epochs=3, pruner="promote"))  # of 3 epochs the rungs are 1 and 3
    first = search.ask()
    assert first is not None
    for number in (1, 2, 3):
        trial = search.ask()
        assert trial is not None
        assert trial.number == number
        search.report(trial, Epoch(1, 0.5, 0.5, 0.5, 0.5 + number / 10, 0.001, 1.0))
        search.tell(trial, TrialState.PAUSED, None)
    following = search.ask()  # trial 3 has earned 2 more epochs, and 1 is left
    assert following is not None
    assert following.number == 4
    assert search.ask() is None


def test_both_limits_hold() -> None:
    found = Simulation(made_plan(60, trials=4, pruner="promote"), random.Random(0))
    found.run(2)
    assert len(found.rows) == 4
    assert found.spent() < 60


@pytest.mark.parametrize("pruner", ["promote", "median"])
def test_what_is_spared_needs_room_for_all_its_epochs(pruner: str) -> None:
    plan = made_plan(2 * EPOCHS, pruner=pruner)
    wish = Wish(Try.of(plan, {"width": 48}, prune=False).values, TRIED, spared=True)
    search = Search(plan, wishes=lambda number: wish if number == 1 else None)
    assert [trial.number for _ in range(3) if (trial := search.ask()) is not None] == [0, 1]
    assert search.room() == 0
