"""Trains `cnn-one-epoch` for one epoch of MNIST on many seeds, by the documented command, and prints the test accuracy.

    python -m benchmarks.one_epoch --data-root FOLDER [--seeds 30]

The command is `python -m study run cnn-one-epoch --dataset mnist --trials 1 --epochs 1 --replicates SEEDS`: its one
search trial is the baseline, whose replicates learn from all 60,000 images for one epoch, as many at a time as there
are cores, each on one, and are evaluated on the test split once. The recipe was chosen on the validation split. The
seconds are those of an epoch as the program records them, of training alone, without the start of the process and the
pass over the test split; divided by the cores, they are what a training takes of all of them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.commands import run
from benchmarks.hardware import describe
from benchmarks.targets import Row, Scope, heading, printed
from study.engines import machine

SEEDS = 30
SHORT = 4
"""Seeds of the short form."""
ACCURACY, SECONDS = 99.0, 6.0


def rows(scope: Scope, seeds: int | None = None) -> Iterator[Row]:
    """Yield the mean test accuracy and the seconds of a training.

    Args:
        scope: Where MNIST is, and whether the long form is measured.
        seeds: How many; by default `SEEDS` in the long form, `SHORT` in the short one.
    """
    accuracy = "CNN, test accuracy after one epoch of MNIST, mean over seeds"
    seconds = f"CNN, one epoch of MNIST, {machine.cores()} trainings at a time on as many cores: seconds for each"
    if scope.data_root is None:
        missing = "needs MNIST: --data-root"
        yield Row(figure=accuracy, relation=">=", target=ACCURACY, value=None, unit=" %", detail=missing)
        yield Row(figure=seconds, relation="<=", target=SECONDS, value=None, unit=" s", detail=missing)
        return
    count = seeds or (SEEDS if scope.long else SHORT)
    words = ["run", "cnn-one-epoch", "--dataset", "mnist", "--data-root", str(scope.data_root.resolve())]
    ran = run([*words, "--trials", "1", "--epochs", "1", "--replicates", str(count)])
    found = ran.baseline
    detail = found.in_words()
    yield Row(figure=accuracy, relation=">=", target=ACCURACY, value=found.mean, unit=" %", n=count, detail=detail)
    yield Row(
        figure=seconds,
        relation="<=",
        target=SECONDS,
        value=median(found.seconds) / machine.cores(),
        unit=" s",
        n=count,
        detail=f"{median(found.seconds):.1f} s from the start of a training to its end; the whole command "
        f"{ran.seconds:.0f} s",
    )


def main() -> None:
    """Measure, and print the rows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--data-root", type=Path, required=True, help="folder of MNIST's files, as the commands take it"
    )
    parser.add_argument("--seeds", type=int, default=SEEDS)
    given = parser.parse_args()
    print(f"{describe()}\n{heading()}", flush=True)
    for row in rows(Scope(given.data_root, long=True), given.seeds):
        print(printed(row), flush=True)


if __name__ == "__main__":
    main()
