"""Times how soon the program answers: `--help`, `list`, and the first training step of workers after `run` is typed.

    python -m benchmarks.start_time [--repeats 5]

Every command is a process of its own, the kinds in turn. The first step is taken to begin where the first recorded
epoch began: at the moment of its record less the seconds that it took.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from benchmarks.hardware import describe
from benchmarks.targets import Row, Scope, heading, printed

_ROOT = Path(__file__).parents[1]
HELP, LIST, STEP = "`--help`", "`list` of one study", "workers train after the command `run cnn` (digits)"
SECONDS = {HELP: 0.4, LIST: 1.0, STEP: 3.0}
"""Targets, at most."""


def rows(scope: Scope, repeats: int | None = None) -> Iterator[Row]:
    """Yield the median seconds of each kind of command.

    Args:
        scope: Whether the long form is measured.
        repeats: Runs of each; by default 11 in the long form and 5 in the short one.
    """
    count = repeats or (11 if scope.long else 5)
    found: dict[str, list[float]] = {kind: [] for kind in SECONDS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _first_step(folder / "listed.db")  # what `list` lists; and the files of Python's modules are in memory after it
        for number in range(count):
            found[HELP].append(_seconds("--help"))
            found[LIST].append(_seconds("list", "--storage", f"sqlite:///{folder / 'listed.db'}"))
            found[STEP].append(_first_step(folder / f"{number}.db"))
    for kind, target in SECONDS.items():
        yield Row(
            figure=f"seconds, {kind}",
            relation="<=",
            target=target,
            value=statistics.median(found[kind]),
            unit=" s",
            n=count,
            detail=f"{min(found[kind]):.2f} to {max(found[kind]):.2f} s",
        )


def _seconds(*words: str) -> float:
    """Return how long a command takes."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "study", *words], check=True, stdout=subprocess.DEVNULL, env=_environment())
    return time.perf_counter() - began


def _first_step(path: Path) -> float:
    """Return the seconds from the start of `run` to that of the first worker's first epoch."""
    words = ["run", "cnn", "--dataset", "digits", "--trials", "2", "--epochs", "1", "--replicates", "1"]
    words += ["--storage", f"sqlite:///{path}"]
    began = time.time()
    subprocess.run(
        [sys.executable, "-m", "study", *words],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=path.parent,
        env=_environment(),
    )
    with closing(sqlite3.connect(path)) as database:
        epochs = database.execute("SELECT recorded_at, seconds FROM epoch").fetchall()
    return min(datetime.fromisoformat(at).timestamp() - seconds for at, seconds in epochs) - began


def _environment() -> dict[str, str]:
    paths = filter(None, (str(_ROOT), os.environ.get("PYTHONPATH")))
    return {name: value for name, value in os.environ.items() if not name.startswith("STUDY_")} | {
        "PYTHONPATH": os.pathsep.join(paths)
    }


def main() -> None:
    """Measure, and print the rows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    print(f"{describe()}\n{heading()}", flush=True)
    for row in rows(Scope(), given.repeats):
        print(printed(row), flush=True)


if __name__ == "__main__":
    main()
