"""Measures how long workers wait because a search is `--reproducible`: on real training, then in simulation.

    python -m benchmarks.reproducible_idle [--space cnn] [--dataset digits] [--train-size 1000] [--rounds 3]
        [--workers 2,4,8] [--slack 1,2,4] [--seeds 20]

The real part runs the same search with and without `--reproducible WORKERS`, in turn, with as many workers as there are
cores, and prints for both how long it took and which fraction of the workers' time no epoch was trained. The simulated
part takes the seconds that epochs took there, each trial those of a measured one, and the program's own search with
each number of workers, and with a lag (`--reproducible`) of so many times that number; it prints medians over seeds.
Replicates of the baseline, which fill waits, are left out of both.
"""

from __future__ import annotations

import argparse
import heapq
import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from benchmarks.hardware import describe
from study.catalog import load_model, load_space
from study.database import TrialDatabase
from study.options.method import Budget, Method
from study.plan import DatasetFacts, Plan
from study.search import Search, Turns, quiet
from study.task import DataSpec
from study.trial import Decision, Epoch, Trial, TrialState

PRUNERS = ("promote", "none")


@dataclass(frozen=True, slots=True)
class Taken:
    """What a search took."""

    seconds: float
    """From the first beginning to the last end."""
    busy: float
    """Seconds of epochs, of all workers."""
    workers: int

    @property
    def idle(self) -> float:
        """The fraction of the workers' time in which no epoch was trained."""
        return 1 - self.busy / (self.seconds * self.workers)


def main() -> None:
    """Measure, and print a row for each case as it comes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--space", default="cnn")
    parser.add_argument("--dataset", default="digits")
    parser.add_argument("--data-root", type=Path, default=None)
    parser.add_argument("--train-size", type=int, default=1_000)
    parser.add_argument("--epochs", type=int, default=9)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3, help="of real searches, each with and without")
    parser.add_argument("--workers", default="2,4,8", help="of the simulation")
    parser.add_argument("--slack", default="1,2,4", help="of the simulation: --reproducible in numbers of workers")
    parser.add_argument("--seeds", type=int, default=20, help="of the simulation")
    given = parser.parse_args()
    print(f"{describe()}; {given.space} on {given.dataset}, {given.trials} trials of at most {given.epochs} epochs")
    times = f"{'free, s':>8} {'idle':>6}   {'tied, s':>8} {'idle':>6}"
    print(f"{'':12} {'pruner':8} {'workers':>7} {'lag':>5} {'n':>3}   {times}   ratio")
    cores = os.cpu_count() or 1
    seconds: list[float] = []
    for pruner in PRUNERS:
        pairs = [_real(given, pruner, cores, seed, seconds) for seed in range(given.rounds)]
        _print("real", pruner, cores, cores, pairs)
    for pruner in PRUNERS:
        for workers in map(int, given.workers.split(",")):
            for slack in map(int, given.slack.split(",")):
                lag = slack * workers
                pairs = [_simulated(given, pruner, workers, lag, seed, seconds) for seed in range(given.seeds)]
                _print("simulated", pruner, workers, lag, pairs)


def _print(what: str, pruner: str, workers: int, lag: int, pairs: Sequence[tuple[Taken, Taken]]) -> None:
    free, tied = ([pair[place] for pair in pairs] for place in (0, 1))
    ratio = statistics.median(other.seconds / one.seconds for one, other in pairs)
    told = [
        f"{statistics.median(taken.seconds for taken in found):8.1f} {statistics.median(t.idle for t in found):6.1%}"
        for found in (free, tied)
    ]
    print(f"{what:12} {pruner:8} {workers:7} {lag:5} {len(pairs):3}   {'   '.join(told)}   {ratio:5.3f}", flush=True)


def _real(given: argparse.Namespace, pruner: str, workers: int, seed: int, epochs: list[float]) -> tuple[Taken, Taken]:
    """Run a search with and without, the order by turns; the seconds of epochs are added to those that are known."""
    found: dict[bool, Taken] = {}
    for tied in (False, True) if seed % 2 else (True, False):
        with tempfile.TemporaryDirectory() as folder:
            storage = f"sqlite:///{folder}/studies.db"
            words = [sys.executable, "-m", "study", "run", given.space, "--dataset", given.dataset]
            words += ["--train-size", str(given.train_size), "--epochs", str(given.epochs)]
            words += ["--trials", str(given.trials), "--replicates", "0", "--workers", str(workers)]
            words += ["--pruner", pruner, "--seed", str(seed), "--storage", storage]
            words += ["--reproducible", str(workers)] if tied else []
            words += ["--data-root", str(given.data_root)] if given.data_root else []
            subprocess.run(words, check=True, capture_output=True)
            with TrialDatabase(storage, read_only=True) as database:
                rows = database.trials(database.plans()[0].study)
                trained = [[epoch.seconds for epoch in database.epochs(row.id)] for row in rows]
        began = min(datetime.fromisoformat(row.created_at) for row in rows)
        ended = max(datetime.fromisoformat(row.finished_at) for row in rows if row.finished_at)
        found[tied] = Taken((ended - began).total_seconds(), sum(map(sum, trained)), workers)
        if not tied:
            epochs += [statistics.median(trial) for trial in trained if trial]
    return found[False], found[True]


def _simulated(
    given: argparse.Namespace, pruner: str, workers: int, lag: int, seed: int, seconds: Sequence[float]
) -> tuple[Taken, Taken]:
    space = load_space(given.space)
    facts = DatasetFacts(
        name="digits",
        source="digits",
        content_hash="",
        data_root="",
        spec=DataSpec(shape=(1, 28, 28), class_names=tuple("0123456789")),
        train_examples=0,
        validation_examples=0,
        test_examples=0,
        train_size=None,
        final_examples=0,
    )
    plan = Plan(
        space=space,
        source=space.name,
        dataset=facts,
        model=load_model(space.model),
        budget=Budget(trials=given.trials, epochs=given.epochs, replicates=0),
        method=Method(seed=seed, pruner=pruner, objectives=("accuracy",)),
    )
    tied = replace(plan, method=replace(plan.method, reproducible=lag))
    with quiet():
        return trained(Search(plan), workers, seconds), trained(Turns(tied), workers, seconds)


def trained(search: Search | Turns, workers: int, seconds: Sequence[float]) -> Taken:
    """Train a whole search with workers that take the seconds of a measured trial for each epoch."""
    clock, busy = 0.0, 0.0
    free = list(range(workers))
    reached: dict[int, int] = {}
    ends: list[tuple[float, int, Trial]] = []
    while True:
        while free and (trial := search.ask()) is not None:
            heapq.heappush(ends, (clock + _epoch(trial, seconds), free.pop(), trial))
        if not ends:
            return Taken(clock, busy, workers)
        clock, worker, trial = heapq.heappop(ends)
        busy += _epoch(trial, seconds)
        number = trial.number or 0
        reached[number] = reached.get(number, 0) + 1
        score = _score(trial, reached[number])
        decision = search.report(trial, Epoch(reached[number], 0.5, 0.5, 0.5, score, 0.001, 1.0))
        if decision is Decision.GO_ON and reached[number] < trial.epochs:
            heapq.heappush(ends, (clock + _epoch(trial, seconds), worker, trial))
            continue
        paused = decision is Decision.PAUSE
        search.tell(trial, TrialState.PAUSED if paused else TrialState.COMPLETE, None if paused else [score])
        free.append(worker)


def _epoch(trial: Trial, seconds: Sequence[float]) -> float:
    """Return the seconds of each of a trial's epochs: those of a measured trial that its seed picks."""
    return random.Random(trial.seed).choice(seconds)


def _score(trial: Trial, epoch: int) -> float:
    """Return a made score that rises, to a height and with noise of the trial's own."""
    generator = random.Random(f"{trial.seed} {epoch}")
    return random.Random(trial.seed).random() - 0.5 / epoch + generator.gauss(0, 0.02)


if __name__ == "__main__":
    main()
