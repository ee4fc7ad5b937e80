"""Rules that judge one study: its differences in, p out, adjusted for their number. The last is the report's."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import special

from reports.statistics import ALPHA, guarded, guarded_p, half_widths, holm
from reports.statistics.guarded import prior

Values = npt.NDArray[np.float64]
Rule = Callable[[Values, Values], Values]
"""From the differences of the variants (variants, seeds) and those of controls likewise to the variants' adjusted p."""


@cache
def _signs(seeds: int) -> Values:
    return np.array(list(itertools.product((-1.0, 1.0), repeat=seeds)))


def sign_flip(differences: Values, _: Values) -> Values:
    """Return the exact sign-flip p with Holm's correction; 1 where Student's interval holds 0."""
    seeds = differences.shape[1]
    sums = np.abs(differences @ _signs(seeds).T)  # (variants, 2 ** seeds)
    observed = np.abs(differences.sum(axis=1, keepdims=True)) - 1e-9
    p = holm((sums >= observed).mean(axis=1))
    half = half_widths(differences.var(axis=1, ddof=1), seeds, seeds - 1)
    return np.where(np.abs(differences.mean(axis=1)) <= np.nan_to_num(half), 1.0, p)


def paired_t(differences: Values, _: Values) -> Values:
    """Return the p of paired t tests with Holm's correction."""
    return _t(differences, differences.var(axis=1, ddof=1), np.full(len(differences), differences.shape[1] - 1.0))


def moderated_t(differences: Values, controls: Values) -> Values:
    """Return the p of moderated t tests with Holm's correction. Source: Smyth (2004), limma."""
    own = differences.shape[1] - 1
    variances = np.concatenate([differences, controls]).var(axis=1, ddof=1)
    worth, shared = prior(variances, np.full(len(variances), float(own)))
    if not np.isfinite(worth):
        worth = 1e6
    pooled = (worth * shared + own * variances) / (worth + own)
    degrees = np.full(len(variances), min(worth + own, own * len(variances)))
    return _t(differences, pooled[: len(differences)], degrees[: len(differences)])


def guarded_t(differences: Values, controls: Values) -> Values:
    """Return the p by the report's own functions."""
    everything = np.concatenate([differences, controls])
    variances, degrees = guarded(everything.var(axis=1, ddof=1), everything.shape[1] - 1)
    return _t(differences, variances[: len(differences)], degrees[: len(differences)])


def _t(differences: Values, variances: Values, degrees: Values) -> Values:
    p = guarded_p(differences.mean(axis=1), variances, differences.shape[1], degrees)
    # Nothing varies: what the exact test says, which the report takes there.
    return holm(np.where(variances > 0, p, np.where(differences.any(axis=1), 2.0 ** (1 - differences.shape[1]), 1.0)))


RULES: dict[str, Rule] = {
    "sign flip, Holm, interval": sign_flip,
    "paired t, Holm": paired_t,
    "moderated t (limma), Holm": moderated_t,
    "**guarded t, Holm** (the report's)": guarded_t,
}


def claims(p: Values, level: float = ALPHA) -> npt.NDArray[np.bool_]:
    """Return which adjusted p are claims."""
    return np.asarray(p <= level)


def interval_holds(differences: Values, controls: Values, truth: float) -> Values:
    """Return for each variant whether the guarded 95 % interval, and Student's, hold the truth: (variants, 2)."""
    everything = np.concatenate([differences, controls])
    seeds = everything.shape[1]
    variances, degrees = guarded(everything.var(axis=1, ddof=1), seeds - 1)
    off = np.abs(differences.mean(axis=1) - truth)
    ours = half_widths(variances, seeds, degrees)[: len(differences)]
    students = special.stdtrit(seeds - 1, 0.975) * differences.std(axis=1, ddof=1) / np.sqrt(seeds)
    return np.stack([off <= ours, off <= students], axis=1).astype(float)
