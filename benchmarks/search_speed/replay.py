"""Replays searches on the table, and says how soon each way of searching gets to the same error.

Every search runs on a simulated clock with two workers, so it does not matter how busy this machine is. A search has
reached a target when a configuration that it has trained to its last epoch has at most that validation error then; what
was pruned or waits does not count. One that has not got there when time is up counts as never.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.search_speed.clock import Arm, Counted, run
from benchmarks.search_speed.grid import EPOCHS
from benchmarks.search_speed.table import Floats, Table, load
from benchmarks.search_speed.ways import Way, everything
from study.search import quiet

WORKERS = 2
CHECKPOINTS = (3, 5, 8, 12, 20)
"""When regret is looked at, in mean full trainings."""
LIMIT = 100
"""Mean full trainings after which a search is given up: the time in which two workers train 200 configurations."""
SHORT_LIMIT = 20
"""Likewise in the short form."""
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
    """At each checkpoint: the error of the best complete configuration above the least there is; NaN before any."""


def unit(table: Table) -> float:
    """Return the processor seconds of a mean full training."""
    return float(table.seconds.mean()) * EPOCHS


def replay(table: Table, make: Callable[[Table, int], Arm], seed: int, *, limit: float = LIMIT) -> Outcome:
    """Run one search until it has reached every target, and all checkpoints lie behind."""
    targets = [table.target(fraction) for fraction in TARGETS]
    second, least = unit(table), float(np.nanmin(table.final))
    times = [math.inf] * len(targets)
    best, regret = math.inf, [math.nan] * len(CHECKPOINTS)
    for found in run(make(table, seed), WORKERS, limit * second):
        now, error = found.time / second, found.error
        if error < best:
            best = error
            times = [min(time, now) if best <= target else time for time, target in zip(times, targets, strict=True)]
        for place, point in enumerate(CHECKPOINTS):
            if now <= point:
                regret[place] = max(0.0, best - least)
        if now > CHECKPOINTS[-1] and max(times) < math.inf:
            break
    known = math.nan
    for place, value in enumerate(regret):  # nothing was completed between two checkpoints
        known = regret[place] = known if math.isnan(value) else value
    return Outcome(tuple(times), tuple(regret))


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
    seeds: int
    limit: float = LIMIT
    """Mean full trainings."""

    def outcomes(self, name: str, pool: Executor, parts: int) -> list[Outcome]:
        """Return the outcomes of a way, in the order of the seeds."""
        shares = pool.map(self.share, [name] * parts, range(parts), [parts] * parts)
        by_seed = {seed: found for share in shares for seed, found in share.items()}
        return [by_seed[seed] for seed in range(self.seeds)]

    def share(self, name: str, part: int, parts: int) -> dict[int, Outcome]:
        """Replay every so many-th seed, in this process."""
        table = load(self.table)
        way = everything(table)[self.question][name]
        seeds = range(part, self.seeds, parts)
        return dict(zip(seeds, replay_all(table, way, seeds, limit=self.limit), strict=True))


def whole(table: Table, way: Way, seeds: int) -> tuple[float, float]:
    """Return what a whole search takes, in mean full trainings of all workers together, and the error it ends with.

    Both are means over the seeds from 0 on.
    """
    second = unit(table)
    taken, reached = [], []
    with quiet(), way.changed():
        for seed in range(seeds):
            arm = Counted(way.make(table, seed))
            reached.append(min(found.error for found in run(arm, WORKERS, math.inf)))
            taken.append(arm.spent / second)
    return float(np.mean(taken)), float(np.mean(reached))


def times_of(outcomes: Sequence[Outcome], target: int = 0) -> Floats:
    """Return the time at which each search reached a target."""
    return np.array([outcome.times[target] for outcome in outcomes])


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as long another way takes as ours, by the medians."""

    value: float
    low: float
    high: float
    """A 95 % interval by bootstrap: searches are drawn anew with replacement, on both sides."""


def ratio(ours: Floats, other: Floats, *, draws: int = 10_000) -> Ratio:
    """Compare two samples of times, infinite where a target was never reached."""
    generator = np.random.default_rng(0)
    medians = [
        np.median(sample[generator.integers(len(sample), size=(draws, len(sample)))], axis=1)
        for sample in (ours, other)
    ]
    with np.errstate(invalid="ignore"):
        drawn = medians[1] / medians[0]
        drawn[np.isnan(drawn)] = 1.0  # neither median got there
        value = float(np.median(other) / np.median(ours))
    low, high = np.quantile(drawn, [0.025, 0.975], method="nearest")
    return Ratio(value, float(low), float(high))


@dataclass(frozen=True, slots=True)
class Line:
    """What is told of one way at one target."""

    median: float
    quartiles: tuple[float, float]
    never: int
    n: int
    ratio: Ratio
    """Of its median time to that of the reference."""


def line(times: Floats, reference: Floats) -> Line:
    """Sum up the times of one way."""
    low, high = (float(value) for value in np.quantile(times, [0.25, 0.75], method="nearest"))
    return Line(float(np.median(times)), (low, high), int(np.isinf(times).sum()), len(times), ratio(reference, times))


def heading(target: int, unit: str = "mean full trainings") -> list[str]:
    """Return the lines above those of a target."""
    told = f"time to the error of the best {TARGETS[target]:.1%}, in {unit}; the ratio to the first line's"
    return [told, f"{'':40}{'median':>7}{'25 %':>7}{'75 %':>7}{'never':>7}{'n':>5}  ratio (95 % interval)"]


def printed(name: str, found: Line) -> str:
    """Return a line of the table of times."""
    low, high = found.quartiles
    return (
        f"{name:40}{found.median:7.1f}{low:7.1f}{high:7.1f}{found.never:7}{found.n:5}  "
        f"{found.ratio.value:.2f} ({found.ratio.low:.2f} to {found.ratio.high:.2f})"
    )


def regrets(outcomes: Mapping[str, Sequence[Outcome]]) -> list[str]:
    """Return the table of mean regret as time goes by; a dash while some search had completed nothing."""
    lines = ["mean regret (percentage points above the least error), after so many mean full trainings"]
    lines.append(f"{'':40}" + "".join(f"{point:7}" for point in CHECKPOINTS))
    for name, found in outcomes.items():
        means = 100 * np.array([outcome.regret for outcome in found]).mean(axis=0)
        lines.append(f"{name:40}" + "".join(f"{'-':>7}" if np.isnan(mean) else f"{mean:7.2f}" for mean in means))
    return lines
