"""Replays searches on the table, and says how soon each way of searching gets to the same error.

Every search runs on a simulated clock with two workers, so it does not matter how busy this machine is. At any moment a
search would hand over the configuration whose training to the last epoch ended with the least validation error; what
was pruned or waits does not count. It has reached a target when the error that is expected of that configuration, over
all seeds, is at most the target: a kind seed makes nothing better. One that has not got there when time is up counts
as never.
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
CHECKPOINTS = (3, 5, 8, 12, 20)
"""When regret is looked at, in mean full trainings."""
BLOCK = 20
"""Searches of one way before it is the next way's turn."""
LIMIT = 20
"""Mean full trainings after which a search is given up: the time in which two workers train 40 configurations."""
SEEDS = 1000
"""Searches of each way."""
SHORT_SEEDS = 24
"""Searches of each way in the short form."""
TARGETS = (1 - 0.5 ** (1 / 20), 0.01)
"""The validation errors that so large a part of all configurations reach at full length; the first one counts.

It is what random draws find, in the median, by as many full trainings as a study has trials by default: the best 3.4 %.
The second is what single configurations have by the luck of a seed as much as by merit.
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
    return _ratio(lambda times: np.median(times, axis=-1), ours, other, draws)


def reached(ours: Floats, other: Floats, *, draws: int = 10_000) -> Ratio:
    """Compare how many of two samples reached a target at all."""
    return _ratio(lambda times: np.isfinite(times).mean(axis=-1), ours, other, draws)


def _ratio(summed: Callable[[Floats], Floats], ours: Floats, other: Floats, draws: int) -> Ratio:
    generator = np.random.default_rng(0)
    drawn = [summed(sample[generator.integers(len(sample), size=(draws, len(sample)))]) for sample in (ours, other)]
    with np.errstate(invalid="ignore", divide="ignore"):
        values = np.append(np.divide(drawn[1], drawn[0]), np.divide(summed(other), summed(ours)))
    values[np.isnan(values)] = 1.0  # neither got there
    low, high = np.quantile(values[:-1], [0.025, 0.975], method="nearest")
    return Ratio(float(values[-1]), float(low), float(high))


@dataclass(frozen=True, slots=True)
class Line:
    """What is told of one way at one target."""

    median: float
    quartiles: tuple[float, float]
    never: int
    n: int
    ratio: Ratio
    """Of its median time to that of the reference."""
    reached: Ratio
    """Likewise of how many got there."""


def line(times: Floats, reference: Floats) -> Line:
    """Sum up the times of one way."""
    low, high = (float(value) for value in np.quantile(times, [0.25, 0.75], method="nearest"))
    return Line(
        float(np.median(times)),
        (low, high),
        int(np.isinf(times).sum()),
        len(times),
        ratio(reference, times),
        reached(reference, times),
    )


def heading(target: int, unit: str = "mean full trainings") -> list[str]:
    """Return the lines above those of a target."""
    told = f"time to the error of the best {TARGETS[target]:.1%}, in {unit}; the ratio to the first line's"
    columns = f"{'':40}{'median':>7}{'25 %':>7}{'75 %':>7}{'never':>7}{'n':>5}"
    return [told, f"{columns}  {'ratio (95 % interval)':24}ratio of those that got there"]


def printed(name: str, found: Line) -> str:
    """Return a line of the table of times."""
    low, high = found.quartiles
    ratios = [f"{of.value:.2f} ({of.low:.2f} to {of.high:.2f})" for of in (found.ratio, found.reached)]
    return f"{name:40}{found.median:7.1f}{low:7.1f}{high:7.1f}{found.never:7}{found.n:5}  {ratios[0]:24}{ratios[1]}"


def regrets(outcomes: Mapping[str, Sequence[Outcome]]) -> list[str]:
    """Return the table of mean regret as time goes by; a dash while some search had completed nothing."""
    lines = ["mean regret (percentage points above the least error) after so many mean full trainings"]
    lines.append(f"{'':40}" + "".join(f"{point:7}" for point in CHECKPOINTS))
    for name, found in outcomes.items():
        means = 100 * np.array([outcome.regret for outcome in found]).mean(axis=0)
        lines.append(f"{name:40}" + "".join(f"{'-':>7}" if np.isnan(mean) else f"{mean:7.2f}" for mean in means))
    return lines
