"""What a constant answer scores, held against the metrics themselves: no constant answer may score better."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from study.status.guessing import Guess, guess_of, is_beaten
from study.task import TASKS, DataSpec, Metric
from study.training.scoring import Scoring

CLASSES = 3


def spec_of(task: str) -> DataSpec:
    return DataSpec(task=task, shape=(4,), class_names=tuple("abc"))  # type: ignore[arg-type]


def reached(task: str, metric: Metric, answers: list[Tensor], targets: Tensor) -> float:
    """Returns the best score of constant answers, each the outputs for one example."""
    scoring = Scoring(spec=spec_of(task), objective=metric, metrics=(metric,))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scores = [scoring.score(answer.repeat(len(targets), 1), targets) for answer in answers]
    return metric.sign * max(metric.sign * score for score in scores)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, CLASSES - 1), min_size=2, max_size=12), st.sampled_from(TASKS["classification"].metrics))
def test_no_constant_class_scores_better_and_one_scores_as_much(classes: list[int], metric: Metric) -> None:
    targets = torch.tensor(classes)
    fractions = torch.bincount(targets, minlength=CLASSES) / len(targets)
    answers = [9.0 * torch.eye(CLASSES)[place] for place in range(CLASSES)]
    answers.append(torch.log(fractions.double().clamp(min=1e-12)).float())
    guess = guess_of(spec_of("classification"), metric, targets.numpy())
    assert guess is not None
    assert guess.score == pytest.approx(reached("classification", metric, answers, targets), abs=1e-5)


@settings(deadline=None, max_examples=20)
@given(
    st.lists(st.tuples(*[st.integers(0, 1)] * CLASSES), min_size=2, max_size=10),
    st.sampled_from(TASKS["multilabel"].metrics),
)
def test_no_constant_set_of_labels_scores_better_and_one_scores_as_much(
    rows: list[tuple[int, ...]], metric: Metric
) -> None:
    targets = torch.tensor(rows, dtype=torch.uint8)
    answers = [9.0 * (2 * torch.tensor(signs) - 1.0) for signs in itertools.product((0.0, 1.0), repeat=CLASSES)]
    answers.append(torch.logit(targets.double().mean(dim=0), eps=1e-9).float())
    guess = guess_of(spec_of("multilabel"), metric, targets.numpy())
    assert guess is not None
    assert guess.score == pytest.approx(reached("multilabel", metric, answers, targets), abs=1e-5)


@pytest.mark.parametrize("metric", TASKS["regression"].metrics, ids=lambda metric: metric.name)
def test_the_best_constant_of_numbers_is_their_mean_or_median(metric: Metric) -> None:
    targets = torch.tensor([[1.0, 10.0, 0.0], [2.0, 10.5, 0.5], [6.0, 14.0, 4.0]])
    answers = [targets.mean(dim=0), targets.median(dim=0).values, targets.max(dim=0).values]
    guess = guess_of(spec_of("regression"), metric, targets.numpy())
    assert guess is not None
    assert guess.score == pytest.approx(reached("regression", metric, answers, targets), abs=1e-5)
    assert guess.words == f"always answering the {'median' if metric.name == 'mae' else 'mean'}"


def test_of_a_metric_of_ones_own_nobody_knows_a_guess() -> None:
    assert guess_of(spec_of("classification"), Metric("mine", "maximize"), np.array([0, 1])) is None


def test_a_lower_loss_beats_a_guess_where_the_upper_end_of_its_interval_is_below() -> None:
    loss, guess = Metric("log_loss", "minimize"), Guess(1.0, "answering every example alike")
    assert is_beaten(loss, [0.5, 0.52, 0.51], guess, examples=100)
    assert not is_beaten(loss, [0.5, 1.2, 0.7], guess, examples=100)
    assert not is_beaten(loss, [1.0], guess, examples=100)
    assert is_beaten(loss, [0.99], guess, examples=100)


def test_one_seed_of_right_answers_has_the_interval_of_its_examples() -> None:
    match, guess = Metric("exact_match", "maximize", "fraction"), Guess(0.5, "")
    assert not is_beaten(match, [0.6], guess, examples=10)
    assert is_beaten(match, [0.6], guess, examples=1000)
