"""One vocabulary: the same number reads the same wherever it stands."""

from __future__ import annotations

import math

import pytest

from reports import formatting as form
from reports.formatting import MINUS, MISSING, ONE_SEED, SEEDS_ALIKE
from study.task import TASKS

ACCURACY, LOSS = (
    TASKS["classification"].primary,
    next(metric for metric in TASKS["classification"].metrics if metric.name == "log_loss"),
)
NAN = math.nan


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ((0.21, 0.1, 0.32), "+0.21 (+0.10 to +0.32)"),
        ((-0.21, -0.32, 0.004), f"{MINUS}0.21 ({MINUS}0.32 to 0.00)"),
        ((0.21, NAN, NAN), f"+0.21 ({ONE_SEED})"),
        ((0.21, 0.21, 0.21), f"+0.21 ({SEEDS_ALIKE})"),
        ((NAN, NAN, NAN), MISSING),
    ],
)
def test_an_effect_has_its_interval_or_says_why_not(numbers: tuple[float, float, float], told: str) -> None:
    assert form.effect_with_interval(*numbers, ACCURACY) == told


def test_an_effect_names_its_unit_where_it_is_asked_to() -> None:
    assert form.effect_with_interval(0.2, 0.1, 0.3, ACCURACY, with_unit=True) == (
        "+0.20 percentage points (+0.10 to +0.30)"
    )
    assert form.effect_with_interval(0.2, 0.1, 0.3, LOSS, with_unit=True) == "+0.200 in log loss (+0.100 to +0.300)"


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ((0.99, 0.985, 0.995), "99.00 % (98.50 to 99.50 %)"),
        ((0.99, NAN, NAN), f"99.00 % ({ONE_SEED})"),
        ((0.99, 0.99, 0.99), f"99.00 % ({SEEDS_ALIKE})"),
        ((NAN, NAN, NAN), MISSING),
    ],
)
def test_a_score_has_its_interval_or_says_why_not(numbers: tuple[float, float, float], told: str) -> None:
    assert form.score_with_interval(*numbers, ACCURACY) == told


def test_a_p_is_told_from_what_it_is_compared_with() -> None:
    shown = [form.probability(p) for p in (0.0504, 0.0496, 0.05, 0.05000001, 0.1234, 0.00001, NAN)]
    assert shown == ["0.0504", "0.05", "0.05", "0.05000001", "0.12", "under 0.0001", MISSING]


def test_ratios_and_seeds() -> None:
    assert form.ratio(1.444) == "1.44"
    assert form.ratio(1.444, 1.3, 1.61) == "1.44 (1.30 to 1.61)"
    assert form.ratio(1.0, 1.0, 1.0) == "1.00"
    assert form.ratio(NAN) == form.ratio(None) == form.seeds_needed(NAN) == MISSING
    assert (form.seeds_needed(12.0), form.seeds_needed(math.inf)) == ("12", "over 1,000")


@pytest.mark.parametrize(
    ("n", "searches", "why"),
    [
        (1, None, ONE_SEED),
        (5, None, SEEDS_ALIKE),
        (5, NAN, SEEDS_ALIKE),
        (9, 1.0, form.ONE_SEARCH),
        (9, 3.0, SEEDS_ALIKE),
    ],
)
def test_why_there_is_no_interval_is_said_in_the_same_words_everywhere(
    n: int, searches: float | None, why: str
) -> None:
    assert form.no_interval(n, searches) == why
    assert form.effect_with_interval(0.2, NAN, NAN, ACCURACY, why=form.no_interval(n, searches)) == f"+0.20 ({why})"
