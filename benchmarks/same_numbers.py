"""Whether two versions of the program come to the same numbers, bit for bit: trials, epochs, tests, tables of the page.

    python benchmarks/same_numbers.py OLDER_CHECKOUT NEWER_CHECKOUT

Each trains the same small studies on digits, with one worker, in an empty folder; what is compared must be equal bit
for bit. Names of columns and words may differ between versions: values are compared, by the trial that they belong to.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

_DIGITS = ("--dataset", "digits")
_SEARCHED = ("--sampler", "tpe", "--pruner", "median")
"""How a search decides: defaults may be others in another version."""
COMMANDS = (
    ("run", "cnn", "lstm", *_DIGITS, "--trials", "4", "--epochs", "3", "--replicates", "2", *_SEARCHED),
    ("ablate", "cnn", *_DIGITS, "--variants", "dropout,batchnorm", "--replicates", "3"),
)
ONE_WORKER = ("--workers", "1")
_TRIAL = "trial.study, trial.phase, trial.variant, trial.replicate, trial.optuna_number, trial.seed"
"""What tells a trial from others in both: ids are of whole configurations, which gain hyperparameters."""
QUERIES = {
    "trials": f"SELECT {_TRIAL}, changes, epochs, state, value, parameters FROM trial ORDER BY {_TRIAL}",
    "epochs": f"SELECT {_TRIAL}, epoch, train_loss, train_score, validation_loss, validation_score, learning_rate "
    f"FROM epoch JOIN trial ON trial.id = epoch.trial ORDER BY {_TRIAL}, epoch",
    "tests": f"SELECT {_TRIAL}, loss, score, predictions, confidences "
    f"FROM test_result JOIN trial ON trial.id = test_result.trial ORDER BY {_TRIAL}",
    "arms": "SELECT study, ablation, setting, name, role, control, changes FROM arm ORDER BY 1, 2, 3, 4",
}
BEFORE_6 = {
    "train_score": "train_accuracy",
    "validation_score": "validation_accuracy",
    "loss, score,": "loss, accuracy,",
}
"""What columns are called -> what they were called before schema 6, when every score was an accuracy."""


TIMES = (
    "second",
    "time",
    "min",
    "commit",
    "version",
    "when",
    "command",
    "memory",
    "begun",
    "planned_at",
    "created",
    "inference",
)
"""Parts of headings whose columns tell of time or of the program itself."""
BY_TIME = ("pareto-front.csv",)
"""Tables whose very rows depend on seconds."""
GAINING = ("hyperparameters.csv",)
"""Tables to which a version adds rows: those of its new options."""
ELSEWHERE = ("published",)
"""Columns of what others published, which a version may show beside other data sets."""
RENAMED = {"settings.csv": "hyperparameters.csv"}
"""Tables of an older version -> their names since."""


def trained(checkout: Path, folder: Path) -> None:
    """Train the studies by a checkout's program and writes their report."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STUDY_")}
    environment["PYTHONPATH"] = str(checkout)
    for words in (*((*command, *ONE_WORKER) for command in COMMANDS), ("report", "--format", "csv", "--format", "png")):
        subprocess.run([sys.executable, "-m", "study", *words], cwd=folder, env=environment, check=True, stdout=-3)


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    """Return what a query finds in the folder's trial database; of an older one, by what its columns were called."""
    connection = sqlite3.connect(folder / "runs" / "studies.db")
    try:
        if connection.execute("SELECT max(version) FROM schema_version").fetchone()[0] < 6:
            for now, before in BEFORE_6.items():
                query = query.replace(now, before)
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def numbers(table: Path) -> Counter[str]:
    """Return the numbers of a table of the page, those of time left out."""
    with table.open(encoding="utf-8-sig", newline="") as file:
        found: Counter[str] = Counter()
        for row in csv.DictReader(file):
            for heading, value in row.items():
                if value and heading not in ELSEWHERE and not any(part in heading.lower() for part in TIMES):
                    try:
                        found[repr(float(value))] += 1
                    except ValueError:
                        continue
        return found


def main() -> int:
    """Compare, print a line for each thing compared, and return 1 if any differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("older", type=Path)
    parser.add_argument("newer", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        older, newer = Path(place) / "older", Path(place) / "newer"
        for checkout, folder in ((given.older, older), (given.newer, newer)):
            folder.mkdir()
            trained(checkout.resolve(), folder)
        differing = []
        for name, query in QUERIES.items():
            one, other = rows(older, query), rows(newer, query)
            report(name, len(one), len(other), same=one == other, differing=differing)
        for path in sorted((older / "runs/report/tables").glob("*.csv")):
            since = newer / "runs/report/tables" / path.name
            since = since if since.exists() else since.with_name(RENAMED.get(path.name, path.name))
            if path.name in BY_TIME or not since.exists():
                print(f"{path.name}: {'depends on seconds' if since.exists() else 'in the older one alone'}")
                continue
            one, other = numbers(path), numbers(since)
            same = one <= other if path.name in GAINING else one == other
            report(path.name, one.total(), other.total(), same=same, differing=differing)
        figures = sorted(path.name for path in (older / "runs/report/figures").glob("*.png"))
        for name in figures:
            paths = [folder / "runs/report/figures" / name for folder in (older, newer)]
            if all(path.exists() for path in paths):
                one, other = (hashlib.sha256(path.read_bytes()).hexdigest()[:12] for path in paths)
                print(f"figure {name}: {'the same picture' if one == other else 'another picture (words, or seconds)'}")
    print("all numbers are equal" if not differing else f"different: {', '.join(differing)}")
    return 1 if differing else 0


def report(name: str, one: int, other: int, *, same: bool, differing: list[str]) -> None:
    """Print whether one thing is equal, and remember it if not."""
    more = ", and more in the newer one" if same and other > one else ""
    print(f"{name}: {one} and {other} values, {'equal' if same else 'DIFFERENT'}{more}")
    if not same:
        differing.append(name)


if __name__ == "__main__":
    sys.exit(main())
