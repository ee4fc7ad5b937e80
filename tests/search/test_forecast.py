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
from threadpoolctl import threadpool_info, threadpool_limits

from study.options.method import GP_TRIALS
from study.plan import Plan
from study.search import Past, history
from study.search.forecast import SLOPE, forecast
from study.search.samplers import Gp, Tpe, make_sampler, sampler_of
from study.search.search import Search
from study.trial import Trial, TrialState

from ..examples import examples
from .simulated import Simulation
from .test_search import EPOCHS, made_plan, quality, reported, train

States = optuna.trial.TrialState
SCORE = st.integers(-2000, 2000).map(lambda count: count / 2000)
SCORES = st.lists(st.tuples(SCORE, SCORE), min_size=1, max_size=8)


def test_a_line_is_found_and_followed() -> None:
    early = np.linspace(0.2, 0.8, 200)
    found = forecast(list(early), list(0.5 + 0.4 * early), [0.1, 0.5])
    assert found == pytest.approx([0.54, 0.7], abs=0.002)


def test_of_one_complete_trial_only_the_level_is_known() -> None:
    assert forecast([0.5], [0.9], [0.5, 0.6, 0.4]) == pytest.approx([0.9, 0.9 + 0.1 * SLOPE, 0.9 - 0.1 * SLOPE])


@given(pairs=SCORES, scores=st.lists(SCORE, min_size=1, max_size=4), scale=st.sampled_from((0.5, -8.0, 64.0)))
@examples(50)
def test_the_unit_and_the_direction_of_the_score_do_not_matter(
    pairs: list[tuple[float, float]], scores: list[float], scale: float
) -> None:
    early, final = zip(*pairs, strict=True)
    expected = np.array(forecast(early, final, scores)) * scale
    others = [list(np.array(side) * scale) for side in (early, final, scores)]
    assert forecast(*others) == pytest.approx(list(expected), rel=1e-6, abs=1e-9)


@given(pairs=SCORES, scores=st.lists(SCORE, min_size=1, max_size=6))
@examples(50)
def test_who_is_better_early_is_expected_to_be_no_worse_and_nobody_is_far_beyond_what_there_is(
    pairs: list[tuple[float, float]], scores: list[float]
) -> None:
    early, final = zip(*pairs, strict=True)
    scores = sorted(scores)
    found = forecast(early, final, scores)
    assert found == sorted(found)
    every = [*early, *final, *scores]
    assert max(map(abs, found)) <= 20 * (1 + max(map(abs, every)))


@pytest.mark.parametrize("outlier", [-1e6, -1e160])
def test_one_trial_that_is_far_out_changes_what_is_expected_of_others_by_little(outlier: float) -> None:
    early, final, scores = [0.3, 0.5, 0.4, 0.45], [0.8, 0.9, 0.85, 0.88], [0.35, 0.42, 0.48]
    usual = forecast(early, final, scores)
    for found in (forecast([*early, outlier], [*final, 0.8], scores), forecast(early, final, [*scores, outlier])[:3]):
        assert found == pytest.approx(usual, abs=0.08)


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
    assert before is not None
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


def test_a_pruned_trial_is_told_with_a_forecast_and_one_that_failed_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    search, done = spied(monkeypatch), dict[int, int]()
    first = ask(search)
    train(search, first, done)
    search.tell(first, TrialState.COMPLETE, [quality(first)])
    pruned, failing = ask(search), ask(search)
    for trial in (pruned, failing):
        search.tell(trial, train(search, trial, done), None)
    ask(search)
    told = [trial.values for trial in Spy.seen[1:3]]
    assert None not in told
    search.tell(pruned, TrialState.PRUNED, None)
    search.tell(failing, TrialState.FAILED, None)
    ask(search)
    assert (Spy.seen[1].state, Spy.seen[1].values) == (States.COMPLETE, told[0])
    assert (Spy.seen[2].state, Spy.seen[2].values) == (States.FAIL, None)


@pytest.mark.parametrize("state", [TrialState.RUNNING, TrialState.INTERRUPTED])
def test_a_later_process_tells_of_a_promoted_trial_as_it_stood(
    monkeypatch: pytest.MonkeyPatch, state: TrialState
) -> None:
    first = spied(monkeypatch)
    baseline, other = ask(first), ask(first)
    curves = [{epoch: quality(trial) * epoch / EPOCHS for epoch in range(1, 10)} for trial in (baseline, other)]
    past = [
        Past(baseline, TrialState.COMPLETE, curves[0], [quality(baseline)], began_at="1", ended_at="2"),
        Past(other, state, dict(list(curves[1].items())[:3]), promoted_to=4, began_at="3"),
    ]
    search = Search(first.plan, past)
    assert ask(search).number == 1
    ask(search)
    expected = quality(baseline) + SLOPE * (curves[1][2] - curves[0][2])
    assert Spy.seen[1].values == pytest.approx([expected])


def test_of_a_trial_whose_values_are_no_more_nothing_is_told_however_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    first = spied(monkeypatch)
    baseline, other = ask(first), first.plan.search_trial(1, {**first.plan.baseline, "learning_rate": 0.9})
    curve = {epoch: epoch / EPOCHS for epoch in range(1, 10)}
    ends = [(TrialState.PAUSED, None), (TrialState.PRUNED, None), (TrialState.COMPLETE, [0.9])]
    for state, scores in ends:
        past = [
            Past(baseline, TrialState.COMPLETE, curve, [1.0], began_at="1", ended_at="2"),
            Past(other, TrialState.RUNNING, {1: 0.1, 2: 0.2}, began_at="3"),
        ]
        search = Search(first.plan, past)
        open_trial = ask(search)
        search.report(open_trial, reported(2, 0.2))
        search.tell(open_trial, state, scores)
        ask(search)
        assert (Spy.seen[1].params, Spy.seen[1].values) == ({}, None)


def test_no_trial_is_told_to_be_so_bad_that_all_others_look_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    search = spied(monkeypatch, pruner="none")
    finals = [0.8, 0.9, 0.85, 0.95, -1000.0]
    for trial, final in [(ask(search), final) for final in finals]:
        search.tell(trial, TrialState.COMPLETE, [final])
    ask(search)
    told = [trial.values[0] for trial in Spy.seen[:5]]
    assert told[:4] == finals[:4]
    assert 0 < told[4] < 0.8
    assert search.trial(4).values == [-1000.0]


@pytest.mark.parametrize("sampler", ["auto", "tpe"])
def test_a_search_that_was_killed_again_and_again_is_the_same(sampler: str) -> None:
    searches = []
    for killed in (0.0, 0.3):
        plan = made_plan(24, sampler=sampler)
        simulation = Simulation(plan, Random(3))
        simulation.run(workers=1, killed=killed)
        searches.append(simulation.database())
    assert searches[0] == searches[1]


def test_a_gaussian_process_leaves_no_notes_in_a_trial_which_a_later_process_would_not_have() -> None:
    search, proposed = Search(made_plan(16, pruner="none")), set[float]()
    while (trial := search.ask()) is not None:
        search.tell(trial, TrialState.COMPLETE, [quality(trial)])
        proposed.add(float(trial.configuration["learning_rate"]))
    assert len(proposed) == 16
    assert not [key for trial in search.trials() for key in trial.system_attrs if key.startswith("gp:")]


def test_auto_is_a_gaussian_process_first_then_tpe_and_tpe_for_several_objectives() -> None:
    def named(number: int, **method: object) -> str:
        plan: Plan = made_plan(10, **method)
        return sampler_of(plan, number)

    assert (named(GP_TRIALS - 1), named(GP_TRIALS)) == ("gp", "tpe")
    assert named(1, objectives=("accuracy", "parameters"), pruner="none") == "tpe"
    assert named(GP_TRIALS, sampler="gp") == "gp"


def test_a_proposal_is_computed_with_one_thread_whatever_it_is_computed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    def threads() -> tuple[int, set[int]]:
        libraries = [library for library in threadpool_info() if library["user_api"] == "blas"]
        return torch.get_num_threads(), {library["num_threads"] for library in libraries}

    seen: list[tuple[int, set[int]]] = []
    monkeypatch.setattr(
        optuna.samplers.GPSampler, "sample_relative", lambda *arguments: seen.append(threads()) or {"rate": 0.5}
    )
    with threadpool_limits(2):
        proposed = Gp(seed=0).sample_relative(optuna.create_study(), optuna.trial.create_trial(value=0.0), {})
        assert proposed == {"rate": 0.5}
        assert (seen, threads()) == ([(1, {1})], (2, {2}))


def test_parameters_that_only_some_trials_have_are_proposed_by_tpe() -> None:
    sampler = make_sampler(made_plan(10), 11)
    assert isinstance(sampler, Gp)
    assert isinstance(sampler._independent_sampler, Tpe)
