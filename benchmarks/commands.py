"""Runs a command of the program in a process and a folder of its own, and reads what its final trials came to."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

from study.status.intervals import t_interval

_ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Finals:
    """The final trials of one configuration, which was evaluated on the test split once for each seed."""

    scores: tuple[float, ...]
    """Of the test split, in percent."""
    seconds: tuple[float, ...]
    """Of training alone, each trial's epochs together."""

    @property
    def mean(self) -> float:
        """The mean score, in percent."""
        return fmean(self.scores)

    def in_words(self) -> str:
        """Return the mean with its 95 % interval, the range, and the seconds of a training."""
        low, high = t_interval(self.scores)
        interval = "" if low is None else f" [{low:.3f}, {high:.3f}]"
        span = f"{min(self.scores):.2f} to {max(self.scores):.2f}"
        seconds = f"{median(self.seconds):.1f} s a training, {min(self.seconds):.1f} to {max(self.seconds):.1f}"
        return f"{self.mean:.3f} %{interval} of {len(self.scores)} seeds, {span}; {seconds}"


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended."""

    words: str
    """As it was typed, without where it stored its study."""
    seconds: float
    """From its start to its end, by the clock."""
    best: Finals
    """The replicates of what the search found; the baseline's where nothing was better."""
    baseline: Finals
    """Those of the baseline."""
    search_epochs: int
    """Epochs that the search trained in all."""


def run(words: Sequence[str]) -> Ran:
    """Run `python -m study` with these words, on a trial database that is gone afterwards.

    Raises:
        subprocess.CalledProcessError: It failed; what it said stands on standard error.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "studies.db"
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "study", *words, "--storage", f"sqlite:///{path}"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))},
        )
        seconds = time.perf_counter() - began
        with closing(sqlite3.connect(path)) as database:
            finals = {variant: _finals(database, variant) for variant in ("best", "baseline")}
            epochs = database.execute(
                "SELECT count(*) FROM epoch JOIN trial ON trial.id = epoch.trial WHERE trial.phase = 'search'"
            ).fetchone()[0]
    baseline = finals["baseline"] or finals["best"]
    assert baseline is not None  # the command has ended well
    return Ran(f"python -m study {' '.join(words)}", seconds, finals["best"] or baseline, baseline, epochs)


def _finals(database: sqlite3.Connection, variant: str) -> Finals | None:
    rows = database.execute(
        "SELECT 100 * test_result.score, sum(epoch.seconds) FROM trial "
        "JOIN test_result ON test_result.trial = trial.id JOIN epoch ON epoch.trial = trial.id "
        "WHERE trial.phase = 'replicate' AND trial.variant = ? GROUP BY trial.id ORDER BY trial.replicate",
        (variant,),
    ).fetchall()
    return Finals(*map(tuple, zip(*rows, strict=True))) if rows else None
