"""Optuna's side of a search, without training: made trials, a real database."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import optuna
import pytest

from study.errors import StudyError
from study.plan import PRUNERS, SAMPLERS, Method, Plan
from study.search import Search
from study.trial import Budget, Decision, Epoch, Trial, TrialState

from ..plans import message_of, plan_of

EPOCHS = 9
States = optuna.trial.TrialState


def made_plan(trials: int, **method: object) -> Plan:
    return replace(
        plan_of("cnn"),
        budget=Budget(trials=trials, epochs=EPOCHS, replicates=0),
        method=replace(Method(), **method),  # type: ignore[arg-type]
    )


@pytest.fixture
def storage(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'studies.db'}"


def quality(trial: Trial) -> float:
    """A made validation accuracy that is highest at a learning rate of 0.003."""
    rate = float(trial.configuration["learning_rate"])
    return max(0.0, 1 - abs(rate - 0.003) * 50)


def reported(number: int, accuracy: float) -> Epoch:
    return Epoch(number, 0.5, 0.5, 0.5, accuracy, 0.001, 1.0)


def train(search: Search, trial: Trial, done: dict[int, int], value: Callable[[Trial], float] = quality) -> TrialState:
    """Trains a made trial from where it stands; returns its state."""
    while True:
        number = done[trial.number or 0] = done.get(trial.number or 0, 0) + 1
        decision = search.report(trial, reported(number, value(trial) * number / EPOCHS))
        if decision is Decision.PAUSE:
            return TrialState.PAUSED
        if decision is Decision.PRUNE:
            return TrialState.PRUNED
        if number == EPOCHS:
            return TrialState.COMPLETE


def run(search: Search, done: dict[int, int]) -> list[int]:
    """Runs a search with one worker; returns the trials' numbers in the order they were trained."""
    order = []
    while (trial := search.ask()) is not None:
        order.append(trial.number or 0)
        state = train(search, trial, done)
        scores = {"accuracy": quality(trial), "parameters": float(trial.configuration["width"]), "seconds": 1.0}
        named = [scores[name] for name in search.plan.method.objectives]
        search.tell(trial, state, named if state is TrialState.COMPLETE else None)
    return order


def load(storage: str) -> optuna.Study:
    return optuna.load_study(study_name="cnn@digits", storage=storage)


@pytest.mark.parametrize("pruner", PRUNERS)
def test_the_baseline_is_trial_0_and_goes_to_its_end_whatever_the_pruner(storage: str, pruner: str) -> None:
    plan = made_plan(12, pruner=pruner)
    search, done = Search(storage, plan), dict[int, int]()
    first = search.ask()
    assert first is not None
    assert (first.number, first.configuration) == (0, plan.baseline)
    others = itertools.count()
    while next(others) < 8 and (trial := search.ask()) is not None:  # better ones before it
        state = train(search, trial, done, lambda _: 1.0)
        search.tell(trial, state, [1.0] if state is TrialState.COMPLETE else None)
    assert train(search, first, done, lambda _: 0.0) is TrialState.COMPLETE


def test_promotion_trains_each_epoch_once_and_asks_optuna_for_the_same_trial_again(storage: str) -> None:
    search, done = Search(storage, made_plan(20, pruner="promote")), dict[int, int]()
    order = run(search, done)
    assert sorted(set(order)) == list(range(20))
    assert len(order) > 20  # some were asked for again
    assert done[0] == EPOCHS
    assert set(done.values()) == {1, 3, EPOCHS}
    assert sum(done.values()) < 0.5 * 20 * EPOCHS
    trials = load(storage).get_trials()
    assert [len(trial.intermediate_values) for trial in trials] == [done[number] for number in range(20)]
    assert all((trial.state is States.COMPLETE) == (done[trial.number] == EPOCHS) for trial in trials)


def test_what_is_paused_is_given_up_as_pruned(storage: str) -> None:
    search, done = Search(storage, made_plan(9, pruner="promote")), dict[int, int]()
    run(search, done)
    for number, epochs in done.items():
        if epochs < EPOCHS:
            search.give_up(number)
    states = [trial.state for trial in load(storage).get_trials()]
    assert set(states) == {States.COMPLETE, States.PRUNED}


def test_a_later_process_finds_who_is_paused_and_who_was_promoted(storage: str) -> None:
    plan = made_plan(20, pruner="promote")
    whole, elsewhere = dict[int, int](), storage.replace("studies", "whole")
    expected = run(Search(elsewhere, plan), whole)
    done: dict[int, int] = {}
    order: list[int] = []
    while True:  # a new process for every single trial
        search = Search(storage, plan)
        rows = [
            {"optuna_number": number, "state": "paused" if epochs < EPOCHS else "complete"}
            for number, epochs in done.items()
        ]
        search.adopt(rows, lambda row: [1.0])
        trial = search.ask()
        if trial is None:
            break
        order.append(trial.number or 0)
        state = train(search, trial, done)
        search.tell(trial, state, [quality(trial)] if state is TrialState.COMPLETE else None)
    assert (order, done) == (expected, whole)
    same = zip(load(storage).get_trials(), load(elsewhere).get_trials(), strict=True)
    assert all(one.params == other.params for one, other in same)


def test_a_promoted_trial_that_lost_its_process_is_still_promoted(storage: str) -> None:
    plan = made_plan(3, pruner="promote")
    search, done = Search(storage, plan), dict[int, int]()
    first = search.ask()
    assert first is not None
    search.tell(first, train(search, first, done), [0.5])
    for _ in range(2):
        trial = search.ask()
        assert trial is not None
        search.tell(trial, train(search, trial, done), None)
    promoted = search.ask()
    assert promoted is not None
    assert done[promoted.number or 0] == 1
    again = Search(storage, plan)  # the process died before the next epoch was told
    again.adopt([{"optuna_number": promoted.number, "state": "interrupted"}], lambda row: None)
    resumed = again.ask()
    assert resumed is not None
    assert resumed.id == promoted.id
    assert again.report(resumed, reported(1, quality(resumed) / EPOCHS)) is Decision.GO_ON


def test_tpe_learns_from_what_is_paused(storage: str) -> None:
    plan = made_plan(40, pruner="promote")
    search, done = Search(storage, plan), dict[int, int]()
    run(search, done)
    rates = [float(trial.params["learning_rate"]) for trial in load(storage).get_trials()]
    near = [abs(rate - 0.003) < 0.0015 for rate in rates]
    assert sum(near[20:]) > sum(near[1:20])


@pytest.mark.parametrize("sampler", ["tpe", "gp", "nsga2", "qmc", "random"])
def test_several_objectives_are_told_to_optuna(storage: str, sampler: str) -> None:
    method = {"objectives": ("accuracy", "parameters"), "sampler": sampler, "pruner": "none"}
    done: dict[int, int] = {}
    run(Search(storage, made_plan(12, **method)), done)
    study = load(storage)
    assert [direction.name for direction in study.directions] == ["MAXIMIZE", "MINIMIZE"]
    trials = study.get_trials()
    assert len(trials) == 12
    assert all(trial.values[1] == trial.params["width"] for trial in trials)
    assert set(done.values()) == {EPOCHS}
    assert len({tuple(trial.params.items()) for trial in trials}) > 6


def test_a_diverged_trial_of_several_objectives_is_told(storage: str) -> None:
    search = Search(storage, made_plan(3, objectives=("accuracy", "seconds"), pruner="none"))
    for state in (TrialState.DIVERGED, TrialState.FAILED, TrialState.COMPLETE):
        trial = search.ask()
        assert trial is not None
        search.tell(trial, state, [0.5, 2.0] if state is TrialState.COMPLETE else None)
    assert [trial.state for trial in load(storage).get_trials()] == [States.PRUNED, States.FAIL, States.COMPLETE]


def test_a_study_of_other_directions_is_refused(storage: str) -> None:
    Search(storage, made_plan(3))
    both = made_plan(3, objectives=("accuracy", "parameters"), pruner="none")
    assert message_of(lambda: Search(storage, both)) == (
        "study 'cnn@digits' was begun to maximize, now to maximize, minimize; use another --storage"
    )


@pytest.mark.parametrize(
    ("method", "message"),
    [
        (
            {"objectives": ("accuracy", "parametres")},
            "--objective is one of accuracy, parameters, seconds, not 'parametres'; did you mean 'parameters'?",
        ),
        (
            {"objectives": ("parameters", "accuracy")},
            "--objective is accuracy, or accuracy and others, each once, not 'parameters,accuracy'",
        ),
        (
            {"objectives": ("accuracy", "accuracy")},
            "--objective is accuracy, or accuracy and others, each once, not 'accuracy,accuracy'",
        ),
        (
            {"objectives": ("accuracy", "seconds"), "pruner": "promote"},
            "--objective accuracy,seconds goes with --pruner none: trials are pruned by one objective",
        ),
        (
            {"objectives": ("accuracy", "seconds"), "pruner": "none", "sampler": "cmaes"},
            "--sampler cmaes has one objective, not accuracy,seconds; tpe, gp and nsga2 take several",
        ),
        ({"pruner": "promoted"}, None),
    ],
)
def test_a_method_that_cannot_be_is_refused(method: dict[str, object], message: str | None) -> None:
    told = message_of(lambda: Method(**method))  # type: ignore[arg-type]
    nearest = "--pruner is one of promote, median, hyperband, asha, none, not 'promoted'; did you mean 'promote'?"
    assert told == (message or nearest)


def test_every_sampler_can_be_named() -> None:
    for sampler in SAMPLERS:
        assert Method(sampler=sampler).sampler == sampler
    with pytest.raises(StudyError):
        Method(sampler="tpee")
