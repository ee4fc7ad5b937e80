"""What the scores of one study's trials differ by, apart from what its variants do: an array (arms, seeds)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Noise = Callable[[np.random.Generator, int, int], Values]
"""Draws errors of mean 0 and standard deviation 1 (of the variants) for so many arms and seeds."""

RECORDED = Path(__file__).parent / "same_settings.json"
"""Scores of trials that differ in their seed alone; `python -m benchmarks.statistics_check.record` makes it."""


def gaussian(generator: np.random.Generator, arms: int, seeds: int) -> Values:
    """Return the textbook's noise, of a standard normal distribution."""
    return np.asarray(generator.standard_normal((arms, seeds)))


def heavy_tailed(generator: np.random.Generator, arms: int, seeds: int) -> Values:
    """Student's t with 3 degrees of freedom: now and then a training goes badly astray, or well."""
    return np.asarray(generator.standard_t(3, (arms, seeds)) / np.sqrt(3))


def tied(generator: np.random.Generator, arms: int, seeds: int) -> Values:
    """Error counted on 500 examples at 99 %: few distinct accuracies, many ties, skewed."""
    examples, share = 500, 0.01
    wrong = generator.binomial(examples, share, (arms, seeds))
    return np.asarray((examples * share - wrong) / np.sqrt(examples * share * (1 - share)))


def shared(generator: np.random.Generator, arms: int, seeds: int) -> Values:
    """Arms that share much of a seed's luck (correlation 0.8 between any two, the control among them)."""
    common = generator.standard_normal(seeds)
    return np.asarray(np.sqrt(0.8) * common + np.sqrt(0.2) * generator.standard_normal((arms, seeds)))


def unequal(generator: np.random.Generator, arms: int, seeds: int) -> Values:
    """Variants three times as noisy as the control."""
    drawn = generator.standard_normal((arms, seeds))
    drawn[1:] *= 3
    return drawn


def mixed(generator: np.random.Generator, arms: int, seeds: int) -> Values:
    """Spreads between a third and three times, another one for each arm."""
    spreads = np.exp(generator.uniform(-np.log(3), np.log(3), (arms, 1)))
    return np.asarray(spreads * generator.standard_normal((arms, seeds)))


def lopsided(generator: np.random.Generator, arms: int, seeds: int) -> Values:
    """Variants that fall far down now and then, the control steady: beyond what the methods promise."""
    drawn = 0.1 * generator.standard_normal((arms, seeds))
    drawn[1:] += 1 - generator.standard_exponential((arms - 1, seeds))
    return drawn


SYMMETRIC: dict[str, Noise] = {
    "gaussian": gaussian,
    "heavy-tailed": heavy_tailed,
    "ties": tied,
    "shared": shared,
    "unequal": unequal,
    "mixed": mixed,
}
"""Those for which the promise is made."""
SPREAD = {"unequal": 3.0}
"""Standard deviation of a variant's trial, where it is not 1."""


def recorded(path: Path = RECORDED) -> dict[str, Noise]:
    """Return, by name, noise that is drawn without replacement from real trials that differ in their seed alone."""
    pools = json.loads(path.read_text(encoding="utf-8"))["scores"]

    def drawing(scores: Values) -> Noise:
        errors = (scores - scores.mean()) / scores.std()

        def draw(generator: np.random.Generator, arms: int, seeds: int) -> Values:
            return np.asarray(generator.choice(errors, (arms, seeds), replace=False))

        return draw

    return {name: drawing(np.asarray(scores, dtype=float)) for name, scores in pools.items()}
