"""How far a study has come, and which trial is its best, counted from rows alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.database import TrialRow
from study.options.method import Budget
from study.status.progress import Progress, best_trial, progress, replicate_role
from study.trial import TrialState

from ..examples import examples
from ..rows import made
from ..scoring import ACCURACY

BASELINE, OTHER, THIRD = ({"width": width} for width in (32, 48, 16))
BUDGET = Budget(trials=4, replicates=3)


def searched(number: int, value: float | None = None, state: str = "complete", **configuration: int) -> TrialRow:
    found = configuration or {"width": number}
    return made(TrialRow, phase="search", state=state, value=value, optuna_number=number, configuration=found)


def replicated(configuration: dict[str, int], count: int = 1, state: str = "complete") -> list[TrialRow]:
    return [
        made(TrialRow, phase="replicate", variant="best", state=state, configuration=dict(configuration))
        for _ in range(count)
    ]


# The best trial


def test_the_best_trial_has_the_highest_validation_score() -> None:
    rows = [searched(0, 0.8), searched(1, 0.95), searched(2, 0.9)]
    assert best_trial(rows, ACCURACY) is rows[1]


@pytest.mark.parametrize("state", [state.value for state in TrialState if state is not TrialState.COMPLETE])
def test_only_complete_trials_are_ranked(state: str) -> None:
    rows = [searched(0, 0.8), searched(1, 0.99, state)]
    assert best_trial(rows, ACCURACY) is rows[0]
    assert best_trial(rows[1:], ACCURACY) is None


def test_replicates_are_never_ranked() -> None:
    rows = [replace(row, value=0.99) for row in replicated(OTHER)]
    assert best_trial(rows, ACCURACY) is None
    assert best_trial([], ACCURACY) is None


def test_of_equal_trials_the_earliest_is_the_best() -> None:
    rows = [searched(10, 0.9), searched(2, 0.9), searched(3, 0.9), searched(1, 0.8)]
    assert best_trial(rows, ACCURACY) is rows[1]


@examples(60)
@given(
    st.lists(st.tuples(st.sampled_from((0.0, 0.5, 0.9, 1.0)), st.sampled_from(("complete", "pruned"))), max_size=8),
    st.randoms(use_true_random=False),
)
def test_the_best_trial_does_not_depend_on_the_order_of_rows(entries: list[tuple[float, str]], random: Any) -> None:  # noqa: ANN401
    rows = [searched(number, value, state) for number, (value, state) in enumerate(entries)]
    best = best_trial(rows, ACCURACY)
    assert (best is None) == all(state != "complete" for _, state in entries)
    if best is not None:
        ranks = [(-(row.value or 0.0), row.optuna_number) for row in rows if row.state == "complete"]
        assert (-(best.value or 0.0), best.optuna_number) == min(ranks)
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert best_trial(shuffled, ACCURACY) is best


# Progress


def test_a_study_that_has_not_begun_has_everything_before_it() -> None:
    found = progress([], BUDGET, BASELINE, ACCURACY)
    assert found == Progress(searched=0, search_target=4, replicated=0, replicate_target=3)
    assert not found.finished
    assert found.describe() == "0 of 4 search trials and 0 of 3 replicates are finished"


def test_whatever_has_ended_counts() -> None:
    rows = [searched(n, 0.5, state.value, width=32) for n, state in enumerate(TrialState)]
    assert progress(rows, BUDGET, BASELINE, ACCURACY) == Progress(
        searched=4, search_target=4, replicated=0, replicate_target=3
    )


def test_two_sets_of_replicates_are_planned_once_the_best_is_not_the_baseline() -> None:
    rows = [searched(0, 0.8, width=32), searched(1, 0.9, width=48)]
    assert progress(rows, BUDGET, BASELINE, ACCURACY).replicate_target == 6
    assert (
        progress([*rows, *replicated(BASELINE, 3), *replicated(OTHER, 2)], BUDGET, BASELINE, ACCURACY).replicated == 5
    )


def test_a_best_that_is_the_baseline_needs_one_set_of_replicates() -> None:
    rows = [*(searched(number, 0.9 - number / 10, width=32 + number) for number in range(4)), *replicated(BASELINE, 3)]
    found = progress(rows, BUDGET, BASELINE, ACCURACY)
    assert found == Progress(searched=4, search_target=4, replicated=3, replicate_target=3)
    assert found.finished


def test_replicates_of_an_earlier_best_do_not_count() -> None:
    rows = [
        *(searched(0, 0.8, width=32), searched(1, 0.9, width=48), searched(2, 0.95, width=16)),
        *(*replicated(BASELINE, 3), *replicated(OTHER, 3), *replicated(THIRD, 1)),
    ]
    assert progress(rows, BUDGET, BASELINE, ACCURACY) == Progress(
        searched=3, search_target=4, replicated=4, replicate_target=6
    )


def test_replicates_that_train_for_fewer_epochs_than_others_do_not_count() -> None:
    short, whole = (
        [replace(row, epochs=epochs, configuration_hash="b") for row in replicated(BASELINE, 3)] for epochs in (3, 5)
    )
    assert progress(short, BUDGET, BASELINE, ACCURACY).replicated == 3
    assert progress([*short, *whole[:2]], BUDGET, BASELINE, ACCURACY).replicated == 2


@pytest.mark.parametrize(
    ("baseline", "best", "shorter", "role"),
    [
        (True, False, False, "baseline"),
        (True, True, False, "baseline"),
        (False, True, False, "best"),
        (True, True, True, "earlier baseline"),
        (False, True, True, "earlier best"),
        (False, False, False, "earlier best"),
        (False, False, True, "earlier best"),
    ],
)
def test_a_replicate_stands_for_the_baseline_the_best_or_an_earlier_one(
    baseline: bool, best: bool, shorter: bool, role: str
) -> None:
    assert replicate_role(is_baseline=baseline, is_best=best, is_shorter=shorter) == role


@pytest.mark.parametrize("state", ["running", "interrupted"])
def test_an_unfinished_replicate_does_not_count(state: str) -> None:
    assert progress(replicated(BASELINE, 2, state), BUDGET, BASELINE, ACCURACY).replicated == 0


def test_a_failed_replicate_is_not_trained_again() -> None:
    assert progress(replicated(BASELINE, 2, "failed"), BUDGET, BASELINE, ACCURACY).replicated == 2


@pytest.mark.parametrize(("spent", "target"), [(59.9, 4), (60.0, 3), (75.0, 3)])
def test_a_search_that_is_out_of_time_ends_with_what_it_began(spent: float, target: int) -> None:
    rows = [searched(0, 0.8, width=32), searched(1, 0.7), searched(2, None, "interrupted")]
    assert (
        progress(rows, replace(BUDGET, timeout=60.0), BASELINE, ACCURACY, search_seconds=spent).search_target == target
    )


def test_time_over_ends_the_search_but_not_the_replicates() -> None:
    budget = replace(BUDGET, timeout=60.0)
    rows = [searched(0, 0.8, width=32)]
    assert not progress(rows, budget, BASELINE, ACCURACY, search_seconds=60.0).finished
    assert progress([*rows, *replicated(BASELINE, 3)], budget, BASELINE, ACCURACY, search_seconds=60.0).finished


def test_a_study_without_a_time_limit_may_search_for_long() -> None:
    assert progress([], BUDGET, BASELINE, ACCURACY, search_seconds=1e9).search_target == 4


def test_more_trials_than_planned_are_no_more_than_all_of_them() -> None:
    rows = [searched(number, 0.5, width=32) for number in range(7)]
    assert progress(rows, BUDGET, BASELINE, ACCURACY).search_target == 7


@examples(60)
@given(st.lists(st.sampled_from([state.value for state in TrialState]), max_size=10), st.integers(1, 10))
def test_a_study_is_finished_exactly_when_nothing_is_left(states: list[str], trials: int) -> None:
    budget = Budget(trials=trials, replicates=0)
    ended = sum(state not in ("running", "interrupted", "paused") for state in states)
    rows = [searched(number, 0.5, state) for number, state in enumerate(states)]
    assert progress(rows, budget, BASELINE, ACCURACY).finished == (ended >= trials)
