"""Checks the verdicts on ablations against studies whose truth is known, through the report's own functions.

    python benchmarks/statistics_check.py [--studies 4000] [--seed 0]

It simulates whole studies (a baseline and its variants, paired by seed) with no effect and with known ones, and counts
wrong verdicts, found effects, and intervals that hold the truth; pairs of models on test images for McNemar; and arms
that a search tuned once. It prints Markdown tables with hardware, n and seconds; `docs/statistics.md` holds them.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from reports.analysis.effects import effects_of
from reports.analysis.scores import METRIC
from reports.statistics import ALPHA, HELPS, HURTS, combined_mcnemar_p, mcnemar_p, sign_flip_p

Values = npt.NDArray[np.float64]
Noise = Callable[[np.random.Generator, tuple[int, ...]], Values]
"""Draws errors of mean 0 and standard deviation 1: (studies, arms, seeds)."""

IMAGES = 10_000
ACCURACY = 0.99


def gaussian(generator: np.random.Generator, shape: tuple[int, ...]) -> Values:
    """Return the textbook's noise, of a standard normal distribution."""
    return np.asarray(generator.standard_normal(shape))


def heavy_tailed(generator: np.random.Generator, shape: tuple[int, ...]) -> Values:
    """Student's t with 3 degrees of freedom: now and then a training goes badly astray, or well."""
    return np.asarray(generator.standard_t(3, shape) / np.sqrt(3))


def binomial(generator: np.random.Generator, shape: tuple[int, ...]) -> Values:
    """Error counted on 500 images at 99 %: few distinct accuracies, many ties, skewed."""
    images, share = 500, 0.01
    wrong = generator.binomial(images, share, shape)
    return np.asarray((images * share - wrong) / np.sqrt(images * share * (1 - share)))


def shared(generator: np.random.Generator, shape: tuple[int, ...]) -> Values:
    """Arm that share much of a seed's luck (correlation 0.8 between any two, the baseline among them)."""
    common = generator.standard_normal((shape[0], 1, shape[2]))
    return np.asarray(np.sqrt(0.8) * common + np.sqrt(0.2) * generator.standard_normal(shape))


def unequal(generator: np.random.Generator, shape: tuple[int, ...]) -> Values:
    """Variant three times as noisy as the baseline."""
    drawn = generator.standard_normal(shape)
    drawn[:, 1:] *= 3
    return drawn


def lopsided(generator: np.random.Generator, shape: tuple[int, ...]) -> Values:
    """Variant that sometimes fall far down, the baseline steady: differences are not symmetric (a known limit)."""
    drawn = 0.1 * generator.standard_normal(shape)
    drawn[:, 1:] += 1 - generator.standard_exponential((shape[0], shape[1] - 1, shape[2]))
    return drawn


NOISES: tuple[Noise, ...] = (gaussian, heavy_tailed, binomial, shared, unequal, lopsided)


def simulated(noise: Noise, generator: np.random.Generator, *, studies: int, seeds: int, effects: Values) -> Values:
    """Return test accuracies (shares), (studies, 1 + variants, seeds); effects are in standard deviations (0.1 %)."""
    errors = noise(generator, (studies, 1 + len(effects), seeds))
    errors[:, 1:] += effects[None, :, None]
    return np.asarray(ACCURACY + 0.001 * errors, dtype=float)


def frames_of(accuracies: Values) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the arms and their planned trials as the report would have read them."""
    study, arm, seed = (axis.ravel() for axis in np.indices(accuracies.shape))
    planned = pd.DataFrame({"study": study, "ablation": "a", "setting": "fixed", "arm": arm, "replicate": seed})
    planned = planned.assign(seed=seed, trial=np.arange(planned.shape[0]), end="complete", seconds=1.0, parameters=1.0)
    planned["score"] = planned["validation_score"] = accuracies.ravel()
    table = planned.loc[planned["seed"] == 0, ["study", "ablation", "setting", "arm"]].reset_index(drop=True)
    table["role"] = np.where(table["arm"] == 0, "baseline", "variant")
    table["control"] = pd.Series(np.where(table["arm"] == 0, np.nan, 0.0), index=table.index)
    table = table.assign(**dict(zip(METRIC, ("accuracy", "accuracy", "fraction", "maximize"), strict=True)))
    return table.assign(matched=None, step=np.nan, added_later=False), planned.astype({"arm": float})


def judged(accuracies: Values) -> pd.DataFrame:
    """Return the report's effects table of simulated studies."""
    arms, planned = frames_of(accuracies)
    return effects_of(arms.astype({"arm": float}), planned)


def false_positives(
    noise: Noise, generator: np.random.Generator, *, studies: int, seeds: int, variants: int
) -> dict[str, float]:
    """Return shares of null studies with a false claim, by three rules, and the interval's coverage."""
    table = judged(simulated(noise, generator, studies=studies, seeds=seeds, effects=np.zeros(variants)))
    claims = {
        "uncorrected": table["p"] <= ALPHA,
        "Holm": table["p_holm"] <= ALPHA,
        "verdict": table["verdict"].isin([HELPS, HURTS]),
    }
    found = {name: float(wrong.groupby(table["study"]).any().mean()) for name, wrong in claims.items()}
    return found | {"coverage": float(((table["low"] <= 0) & (table["high"] >= 0)).mean())}


def retuned_false_claims(generator: np.random.Generator, *, studies: int, seeds: int, luck: float) -> dict[str, float]:
    """Return how often two equal methods, each tuned once, are told apart, and the interval's coverage.

    Args:
        generator: Draws the studies.
        studies: How many.
        seeds: Of each arm.
        luck: Standard deviation, in those of a training, of the true accuracy of what a search finds.
    """
    accuracies = simulated(gaussian, generator, studies=studies, seeds=seeds, effects=np.zeros(1))
    table = judged(accuracies + 0.001 * luck * generator.standard_normal((studies, 2, 1)))
    return {
        "verdict": float(table["verdict"].isin([HELPS, HURTS]).mean()),
        "coverage": float(((table["low"] <= 0) & (table["high"] >= 0)).mean()),
    }


def power(noise: Noise, generator: np.random.Generator, *, studies: int, seeds: int, effects: Values) -> float:
    """Return the share of `helps` among the variants that do help."""
    table = judged(simulated(noise, generator, studies=studies, seeds=seeds, effects=effects))
    helping = np.tile(effects > 0, studies)
    return float((table["verdict"] == HELPS)[helping].mean())


def flip_interval_coverage(noise: Noise, generator: np.random.Generator, *, studies: int, seeds: int) -> float:
    """Return how often the sign-flip test accepts the truth: the coverage of the interval that inverts it."""
    errors = noise(generator, (studies, 2, seeds))
    return float(np.mean([sign_flip_p(arm - base) > ALPHA for base, arm in errors]))


def mcnemar_false_positives(
    generator: np.random.Generator, *, studies: int, seeds: int, luck: float, overlap: float
) -> dict[str, float]:
    """Return how often two equal methods differ by McNemar, by three ways to combine the seeds.

    Args:
        generator: Draws the models.
        studies: How many.
        seeds: Pairs of models a study.
        luck: Standard deviation over the seeds of a model's own error rate, as a share of the error rate.
        overlap: Share of a model's errors on images that every model gets wrong.
    """
    rate = (1 - ACCURACY) * (1 - overlap) * np.exp(luck * generator.standard_normal((2, studies, seeds)))
    gained, lost = generator.binomial(IMAGES, rate)  # (studies, seeds): wrong in one model alone
    two_sided = mcnemar_p(gained, lost)
    median = np.minimum(1.0, 2 * np.median(two_sided, axis=1))
    ours = [combined_mcnemar_p(a, b) for a, b in zip(gained, lost, strict=True)]
    pooled = mcnemar_p(gained.sum(axis=1), lost.sum(axis=1))
    ways = {"images of all seeds pooled": pooled, "twice the median of two-sided p": median, "the report's": ours}
    return {name: float((np.asarray(p) <= ALPHA).mean()) for name, p in ways.items()}


def upper(share: float, studies: int) -> float:
    """Return the largest share that chance alone may show 99.9 times in 100 where the truth is this one."""
    return float(stats.binom.ppf(0.999, studies, share)) / studies


def _processor() -> str:
    found = Path("/proc/cpuinfo")
    lines = found.read_text().splitlines() if found.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _print(headings: list[str], rows: list[list[str]]) -> None:
    for row in (headings, ["---"] * len(headings), *rows):
        print("| " + " | ".join(row) + " |")
    print()


def _print_false_positives(generator: np.random.Generator, studies: int) -> None:
    print(f"### No variant does anything ({studies:,} studies a row): studies with a false claim\n")
    rows = []
    for noise in NOISES:
        for variants, seeds in ((1, 6), (8, 9), (8, 12), (20, 12)):
            found = false_positives(noise, generator, studies=studies, seeds=seeds, variants=variants)
            name = noise.__name__.replace("_", "-")
            rows.append([name, str(variants), str(seeds), *map(_percent, found.values())])
    _print(["noise", "variants", "seeds", "p alone", "Holm p", "verdict", "interval holds 0"], rows)


def _print_power(generator: np.random.Generator, studies: int) -> None:
    print(f"### One variant helps by so many standard deviations of a training ({studies:,} studies a cell): found\n")
    sizes = (0.5, 1.0, 1.5, 2.0, 3.0)
    rows = []
    for noise in (gaussian, heavy_tailed, shared):
        for variants, seeds in ((1, 6), (1, 10), (8, 9), (8, 12), (8, 20)):
            found = [
                power(noise, generator, studies=studies, seeds=seeds, effects=np.r_[size, np.zeros(variants - 1)])
                for size in sizes
            ]
            rows.append([noise.__name__.replace("_", "-"), str(variants), str(seeds), *map(_percent, found)])
    _print(["noise", "variants", "seeds", *(f"{size:g} sd" for size in sizes)], rows)


def _print_intervals(generator: np.random.Generator, studies: int) -> None:
    print(f"### 95 % intervals of one effect ({studies:,} studies a row): how often they hold the truth\n")
    rows = []
    for noise in NOISES:
        for seeds in (3, 5, 6, 10, 20):
            student = false_positives(noise, generator, studies=studies, seeds=seeds, variants=1)["coverage"]
            flipped = flip_interval_coverage(noise, generator, studies=studies, seeds=seeds)
            shown = _percent(flipped) if seeds >= 6 else "unbounded"
            rows.append([noise.__name__.replace("_", "-"), str(seeds), _percent(student), shown])
    _print(["noise", "seeds", "Student t", "inverted sign flip"], rows)


def _print_mcnemar(generator: np.random.Generator, studies: int) -> None:
    print(f"### Two equal methods, image by image ({studies:,} studies a row): p at most 0.05\n")
    rows = []
    for luck in (0.0, 0.1, 0.2):
        for seeds in (1, 5, 6, 9):
            found = mcnemar_false_positives(generator, studies=studies, seeds=seeds, luck=luck, overlap=0.4)
            rows.append([f"{100 * luck:.0f} % of the error rate", str(seeds), *map(_percent, found.values())])
    _print(["a seed's luck (sd)", "seeds", "all images pooled", "twice the median, two-sided", "the report's"], rows)


def _print_retuned(generator: np.random.Generator, studies: int) -> None:
    print(f"### Two equal methods, each tuned by one search ({studies:,} studies a row)\n")
    rows = []
    for luck in (0.0, 0.25, 0.5, 1.0):
        for seeds in (6, 9):
            found = retuned_false_claims(generator, studies=studies, seeds=seeds, luck=luck)
            rows.append([f"{luck:g} sd", str(seeds), *map(_percent, found.values())])
    _print(["luck of a search", "seeds", "false claim", "interval holds 0"], rows)


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description="Checks the statistics of ablations against known truth.")
    parser.add_argument("--studies", type=int, default=4000, help="simulated studies a row")
    parser.add_argument("--seed", type=int, default=0, help="of the simulation")
    given = parser.parse_args()
    generator = np.random.default_rng(given.seed)
    began = time.perf_counter()
    _print_false_positives(generator, given.studies)
    _print_power(generator, max(1, given.studies // 4))
    _print_intervals(generator, given.studies)
    _print_mcnemar(generator, given.studies)
    _print_retuned(generator, given.studies)
    seconds = time.perf_counter() - began
    limit = _percent(upper(ALPHA, given.studies))
    print(f"A true 5.0 % may show up to {limit} over {given.studies:,} studies (99.9 times in 100).")
    print(f"One core of {_processor()}, {seconds:.0f} s, simulation seed {given.seed}.")


if __name__ == "__main__":
    main()
