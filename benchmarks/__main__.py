"""Measures every figure that has a target, and prints the table: figure, target, measured, n, met or not.

    python -m benchmarks [--data-root FOLDER] [--part NAME ...] [--long]

The parts run one after the other, each on all cores, and print their rows as they come. The short form of all of them
is meant for ten minutes on two cores; `--long` repeats more often, measures on more data where that changes the
figure, and ends with the table in Markdown, with hardware and date. Accuracies need MNIST: without `--data-root` they
are left out, and rows say so. Nothing else may run on the machine: wall-clock times are compared.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from benchmarks.hardware import describe
from benchmarks.targets import Part, Row, Scope, heading, markdown, printed, summary

PARTS: tuple[str, ...] = (
    "start_time",
    "coordinator_load.growth",
    "report_speed",
    "training_speed",
    "search_speed",
    "best_recipe",
    "one_epoch",
)
"""Modules with a function `rows`, as `benchmarks.targets.Part` has it; in the order in which they run."""


def main() -> int:
    """Run the parts and print their rows; return 1 if a part failed, whatever the figures are."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data-root", type=Path, help="folder of MNIST's files, as the commands take it")
    parser.add_argument("--part", choices=PARTS, action="append", help="all by default", metavar="NAME")
    parser.add_argument("--long", action="store_true", help="measure longer, and print the table in Markdown too")
    given = parser.parse_args()
    scope = Scope(given.data_root, given.long)
    began = time.perf_counter()
    print(f"{describe()}\n{date.today():%Y-%m-%d}, {'long' if scope.long else 'short'} form\n\n{heading()}", flush=True)
    found: list[Row] = []
    failed: list[str] = []
    for name in given.part or PARTS:
        started = time.perf_counter()
        print(f"-- {name}", flush=True)
        try:
            for row in _rows(name, scope):
                found.append(row)
                print(printed(row), flush=True)
        except Exception as error:  # the other parts are still worth having
            failed.append(name)
            print(f"failed: {type(error).__name__}: {error}", flush=True)
        print(f"-- {name}: {time.perf_counter() - started:.0f} s\n", flush=True)
    if scope.long:
        print(f"{markdown(found)}\n\n{describe()}\n{date.today():%Y-%m-%d}\n")
    print(f"{summary(found)}; {time.perf_counter() - began:.0f} s in all")
    if failed:
        print(f"parts that failed: {', '.join(failed)}")
    return 1 if failed else 0


def _rows(name: str, scope: Scope) -> Iterator[Row]:
    part: Part = importlib.import_module(f"benchmarks.{name}")
    return part.rows(scope)


if __name__ == "__main__":
    sys.exit(main())
