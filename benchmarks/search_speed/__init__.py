"""How soon a search finds a good configuration, beside Optuna's own ways: see `__main__`."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.targets import Row, Scope


def rows(scope: Scope) -> Iterator[Row]:
    """Replay the ways that are compared on the table of curves, and yield how many times as long each takes as ours."""
    from benchmarks.search_speed import replay, ways
    from benchmarks.search_speed.table import TABLE
    from benchmarks.targets import Row
    from study.engines import machine

    seeds = replay.SEEDS if scope.long else replay.SHORT_SEEDS
    replays = replay.Replays(TABLE, "rivals", range(seeds))
    known = [ways.OURS, *(name for *_, names in ways.TARGETS for name in names)]
    with ProcessPoolExecutor(machine.cores(), multiprocessing.get_context("spawn")) as pool:
        *_, outcomes = replays.outcomes(known, pool)
    times = {name: replay.times_of(found) for name, found in outcomes.items()}
    base = times[ways.OURS]
    mine = replay.line(base, base)
    for figure, target, names in ways.TARGETS:
        told, name = min(((replay.line(times[name], base), name) for name in names), key=lambda pair: pair[0].median)
        yield Row(
            figure=figure,
            relation=">=",
            target=target,
            value=told.ratio.value,
            n=seeds,
            detail=f"{name}: median {told.median:.1f} mean full trainings, {told.reached} of {seeds} got there; "
            f"ours {mine.median:.1f}, {mine.reached}; 95 % interval of the ratio "
            f"{told.ratio.low:.2f} to {told.ratio.high:.2f}",
        )
