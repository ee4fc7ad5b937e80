"""The statistics of ablations one by one: known values, other libraries' values, and what must always hold."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

from reports.statistics import (
    ALL_VERDICTS,
    ALPHA,
    HELPS,
    HURTS,
    MOST_SEEDS,
    NO_EVIDENCE,
    Evidence,
    combined_mcnemar_p,
    contrasts,
    decide,
    gained_and_lost,
    holm,
    mcnemar_p,
    seeds_for_holm,
    seeds_for_power,
    smallest_holm_p,
    smallest_p,
    student_half_width,
)

PROBABILITIES = st.lists(st.floats(0, 1), min_size=1, max_size=12)
COUNTS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=9)
CLEAR = Evidence(n=6, variants=1, low=0.1, high=0.3, p_holm=2**-5, planned=6)


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


@pytest.mark.parametrize(("variants", "seeds"), [(1, 6), (2, 7), (3, 7), (4, 8), (8, 9), (40, 11)])
def test_seeds_for_holm_are_the_fewest(variants: int, seeds: int) -> None:
    assert seeds_for_holm(variants) == seeds
    assert smallest_holm_p(seeds, variants) <= ALPHA < smallest_holm_p(seeds - 1, variants)


@given(COUNTS)
def test_mcnemar_agrees_with_statsmodels(counts: list[tuple[int, int]]) -> None:
    gained, lost = zip(*counts, strict=True)
    expected = [mcnemar([[0, b], [c, 0]], exact=True).pvalue for b, c in counts]
    assert mcnemar_p(gained, lost) == pytest.approx(expected)


@given(COUNTS)
def test_combined_mcnemar_is_a_probability_and_symmetric(counts: list[tuple[int, int]]) -> None:
    gained, lost = zip(*counts, strict=True)
    p = combined_mcnemar_p(gained, lost)
    assert 0 <= p <= 1
    assert p == combined_mcnemar_p(lost, gained)
    assert p == combined_mcnemar_p(gained[::-1], lost[::-1])


@given(st.integers(0, 60), st.integers(0, 60))
def test_one_seed_combined_is_that_seeds_p(gained: int, lost: int) -> None:
    assert combined_mcnemar_p([gained], [lost]) == pytest.approx(mcnemar_p([gained], [lost])[0])


def test_combined_mcnemar_asks_a_majority_of_the_seeds() -> None:
    # One-sided p of 5, 6, 7, 8 gained and none lost: 2^-5 to 2^-8; the 2nd smallest of 3, the 3rd of 4.
    assert combined_mcnemar_p([5, 6, 7], [0] * 3) == pytest.approx(2 * 3 / 2 * 2**-6)
    assert combined_mcnemar_p([5, 6, 7, 8], [0] * 4) == pytest.approx(2 * 4 / 3 * 2**-6)
    assert math.isnan(combined_mcnemar_p([], []))


def test_seeds_that_point_either_way_are_no_evidence() -> None:
    assert mcnemar_p([40, 5], [5, 40]).max() < 1e-4
    assert combined_mcnemar_p([40, 5, 40, 5], [5, 40, 5, 40]) == 1.0
    assert combined_mcnemar_p([40, 5, 20], [5, 40, 20]) == 1.0


def test_images_gained_and_lost_are_counted_by_hand() -> None:
    arm = np.array([[True, True, False, False]])
    control = np.array([[True, False, True, True]])
    gained, lost = gained_and_lost(arm, control)
    assert (gained.tolist(), lost.tolist()) == ([1], [2])


@pytest.mark.parametrize("ratio", [0.3, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("variants", [1, 8])
def test_seeds_for_power_agree_with_statsmodels(ratio: float, variants: int) -> None:
    exact = TTestPower().solve_power(effect_size=ratio, alpha=ALPHA / variants, power=0.8)
    assert seeds_for_power(0.1 * ratio, 0.1, variants) == math.ceil(exact)


def test_seeds_for_power_at_the_edges() -> None:
    found = seeds_for_power([0.0, 0.0, 1e-4, 0.1, math.nan, 0.1], [0.1, 0.0, 0.1, 0.0, 0.1, math.nan], 1)
    assert found[:3].tolist() == [math.inf] * 3
    assert found[3] == 2
    assert np.isnan(found[4:]).all()


@given(st.floats(0.01, 5), st.floats(0.01, 5), st.integers(1, 40))
def test_smaller_effects_and_more_variants_need_no_fewer_seeds(effect: float, spread: float, variants: int) -> None:
    base, smaller, more = seeds_for_power([effect, effect / 2, effect], spread, [variants, variants, variants + 1])
    assert 2 <= base <= MOST_SEEDS or base == math.inf
    assert base <= smaller
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
    variants=st.integers(1, 40),
    middle=st.floats(-5, 5),
    half=st.floats(0, 5),
    p=st.floats(0, 1),
    bad=st.tuples(*[st.integers(0, 2)] * 5),
)
def test_verdicts_never_claim_without_all_of_the_evidence(
    n: int, variants: int, middle: float, half: float, p: float, bad: tuple[int, int, int, int, int]
) -> None:
    diverged, failed, unfinished, control_lost, control_unfinished = bad
    given_ = Evidence(
        n=n,
        variants=variants,
        low=middle - half,
        high=middle + half,
        p_holm=max(p, smallest_p(n)),
        planned=n + diverged + failed + unfinished,
        diverged=diverged,
        failed=failed,
        unfinished=unfinished,
        control_lost=control_lost,
        control_unfinished=control_unfinished,
    )
    verdict, reason = decide(given_)
    assert verdict.startswith(ALL_VERDICTS)
    if verdict == HELPS:
        assert given_.p_holm <= ALPHA
        assert given_.low > 0
        assert not any(bad)
        assert n >= 6
    if verdict == HURTS:
        assert given_.p_holm <= ALPHA
        assert given_.high < 0
        assert bad[2:] == (0, 0, 0)
    if verdict == NO_EVIDENCE:
        assert not any(bad)
        assert n >= seeds_for_holm(variants)
    mirrored, _ = decide(replace(given_, low=-given_.high, high=-given_.low))
    if not any(bad):
        assert mirrored == {HELPS: HURTS, HURTS: HELPS}.get(verdict, verdict)
        assert bool(reason) == verdict.startswith("inconclusive")


def test_a_missing_interval_or_p_claims_nothing() -> None:
    assert decide(replace(CLEAR, low=math.nan, high=math.nan))[0] == NO_EVIDENCE
    assert decide(replace(CLEAR, p_holm=math.nan))[0] == NO_EVIDENCE
    assert decide(CLEAR)[0] == HELPS
