"""Checks the verdicts on ablations against studies whose truth is known, with the report's own functions.

    python -m benchmarks.statistics_check [--studies 4000] [--seed 0]

It simulates whole studies (a baseline, a noise floor and variants, paired by seed) with no effect and with known ones,
draws others from real trials that differ in their seed alone, and counts wrong verdicts, found effects, and intervals
that hold the truth. It prints Markdown tables with hardware and seconds; `docs/statistics.md` holds them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.hardware import describe
from benchmarks.statistics_check import simulation
from benchmarks.statistics_check.noises import SPREAD, SYMMETRIC, Noise, gaussian, lopsided, recorded
from benchmarks.statistics_check.rules import RULES, guarded_t
from benchmarks.statistics_check.simulation import Cell
from reports.statistics import ALPHA

VARIANTS = (2, 8, 20)
SEEDS = (3, 5, 6, 9)
_EFFECTS = (1.0, 2.0, 3.0, 5.0)


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.1f} %"


def _print(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print(f"### {title}\n")
    for row in (headings, ["---"] * len(headings), *rows):
        print("| " + " | ".join(row) + " |")
    print(flush=True)


def print_rules(generator: np.random.Generator, studies: int) -> None:
    """Print the worst errors of every rule, and its power."""
    rules = list(RULES.values())
    worst = np.zeros((3, len(rules)))
    for kind, noises in enumerate((SYMMETRIC, SYMMETRIC, {"lopsided": lopsided})):
        for noise in noises.values():
            for variants in VARIANTS:
                for seeds in SEEDS:
                    cell = Cell(noise, variants, seeds, studies)
                    found = simulation.false_claims(cell, rules, generator, half=kind == 1)
                    worst[kind] = np.maximum(worst[kind], found)
    found = [simulation.power(Cell(gaussian, 8, seeds, studies), rules, generator, 2.0) for seeds in SEEDS]
    rows = [
        [
            name,
            *(_percent(worst[kind, place]) for kind in range(3)),
            *(f"{100 * power[place]:.0f} %" for power in found),
        ]
        for place, name in enumerate(RULES)
    ]
    headings = ["rule", "no variant does anything", "half of them help", "lopsided", *(f"{n} seeds" for n in SEEDS)]
    _print(
        f"Worst family-wise false claims over {len(SYMMETRIC)} noises, {_listed(VARIANTS)} variants and "
        f"{_listed(SEEDS)} seeds, and power at 2 sd with 8 variants ({studies:,} studies a cell)",
        headings,
        rows,
    )


def print_errors(noises: Mapping[str, Noise], title: str, generator: np.random.Generator, studies: int) -> None:
    """Print the report's false claims where no variant does anything, noise by noise."""
    rows = []
    for name, noise in noises.items():
        for variants in (1, *VARIANTS):
            try:
                cells = [Cell(noise, variants, seeds, studies) for seeds in SEEDS]
                found = [simulation.false_claims(cell, [guarded_t], generator)[0] for cell in cells]
            except ValueError:  # so many trials were not recorded
                continue
            rows.append([name, str(variants), *map(_percent, found)])
    _print(f"{title} ({studies:,} studies a cell)", ["noise", "variants", *(f"{n} seeds" for n in SEEDS)], rows)


def print_power(noises: Mapping[str, Noise], title: str, generator: np.random.Generator, studies: int) -> None:
    """Print how often one variant that helps is found."""
    rows = []
    for name, noise in noises.items():
        for seeds in SEEDS:
            cell = Cell(noise, 8, seeds, studies)
            scale = SPREAD.get(name, 1.0)
            found = [simulation.power(cell, [guarded_t], generator, scale * effect)[0] for effect in _EFFECTS]
            rows.append([name, str(seeds), *map(_percent, found)])
    _print(f"{title} ({studies:,} studies a cell)", ["noise", "seeds", *(f"{size:g} sd" for size in _EFFECTS)], rows)


def print_looks(generator: np.random.Generator, studies: int) -> None:
    """Print what it costs to look, add seeds and look again."""
    rows = []
    for name, noise in SYMMETRIC.items():
        for looks in ((3, 6, 9, 12), (5, 10, 15)):
            for variants in (1, 8):
                cell = Cell(noise, variants, looks[-1], studies)
                ours, naive = simulation.looking_again(cell, looks, generator)
                rows.append([name, str(variants), _listed(looks), _percent(ours), _percent(naive)])
    headings = ["noise", "variants", "seeds at each look", "look k at 0.05 x 2^-k", "every look at 0.05"]
    _print(f"Seeds added until something is found: studies with a false claim ({studies:,} a row)", headings, rows)


def print_intervals(generator: np.random.Generator, studies: int) -> None:
    """Print the coverage of intervals."""
    rows = []
    for name, noise in {**SYMMETRIC, "lopsided": lopsided}.items():
        for seeds in SEEDS:
            ours, students = simulation.coverage(Cell(noise, 8, seeds, studies), generator)
            rows.append([name, str(seeds), _percent(ours), _percent(students)])
    headings = ["noise", "seeds", "the report's", "Student's"]
    _print(
        f"95 % intervals of single effects, 8 variants: how often they hold the truth ({studies:,} a row)",
        headings,
        rows,
    )


def print_equivalence(generator: np.random.Generator, studies: int) -> None:
    """Print the error and the power of "no effect larger than"."""
    rows = []
    for variants in (1, 8):
        for seeds in (*SEEDS, 20):
            cell = Cell(gaussian, variants, seeds, studies)
            rows += [
                [
                    str(variants),
                    str(seeds),
                    f"{smallest:g} sd",
                    *map(_percent, simulation.equivalence(cell, smallest, generator)),
                ]
                for smallest in (2.0, 4.0)
            ]
    headings = [
        "variants",
        "seeds",
        "smallest effect",
        "said though every effect is that large",
        "said where there is none",
    ]
    _print(f"No effect larger than the smallest that matters ({studies:,} studies a cell)", headings, rows)


def print_retuned(generator: np.random.Generator, studies: int) -> None:
    """Print what several searches of either side are good for."""
    rows = []
    for luck in (0.0, 0.5, 1.0):
        for searches, seeds in ((1, 9), (3, 3), (5, 3)):
            ours, naive = simulation.retuned(luck, searches, seeds, studies, generator)
            rows.append([f"{luck:g} sd", str(searches), str(seeds), _percent(ours), _percent(naive)])
    headings = ["luck of a search", "searches", "seeds of each", "the report's", "were seeds the units"]
    _print(f"Two equal methods, re-tuned: told apart ({studies:,} studies a row)", headings, rows)


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description="Checks the statistics of ablations against known truth.")
    parser.add_argument("--studies", type=int, default=4000, help="simulated studies a cell")
    parser.add_argument("--seed", type=int, default=0, help="of the simulation")
    given = parser.parse_args()
    generator = np.random.default_rng(given.seed)
    began = time.perf_counter()
    real = recorded()
    print_rules(generator, given.studies)
    print_errors(SYMMETRIC, "Simulated: no variant does anything; studies with a false claim", generator, given.studies)
    print_errors(real, "Real trials: no variant does anything; studies with a false claim", generator, given.studies)
    print_power(SYMMETRIC, "Simulated: one of 8 variants helps; found", generator, given.studies // 4)
    print_power(real, "Real trials: one of 8 variants helps; found", generator, given.studies // 4)
    print_looks(generator, given.studies)
    print_intervals(generator, given.studies // 4)
    print_equivalence(generator, given.studies // 4)
    print_retuned(generator, given.studies)
    limit = _percent(simulation.upper(ALPHA, given.studies))
    print(f"A true 5.0 % may show up to {limit} over {given.studies:,} studies (99.9 times in 100).")
    print(f"One process, {time.perf_counter() - began:.0f} s, simulation seed {given.seed}.\n{describe()}")


if __name__ == "__main__":
    main()
