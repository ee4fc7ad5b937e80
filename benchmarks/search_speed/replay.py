"""Replays searches on the table, and says how soon each way of searching gets to the same error.

Every search runs on a simulated clock with two workers, so it does not matter how busy this machine is. At any moment a
search would hand over the configuration whose training to the last epoch ended with the least validation error; what
was pruned or waits does not count. It has reached a target when the error that `surface` expects of that configuration
is at most the target: a kind seed of the search's own training makes nothing better. One that has not got there when
time is up counts as never.
"""

from __future__ import annotations

import bisect
import functools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.search_speed.clock import Arm, Completion, Counted, run
from benchmarks.search_speed.grid import EPOCHS
from benchmarks.search_speed.table import Floats, Table, load
from benchmarks.search_speed.ways import Way, everything
from study.search import quiet

WORKERS = 2
CHECKPOINTS = (3, 5, 8, 12)
"""When regret is looked at, in mean full trainings."""
BLOCK = 5
"""Searches of one way before it is the next way's turn."""
LIMIT = 12
"""Mean full trainings after which a search is given up: in it two workers train 24 configurations, a few more than
a study tries by default."""
SEEDS = 200
"""Searches of each way."""
SHORT_SEEDS = 10
"""Searches of each way in the short form."""
TARGETS = (1 - 0.5 ** (1 / 20), 0.01)
"""The validation errors that so large a part of all configurations reach at full length; the first one counts.

It is what random draws find, in the median, by as many full trainings as a study has trials by default: the best 3.4 %.
The second is harder.
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one search reached; times are in mean full trainings."""

    times: tuple[float, ...]
    """Of each target; infinite where it was not reached."""
    regret: tuple[float, ...]
    """At each checkpoint: the error expected of what it would hand over, above the least there is; NaN before any."""


def unit(table: Table) -> float:
    """Return the processor seconds of a mean full training."""
    return float(table.seconds.mean()) * EPOCHS


def replay(table: Table, make: Callable[[Table, int], Arm], seed: int, *, limit: float = LIMIT) -> Outcome:
    """Run one search until time is up."""
    second = unit(table)
    found = list(run(make(table, seed), WORKERS, limit * second))
    times = [completion.time / second for completion in found]
    errors = handed_over(found)
    done = [bisect.bisect_right(times, point) for point in CHECKPOINTS]
    return Outcome(
        tuple(
            next((time for time, error in zip(times, errors, strict=True) if error <= target), math.inf)
            for target in targets(table)
        ),
        tuple(errors[count - 1] - table.least if count else math.nan for count in done),
    )


def handed_over(found: Iterable[Completion]) -> list[float]:
    """Return, after each completion, the error expected of the configuration with the least error told so far."""
    best, errors = math.inf, list[float]()
    for completion in found:
        errors.append(completion.expected if completion.told < best else errors[-1])
        best = min(best, completion.told)
    return errors


@functools.cache
def targets(table: Table) -> tuple[float, ...]:
    """Return the errors that are the targets."""
    with quiet():
        return tuple(map(table.target, TARGETS))


def replay_all(table: Table, way: Way, seeds: Iterable[int], *, limit: float = LIMIT) -> list[Outcome]:
    """Return the outcome of each seed."""
    with quiet(), way.changed():
        return [replay(table, way.make, seed, limit=limit) for seed in seeds]


@dataclass(frozen=True, slots=True)
class Replays:
    """Replays of ways by name, divided among processes."""

    table: Path
    question: str
    """What is compared, as `ways.everything` names it."""
    seeds: range
    limit: float = LIMIT
    """Mean full trainings."""

    def outcomes(self, names: Sequence[str], pool: Executor) -> Iterator[dict[str, list[Outcome]]]:
        """Yield what is known of each way, in the order of the seeds, each time all ways have run a block of them."""
        blocks = [self.seeds[at : at + BLOCK] for at in range(0, len(self.seeds), BLOCK)]
        pending = [[pool.submit(self.share, name, block) for name in names] for block in blocks]
        known: dict[str, list[Outcome]] = {name: [] for name in names}
        for block in pending:
            for name, share in zip(names, block, strict=True):
                known[name] += share.result()
            yield known

    def share(self, name: str, seeds: range) -> list[Outcome]:
        """Replay some seeds, in this process."""
        table = load(self.table)
        return replay_all(table, everything(table)[self.question][name], seeds, limit=self.limit)


def whole(table: Table, way: Way, seeds: int) -> tuple[float, float]:
    """Return what a whole search takes, in mean full trainings of all workers together, and the error it ends with.

    Both are means over the seeds from 0 on.
    """
    second = unit(table)
    taken, reached = [], []
    with quiet(), way.changed():
        for seed in range(seeds):
            arm = Counted(way.make(table, seed))
            reached.append(handed_over(run(arm, WORKERS, math.inf))[-1])
            taken.append(arm.spent / second)
    return float(np.mean(taken)), float(np.mean(reached))


def times_of(outcomes: Sequence[Outcome], target: int = 0) -> Floats:
    """Return the time at which each search reached a target."""
    return np.array([outcome.times[target] for outcome in outcomes])


@dataclass(frozen=True, slots=True)
class Ratio:
    """Another way's figure over ours."""

    value: float
    low: float
    high: float
    """A 95 % interval by bootstrap: searches are drawn anew with replacement, on both sides."""


def ratio(ours: Floats, other: Floats, *, draws: int = 10_000) -> Ratio:
    """Compare the medians of two samples of times, infinite where a target was never reached."""
    generator = np.random.default_rng(0)
    sides = [
        np.append(
            np.median(sample[generator.integers(len(sample), size=(draws, len(sample)))], axis=1), np.median(sample)
        )
        for sample in (ours, other)
    ]
    with np.errstate(invalid="ignore", divide="ignore"):
        values = np.divide(sides[1], sides[0])
    values[np.isnan(values)] = 1.0  # neither got there
    low, high = np.quantile(values[:-1], [0.025, 0.975], method="nearest")
    return Ratio(float(values[-1]), float(low), float(high))


@dataclass(frozen=True, slots=True)
class Line:
    """What is told of one way at one target."""

    median: float
    reached: int
    """Searches that got there."""
    n: int
    ratio: Ratio
    """Of its median time to that of the reference."""


def line(times: Floats, reference: Floats) -> Line:
    """Sum up the times of one way."""
    return Line(float(np.median(times)), int(np.isfinite(times).sum()), len(times), ratio(reference, times))


def heading(unit: str, *further: str) -> list[str]:
    """Return the first lines of a table in Markdown.

    Args:
        unit: Of the times.
        further: Names of columns that `printed` is given beside those of one target.
    """
    columns = ("way", "got there, of", f"median, {unit}", "ratio (95 %)", *further)
    return [_row(columns), _row(["---"] * len(columns))]


def printed(name: str, found: Line, *further: str) -> str:
    """Return a row of that table."""
    return _row((name, f"{found.reached}, {found.n}", *_median_and_ratio(found), *further))


def table_of(outcomes: Mapping[str, Sequence[Outcome]]) -> list[str]:
    """Return the table of ways in Markdown: both targets, and the mean regret as time goes by.

    Regret is in percentage points; a dash while some search had completed nothing.
    """
    names = [f"best {TARGETS[1]:.1%}: got there", "median", "ratio (95 %)"]
    names += [f"regret after {point}" for point in CHECKPOINTS]
    lines = heading(f"to the best {TARGETS[0]:.1%}", *names)
    base = [times_of(next(iter(outcomes.values())), target) for target in range(len(TARGETS))]
    for name, found in outcomes.items():
        first, second = (line(times_of(found, target), times) for target, times in enumerate(base))
        means = 100 * np.array([outcome.regret for outcome in found]).mean(axis=0)
        told = ["-" if np.isnan(mean) else f"{mean:.2f}" for mean in means]
        lines.append(printed(name, first, str(second.reached), *_median_and_ratio(second), *told))
    return lines


def _median_and_ratio(found: Line) -> tuple[str, str]:
    ratio = found.ratio
    told = f"{_number(ratio.value, 2)} ({_number(ratio.low, 2)} to {_number(ratio.high, 2)})"
    return _number(found.median, 1), told


def _number(value: float, digits: int) -> str:
    return "never" if math.isinf(value) else f"{value:.{digits}f}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
