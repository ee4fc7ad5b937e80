from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from reports.statistics import (
    EXACT_PAIRS,
    SEEDS_NEEDED,
    intervals,
    paired_differences,
    sign_flip_p,
    smallest_p,
    verdict,
    wilson,
)

DIFFERENCES = st.lists(st.integers(-300, 300).map(lambda images: images / 10_000), min_size=1, max_size=14)


def test_interval_is_students() -> None:
    values = [0.98, 0.99, 0.985, 0.991]
    row = intervals(pd.DataFrame({"g": "a", "x": values}), by=["g"], column="x").iloc[0]
    low, high = stats.t.interval(0.95, 3, loc=np.mean(values), scale=stats.sem(values))
    assert (row["n"], row["mean"]) == (4, pytest.approx(np.mean(values)))
    assert (row["low"], row["high"]) == (pytest.approx(low), pytest.approx(high))


def test_interval_needs_two_values_and_has_no_width_without_variance() -> None:
    frame = pd.DataFrame({"g": ["one", "two", "two", "none"], "x": [0.9, 0.8, 0.8, math.nan]})
    table = intervals(frame, by=["g"], column="x").set_index("g")
    assert math.isnan(table.loc["one", "low"])
    assert table.loc["two", ["low", "high"]].tolist() == pytest.approx([0.8, 0.8])
    assert table.loc["none", "n"] == 0
    assert math.isnan(table.loc["none", "mean"])


def test_wilson_of_a_perfect_model_stays_below_its_own_accuracy() -> None:
    low, high = wilson(1.0, 100)
    # n / (n + z^2), the score interval's lower end at x = n.
    assert low == pytest.approx(100 / (100 + stats.norm.ppf(0.975) ** 2))
    assert high == pytest.approx(1.0)
    assert all(math.isnan(bound) for bound in wilson(math.nan, 100))


@pytest.mark.parametrize("n", [1, 5, 6, 9])
def test_differences_of_one_sign_reach_the_smallest_p(n: int) -> None:
    assert sign_flip_p([0.01 * (1 + i) for i in range(n)]) == pytest.approx(smallest_p(n))


def test_six_seeds_are_the_fewest_that_can_tell() -> None:
    assert SEEDS_NEEDED == 6
    assert smallest_p(5) == 0.0625
    assert smallest_p(6) == 0.03125


@given(DIFFERENCES)
def test_sign_flip_p_is_a_probability_and_ignores_the_sign(differences: Sequence[float]) -> None:
    p = sign_flip_p(differences)
    assert smallest_p(len(differences)) <= p <= 1
    assert p == sign_flip_p([-difference for difference in differences])


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=8))
def test_sign_flip_p_counts_every_assignment(differences: Sequence[int]) -> None:
    assignments = itertools.product((-1, 1), repeat=len(differences))
    sums = [abs(sum(s * d for s, d in zip(signs, differences, strict=True))) for signs in assignments]
    expected = sum(total >= abs(sum(differences)) for total in sums) / len(sums)
    assert sign_flip_p([difference / 10_000 for difference in differences]) == pytest.approx(expected)


def test_sign_flip_p_agrees_with_its_limit_beyond_the_exact_range() -> None:
    generator = np.random.default_rng(0)
    differences = generator.normal(0.3, 1, EXACT_PAIRS)
    more = [*differences, 1e-12]
    assert sign_flip_p(more) == pytest.approx(sign_flip_p(differences), abs=0.01)


def test_sign_flip_p_of_nothing() -> None:
    assert math.isnan(sign_flip_p([]))
    assert sign_flip_p([0.0, 0.0]) == 1.0


def test_pairs_are_made_by_seed_not_by_place() -> None:
    finals = pd.DataFrame(
        [
            ("s", "best", 0, 10, 0.99),
            ("s", "best", 1, 11, 0.98),
            ("s", "best", 2, 12, 0.50),
            ("s", "baseline", 1, 11, 0.97),
            ("s", "baseline", 0, 10, 0.97),
            ("s", "baseline", 2, 99, 0.10),
            ("s", "earlier best", 0, 10, 0.10),
        ],
        columns=["study", "role", "replicate", "seed", "score"],
    )
    row = paired_differences(finals, {"s": 1}).iloc[0]
    assert row["n"] == 2
    assert row["difference"] == pytest.approx(0.015)
    low, high = stats.t.interval(0.95, 1, loc=0.015, scale=stats.sem([0.02, 0.01]))
    assert (row["low"], row["high"]) == (pytest.approx(low), pytest.approx(high))
    assert row["p"] == row["smallest_p"] == 0.5
    assert row["verdict"] == "inconclusive (2 seeds; needs at least 6)"


@pytest.mark.parametrize(
    ("n", "low", "high", "p", "expected"),
    [
        (1, math.nan, math.nan, 1.0, "inconclusive (1 seed; needs at least 6)"),
        (5, 0.1, 0.2, 0.0625, "inconclusive (5 seeds; needs at least 6)"),
        (6, 0.1, 0.2, 0.03125, "better than the baseline"),
        (6, -0.2, -0.1, 0.03125, "worse than the baseline"),
        (6, -0.1, 0.2, 0.03125, "no evidence of a difference"),
        (6, 0.1, 0.2, 0.0625, "no evidence of a difference"),
    ],
)
def test_a_verdict_needs_seeds_interval_and_p(n: int, low: float, high: float, p: float, expected: str) -> None:
    assert verdict(n=n, low=low, high=high, p=p) == expected
