"""The statistics of a report, written anew from their sources: nothing here is taken from this project's code."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from scipy import optimize, special, stats

NAN = float("nan")
ALPHA = 0.05
LEAST_SEEDS = LEAST_SEARCHES = 3
"""Of pairs, and of searches for what is re-tuned, for any verdict."""


def known(values: Sequence[float | None]) -> list[float]:
    """Return the values that are numbers."""
    return [value for value in values if value is not None and not math.isnan(value)]


def mean(values: Sequence[float]) -> float:
    """Return the mean, nan of nothing."""
    return float(np.mean(values)) if len(values) else NAN


def median(values: Sequence[float]) -> float:
    """Return the median, nan of nothing."""
    return float(np.median(values)) if len(values) else NAN


def deviation(values: Sequence[float]) -> float:
    """Return the standard deviation about the mean, nan of fewer than two."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else NAN


def t_interval(values: Sequence[float]) -> tuple[float, float]:
    """Return Student's 95 % interval of a mean, nan of fewer than two values."""
    if len(values) < 2:
        return NAN, NAN
    half = stats.t.ppf(1 - ALPHA / 2, len(values) - 1) * stats.sem(values)
    return mean(values) - half, mean(values) + half


def wilson(right: int, examples: int) -> tuple[float, float]:
    """Return the Wilson interval of a fraction."""
    found = stats.binomtest(right, examples).proportion_ci(method="wilson")
    return float(found.low), float(found.high)


def holm(p: Sequence[float]) -> list[float]:
    """Return p adjusted by Holm (1979); a missing one counts as 1, and stays missing."""
    filled = [1.0 if math.isnan(value) else value for value in p]
    adjusted, reached = [NAN] * len(p), 0.0
    for rank, place in enumerate(sorted(range(len(p)), key=filled.__getitem__)):
        reached = max(reached, min(1.0, (len(p) - rank) * filled[place]))
        adjusted[place] = NAN if math.isnan(p[place]) else reached
    return adjusted


def sign_flip(values: Sequence[float]) -> float:
    """Return the exact two-sided p of the sign-flip test, by counting all 2^n assignments of signs."""
    if not len(values):
        return NAN
    sizes = np.abs(values)
    signs = np.array(list(itertools.product((-1, 1), repeat=len(values))))
    sums = np.abs(signs @ sizes)
    return float(np.mean(sums >= abs(float(np.sum(values))) - 1e-9 * sizes.sum()))


MOST_BORROWED, FRACTION_BORROWED, NEAR, SMALLEST_VARIANCE = 8.0, 1 / 3, 1.5, 1e-5
"""Of the guarded t: `docs/statistics.md` states them."""


def guarded(variances: Sequence[float], degrees: Sequence[int], floors: Sequence[float]) -> list[tuple[float, float]]:
    """Return the variance and the degrees of freedom that each mean difference of a family is judged by."""
    members = [(v, d) for v, d in zip(variances, degrees, strict=True) if d > 0 and not math.isnan(v)]
    worth, shared = _prior(np.array([v for v, _ in members]), np.array([d for _, d in members], dtype=float))
    whole, found = sum(d for _, d in members), []
    for v, d, floor in zip(variances, degrees, floors, strict=True):
        if d < 1 or math.isnan(v):
            found.append((NAN, NAN))
            continue
        borrowed = min(worth, MOST_BORROWED, FRACTION_BORROWED * (whole - d))
        raised = max(v, (borrowed * shared + d * v) / (borrowed + d), floor)
        found.append((raised, d + borrowed if v < NEAR * shared else float(d)))
    return found


def _prior(v: np.ndarray, d: np.ndarray) -> tuple[float, float]:
    """Return the worth in degrees, and the variance, of Smyth's prior (2004), raised to the unbiased median."""
    if len(v) < 2 or not v.any():
        return 0.0, 0.0
    positive = np.maximum(v, SMALLEST_VARIANCE * (np.median(v) or v.mean()))
    logs = np.log(positive) - special.digamma(d / 2) + np.log(d / 2)
    excess = np.var(logs, ddof=1) - np.mean(special.polygamma(1, d / 2))
    worth, prior = math.inf, float(np.mean(positive))
    if excess > 0:
        half = optimize.brentq(lambda x: special.polygamma(1, x) - excess, 1e-9, 1e9, xtol=1e-13, rtol=1e-13)
        worth, prior = 2 * half, math.exp(np.mean(logs) + special.digamma(half) - math.log(half))
    return worth, max(prior, float(np.median(v * d / stats.chi2.median(d))))


def t_test(effect: float, variance: float, degrees: float, n: int) -> tuple[float, float, float]:
    """Return low, high and two-sided p of a mean of n differences; nan where nothing varies."""
    if not variance > 0:
        return NAN, NAN, NAN
    error = math.sqrt(variance / n)
    half = stats.t.ppf(1 - ALPHA / 2, degrees) * error
    return effect - half, effect + half, 2 * stats.t.cdf(-abs(effect) / error, degrees)


def equivalence(effect: float, variance: float, degrees: float, n: int, smallest: float) -> float:
    """Return the larger p of Schuirmann's two one-sided tests that an effect lies within what matters."""
    if n < 2 or not variance > 0:
        return NAN
    error = math.sqrt(variance / n)
    return float(
        max(stats.t.sf((smallest - effect) / error, degrees), stats.t.sf((effect + smallest) / error, degrees))
    )


def seeds_needed(effect: float, spread: float, tests: int, level: float) -> float:
    """Return the fewest pairs that find an effect 4 times in 5 where p is compared with a level; inf beyond 1,000."""
    if math.isnan(effect) or math.isnan(spread):
        return NAN
    fewest, most = 2, 1001
    while fewest < most:
        middle = (fewest + most) // 2
        enough = middle == 1001 or detectable(middle, tests, level) * spread <= effect
        fewest, most = (fewest, middle) if enough else (middle + 1, most)
    return math.inf if fewest == 1001 else float(fewest)


@cache
def detectable(seeds: int, tests: int, level: float) -> float:
    """Return which effect, in deviations of a pair, is found 4 times in 5 in the 1,000 studies that the rule draws.

    The studies are always the same, numpy's first of seed 0: what is computed anew is what the rule makes of them.
    """
    random, own = np.random.default_rng(0), seeds - 1
    means = random.standard_normal(1000) / math.sqrt(seeds)
    spreads, degrees = np.ones(1000), np.full(1000, float(own))
    if seeds <= 40:
        v = random.chisquare(own, (1000, tests + 1)) / own
        w, worth = _priors(v, own)
        b = np.minimum(np.minimum(worth, MOST_BORROWED), FRACTION_BORROWED * own * tests)
        spreads = np.maximum(v[:, 0], (b * w + own * v[:, 0]) / (b + own))
        degrees = own + np.where(v[:, 0] < NEAR * w, b, 0.0)
    limits = stats.t.isf(level / tests / 2, degrees)
    return float(np.quantile(limits * np.sqrt(spreads / seeds) - means, 0.8))


def _priors(v: np.ndarray, d: float) -> tuple[np.ndarray, np.ndarray]:
    """Return variance and worth of the prior of each family, a row each, as `_prior` does of one."""
    logs = np.log(v) - special.digamma(d / 2) + np.log(d / 2)
    excess = np.var(logs, axis=1, ddof=1) - special.polygamma(1, d / 2)
    low, high = np.full(len(v), -20.0), np.full(len(v), 20.0)  # of the logarithm of half the degrees
    for _ in range(80):
        middle = (low + high) / 2
        above = special.polygamma(1, np.exp(middle)) > excess
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    half = np.exp(low)
    fitted = np.exp(logs.mean(axis=1) + special.digamma(half) - np.log(half))
    prior = np.where(excess > 0, fitted, v.mean(axis=1))
    unbiased = np.median(v, axis=1) * d / stats.chi2.median(d)
    return np.maximum(prior, unbiased), np.where(excess > 0, 2 * half, math.inf)


def improvement(arm: Sequence[float], control: Sequence[float]) -> tuple[float, float, float]:
    """Return how likely a trial of the arm beats one of the control, with Newcombe's interval (2006, method 5)."""
    if not len(arm) or not len(control):
        return NAN, NAN, NAN
    wins = [1.0 if a > c else 0.5 if a == c else 0.0 for a in arm for c in control]
    found, more = mean(wins), (len(arm) + len(control)) / 2 - 1
    z = stats.norm.ppf(1 - ALPHA / 2)

    def beyond(p: float) -> float:
        inner = 1 + more * ((1 - p) / (2 - p) + p / (1 + p))
        return float((p - found) ** 2 - z**2 * p * (1 - p) * inner / (len(arm) * len(control)))

    low = optimize.bisect(beyond, 0, min(found, 1 - 1e-9), xtol=1e-14) if found > 0 else 0.0
    high = optimize.bisect(beyond, max(found, 1e-9), 1, xtol=1e-14) if found < 1 else 1.0
    return found, float(low), float(high)
