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
    Evidence,
    intervals,
    paired_differences,
    pairs_of_replicates,
    sign_flip_p,
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
    assert sign_flip_p([0.01 * (1 + i) for i in range(n)]) == pytest.approx(2.0 ** (1 - n))


@given(DIFFERENCES)
def test_sign_flip_p_is_a_probability_and_ignores_the_sign(differences: Sequence[float]) -> None:
    p = sign_flip_p(differences)
    assert 2.0 ** (1 - len(differences)) <= p <= 1
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


def finals_of(best: Sequence[float], baseline: Sequence[float]) -> pd.DataFrame:
    rows = [
        ("s", role, f"{role}{seed}", seed, 10 + seed, score)
        for role, scores in (("best", best), ("baseline", baseline))
        for seed, score in enumerate(scores)
    ]
    return pd.DataFrame(rows, columns=["study", "role", "trial", "replicate", "seed", "score"])


def test_pairs_are_made_by_seed_not_by_place() -> None:
    finals = pd.DataFrame(
        [
            ("s", "best", "a", 0, 10, 0.99),
            ("s", "best", "b", 1, 11, 0.98),
            ("s", "best", "c", 2, 12, 0.50),
            ("s", "baseline", "d", 1, 11, 0.97),
            ("s", "baseline", "e", 0, 10, 0.97),
            ("s", "baseline", "f", 2, 99, 0.10),
            ("s", "earlier best", "g", 0, 10, 0.10),
        ],
        columns=["study", "role", "trial", "replicate", "seed", "score"],
    )
    pairs = pairs_of_replicates(finals)
    assert pairs[["trial", "other_trial"]].to_numpy().tolist() == [["a", "e"], ["b", "d"]]
    row = paired_differences(pairs).iloc[0]
    assert row["n"] == 2
    assert row["difference"] == pytest.approx(0.015)
    low, high = stats.t.interval(0.95, 1, loc=0.015, scale=stats.sem([0.02, 0.01]))
    assert (row["low"], row["high"]) == (pytest.approx(low), pytest.approx(high))
    assert row["sign_flip_p"] == 0.5


def test_three_replicates_can_tell_and_agree_with_scipy() -> None:
    best, baseline = [0.99, 0.985, 0.992], [0.95, 0.955, 0.948]
    row = paired_differences(pairs_of_replicates(finals_of(best, baseline))).iloc[0]
    assert row["p"] == pytest.approx(stats.ttest_rel(best, baseline).pvalue)
    assert row["p"] < 0.05


def test_what_single_examples_do_bounds_the_spread_from_below() -> None:
    pairs = pairs_of_replicates(finals_of([0.97, 0.971, 0.97], [0.96, 0.96, 0.961]))
    alone, bounded = (paired_differences(pairs, floors).iloc[0] for floors in (None, pd.Series({"s": 1e-4})))
    assert alone["p"] < 0.05 < bounded["p"]
    assert bounded["high"] - bounded["low"] == pytest.approx(2 * stats.t.ppf(0.975, 2) * 0.01 / math.sqrt(3))


def test_seeds_that_are_all_alike_claim_nothing_that_the_sign_flip_does_not() -> None:
    row = paired_differences(pairs_of_replicates(finals_of([0.875] * 3, [0.75] * 3))).iloc[0]
    assert row["p"] == row["sign_flip_p"] == 0.25
    assert math.isnan(row["low"])


@pytest.mark.parametrize(
    ("n", "merit", "p", "expected"),
    [
        (1, 0.1, math.nan, "inconclusive (1 seed; needs at least 3 seeds)"),
        (2, 0.1, 0.001, "inconclusive (2 seeds; needs at least 3 seeds)"),
        (3, 0.1, 0.05, "better than the baseline"),
        (3, -0.1, 0.05, "worse than the baseline"),
        (3, 0.1, 0.0501, "no evidence of a difference"),
        (6, 0.1, math.nan, "no evidence of a difference"),
    ],
)
def test_a_verdict_needs_seeds_and_p(n: int, merit: float, p: float, expected: str) -> None:
    assert verdict(Evidence(n=n, merit=merit, p_holm=p, planned=n)) == expected
