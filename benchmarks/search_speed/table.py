"""The table of curves: what `record` wrote, packed, and how it is read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import optuna
from numpy.typing import NDArray

from benchmarks.search_speed.grid import EPOCHS, LEVELS, RUNGS, SHAPE, SIZE, between, suggested
from benchmarks.search_speed.raw import EXAMPLES, read
from benchmarks.search_speed.surface import Floats, smoothed
from study.trial import Scalar

SEEDS = 2
DRAWS = 2000
"""Configurations that stand for all."""
TABLE = Path(__file__).with_name("curves.npz")


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """What every configuration's training said: arrays of (seeds, rows, ...), NaN where it was not trained.

    Errors are fractions of the validation examples.
    """

    error: Floats
    """(seeds, rows, epochs)."""
    loss: Floats
    """(seeds, rows, epochs)."""
    averaged: Floats
    """(seeds, rows, rungs and the last epoch): the error of averaged weights."""
    decayed: Floats
    """(seeds, rows, rungs): the error after a short decay."""
    expected: Floats
    """(rows, epochs + rungs + 1 + rungs): what is expected of every configuration, as `surface` has it."""
    seconds: Floats
    """(rows,): processor time of an epoch, the median over all of this batch size and width."""
    branch_seconds: Floats
    """(rows,): likewise of a short decay with its evaluation."""

    @property
    def noise(self) -> Floats:
        """(rows with two seeds, epochs + rungs + 1 + rungs): logarithm of the second seed's errors over the first's."""
        both = _logarithms(np.concatenate([self.error, self.averaged, self.decayed], axis=2))
        differences = both[1] - both[0]
        return differences[np.isfinite(differences).all(axis=1)]

    @property
    def recorded(self) -> NDArray[np.intp]:
        """The rows that were trained, rising."""
        return np.flatnonzero(~np.isnan(self.error[0, :, -1]))

    @property
    def final(self) -> Floats:
        """(recorded rows,): the error after the last epoch, of the first seed."""
        return self.error[0, self.recorded, -1]

    @property
    def least(self) -> float:
        """The least error that is expected of any configuration after the last epoch."""
        return float(self.expected[:, EPOCHS - 1].min())

    def target(self, fraction: float) -> float:
        """Return the error that so large a part of all configurations are expected to reach at full length."""
        sampler = optuna.samplers.RandomSampler(0)
        study = optuna.create_study(sampler=sampler)
        found = [self.expects(suggested(study.ask()))[EPOCHS - 1] for _ in range(DRAWS)]
        return float(np.quantile(found, fraction))

    def expects(self, values: Mapping[str, Scalar]) -> Floats:
        """Return what is expected of a configuration, as in `expected`; of one between two rates, of both in part."""
        low, high, part = between(values)
        logs = np.log(self.expected[[low, high]] + 1 / EXAMPLES)
        found: Floats = np.exp((1 - part) * logs[0] + part * logs[1]) - 1 / EXAMPLES
        return found


@dataclass(frozen=True, slots=True)
class Curve:
    """What one training of a replay says: errors."""

    error: Floats
    """(epochs,)."""
    averaged: Floats
    """(rungs and the last epoch,)."""
    decayed: Floats
    """(rungs,)."""
    expected: float
    """The error that its configuration is expected to have after the last epoch."""


class Curves:
    """The trainings of one search: what is expected of the configuration, with a seed's luck.

    The luck is the difference between two seeds of one recorded configuration, drawn anew for each training: of the
    errors' logarithms, divided by the square root of two, since two seeds differ by twice the variance of one.
    """

    def __init__(self, table: Table, seed: int) -> None:
        """Begin a search."""
        self._table = table
        self._noise = table.noise / math.sqrt(2)
        self._generator = np.random.default_rng([seed, 77])

    def take(self, values: Mapping[str, Scalar]) -> Curve:
        """Return the next training, of a configuration."""
        expected = self._table.expects(values)
        luck = self._noise[self._generator.integers(len(self._noise))] * self._generator.choice((-1, 1))
        found = np.minimum(np.round(expected * np.exp(luck) * EXAMPLES) / EXAMPLES, 1.0)
        error, averaged, decayed = np.split(found, [EPOCHS, EPOCHS + len(RUNGS) + 1])
        return Curve(error, averaged, decayed, float(expected[EPOCHS - 1]))


def pack(raw: Path, packed: Path = TABLE) -> None:
    """Write the table of the lines that `record` wrote."""
    errors = np.full((SEEDS, SIZE, EPOCHS), np.nan, np.float32)
    losses, seconds = errors.copy(), errors.copy()
    averaged = np.full((SEEDS, SIZE, len(RUNGS) + 1), np.nan, np.float32)
    decayed = np.full((SEEDS, SIZE, len(RUNGS)), np.nan, np.float32)
    branch_seconds = decayed.copy()
    for line in read(raw):
        at = line["seed"], line["row"]
        errors[at] = EXAMPLES  # one that diverged keeps the worst of all
        decayed[at] = averaged[at] = EXAMPLES
        for epoch, (wrong, loss) in enumerate(line["raw"]):
            errors[at][epoch], losses[at][epoch] = wrong, loss
        seconds[at][: len(line["seconds"])] = line["seconds"]
        for place, epoch in enumerate((*RUNGS, EPOCHS)):
            if str(epoch) in line["averaged"]:
                averaged[at][place] = line["averaged"][str(epoch)][0]
        for place, epoch in enumerate(RUNGS):
            if str(epoch) in line["branch"]:
                decayed[at][place] = line["branch"][str(epoch)][0]
                branch_seconds[at][place] = line["branch_seconds"][str(epoch)]
    whole = _whole(errors), _whole(averaged), _whole(decayed)
    scores = _logarithms(np.concatenate([_fractions(part) for part in whole], axis=2))
    differences = scores[1] - scores[0]
    expected = np.exp(smoothed(scores[0], differences[np.isfinite(differences).all(axis=1)])) - 1 / EXAMPLES
    np.savez_compressed(
        packed,
        errors=whole[0],
        averaged=whole[1],
        decayed=whole[2],
        losses=losses.astype(np.float16),
        expected=np.maximum(expected, 0).astype(np.float32),
        seconds=_by_kind(seconds),
        branch_seconds=_by_kind(branch_seconds),
    )


def load(packed: Path = TABLE) -> Table:
    """Read the table."""
    with np.load(packed) as held:
        errors, averaged, decayed = (_fractions(held[name]) for name in ("errors", "averaged", "decayed"))
        return Table(
            errors,
            held["losses"].astype(np.float64),
            averaged,
            decayed,
            held["expected"].astype(np.float64),
            held["seconds"].astype(np.float64),
            held["branch_seconds"].astype(np.float64),
        )


def _whole(errors: NDArray[np.float32]) -> NDArray[np.int16]:
    """Return counts; -1 where there are none."""
    return np.nan_to_num(errors, nan=-1).astype(np.int16)


def _fractions(counts: NDArray[np.int16]) -> Floats:
    return np.where(counts < 0, np.nan, counts / EXAMPLES)


def _logarithms(errors: Floats) -> Floats:
    return np.log(errors + 1 / EXAMPLES)  # none wrong is possible


def _by_kind(seconds: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (rows,): the median over all trainings with a row's batch size and width, which alone decide it."""
    places = np.unravel_index(np.arange(SIZE), SHAPE)
    names = list(LEVELS)
    kinds = places[names.index("batch_size")] * SHAPE[names.index("width")] + places[names.index("width")]
    return np.array([np.nanmedian(seconds[:, kinds == kind]) for kind in kinds], np.float32)
