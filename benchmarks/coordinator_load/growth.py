"""Times what recording an epoch costs where a study has 10, 1,000 and 10,000 trials already.

    python -m benchmarks --part coordinator_load.growth

One stub worker tells of its next epoch as soon as the one before is answered: what it waits is what the coordinator and
the database take for an epoch. The sizes run in turn.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator

import optuna

from benchmarks.coordinator_load.__main__ import Case, measure
from benchmarks.targets import Row, Scope

SIZES = (10, 1_000, 10_000)
"""Trials that the study has."""
GROWTH = 1.5
"""Target: the cost at the last size as a multiple of that at the first, at most."""
QUEUE = "tpe:median"
TRIALS = 6
"""That the worker begins, of `EPOCHS` epochs each."""
EPOCHS = 20


def rows(scope: Scope) -> Iterator[Row]:
    """Yield the growth of an epoch's cost from the first size to the last."""
    repeats = 5 if scope.long else 1
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    given = argparse.Namespace(epochs=EPOCHS, epoch_seconds=0.0, seconds=60.0, rounds=TRIALS, profile=False)
    costs: dict[int, list[float]] = {size: [] for size in SIZES}
    for _ in range(repeats):
        for size in SIZES:
            costs[size].append(statistics.median(measure(Case(QUEUE, size, 1), None, given).answers))
    medians = {size: statistics.median(found) for size, found in costs.items()}
    told = ", ".join(f"{1000 * cost:.2f} ms at {size:,} trials" for size, cost in medians.items())
    yield Row(
        figure=f"cost of recording an epoch at {SIZES[-1]:,} trials against {SIZES[0]}",
        relation="<=",
        target=GROWTH,
        value=medians[SIZES[-1]] / medians[SIZES[0]],
        n=repeats,
        detail=f"{told}; medians over {TRIALS * EPOCHS} epochs",
    )
