"""The space that is searched: that of `cnn` with one optimizer and one hidden layer, and the levels of its table."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from study.space import Choice, Domain, Float, Int
from study.trial import Scalar

EPOCHS = 10
"""Of a whole training, as by default."""
RUNGS = (1, 2, 3)
"""Epochs after which averages of the weights are scored too, and a short decay of the learning rate is tried."""
DOMAINS: dict[str, Domain] = {
    "learning_rate": Float(default=1e-3, low=1e-4, high=1e-2, log=True),
    "batch_size": Choice(default=64, choices=(32, 64, 128)),
    "schedule": Choice(default="constant", choices=("constant", "cosine", "one-cycle")),
    "width": Int(default=32, low=16, high=32, step=16),
    "dropout": Float(default=0.0, low=0.0, high=0.5),
    "label_smoothing": Float(default=0.0, low=0.0, high=0.15),
}
"""As in `search_spaces/cnn.py`, but for the largest batch and for widths other than the table's two."""
LEVELS: dict[str, tuple[Scalar, ...]] = {
    "learning_rate": tuple(float(f"{rate:.3g}") for rate in np.geomspace(1e-4, 1e-2, 7)),
    "batch_size": (32, 64, 128),
    "schedule": ("constant", "cosine", "one-cycle"),
    "width": (16, 32),
    "dropout": (0.0, 0.3),
    "label_smoothing": (0.0, 0.1),
}
STEPS = {
    "learning_rate": 2.0,
    "batch_size": 1.75,
    "schedule": 1.9,
    "width": 1.25,
    "dropout": 1.5,
    "label_smoothing": 1.0,
}
"""What a step from one level to the next weighs where a configuration that was not recorded is looked up: the more, the
more the parameter changed the error in the first 120 rows that were recorded."""
SHAPE = tuple(map(len, LEVELS.values()))
SIZE = math.prod(SHAPE)


def points() -> list[dict[str, Scalar]]:
    """Return every configuration of the table, in the order of its rows."""
    return [dict(zip(LEVELS, values, strict=True)) for values in itertools.product(*LEVELS.values())]


def row_of(values: Mapping[str, Scalar]) -> int:
    """Return the row whose levels are nearest to a configuration, the learning rate's in the logarithm."""
    return int(np.ravel_multi_index([_nearest(name, values[name]) for name in LEVELS], SHAPE))


def distances(row: int) -> NDArray[np.float64]:
    """Return (rows,): how far each row is from one; a step of each parameter weighs what `STEPS` says.

    No two weigh alike, so that few rows are equally far.
    """
    places = np.array(np.unravel_index(np.arange(SIZE), SHAPE)).T  # (rows, parameters)
    apart = np.abs(places - places[row])
    unordered = list(LEVELS).index("schedule")
    apart[:, unordered] = apart[:, unordered] > 0
    found: NDArray[np.float64] = apart @ np.array([STEPS[name] for name in LEVELS])
    return found


def _nearest(name: str, value: Scalar) -> int:
    levels = LEVELS[name]
    if value in levels:
        return levels.index(value)
    scale = math.log if name == "learning_rate" else float
    distances = [abs(scale(float(value)) - scale(float(level))) for level in levels]  # type: ignore[arg-type]
    return distances.index(min(distances))
