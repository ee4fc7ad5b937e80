"""The table of curves: what `record` wrote, packed, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.search_speed.grid import EPOCHS, LEVELS, RUNGS, SHAPE, SIZE, distances
from benchmarks.search_speed.raw import EXAMPLES, read

SEEDS = 2
TABLE = Path(__file__).with_name("curves.npz")
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
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
    seconds: Floats
    """(rows,): processor time of an epoch, the median over all of this batch size and width."""
    branch_seconds: Floats
    """(rows,): likewise of a short decay with its evaluation."""

    @property
    def noise(self) -> Floats:
        """(rows with two seeds, epochs + rungs + 1 + rungs): logarithm of the second seed's errors over the first's."""
        both = np.concatenate([self.error, self.averaged, self.decayed], axis=2) + 1 / EXAMPLES
        differences: Floats = np.log(both[1] / both[0])
        return differences[np.isfinite(differences).all(axis=1)]

    @property
    def recorded(self) -> NDArray[np.intp]:
        """The rows that were trained, rising."""
        return np.flatnonzero(~np.isnan(self.error[0, :, -1]))

    @property
    def final(self) -> Floats:
        """(recorded rows,): the error after the last epoch, of the first seed."""
        return self.error[0, self.recorded, -1]

    def target(self, fraction: float) -> float:
        """Return the error that the best fraction of all configurations reach at full length."""
        return float(np.sort(self.final)[max(0, round(fraction * len(self.final)) - 1)])


@dataclass(frozen=True, slots=True)
class Curve:
    """What one training of a replay says: errors."""

    error: Floats
    """(epochs,)."""
    averaged: Floats
    """(rungs and the last epoch,)."""
    decayed: Floats
    """(rungs,)."""
    recorded: float
    """The error after the last epoch as it was recorded, without noise."""


class Curves:
    """The trainings of one search: of a row the recorded one first; one that is trained again has another seed's noise.

    Searches come back to what is good. Were each return told the same numbers again, as no training of another seed is,
    a table would punish whoever does so. The noise is that between the two seeds of a row drawn anew, taken either way.
    """

    def __init__(self, table: Table, seed: int) -> None:
        """Begin a search."""
        self._whole = np.concatenate([table.error[0], table.averaged[0], table.decayed[0]], axis=1)
        self._noise = table.noise
        self._generator = np.random.default_rng([seed, 77])
        self._known: set[int] = set()
        self._recorded = table.recorded

    def take(self, row: int) -> Curve:
        """Return the next training of a row, or of the nearest that was recorded."""
        if row not in self._recorded:
            row = int(self._recorded[distances(row)[self._recorded].argmin()])
        found = self._whole[row]
        recorded = float(found[EPOCHS - 1])
        if row in self._known and len(self._noise):
            pattern = self._noise[self._generator.integers(len(self._noise))] * self._generator.choice((-1, 1))
            found = np.round(found * np.exp(pattern) * EXAMPLES) / EXAMPLES
        self._known.add(row)
        error, averaged, decayed = np.split(found, [EPOCHS, EPOCHS + len(RUNGS) + 1])
        return Curve(error, averaged, decayed, recorded)


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
    np.savez_compressed(
        packed,
        errors=whole[0],
        averaged=whole[1],
        decayed=whole[2],
        losses=losses.astype(np.float16),
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
            held["seconds"].astype(np.float64),
            held["branch_seconds"].astype(np.float64),
        )


def _whole(errors: NDArray[np.float32]) -> NDArray[np.int16]:
    """Return counts; -1 where there are none."""
    return np.nan_to_num(errors, nan=-1).astype(np.int16)


def _fractions(counts: NDArray[np.int16]) -> Floats:
    return np.where(counts < 0, np.nan, counts / EXAMPLES)


def _by_kind(seconds: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (rows,): the median over all trainings with a row's batch size and width, which alone decide it."""
    places = np.unravel_index(np.arange(SIZE), SHAPE)
    names = list(LEVELS)
    kinds = places[names.index("batch_size")] * SHAPE[names.index("width")] + places[names.index("width")]
    return np.array([np.nanmedian(seconds[:, kinds == kind]) for kind in kinds], np.float32)
