"""What a sampler is told of trials that stopped on their way: the score that they would end with.

A trial that waits at its rung or was pruned has no final score. Optuna's samplers take such a trial for worse than any
that is complete, or leave it out; yet most trials of a search are of that kind, and an early score tells much of the
end. So each is shown to the sampler as complete, with a forecast: what complete trials ended with, by what they had
after the same epoch, on a straight line.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

import numpy as np
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

SLOPE = 0.7
"""What a difference at an early epoch is worth at the end before anything is known of it; it counts as one trial."""


def forecast(early: Sequence[float], final: Sequence[float], scores: Sequence[float]) -> list[float]:
    """Return the final scores that are expected of trials with these early ones.

    Args:
        early: Scores of complete trials after the same epoch; not empty.
        final: What those trials ended with.
        scores: Of the trials that have not got there, after that epoch.
    """
    x, y = np.asarray(early, np.float64), np.asarray(final, np.float64)
    apart = x - x.mean()
    weight = float(np.mean(apart**2))  # of one trial
    slope = SLOPE if weight == 0 else (apart @ (y - y.mean()) + weight * SLOPE) / (apart @ apart + weight)
    found: list[float] = (y.mean() + slope * (np.asarray(scores, np.float64) - x.mean())).tolist()
    return found


class Stopped:
    """The trials of a search that stopped on their way, as a sampler is to see them."""

    def __init__(self, sign: int) -> None:
        """Begin without any.

        Args:
            sign: 1 where more of the score is better, -1 where less is.
        """
        self._sign = sign
        self._complete: dict[int, tuple[Mapping[int, float], float]] = {}
        """Number -> epoch -> score, and the last one that counts."""
        self._at: dict[int, int | None] = {}
        """Number of a trial -> the epoch at which it stopped; None for one that diverged."""
        self._shown: dict[int, FrozenTrial] = {}
        self._is_new = False
        """Whether something happened since the forecasts were made."""

    def completed(self, trial: FrozenTrial) -> None:
        """Take note of a trial that is complete: others are forecast from it."""
        self.failed(trial.number)
        self._complete[trial.number] = trial.intermediate_values, trial.values[0]

    def stopped(self, trial: FrozenTrial, epoch: int | None) -> None:
        """Take note of a trial that stopped after an epoch; it is shown so until it is complete or stops once more.

        Args:
            trial: As Optuna has it.
            epoch: One that it has a score of; None where it diverged: it is shown as the worst of all then.
        """
        shown = copy.copy(trial)
        shown.state = OptunaState.COMPLETE
        self._shown[trial.number], self._at[trial.number] = shown, epoch
        self._is_new = True

    def failed(self, number: int) -> None:
        """Take note of a trial that says nothing, or that something else is known of now."""
        self._shown.pop(number, None)
        self._at.pop(number, None)
        self._is_new = True

    def shown(self) -> Mapping[int, FrozenTrial]:
        """Return number -> the trial as a sampler is to see it, of those of which something can be told.

        As long as no trial is complete that has a score after the epoch at which one stopped, nothing is told of it.
        """
        if self._is_new:
            self._forecast()
            self._is_new = False
        return {number: trial for number, trial in self._shown.items() if trial.values is not None}

    def _forecast(self) -> None:
        groups: dict[int | None, list[int]] = {}
        for number, epoch in self._at.items():
            groups.setdefault(epoch, []).append(number)
            self._shown[number].values = None
        known = [self._complete[number] for number in sorted(self._complete)]
        for epoch, numbers in groups.items():
            pairs = [(scores[epoch], final) for scores, final in known if epoch in scores] if epoch is not None else []
            if epoch is None or not pairs:
                continue
            early, final = zip(*pairs, strict=True)
            expected = forecast(early, final, [self._shown[number].intermediate_values[epoch] for number in numbers])
            for number, value in zip(numbers, expected, strict=True):
                self._shown[number].values = [value]
        told = [final for _, final in self._complete.values()]
        told += [trial.values[0] for trial in self._shown.values() if trial.values is not None]
        for number in groups.get(None, []) if told else []:
            self._shown[number].values = [min(told, key=lambda value: self._sign * value)]
