"""Whether a result beats guessing: the rule against its interval, and its corners."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from study.status.intervals import CONFIDENCE, half_width, no_better_than_guessing, score_interval, wilson
from study.task import TASKS

fractions = st.floats(0.0, 1.0)


@pytest.mark.parametrize("accuracies", [[1 / 3], [1 / 3, 1 / 3], [1 / 3] * 5, [0.3333333432674408] * 2, [0.3, 0.36]])
def test_answering_one_class_of_three_alike_is_no_better_than_guessing(accuracies: list[float]) -> None:
    assert no_better_than_guessing(accuracies, images=300, fraction=1 / 3)


@pytest.mark.parametrize("accuracies", [[0.97], [0.97, 0.98], [1.0, 1.0, 1.0], [0.9, 0.92, 0.94, 0.95]])
def test_a_trained_model_beats_guessing(accuracies: list[float]) -> None:
    assert not no_better_than_guessing(accuracies, images=300, fraction=1 / 3)


def test_a_few_images_cannot_show_what_many_can() -> None:
    assert no_better_than_guessing([0.6], images=10, fraction=0.5)
    assert not no_better_than_guessing([0.6], images=1000, fraction=0.5)


def test_seeds_that_differ_much_cannot_show_what_close_ones_can() -> None:
    assert no_better_than_guessing([0.4, 0.8], images=1000, fraction=0.5)
    assert not no_better_than_guessing([0.6, 0.601], images=1000, fraction=0.5)


def test_equal_seeds_say_no_more_than_their_images() -> None:
    assert no_better_than_guessing([0.6, 0.6, 0.6], images=10, fraction=0.5)


def test_one_class_alone_cannot_be_beaten() -> None:
    assert no_better_than_guessing([1.0, 1.0], images=100, fraction=1.0)


@given(st.lists(fractions, min_size=2, max_size=8), fractions)
def test_several_seeds_are_judged_by_students_interval(accuracies: list[float], fraction: float) -> None:
    assume(max(accuracies) - min(accuracies) > 1e-3)
    low = float(stats.ttest_1samp(accuracies, 0.5).confidence_interval(0.95).low)
    assume(abs(low - fraction) > 1e-4)
    assert no_better_than_guessing(accuracies, images=100, fraction=fraction) == (low < fraction)


@given(st.integers(1, 20_000), st.data())
def test_intervals_are_those_of_scipy(images: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, images))
    known = stats.binomtest(right, images).proportion_ci(CONFIDENCE, method="wilson")
    assert wilson(right / images, images) == (known.low, known.high)
    assert half_width(2.0, 4, images) == stats.t.ppf(0.975, images)


@given(st.integers(1, 2000), st.data())
def test_one_seed_is_judged_by_wilsons_interval(images: int, data: st.DataObject) -> None:
    accuracy = data.draw(st.integers(0, images)) / images
    fraction = data.draw(fractions)
    low, high = wilson(accuracy, images)
    assert 0.0 <= low <= accuracy + 1e-9
    assert accuracy - 1e-9 <= high <= 1.0
    assume(abs(low - fraction) > 1e-4)
    assert no_better_than_guessing([accuracy], images=images, fraction=fraction) == (low < fraction)


@pytest.mark.parametrize(
    ("accuracies", "images", "fraction"), [([], 10, 0.5), ([0.5], 0, 0.5), ([math.nan], 10, 0.5), ([0.5], 10, 33.3)]
)
def test_what_is_no_fraction_of_images_is_refused(accuracies: list[float], images: int, fraction: float) -> None:
    with pytest.raises(ValueError, match=r"^needs accuracies and a fraction in 0\.\.1 of at least one image, not "):
        no_better_than_guessing(accuracies, images=images, fraction=fraction)


@pytest.mark.parametrize(
    ("name", "scores", "expected"),
    [
        ("accuracy", [0.99, 1.0], (0.9314, 1.0)),
        ("accuracy", [0.0, 0.01], (0.0, 0.0685)),
        ("log_loss", [0.0, 0.01], (-0.0585, 0.0685)),
        ("accuracy", [0.99], (None, None)),
    ],
)
def test_the_interval_of_a_mean_fraction_ends_where_fractions_end(
    name: str, scores: list[float], expected: tuple[float, float]
) -> None:
    (metric,) = (metric for metric in TASKS["classification"].metrics if metric.name == name)
    assert score_interval(scores, metric) == (
        pytest.approx(expected, abs=1e-4) if expected[0] is not None else expected
    )
