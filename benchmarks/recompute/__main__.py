"""Computes every number of a report again, compares, and prints how many were compared and how many disagree."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.recompute import studies
from benchmarks.recompute.commands import compare_best, compare_shown
from benchmarks.recompute.comparing import Page, Tally, compare_page, compare_rows, csv_rows
from benchmarks.recompute.database import read
from benchmarks.recompute.tables import ablated, expected

MOST_SHOWN = 40
REPEATED = frozenset({"data", "environments", "hyperparameters", "plans", "retuned-hyperparameters", "seeds"})
"""Tables that repeat what is stored, and compute nothing."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare, print, and return the exit status: 1 where anything disagrees."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("database", type=Path, help="an SQLite file")
    parser.add_argument("report", type=Path, nargs="?", help="a folder that `report` wrote; by default one is written")
    given = parser.parse_args(arguments)

    def told(*words: str) -> str:
        command = [sys.executable, "-m", "study", *words, "--storage", str(given.database)]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    with tempfile.TemporaryDirectory() as folder:
        report = given.report or Path(folder)
        if given.report is None:
            told("report", "--output", str(report))
        tally = compare(given.database, report, told)
    for line in tally.disagreements[:MOST_SHOWN]:
        print(line)
    if tally.uncovered:
        print(f"not computed here: {', '.join(sorted(tally.uncovered))}")
    print(f"{tally.compared:,} numbers compared, {len(tally.disagreements):,} disagreements")
    return 1 if tally.disagreements else 0


def compare(database: Path, report: Path, told: Callable[..., str] | None = None) -> Tally:
    """Compare a database with a report of all its studies.

    Args:
        database: An SQLite file.
        report: A folder that `report` wrote.
        told: Runs a command of the program, given as words, and returns what it prints; None compares no command.
    """
    stored, tally = read(database), Tally()
    tables = {file.stem: csv_rows(file) for file in sorted((report / "tables").glob("*.csv"))}
    wanted = expected(stored)
    for name, found in tables.items():
        if name in wanted:
            keys, rows = wanted[name]
            compare_rows(tally, name, found, rows, keys)
        elif name not in REPEATED:
            tally.uncovered.add(f"table {name}")
    compare_page(tally, Page((report / "report.html").read_text(encoding="utf-8")), tables)
    if told is not None:
        made = ablated(stored)
        for study in studies.studies_of(stored):
            compare_shown(tally, made, json.loads(told("show", study.name, "--ablation", "--json")))
            if study.best is not None:
                compare_best(tally, study, json.loads(told("best", study.name, "--json")))
    return tally


if __name__ == "__main__":
    sys.exit(main())
