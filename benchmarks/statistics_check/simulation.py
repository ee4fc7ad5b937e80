"""Studies with a known truth, many of them, and how often a rule errs or finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from benchmarks.statistics_check.noises import Noise
from benchmarks.statistics_check.rules import Rule, claims, guarded_t, interval_holds
from reports.analysis.looks import level_of
from reports.statistics import ALPHA, LEAST_SEARCHES, equivalence_p, guarded, guarded_p

Values = npt.NDArray[np.float64]
LARGE = 3.0
"""Standard deviations by which half of the variants help, where half of them do."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Studies of one kind."""

    noise: Noise
    variants: int
    seeds: int
    studies: int


def differences(cell: Cell, generator: np.random.Generator, effects: Values | float = 0.0) -> tuple[Values, Values]:
    """Return one study's differences to the control: of its variants, and of the noise floor."""
    drawn = cell.noise(generator, cell.variants + 2, cell.seeds)
    gaps = drawn[1:] - drawn[0]
    return gaps[:-1] + np.broadcast_to(effects, cell.variants)[:, None], gaps[-1:]


def false_claims(cell: Cell, rules: Sequence[Rule], generator: np.random.Generator, *, half: bool = False) -> Values:
    """Return for each rule the fraction of studies that claim something of a variant that does nothing.

    Args:
        cell: The studies.
        rules: That judge them, all the same ones.
        generator: Draws them.
        half: Whether half of the variants help by `LARGE`, else none does anything.
    """
    nothing = np.arange(cell.variants) >= (cell.variants // 2 if half else 0)
    effects = np.where(nothing, 0.0, LARGE)
    wrong = np.zeros(len(rules))
    for _ in range(cell.studies):
        study = differences(cell, generator, effects)
        wrong += [bool(claims(rule(*study))[nothing].any()) for rule in rules]
    return wrong / cell.studies


def power(cell: Cell, rules: Sequence[Rule], generator: np.random.Generator, effect: float) -> Values:
    """Return for each rule the fraction of studies that find the one variant that helps, by so many deviations."""
    effects = np.zeros(cell.variants)
    effects[0] = effect
    found = np.zeros(len(rules))
    for _ in range(cell.studies):
        study = differences(cell, generator, effects)
        found += [bool(claims(rule(*study))[0]) for rule in rules]
    return found / cell.studies


def looking_again(cell: Cell, looks: Sequence[int], generator: np.random.Generator) -> tuple[float, float]:
    """Return the fraction of studies with a false claim at any look, by the report's levels and by none.

    Args:
        cell: The studies, their seeds those of the last look.
        looks: Seeds at each look.
        generator: Draws them.
    """
    ours = naive = 0
    for _ in range(cell.studies):
        study, controls = differences(cell, generator)
        least = np.array([guarded_t(study[:, :seeds], controls[:, :seeds]).min() for seeds in looks])
        ours += bool((least <= [level_of(look) for look in range(1, len(looks) + 1)]).any())
        naive += bool((least <= ALPHA).any())
    return ours / cell.studies, naive / cell.studies


def coverage(cell: Cell, generator: np.random.Generator) -> Values:
    """Return how often the report's 95 % interval, and Student's, hold the truth."""
    held = [interval_holds(*differences(cell, generator), truth=0.0).mean(axis=0) for _ in range(cell.studies)]
    return np.asarray(np.mean(held, axis=0))


def equivalence(cell: Cell, smallest: float, generator: np.random.Generator) -> tuple[float, float]:
    """Return how often "no larger effect" is said where every effect is as large as that, and of one that is none."""
    rates = []
    for effect in (smallest, 0.0):
        said = 0
        for _ in range(cell.studies):
            study, controls = differences(cell, generator, effect)
            everything = np.concatenate([study, controls])
            variances, degrees = guarded(everything.var(axis=1, ddof=1), cell.seeds - 1)
            p = [
                cell.variants * equivalence_p(float(values.mean()), variance, cell.seeds, own, smallest)
                for values, variance, own in zip(study, variances[:-1], degrees[:-1], strict=True)
            ]
            said += bool(np.min(p) <= ALPHA) if effect else bool(p[0] <= ALPHA)
        rates.append(said / cell.studies)
    return rates[0], rates[1]


def retuned(
    luck: float, searches: int, seeds: int, studies: int, generator: np.random.Generator
) -> tuple[float, float]:
    """Return how often two equal methods are told apart that several searches tuned, each tried on several seeds.

    Args:
        luck: Standard deviation, in those of a trial, of the true score of what a search finds.
        searches: Of either method.
        seeds: Trials of what each search found.
        studies: How many.
        generator: Draws them.

    Returns:
        By the report's rule, whose units are the searches (never with fewer than `LEAST_SEARCHES`), and by one that
        takes all seeds for its units.
    """
    ours = naive = 0
    for _ in range(studies):
        found = luck * generator.standard_normal((2, searches, 1)) + generator.standard_normal((2, searches, seeds))
        gaps = found[1] - found[0]
        by_search, by_seed = gaps.mean(axis=1), gaps.ravel()
        ours += searches >= LEAST_SEARCHES and bool(stats.ttest_1samp(by_search, 0).pvalue <= ALPHA)
        p = guarded_p(by_seed.mean(), by_seed.var(ddof=1), by_seed.size, by_seed.size - 1)
        naive += bool(p <= ALPHA)
    return ours / studies, naive / studies


def upper(fraction: float, studies: int) -> float:
    """Return the largest fraction that chance alone may show 99.9 times in 100 where the truth is this one."""
    return float(stats.binom.ppf(0.999, studies, fraction)) / studies
