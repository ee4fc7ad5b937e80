"""Times whole studies of MNIST beside the notebook's one training of its CNN, and prints their test accuracies.

    python -m benchmarks.best_recipe --data-root FOLDER [--short]

First the notebook's own loop, 20 epochs of 60,000 images on its CNN (`benchmarks.training_speed`, side `loop`, whose
images are noise in MNIST's shape: they cost the same); then, each as the documentation has them, `run cnn-best`,
`run lstm-best` and `run cnn`: search, then five final trials of the best and of the baseline on other seeds, all cores.
A study's seconds are those of the whole command. Nothing else may run on the machine.

The short form times one epoch of 6,000 images of the loop, and of each of the first two commands one epoch of two final
trials; from those it reckons what the whole ones take at most, with both configurations replicated. It measures no
accuracy.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.commands import Ran, run
from benchmarks.hardware import describe
from benchmarks.targets import Row, Scope, heading, printed
from study.engines import machine

_ROOT = Path(__file__).parents[1]
EPOCHS, IMAGES = 20, 60_000
"""Of the notebook's training."""
PART = 6_000
"""Images of the loop that the short form times."""
REPLICATES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """A documented command, and what its best is to reach."""

    space: str
    accuracy: float
    """Percent of the test split, in the mean."""
    trials: int
    epochs: int

    def words(self, data_root: Path, **changed: int) -> list[str]:
        """Return the command's words, with some of its numbers changed."""
        numbers = {"trials": self.trials, "epochs": self.epochs, "replicates": REPLICATES} | changed
        options = [word for name, number in numbers.items() for word in (f"--{name}", str(number))]
        data = ["--dataset", "mnist", "--data-root", str(data_root.resolve())]
        return ["run", self.space, *data, *options]


STUDIES = (
    Study(space="cnn-best", accuracy=99.5, trials=4, epochs=6),
    Study(space="lstm-best", accuracy=99.4, trials=4, epochs=6),
    Study(space="cnn", accuracy=99.5, trials=20, epochs=10),
)
"""In the order in which they run; the short form leaves the last one out."""


def rows(scope: Scope) -> Iterator[Row]:
    """Yield for each study its seconds as a multiple of the notebook's training, and its best's mean test accuracy."""
    studies = STUDIES if scope.long else STUDIES[:-1]
    if scope.data_root is None:
        for study in studies:
            yield _time_row(study, None, 0, "needs MNIST: --data-root")
            yield _accuracy_row(study, None, 0, "needs MNIST: --data-root")
        return
    notebook = _notebook_seconds(PART, 1) if not scope.long else _notebook_seconds(IMAGES, EPOCHS)
    for study in studies:
        if scope.long:
            ran = run(study.words(scope.data_root))
            yield _time_row(study, ran.seconds / notebook, 1, f"{ran.seconds:.0f} s against {notebook:.0f} s")
            yield _accuracy_row(study, ran.best.mean, REPLICATES, _in_words(ran))
        else:
            seconds = _reckoned_seconds(study, scope.data_root)
            detail = f"at most {seconds:.0f} s against {notebook:.0f} s, both reckoned from a part"
            yield _time_row(study, seconds / notebook, 1, detail)
            yield _accuracy_row(study, None, 0, "the long form measures it")


def _time_row(study: Study, value: float | None, n: int, detail: str) -> Row:
    figure = f"MNIST, whole `run {study.space}` against the notebook's one CNN training"
    return Row(figure=figure, relation="<=", target=1.0, value=value, n=n, detail=detail)


def _accuracy_row(study: Study, value: float | None, n: int, detail: str) -> Row:
    figure = f"MNIST, `run {study.space}`, test accuracy of its best, mean over seeds"
    return Row(figure=figure, relation=">=", target=study.accuracy, value=value, unit=" %", n=n, detail=detail)


def _in_words(ran: Ran) -> str:
    same = ran.best is ran.baseline
    baseline = "the baseline is the best" if same else f"the baseline: {ran.baseline.in_words()}"
    return f"{ran.best.in_words()}; {baseline}; {ran.search_epochs} epochs of search"


def _notebook_seconds(images: int, epochs: int) -> float:
    """Return the seconds of the notebook's training of its CNN, from the rate of a training of so many images."""
    words = ["--side", "loop", "--space", "cnn", "--images", str(images), "--epochs", str(epochs)]
    arguments = [sys.executable, "-m", "benchmarks.training_speed", *words]
    done = subprocess.run(arguments, check=True, capture_output=True, text=True, cwd=_ROOT)
    return EPOCHS * IMAGES / float(done.stdout.splitlines()[-1])


def _reckoned_seconds(study: Study, data_root: Path) -> float:
    """Return what a study takes at most: no trial is pruned, and the best is not the baseline."""
    workers = machine.cores()
    ran = run(study.words(data_root, trials=1, epochs=1, replicates=workers))
    epoch = median(ran.baseline.seconds)
    epochs = (study.trials + 2 * REPLICATES) * study.epochs
    return ran.seconds + epoch * epochs / workers


def main() -> None:
    """Measure, and print the rows as they come."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data-root", type=Path, required=True, help="folder of MNIST's files")
    parser.add_argument("--short", action="store_true", help="reckon the seconds from parts; measure no accuracy")
    given = parser.parse_args()
    print(f"{describe()}\n{heading()}", flush=True)
    for row in rows(Scope(given.data_root, long=not given.short)):
        print(printed(row), flush=True)


if __name__ == "__main__":
    main()
