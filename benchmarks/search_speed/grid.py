"""The space that is searched: that of `cnn` with one optimizer and one hidden layer, and the levels of its table."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna

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
SHAPE = tuple(map(len, LEVELS.values()))
SIZE = math.prod(SHAPE)


def points() -> list[dict[str, Scalar]]:
    """Return every configuration of the table, in the order of its rows."""
    return [dict(zip(LEVELS, values, strict=True)) for values in itertools.product(*LEVELS.values())]


def row_of(values: Mapping[str, Scalar]) -> int:
    """Return the row whose levels are nearest to a configuration, the learning rate's in the logarithm."""
    return int(np.ravel_multi_index([_nearest(name, values[name]) for name in LEVELS], SHAPE))


def between(values: Mapping[str, Scalar]) -> tuple[int, int, float]:
    """Return the two rows between whose learning rates a configuration lies, and how far from the first: 0 to 1.

    The way between them is that of the logarithm. Every other level is the nearest.
    """
    rates = np.log([float(rate) for rate in LEVELS["learning_rate"]])
    place = float(np.interp(math.log(float(values["learning_rate"])), rates, np.arange(len(rates))))
    low = min(int(place), len(rates) - 2)
    rows = [row_of({**values, "learning_rate": LEVELS["learning_rate"][at]}) for at in (low, low + 1)]
    return rows[0], rows[1], place - low


def suggested(trial: optuna.Trial) -> dict[str, Any]:
    """Return a trial's values."""
    return {name: _suggest(trial, name, domain) for name, domain in DOMAINS.items()}


def _suggest(trial: optuna.Trial, name: str, domain: Domain) -> Any:  # noqa: ANN401 - of the domain's type
    if isinstance(domain, Choice):
        return trial.suggest_categorical(name, list(domain.choices))
    if isinstance(domain, Float):
        return trial.suggest_float(name, domain.low, domain.high, log=domain.log)
    return trial.suggest_int(name, domain.low, domain.high, step=domain.step)


def _nearest(name: str, value: Scalar) -> int:
    levels = LEVELS[name]
    if value in levels:
        return levels.index(value)
    scale = math.log if name == "learning_rate" else float
    distances = [abs(scale(float(value)) - scale(float(level))) for level in levels]  # type: ignore[arg-type]
    return distances.index(min(distances))
