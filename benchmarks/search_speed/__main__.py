"""Measures how soon a search finds a good configuration, beside Optuna's own ways and a common script's.

    python -m benchmarks.search_speed replay [--seeds 1000] [--short]     the ways compared, on the table of curves
    python -m benchmarks.search_speed choose QUESTION [--seeds 1000]      what the product's defaults rest on
    python -m benchmarks.search_speed horizons                            what an early score tells of the end
    python -m benchmarks.search_speed train --data-root DIR [--seeds 10]  the same ways on real trainings, in real time
    python -m benchmarks.search_speed record --data-root DIR --raw FILE   trains what the table is made of
    python -m benchmarks.search_speed pack --raw FILE                     makes the table

The table (`curves.npz`) holds what our own trainings of a discretised part of the `cnn` space said after each epoch;
`record` says how. `docs/search.md` has the figures.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from benchmarks.hardware import describe
from benchmarks.search_speed import horizons, replay
from benchmarks.search_speed.table import TABLE, Table, load, pack
from benchmarks.search_speed.ways import Way, everything, finalists
from study.engines import machine

LIMIT = 30.0
"""Seconds of a real search: all of them together take 25 minutes at most."""
QUESTIONS = ("sampler", "pruner", "rungs", "judged", "prior", "startup")


def compare(replays: replay.Replays, only: Sequence[str]) -> None:
    """Replay the ways of a question whose names hold one of those texts, on all cores, and print the tables."""
    known = everything(load(replays.table))[replays.question]
    names = [name for name in known if not only or any(text in name for text in only)]
    if not names:
        raise SystemExit(f"error: --only is part of one of these names: {'; '.join(known)}")
    outcomes: dict[str, list[replay.Outcome]] = {}
    with ProcessPoolExecutor(machine.cores(), multiprocessing.get_context("spawn")) as pool:
        for outcomes in replays.outcomes(names, pool):
            medians = (np.median(replay.times_of(found)) for found in outcomes.values())
            told = ", ".join(f"{median:.1f}" for median in medians)
            print(f"medians of {len(outcomes[names[0]])} searches: {told}", flush=True)
    print("\n" + "\n".join(replay.table_of(outcomes)), flush=True)


def tell_horizons(table: Table) -> None:
    """Print what early scores tell of the end."""
    print(f"{len(table.recorded)} configurations; rank correlation (Spearman) of an early error with the last one's")
    print(f"{'':24}{'epoch':>6}{'all':>8}{'best 30 %':>11}")
    for name, epoch, whole, best in horizons.correlations(table):
        print(f"{name:24}{epoch:6}{whole:8.2f}{best:11.2f}")
    print("\nmedian error after epochs 1, 2 and the last, in per cent, by schedule")
    for schedule, errors in horizons.by_schedule(table).items():
        print(f"{schedule:24}" + "".join(f"{100 * error:8.2f}" for error in errors))
    rows, difference, correlation = horizons.between_seeds(table)
    print(f"\ntwo seeds of {rows} configurations differ by {difference:.1%} of their error in the median")
    print(f"the rank correlation between the seeds is {correlation:.2f}")


def budgets(table: Table, ways: Mapping[str, Way], seeds: int) -> None:
    """Print what whole searches of a fixed number of trials take and reach."""
    print(f"{'':40}{'trainings':>10}{'error %':>9}{'n':>5}")
    for name, way in ways.items():
        taken, reached = replay.whole(table, way, seeds)
        print(f"{name:40}{taken:10.2f}{100 * reached:9.2f}{seeds:5}", flush=True)


def main() -> None:
    """Do what is asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.search_speed",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parts = parser.add_subparsers(dest="part", required=True)
    for name in ("replay", "choose", "horizons"):
        part = parts.add_parser(name)
        part.add_argument("--table", type=Path, default=TABLE)
        part.add_argument("--seeds", type=int, default=replay.SEEDS, help="searches of each way")
        part.add_argument("--first", type=int, default=0, help="the first search's seed; the others follow it")
        part.add_argument("--limit", type=float, default=replay.LIMIT, help="mean full trainings")
        part.add_argument("--only", metavar="TEXT", nargs="+", default=(), help="ways whose names hold one of these")
        part.add_argument("--short", action="store_true", help=f"{replay.SHORT_SEEDS} seeds")
        if name == "choose":
            part.add_argument("question", choices=(*QUESTIONS, "finalists"))
    training = parts.add_parser("train")
    training.add_argument("--data-root", type=Path, required=True, help="where MNIST lies")
    training.add_argument("--table", type=Path, default=TABLE, help="whose target is gone by")
    training.add_argument("--seeds", type=int, default=10)
    training.add_argument("--limit", type=float, default=LIMIT, help="seconds after which a search is given up")
    training.add_argument("--results", type=Path, help="file of results; what stands there is not measured again")
    training.add_argument("--short", action="store_true", help="one search of each but the random one, in 90 seconds")
    recording = parts.add_parser("record")
    recording.add_argument("--data-root", type=Path, required=True, help="where MNIST lies")
    recording.add_argument("--raw", type=Path, required=True)
    recording.add_argument("--seconds", type=float, default=float("inf"), help="then it stops, and may be called again")
    packing = parts.add_parser("pack")
    packing.add_argument("--raw", type=Path, required=True)
    packing.add_argument("--table", type=Path, default=TABLE)
    given = parser.parse_args()
    if given.part == "record":
        from benchmarks.search_speed.record import record

        record(given.data_root, given.raw, given.seconds)
    elif given.part == "pack":
        pack(given.raw, given.table)
    elif given.part == "train":
        from benchmarks.search_speed import real

        print(describe())
        seeds, limit = (1, real.SHORT_LIMIT) if given.short else (given.seeds, given.limit)
        sides = real.SIDES[: len(real.SIDES) - given.short]
        real.compare(load(given.table), given.data_root, seeds, limit, given.results, sides)
    elif given.part == "horizons":
        tell_horizons(load(given.table))
    else:
        table = load(given.table)
        seeds = replay.SHORT_SEEDS if given.short else given.seeds
        print(describe())
        told = f"{seeds} searches of each way, seeds {given.first} to {given.first + seeds - 1}"
        print(f"{len(table.recorded)} configurations, {replay.WORKERS} workers, {told}\n")
        question = "rivals" if given.part == "replay" else given.question
        if question == "finalists":
            budgets(table, {f"{n} trials, {name}": way for n in (20, 40) for name, way in finalists(n).items()}, seeds)
        else:
            compare(
                replay.Replays(given.table, question, range(given.first, given.first + seeds), given.limit), given.only
            )


if __name__ == "__main__":
    main()
