"""A search without training: made trials, in memory."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import optuna
import pytest

from study.errors import StudyError
from study.options.method import PRUNERS, SAMPLERS, Budget, Method
from study.plan import Plan
from study.search import Past, Search
from study.trial import Decision, Epoch, Trial, TrialState

from ..plans import message_of, plan_of

EPOCHS = 9
RUNGS = (2, 4, EPOCHS)
States = optuna.trial.TrialState


def made_plan(trials: int, **method: object) -> Plan:
    return replace(
        plan_of("cnn"),
        budget=Budget(trials=trials, epochs=EPOCHS, replicates=0),
        method=replace(Method(), **method),  # type: ignore[arg-type]
    )


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
        named = [scores[metric.name] for metric in search.plan.objectives]
        search.tell(trial, state, named if state is TrialState.COMPLETE else None)
    return order


def past(trials: list[Trial], done: dict[int, int], *, last: TrialState | None = None) -> list[Past]:
    """Returns made trials as a later process finds them; `last` is the state of the last one."""
    found = []
    for place, trial in enumerate(trials):
        epochs = done.get(trial.number or 0, 0)
        state = TrialState.COMPLETE if epochs == EPOCHS else TrialState.PAUSED
        if last is not None and place == len(trials) - 1:
            state = last
        values = {epoch: quality(trial) * epoch / EPOCHS for epoch in range(1, epochs + 1)}
        scores = [quality(trial)] if state is TrialState.COMPLETE else None
        promoted = next(rung for rung in RUNGS if epochs <= rung) if epochs > RUNGS[0] else None
        found.append(Past(trial, state, values, scores, promoted, began_at=f"{place:06d}", ended_at="999999"))
    return found


@pytest.mark.parametrize("pruner", PRUNERS)
def test_the_baseline_is_trial_0_and_goes_to_its_end_whatever_the_pruner(pruner: str) -> None:
    plan = made_plan(12, pruner=pruner)
    search, done = Search(plan), dict[int, int]()
    first = search.ask()
    assert first is not None
    assert (first.number, first.configuration) == (0, plan.baseline)
    others = itertools.count()
    while next(others) < 8 and (trial := search.ask()) is not None:  # better ones before it
        state = train(search, trial, done, lambda _: 1.0)
        search.tell(trial, state, [1.0] if state is TrialState.COMPLETE else None)
    assert train(search, first, done, lambda _: 0.0) is TrialState.COMPLETE


def test_promotion_trains_each_epoch_once_and_asks_optuna_for_the_same_trial_again() -> None:
    search, done = Search(made_plan(20, pruner="promote")), dict[int, int]()
    order = run(search, done)
    assert sorted(set(order)) == list(range(20))
    assert len(order) > 20  # some were asked for again
    assert done[0] == EPOCHS
    assert set(done.values()) == set(RUNGS)
    assert sum(done.values()) < 0.6 * 20 * EPOCHS  # the later ones are good, and go on
    trials = search.trials()
    assert [len(trial.intermediate_values) for trial in trials] == [done[number] for number in range(20)]
    assert all((trial.state is States.COMPLETE) == (done[trial.number] == EPOCHS) for trial in trials)


def test_what_is_paused_is_given_up_as_pruned() -> None:
    search, done = Search(made_plan(9, pruner="promote")), dict[int, int]()
    run(search, done)
    for number, epochs in done.items():
        if epochs < EPOCHS:
            search.tell(search.plan.search_trial(number, {}), TrialState.PRUNED, None)
    states = [trial.state for trial in search.trials()]
    assert set(states) == {States.COMPLETE, States.PRUNED}


@pytest.mark.parametrize(
    "sampler",
    ["tpe", "grid", *(pytest.param(name, marks=pytest.mark.slow) for name in ("random", "cmaes", "nsga2", "qmc"))],
)
def test_a_later_process_finds_who_is_paused_and_who_was_promoted(sampler: str) -> None:
    plan = made_plan(20, pruner="promote", sampler=sampler)
    whole = dict[int, int]()
    undisturbed = Search(plan)
    expected = run(undisturbed, whole)
    done: dict[int, int] = {}
    order: list[int] = []
    begun: dict[int, Trial] = {}
    ended: dict[int, int] = {}
    while True:  # a new process for every single trial
        entries = past([begun[number] for number in sorted(begun)], done)
        # Trials that have ended did so in this order, each before the next one began.
        entries = [
            replace(
                entry,
                began_at=f"{order.index(entry.trial.number or 0):06d}",
                ended_at=f"{ended[number]:06d}x" if (number := entry.trial.number or 0) in ended else None,
            )
            for entry in entries
        ]
        search = Search(plan, entries)
        trial = search.ask()
        if trial is None:
            break
        number = trial.number or 0
        begun[number] = trial
        order.append(number)
        if train(search, trial, done) is TrialState.COMPLETE:
            ended[number] = len(order) - 1
    assert (order, done) == (expected, whole)
    same = zip(search.trials(), undisturbed.trials(), strict=True)
    assert all(one.params == other.params for one, other in same)


def test_a_promoted_trial_that_lost_its_process_is_still_promoted() -> None:
    plan = made_plan(3, pruner="promote")
    search, done, trials = Search(plan), dict[int, int](), list[Trial]()
    for state in (TrialState.COMPLETE, TrialState.PAUSED, TrialState.PAUSED):
        trial = search.ask()
        assert trial is not None
        trials.append(trial)
        assert train(search, trial, done) is state
        search.tell(trial, state, [0.5] if state is TrialState.COMPLETE else None)
    promoted = search.ask()
    assert promoted is not None
    assert done[promoted.number or 0] == RUNGS[0]
    assert search.promoted_to(promoted) == RUNGS[1]
    entries = [
        replace(entry, state=TrialState.INTERRUPTED, promoted_to=RUNGS[1]) if entry.trial.id == promoted.id else entry
        for entry in past(trials, done)
    ]
    again = Search(plan, entries)  # the process died before the next epoch was told
    resumed = again.ask()
    assert resumed is not None
    assert resumed.id == promoted.id
    assert again.report(resumed, reported(RUNGS[0], quality(resumed) / EPOCHS)) is Decision.GO_ON


@pytest.mark.parametrize(("epochs", "promoted", "limit"), [(1, None, 2), (3, 3, 4)])
def test_who_paused_below_a_rung_of_now_as_older_versions_had_others_goes_on_to_it(
    epochs: int, promoted: int | None, limit: int
) -> None:
    plan = made_plan(3, pruner="promote")
    search, done = Search(plan), dict[int, int]()
    trials = [trial for trial in (search.ask(), search.ask()) if trial is not None]
    done.update({0: EPOCHS, 1: epochs})
    baseline, other = past(trials, done)
    again = Search(plan, [baseline, replace(other, promoted_to=promoted)])
    resumed = again.ask()
    assert resumed is not None
    assert resumed.id == trials[1].id
    assert train(again, resumed, done) is TrialState.PAUSED
    assert done[1] == limit


def test_tpe_learns_from_what_is_paused() -> None:
    plan = made_plan(40, pruner="promote")
    search, done = Search(plan), dict[int, int]()
    run(search, done)
    rates = [float(trial.params["learning_rate"]) for trial in search.trials()]
    near = [abs(rate - 0.003) < 0.0015 for rate in rates]
    assert sum(near[20:]) > sum(near[1:20])


@pytest.mark.parametrize(
    "sampler", ["tpe", "nsga2", *(pytest.param(sampler, marks=pytest.mark.slow) for sampler in ("gp", "qmc", "random"))]
)
def test_several_objectives_are_told_to_optuna(sampler: str) -> None:
    method = {"objectives": ("accuracy", "parameters"), "sampler": sampler, "pruner": "none"}
    done: dict[int, int] = {}
    search = Search(made_plan(12, **method))
    run(search, done)
    trials = search.trials()
    assert len(trials) == 12
    assert all(trial.values[1] == trial.params["width"] for trial in trials)
    assert set(done.values()) == {EPOCHS}
    assert len({tuple(trial.params.items()) for trial in trials}) > 6


def test_a_diverged_trial_of_several_objectives_is_told() -> None:
    search = Search(made_plan(3, objectives=("accuracy", "seconds"), pruner="none"))
    for state in (TrialState.DIVERGED, TrialState.FAILED, TrialState.COMPLETE):
        trial = search.ask()
        assert trial is not None
        search.tell(trial, state, [0.5, 2.0] if state is TrialState.COMPLETE else None)
    assert [trial.state for trial in search.trials()] == [States.PRUNED, States.FAIL, States.COMPLETE]


@pytest.mark.parametrize(
    ("method", "message"),
    [
        (
            {"objectives": ("parameters", "accuracy")},
            "--objective begins with a metric, by which the best is chosen, not 'parameters,accuracy'",
        ),
        (
            {"objectives": ("macro-f1", "macro_f1")},
            "--objective names each once, not 'macro_f1,macro_f1'",
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


def test_what_is_said_of_our_own_metrics_way_needs_no_saying() -> None:
    assert Method(objectives=("macro-f1:maximize", "parameters:minimize"), pruner="none").objectives == (
        "macro_f1",
        "parameters",
    )
    assert Method(objectives=("top-3:maximize",)).objectives == ("top-3:maximize",)
    assert message_of(lambda: Method(objectives=("accuracy", "accuracy:maximize"))) == (
        "--objective names each once, not 'accuracy,accuracy'"
    )
