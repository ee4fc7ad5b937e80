"""`--reproducible`: the same search, whichever worker is the first, however many there are, and whoever is killed."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.options.method import Budget, Method
from study.plan import Plan
from study.search import Turns, search
from study.trial import Trial, TrialState

from ..examples import examples
from ..plans import message_of, plan_of
from .simulated import Simulation

LAG = 4
METHODS = st.fixed_dictionaries(
    {
        "pruner": st.sampled_from(["promote", "none"]),
        "sampler": st.sampled_from(["auto", "tpe", "random", "grid"]),
        "patience": st.sampled_from([None, 2]),
        "seed": st.integers(0, 3),
    }
)


def made_plan(trials: int = 11, epoch_budget: int | None = None, lag: int = LAG, **method: Any) -> Plan:  # noqa: ANN401 - fields of a method
    budget = Budget(trials=trials, epochs=6, replicates=0, epoch_budget=epoch_budget)
    return plan_of("cnn", budget=budget, method=Method(**{"pruner": "promote", "reproducible": lag} | method))


def fails(trial: Trial) -> int | None:
    return 2 if trial.number in (3, 4) else None


def simulated(plan: Plan, workers: int, seed: object = 0, *, killed: float = 0.0) -> Simulation:
    found = Simulation(plan, random.Random(f"{seed}"), fails)
    found.run(workers, killed=killed)
    return found


@examples(12)
@given(METHODS, st.integers(1, LAG + 2), st.integers(), st.sampled_from([None, 40]), st.booleans())
def test_neither_workers_nor_their_order_nor_a_kill_changes_anything(
    method: dict[str, Any], workers: int, order: int, epoch_budget: int | None, killed: bool
) -> None:
    plan = made_plan(epoch_budget=epoch_budget, **method)
    expected = simulated(plan, 1).database()
    found = simulated(plan, workers, order, killed=0.1 if killed else 0.0)
    assert found.database() == expected


def test_without_it_the_order_of_what_ends_decides() -> None:
    plan = made_plan(18, reproducible=None)
    assert len({repr(simulated(plan, 4, order).database()) for order in range(4)}) > 1


@pytest.mark.parametrize(
    "sampler", ["cmaes", "nsga2", *(pytest.param(name, marks=pytest.mark.slow) for name in ("gp", "qmc"))]
)
def test_samplers_that_keep_notes_keep_them_through_a_kill(sampler: str) -> None:
    plan = made_plan(sampler=sampler)
    assert simulated(plan, 3, "any", killed=0.1).database() == simulated(plan, 1).database()


@pytest.mark.parametrize("lag", [1, 3])
def test_no_more_than_the_lag_are_trained_at_a_time(lag: int) -> None:
    search = Simulation(made_plan(lag=lag), random.Random(0)).search
    asked = [trial for _ in range(lag + 2) if (trial := search.ask()) is not None]
    assert len(asked) == lag


def test_a_later_turn_is_not_decided_before_those_that_it_rests_on_have_ended() -> None:
    simulation = Simulation(made_plan(pruner="none"), random.Random(0))
    search = simulation.search
    trials = [trial for _ in range(LAG) if (trial := search.ask()) is not None]
    for trial in trials:
        simulation._begin(trial)
    for trial in trials[1:]:
        while not simulation._epoch(trial):
            pass
        assert search.ask() is None  # turn 5 waits for turn 1
    while not simulation._epoch(trials[0]):
        pass
    following = [search.ask() for _ in range(LAG)]
    assert None not in following  # turns 2 to 4 have ended long since


def test_each_turn_counts_once_and_a_promotion_is_one() -> None:
    found = simulated(made_plan(), 3)
    turns = sorted(turn for row in found.rows.values() for turn in row.turns if turn > 0)
    assert len(turns) == len(set(turns)) == len(found.begun)
    assert any(len(row.turns) > 1 for row in found.rows.values())


def test_a_larger_target_goes_on_with_what_there_is() -> None:
    plan = made_plan(8)
    first = simulated(plan, 3)
    before = first.database()
    larger = replace(plan, budget=replace(plan.budget, trials=14))
    again = Simulation(larger, random.Random(1), fails, rows=dict(first.rows))
    again.run(2)
    found = again.database()
    assert {number: found[number] for number in before} == before
    assert len(found) == 14


@examples(12)
@given(
    st.integers(14, 40),
    st.integers(1, 24),
    st.sampled_from(["tpe", "random"]),
    st.integers(0, 3),
    st.integers(1, LAG + 2),
    st.integers(),
)
def test_after_a_larger_target_too_nothing_changes_anything(
    epoch_budget: int, more: int, sampler: str, seed: int, workers: int, order: int
) -> None:
    plan = made_plan(1_000, epoch_budget, sampler=sampler, seed=seed)
    first = simulated(plan, 2)
    larger = replace(plan, budget=replace(plan.budget, epoch_budget=epoch_budget + more))

    def longer(workers: int, order: int, killed: float) -> Simulation:
        found = Simulation(larger, random.Random(order), fails, rows=dict(first.rows), moment=first.moment)
        found.run(workers, killed=killed)
        return found

    expected, found = longer(1, 0, 0.0), longer(workers, order, 0.15)
    assert found.database() == expected.database()
    given_up = {number for number, row in first.rows.items() if row.state is TrialState.PRUNED}
    assert not given_up & {number for number, _ in found.begun}
    assert found.spent() <= epoch_budget + more


def test_what_an_older_version_gave_up_stays_given_up() -> None:
    first = simulated(made_plan(8), 2)
    turns_alone = {n: replace(row, turns=[turn for turn in row.turns if turn > 0]) for n, row in first.rows.items()}
    given_up = {number for number, row in first.rows.items() if row.state is TrialState.PRUNED}
    assert given_up
    again = Simulation(made_plan(12), random.Random(1), fails, rows=turns_alone, moment=first.moment)
    assert {again.search.state(number) for number in given_up} == {None}
    again.run(3, killed=0.1)
    assert not given_up & {number for number, _ in again.begun}


def test_seconds_to_learn_from_are_refused() -> None:
    assert message_of(lambda: Method(reproducible=2, pruner="none", objectives=("accuracy", "seconds"))) == (
        "--reproducible does not go with --objective accuracy,seconds: the sampler would learn from seconds, which "
        "differ from run to run; give accuracy"
    )
    Method(reproducible=2, pruner="none", objectives=("accuracy", "parameters"))


def test_pruners_that_compare_by_the_moment_are_refused() -> None:
    assert message_of(lambda: Method(reproducible=2, pruner="median")) == (
        "--reproducible goes with --pruner promote or none, not median, which compares a trial with those that have "
        "come as far by then"
    )


def test_more_rungs_than_now_are_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    first = simulated(made_plan(12), 2)
    assert max(len(row.turns) for row in first.rows.values()) > 2
    monkeypatch.setattr(search, "rungs", lambda epochs: (1, epochs))
    assert "more rungs by an earlier version" in message_of(lambda: Turns(made_plan(12), list(first.rows.values())))
