"""What a sampler is told of the trials of a search: of those that stopped on their way, what they would end with.

A trial that waits at its rung or was pruned has no final score. Optuna's samplers take such a trial for worse than any
that is complete, or leave it out; yet most trials of a search are of that kind, and an early score tells much of the
end. So each is shown to the sampler as complete, with a forecast: what complete trials ended with, by what they had
after the same epoch, on a straight line. And no trial is told to be as bad as one in a thousand may be: beside an R² of
-1,000 all that matters would look alike to a sampler that takes scores for what they are.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

SLOPE = 0.7
"""What a difference at an early epoch is worth at the end before anything is known of it; it counts as one trial."""
FENCE = 3.0
"""What lies so many interquartile ranges beyond the quartiles is far out (Tukey, 1977), and counts as lying there."""
Scores = NDArray[np.float64]


def forecast(early: Sequence[float], final: Sequence[float], scores: Sequence[float]) -> list[float]:
    """Return the final scores that are expected of trials with these early ones.

    The better a trial is early, the better is what is expected of it, or as good. All is finite where all given is.

    Args:
        early: Scores of complete trials after the same epoch; not empty.
        final: What those trials ended with.
        scores: Of the trials that have not got there, after that epoch.
    """
    every = _fenced(np.concatenate([np.asarray(early, np.float64), np.asarray(scores, np.float64)]))
    x, others, y = every[: len(early)], every[len(early) :], _fenced(np.asarray(final, np.float64))
    apart = x - x.mean()
    weight = float(np.var(every))  # of one trial
    slope = SLOPE if weight == 0 else max(0.0, (apart @ (y - y.mean()) + weight * SLOPE) / (apart @ apart + weight))
    found: list[float] = (y.mean() + slope * (others - x.mean())).tolist()
    return found


def _fenced(scores: Scores) -> Scores:
    low, high = np.quantile(scores, [0.25, 0.75])
    beyond = FENCE * (high - low)
    return np.clip(scores, low - beyond, high + beyond) if beyond > 0 else scores


class Told:
    """The trials of a search as a sampler is to see them, where that is otherwise than Optuna has them."""

    def __init__(self, sign: int) -> None:
        """Begin without any trial.

        Args:
            sign: 1 where more of the score is better, -1 where less is.
        """
        self._sign = sign
        self._complete: dict[int, FrozenTrial] = {}
        self._stopped: dict[int, tuple[FrozenTrial, int | None]] = {}
        """Number -> the trial, and the epoch at which it stopped; None for one that diverged."""
        self._copies: dict[int, FrozenTrial] = {}
        """Of those that are shown, with what was told last."""
        self._shown: dict[int, FrozenTrial] | None = None

    def completed(self, trial: FrozenTrial) -> None:
        """Take note of a trial that is complete: others are forecast from it."""
        self.forget(trial.number)
        self._complete[trial.number] = trial

    def stopped(self, trial: FrozenTrial, epoch: int | None) -> None:
        """Take note of a trial that stopped after an epoch; it is shown so until it is complete or stops once more.

        Args:
            trial: As Optuna has it.
            epoch: One that it has a score of; None where it diverged: it is shown as the worst of all then.
        """
        self.forget(trial.number)
        self._stopped[trial.number] = trial, epoch

    def forget(self, number: int) -> None:
        """Take note of a trial that says nothing, or that something else is known of now."""
        self._stopped.pop(number, None)
        self._copies.pop(number, None)
        self._shown = None

    def shown(self) -> Mapping[int, FrozenTrial]:
        """Return number -> the trial as a sampler is to see it, of those of which something else can be told.

        As long as no trial is complete that has a score after the epoch at which one stopped, nothing is told of it.
        """
        if self._shown is None:
            values = self._values()
            apart = {number: trial for number, (trial, _) in self._stopped.items() if number in values}
            apart |= {
                number: trial
                for number, trial in self._complete.items()
                if values.get(number, trial.values[0]) != trial.values[0]
            }
            self._shown = {number: self._ended(trial, values[number]) for number, trial in apart.items()}
        return self._shown

    def _ended(self, trial: FrozenTrial, value: float) -> FrozenTrial:
        """Return a copy of a trial that is complete with a score."""
        shown = self._copies.get(trial.number)
        if shown is None:
            shown = self._copies[trial.number] = copy.copy(trial)
            shown.state = OptunaState.COMPLETE
        shown.values = [value]
        return shown

    def _values(self) -> dict[int, float]:
        """Return number -> what is told of the trial."""
        complete = [self._complete[number] for number in sorted(self._complete)]
        values = {trial.number: float(trial.values[0]) for trial in complete if math.isfinite(trial.values[0])}
        groups: dict[int, list[FrozenTrial]] = {}
        for _, (trial, epoch) in sorted(self._stopped.items()):
            if epoch is not None and math.isfinite(trial.intermediate_values[epoch]):
                groups.setdefault(epoch, []).append(trial)
        for epoch, trials in groups.items():
            pairs = [
                (trial.intermediate_values[epoch], values[trial.number])
                for trial in complete
                if trial.number in values and math.isfinite(trial.intermediate_values.get(epoch, math.nan))
            ]
            if pairs:
                early, final = zip(*pairs, strict=True)
                expected = forecast(early, final, [trial.intermediate_values[epoch] for trial in trials])
                values |= {trial.number: value for trial, value in zip(trials, expected, strict=True)}
        if values:
            merits = self._sign * np.array(list(values.values()))
            merits = np.maximum(merits, _fenced(merits).min())  # the bad end alone: the best stays the best
            values = dict(zip(values, (self._sign * merits).tolist(), strict=True))
            worst = self._sign * float(merits.min())
            values |= {number: worst for number, (_, epoch) in self._stopped.items() if epoch is None}
        return values
