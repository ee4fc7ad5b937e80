"""Trains several hundred trials that differ in their seed alone, and keeps their test scores for the checks.

    python -m benchmarks.statistics_check.record --folder runs/same-settings --data-root data [--workers 2]

Baselines of the notebook's CNN and LSTM, on digits and on a subset of MNIST: what a variant that does nothing scores.
It took six minutes on 16 cores; run again it trains what is missing. The scores go to `same_settings.json`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

from benchmarks.statistics_check.noises import RECORDED
from study.database import TrialDatabase
from study.trial import Phase

POOLS = {
    "cnn on digits": ("cnn", "--dataset digits --epochs 5 --replicates 400"),
    "lstm on digits": ("lstm", "--dataset digits --epochs 5 --replicates 240"),
    "cnn on MNIST": ("cnn", "--dataset mnist --train-size 10000 --epochs 3 --replicates 240"),
    "lstm on MNIST": ("lstm", "--dataset mnist --train-size 5000 --epochs 3 --replicates 160"),
}
"""Name -> space, and the options of the study that makes its trials."""


def train(name: str, folder: Path, data_root: Path, workers: int) -> str:
    """Train the trials of a pool that are missing, and return its database."""
    space, options = POOLS[name]
    storage = f"sqlite:///{folder / name.lower().replace(' ', '-')}.db"
    command = ["run", space, *options.split(), "--trials", "1", "--workers", str(workers), "--device", "cpu"]
    command += ["--data-root", str(data_root)] if "mnist" in options else []
    subprocess.run([sys.executable, "-m", "study", *command, "--storage", storage], check=True)
    return storage


def scores(storage: str) -> list[float]:
    """Return the test scores of the replicates, by their number."""
    with TrialDatabase(storage, read_only=True) as database:
        (plan,) = database.plans()
        replicates = [row for row in database.trials(plan.study) if row.phase == Phase.REPLICATE]
        tested = [database.test_result(row.id) for row in sorted(replicates, key=lambda row: row.replicate or 0)]
        return [round(result.score, 6) for result in tested if result is not None]


def main() -> None:
    """Train, and write the scores."""
    parser = argparse.ArgumentParser(description="Trains trials that differ in their seed alone.")
    parser.add_argument("--folder", type=Path, required=True, help="of the trial databases")
    parser.add_argument("--data-root", type=Path, required=True, help="where MNIST lies, or goes")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    pools = {name: scores(train(name, given.folder, given.data_root, given.workers)) for name in POOLS}
    made = {"made_by": "python -m benchmarks.statistics_check.record", "commands": POOLS, "scores": pools}
    RECORDED.write_text(json.dumps(made, indent=1).replace(",\n   ", ", ") + "\n", encoding="utf-8")
    for name, values in pools.items():
        print(f"{name}: {len(values)} trials, mean {sum(values) / len(values):.4f}")


if __name__ == "__main__":
    main()
