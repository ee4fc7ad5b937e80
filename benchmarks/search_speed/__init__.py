"""How soon a search finds a good configuration, beside Optuna's own ways: see `__main__`."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.targets import Row, Scope

LONG_SEEDS = 200


def rows(scope: Scope) -> Iterator[Row]:
    """Replay the ways that are compared on the table of curves, and yield how many times as long each takes as ours."""
    from benchmarks.search_speed import replay, ways
    from benchmarks.search_speed.table import TABLE, load
    from benchmarks.targets import Row
    from study.engines import machine

    table, cores = load(TABLE), machine.cores()
    seeds = LONG_SEEDS if scope.long else replay.SHORT_SEEDS
    replays = replay.Replays(TABLE, "rivals", seeds, replay.LIMIT if scope.long else replay.SHORT_LIMIT)
    with ProcessPoolExecutor(cores, multiprocessing.get_context("spawn")) as pool:
        base = replay.times_of(replays.outcomes(ways.OURS, pool, cores))
        for figure, target, names in ways.TARGETS:
            found = [(name, replay.times_of(replays.outcomes(name, pool, cores))) for name in names]
            name, times = min(found, key=lambda entry: replay.line(entry[1], base).median)
            told = replay.line(times, base)
            mine = replay.line(base, base)
            yield Row(
                figure=figure,
                relation=">=",
                target=target,
                value=told.ratio.value,
                n=seeds,
                detail=f"{name}: median {told.median:.1f} mean full trainings on {len(table.recorded)} recorded "
                f"configurations, never {told.never}; ours {mine.median:.1f}, never {mine.never}; 95 % interval of the "
                f"ratio {told.ratio.low:.2f} to {told.ratio.high:.2f}",
            )
