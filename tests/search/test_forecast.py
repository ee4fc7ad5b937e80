"""What a sampler is told of trials that stopped on their way."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import numpy as np
import optuna
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import BaseDistribution
from optuna.trial import FrozenTrial

from study.plan import Plan
from study.search import history
from study.search.forecast import SLOPE, forecast
from study.search.samplers import GP_TRIALS, Gp, sampler_of
from study.search.search import Search
from study.trial import Trial, TrialState

from ..examples import examples
from .simulated import Simulation
from .test_search import EPOCHS, made_plan, quality, reported, train

States = optuna.trial.TrialState
SCORES = st.lists(st.tuples(st.floats(-1, 1), st.floats(-1, 1)), min_size=1, max_size=8)


def test_a_line_is_found_and_followed() -> None:
    early = np.linspace(0.2, 0.8, 200)
    found = forecast(list(early), list(0.5 + 0.4 * early), [0.1, 0.5])
    assert found == pytest.approx([0.54, 0.7], abs=0.002)


def test_of_one_complete_trial_only_the_level_is_known() -> None:
    assert forecast([0.5], [0.9], [0.5, 0.6, 0.4]) == pytest.approx([0.9, 0.9 + 0.1 * SLOPE, 0.9 - 0.1 * SLOPE])


@given(pairs=SCORES, scores=st.lists(st.floats(-1, 1), min_size=1, max_size=4), scale=st.sampled_from((-3.0, 0.5, 100)))
@examples(50)
def test_the_unit_and_the_direction_of_the_score_do_not_matter(
    pairs: list[tuple[float, float]], scores: list[float], scale: float
) -> None:
    early, final = (np.array(side) for side in zip(*pairs, strict=True))
    other = forecast(list(early * scale + 7), list(final * scale + 7), list(np.array(scores) * scale + 7))
    expected = np.array(forecast(list(early), list(final), scores)) * scale + 7
    if np.ptp(early) == 0 or np.ptp(early) > 1e-3:  # else a sum's last digits decide what the slope is
        assert other == pytest.approx(list(expected), rel=1e-6, abs=1e-6)


class Spy(optuna.samplers.RandomSampler):
    """Keeps what it is shown."""

    seen: Sequence[FrozenTrial] = ()

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        Spy.seen = study.get_trials(deepcopy=True)
        return super().infer_relative_search_space(study, trial)


def spied(monkeypatch: pytest.MonkeyPatch, **method: object) -> Search:
    monkeypatch.setattr(history, "make_sampler", lambda plan, number: Spy(seed=number))
    return Search(made_plan(30, **method))


def ask(search: Search) -> Trial:
    trial = search.ask()
    assert trial is not None
    return trial


@pytest.mark.parametrize("sampler", ["auto", "gp", "tpe"])
def test_a_paused_trial_is_shown_as_complete_with_what_it_would_end_with(
    monkeypatch: pytest.MonkeyPatch, sampler: str
) -> None:
    search, done = spied(monkeypatch, sampler=sampler), dict[int, int]()
    first, second = ask(search), ask(search)
    assert train(search, second, done) is TrialState.PAUSED
    search.tell(second, TrialState.PAUSED, None)
    ask(search)
    assert [trial.state for trial in Spy.seen[:2]] == [States.RUNNING] * 2  # nothing to forecast it from
    assert train(search, first, done) is TrialState.COMPLETE
    search.tell(first, TrialState.COMPLETE, [quality(first)])
    fourth = ask(search)
    shown = Spy.seen[1]
    early = [quality(trial) * done[1] / EPOCHS for trial in (first, second)]
    assert shown.state is States.COMPLETE
    assert shown.values == pytest.approx([quality(first) + SLOPE * (early[1] - early[0])])
    assert shown.params["learning_rate"] == second.configuration["learning_rate"]
    assert search.trial(1).state is States.RUNNING  # Optuna's own study is as it was
    search.tell(fourth, TrialState.DIVERGED, None)
    fifth = ask(search)
    assert Spy.seen[3].values == [min(quality(first), shown.values[0])]
    search.tell(fifth, TrialState.FAILED, None)
    ask(search)
    assert Spy.seen[4].state is States.FAIL


def test_a_promoted_trial_is_shown_as_it_stood_until_it_stops_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    search, done = spied(monkeypatch), dict[int, int]()
    first = ask(search)
    train(search, first, done)
    search.tell(first, TrialState.COMPLETE, [quality(first)])
    trials = [ask(search) for _ in range(3)]
    for trial in trials:
        search.tell(trial, train(search, trial, done), None)
    promoted = ask(search)
    assert promoted in trials
    ask(search)
    before = Spy.seen[promoted.number or 0].values
    search.report(promoted, reported(done[promoted.number or 0] + 1, 0.9))
    ask(search)
    assert Spy.seen[promoted.number or 0].values == before


def test_with_a_score_that_is_minimised_the_worst_is_the_highest(monkeypatch: pytest.MonkeyPatch) -> None:
    search = spied(monkeypatch, objectives=("log_loss",), pruner="none")
    first, second, third = (ask(search) for _ in range(3))
    search.tell(first, TrialState.COMPLETE, [0.2])
    search.tell(second, TrialState.COMPLETE, [0.4])
    search.tell(third, TrialState.DIVERGED, None)
    ask(search)
    assert [trial.values for trial in Spy.seen[:3]] == [[0.2], [0.4], [0.4]]


@pytest.mark.parametrize("sampler", ["auto", "tpe"])
def test_a_search_that_was_killed_again_and_again_is_the_same(sampler: str) -> None:
    searches = []
    for killed in (0.0, 0.3):
        plan = made_plan(24, sampler=sampler)
        simulation = Simulation(plan, Random(3))
        simulation.run(workers=1, killed=killed)
        searches.append(simulation.database())
    assert searches[0] == searches[1]


def test_auto_is_a_gaussian_process_first_then_tpe_and_tpe_for_several_objectives() -> None:
    def named(number: int, **method: object) -> str:
        plan: Plan = made_plan(10, **method)
        return sampler_of(plan, number)

    assert (named(GP_TRIALS - 1), named(GP_TRIALS)) == ("gp", "tpe")
    assert named(1, objectives=("accuracy", "parameters"), pruner="none") == "tpe"
    assert named(GP_TRIALS, sampler="gp") == "gp"


def test_how_many_threads_there_are_changes_no_proposal() -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    threads, proposed = torch.get_num_threads(), []
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            study = optuna.create_study(sampler=Gp(seed=0, n_startup_trials=4))
            for _ in range(6):
                trial = study.ask()
                rate = trial.suggest_float("rate", 1e-4, 1.0, log=True)
                study.tell(trial, (rate - 0.1) ** 2 + trial.suggest_int("width", 1, 8))
            proposed.append([trial.params for trial in study.trials])
            assert torch.get_num_threads() == count
    finally:
        torch.set_num_threads(threads)
    assert proposed[0] == proposed[1]
