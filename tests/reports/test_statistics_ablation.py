"""The statistics of ablations one by one: known values, other libraries' values, and what must always hold."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, special, stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

from benchmarks.statistics_check import simulation
from benchmarks.statistics_check.noises import gaussian
from benchmarks.statistics_check.rules import guarded_t
from benchmarks.statistics_check.simulation import Cell
from reports.statistics import (
    ALL_VERDICTS,
    ALPHA,
    EQUIVALENT,
    HELPS,
    HURTS,
    INCONCLUSIVE,
    LEAST_SEARCHES,
    LEAST_SEEDS,
    MOST_SEEDS,
    NO_EVIDENCE,
    POWER,
    Advice,
    Evidence,
    advice,
    contrasts,
    decide,
    detectable,
    equivalence_p,
    guarded,
    guarded_p,
    half_widths,
    holm,
    probability_of_improvement,
    seeds_for_power,
    student_half_width,
)

PROBABILITIES = st.lists(st.floats(0, 1), min_size=1, max_size=12)
VARIANCES = st.lists(st.floats(0, 100) | st.just(math.nan), min_size=1, max_size=12)
SCORES = st.lists(st.integers(0, 20), min_size=1, max_size=9)
CLEAR = Evidence(n=3, merit=0.2, p_holm=0.01, planned=3)


@pytest.mark.slow
@given(PROBABILITIES)
def test_holm_agrees_with_statsmodels(p: list[float]) -> None:
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])


@given(PROBABILITIES)
def test_holm_keeps_the_order_and_never_lowers_a_p(p: list[float]) -> None:
    adjusted = holm(p)
    order = np.argsort(p, kind="stable")
    assert (np.diff(adjusted[order]) >= 0).all()
    assert (adjusted >= np.array(p)).all()
    assert (adjusted <= 1).all()


@given(PROBABILITIES, st.integers(0, 5))
def test_a_variant_without_a_p_belongs_to_the_model(p: list[float], missing: int) -> None:
    adjusted = holm([*p, *[math.nan] * missing])
    assert adjusted[: len(p)] == pytest.approx(holm([*p, *[1.0] * missing])[: len(p)])
    assert np.isnan(adjusted[len(p) :]).all()


def test_holm_of_nothing() -> None:
    assert holm([]).size == 0


@given(PROBABILITIES, st.integers(0, 5))
def test_tests_still_to_come_count_from_the_start(p: list[float], further: int) -> None:
    assert holm(p, further=further) == pytest.approx(holm([*p, *[1.0] * further])[: len(p)])


@given(PROBABILITIES, st.floats(0, 1))
def test_a_test_that_was_counted_before_it_had_a_p_takes_back_nothing(p: list[float], later: float) -> None:
    assert (holm([*p, later])[: len(p)] <= holm(p, further=1) + 1e-12).all()


@given(VARIANCES, st.integers(1, 12))
def test_borrowing_only_ever_raises_a_variance(variances: list[float], degrees: int) -> None:
    raised, counted = guarded(variances, degrees)
    known = np.isfinite(variances)
    assert (raised[known] >= np.asarray(variances)[known]).all()
    assert (counted[known] >= degrees).all()
    assert (counted[known] <= degrees + 8).all()
    assert np.isnan(raised[~known]).all()


@given(st.lists(st.floats(1e-3, 100), min_size=2, max_size=9), st.floats(1e-3, 1e3), st.integers(1, 8))
def test_the_unit_of_a_score_changes_no_verdict(variances: list[float], scale: float, degrees: int) -> None:
    raised, counted = guarded(variances, degrees)
    scaled, same = guarded(np.asarray(variances) * scale, degrees)
    assert scaled == pytest.approx(raised * scale)
    assert same == pytest.approx(counted)


def test_alone_a_variance_stays_what_it_is() -> None:
    assert [part.tolist() for part in guarded([4.0], 2)] == [[4.0], [2.0]]
    assert [part.tolist() for part in guarded([4.0], 2, 9.0)] == [[9.0], [2.0]]


def test_a_variance_that_is_small_by_luck_is_raised() -> None:
    """By hand, from the formulas of Smyth (2004)."""
    raised, counted = guarded([1.0] * 7 + [0.01], 2)
    assert 0.5 < raised[-1] < 1.5
    logs = np.log([1.0] * 7 + [0.01]) - special.digamma(1) + np.log(1)
    excess = logs.var(ddof=1) - special.polygamma(1, 1)
    half = optimize.brentq(lambda x: float(special.polygamma(1, x)) - excess, 1e-3, 1e3)
    prior = math.exp(logs.mean() + special.digamma(half) - math.log(half))
    family = max(prior, 1 / (stats.chi2.median(2) / 2))
    borrowed = min(2 * half, 8, 14 / 3)
    assert counted[-1] == pytest.approx(2 + borrowed)
    assert raised[-1] == pytest.approx((borrowed * family + 2 * 0.01) / (borrowed + 2))


def test_a_variance_far_above_its_family_stands_alone() -> None:
    raised, counted = guarded([1.0] * 7 + [100.0], 2)
    assert (raised[-1], counted[-1]) == (100.0, 2.0)


@given(st.floats(0.01, 3), st.floats(0.01, 4), st.integers(2, 12), st.floats(0, 8))
def test_interval_and_p_cannot_disagree(effect: float, variance: float, n: int, borrowed: float) -> None:
    degrees = n - 1 + borrowed
    p, half = guarded_p(effect, variance, n, degrees), half_widths(variance, n, degrees)
    assert (effect - half > 1e-9) == (p < ALPHA - 1e-9) or abs(p - ALPHA) < 1e-6


def test_guarded_p_is_students_where_nothing_is_borrowed() -> None:
    values = np.array([0.1, 0.4, 0.2, 0.7])
    assert guarded_p(values.mean(), values.var(ddof=1), 4, 3) == pytest.approx(stats.ttest_1samp(values, 0).pvalue)
    assert np.isnan(guarded_p(0.1, 0.0, 4, 3))
    assert np.isnan(half_widths(0.0, 4, 3))


@given(SCORES, SCORES)
def test_probability_of_improvement_is_mann_whitneys_and_turns_round(ours: list[int], theirs: list[int]) -> None:
    found, low, high = probability_of_improvement(ours, theirs)
    expected = stats.mannwhitneyu(ours, theirs).statistic / (len(ours) * len(theirs))
    assert found == pytest.approx(expected)
    assert 0 <= low <= found <= high <= 1
    assert probability_of_improvement(theirs, ours) == pytest.approx((1 - found, 1 - high, 1 - low), abs=1e-6)


def test_three_wins_of_three_are_no_certainty() -> None:
    found, low, high = probability_of_improvement([3, 4, 5], [0, 1, 2])
    assert (found, high) == (1, 1)
    assert 0.4 < low < 0.7
    assert all(math.isnan(bound) for bound in probability_of_improvement([], [1.0]))


def test_equivalence_is_two_one_sided_tests() -> None:
    values = np.array([0.05, -0.02, 0.03, 0.01])
    expected = max(
        stats.ttest_1samp(values, 0.3, alternative="less").pvalue,
        stats.ttest_1samp(values, -0.3, alternative="greater").pvalue,
    )
    assert equivalence_p(values.mean(), values.var(ddof=1), 4, 3, 0.3) == pytest.approx(expected)
    assert equivalence_p(0.5, 0.01, 4, 3, 0.3) > 0.5
    assert math.isnan(equivalence_p(0.1, 0.0, 4, 3, 0.3))


@pytest.mark.parametrize(("seeds", "variants"), [(3, 1), (6, 8)])
def test_a_detectable_effect_is_found_as_often_as_it_says(seeds: int, variants: int) -> None:
    """By the rule itself, in studies that are none of those that the function draws."""
    generator, studies = np.random.default_rng(1), 400
    effect = math.sqrt(2) * detectable(seeds, variants)  # of a trial: a pair has twice its variance
    found = simulation.power(Cell(gaussian, variants, seeds, studies), [guarded_t], generator, effect)[0]
    assert found == pytest.approx(POWER, abs=0.07)
    assert detectable(seeds + 2, variants) < detectable(seeds, variants) < detectable(seeds, 4 * variants)


def test_many_seeds_find_what_the_textbook_says() -> None:
    exact = TTestPower().solve_power(nobs=100, alpha=ALPHA / 8, power=POWER)
    assert detectable(100, 8) == pytest.approx(exact, rel=0.05)


@pytest.mark.parametrize(
    ("verdict", "design", "expected"),
    [
        (HELPS, "one-at-a-time", Advice.ADOPT),
        (HURTS, "one-at-a-time", Advice.DONT),
        (EQUIVALENT, "factorial", Advice.DONT),
        (NO_EVIDENCE, "path", Advice.UNPROVEN),
        ("inconclusive (3 seeds)", "one-at-a-time", Advice.UNPROVEN),
        (HURTS, "leave-one-out", Advice.ADOPT),
        (HELPS, "leave-one-out", Advice.DONT),
        (EQUIVALENT, "leave-one-out", Advice.DONT),
        (None, "one-at-a-time", Advice.UNPROVEN),
    ],
)
def test_advice(verdict: str | None, design: str, expected: Advice) -> None:
    assert advice(verdict, design) == expected


def test_seeds_for_power_are_the_fewest_that_detect() -> None:
    seeds = int(seeds_for_power(0.15, 0.1, 2))
    assert detectable(seeds, 2) <= 1.5 < detectable(seeds - 1, 2)


def test_seeds_for_power_at_the_edges() -> None:
    found = seeds_for_power([0.0, 0.0, 1e-4, 0.1, math.nan, 0.1], [0.1, 0.0, 0.1, 0.0, 0.1, math.nan], 1)
    assert found[:3].tolist() == [math.inf] * 3
    assert found[3] == 2
    assert np.isnan(found[4:]).all()


def test_smaller_effects_and_more_variants_need_no_fewer_seeds() -> None:
    base, smaller, more = seeds_for_power([1.0, 0.5, 1.0], 1.0, [1, 1, 8])
    assert 2 <= base <= smaller <= MOST_SEEDS
    assert base <= more


def test_half_width_is_students() -> None:
    values = np.array([0.1, 0.4, 0.2, 0.7])
    low, high = stats.t.interval(0.95, 3, loc=values.mean(), scale=stats.sem(values))
    assert student_half_width(float(values.std(ddof=1)), 4, 3) == pytest.approx((high - low) / 2)
    assert math.isnan(student_half_width(0.1, 1, 0))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_contrasts_find_what_made_the_arms(count: int) -> None:
    factors = [f"f{number}" for number in range(count)]
    arms = [set(chosen) for size in range(count + 1) for chosen in itertools.combinations(factors, size)]
    main = {factor: 1.0 + number for number, factor in enumerate(factors)}
    both = 0.5
    values = [sum(main[f] for f in arm) + both * math.comb(len(arm), 2) for arm in arms]
    names, weights = contrasts(factors, arms)
    found = dict(zip(names, (weights @ values).tolist(), strict=True))
    # On average half of the other factors are there, and each adds its interaction.
    expected = {(factor,): main[factor] + both * (count - 1) / 2 for factor in factors}
    expected |= dict.fromkeys(itertools.combinations(factors, 2), both)
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("arms", [[], [set()], [set(), {"a"}, {"b"}], [set(), {"a"}, {"b"}, {"b"}]])
def test_an_incomplete_factorial_has_no_contrast(arms: list[set[str]]) -> None:
    assert contrasts(["a", "b"], arms)[0] == []


@given(
    n=st.integers(0, 20),
    merit=st.floats(-5, 5),
    p=st.floats(0, 1),
    level=st.sampled_from([ALPHA, ALPHA / 4, ALPHA / 8]),
    p_equivalence=st.floats(0, 1),
    searches=st.none() | st.integers(0, 6),
    bad=st.tuples(*[st.integers(0, 2)] * 5),
)
def test_verdicts_never_claim_without_all_of_the_evidence(
    n: int,
    merit: float,
    p: float,
    level: float,
    p_equivalence: float,
    searches: int | None,
    bad: tuple[int, int, int, int, int],
) -> None:
    diverged, failed, unfinished, control_lost, control_unfinished = bad
    given_ = Evidence(
        n=n,
        merit=merit,
        p_holm=p,
        level=level,
        p_equivalence=p_equivalence,
        searches=searches,
        planned=n + diverged + failed + unfinished,
        diverged=diverged,
        failed=failed,
        unfinished=unfinished,
        control_lost=control_lost,
        control_unfinished=control_unfinished,
    )
    verdict, reason = decide(given_)
    assert verdict.startswith(ALL_VERDICTS)
    if not verdict.startswith(INCONCLUSIVE):
        assert n >= LEAST_SEEDS
        assert searches is None or searches >= LEAST_SEARCHES
        assert bad[2:4] == (0, 0) or verdict == HURTS
    if verdict == HELPS:
        assert p <= level
        assert merit > 0
        assert not any(bad)
    if verdict == HURTS:
        assert p <= level
        assert merit < 0
        assert bad[2:] == (0, 0, 0)
    if verdict == EQUIVALENT:
        assert p_equivalence <= level
        assert not any(bad)
    if verdict == NO_EVIDENCE:
        assert not any(bad)
    mirrored, _ = decide(replace(given_, merit=-merit))
    if not any(bad):
        assert mirrored == {HELPS: HURTS, HURTS: HELPS}.get(verdict, verdict)
        assert bool(reason) >= verdict.startswith(INCONCLUSIVE)


def test_a_missing_p_claims_nothing() -> None:
    assert decide(replace(CLEAR, p_holm=math.nan, p_equivalence=math.nan))[0] == NO_EVIDENCE
    assert decide(replace(CLEAR, merit=math.nan))[0] == NO_EVIDENCE
    assert decide(CLEAR) == (HELPS, "")


def test_a_small_effect_that_is_sure_is_said_to_be_small() -> None:
    assert decide(replace(CLEAR, p_equivalence=0.01)) == (HELPS, "by less than the smallest effect that matters")
