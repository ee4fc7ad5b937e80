"""Median pruning (Golovin et al., 2017, "Google Vizier"): a trial ends whose best so far is below the median of others.

The decisions are those of `optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=1)`, which looks at every
complete trial each time it is asked; this one keeps the scores of each epoch in order. Plain values; knows no Optuna.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping

STARTUP_TRIALS = 4
"""Complete trials before anything is pruned."""


class MedianRule:
    """Which trials are worse than the median of those that are complete."""

    def __init__(self, sign: int) -> None:
        """Begin without any trial.

        Args:
            sign: 1 where a higher score is better, -1 where a lower one is.
        """
        self._sign = sign
        self._complete = 0
        self._scores: dict[int, list[float]] = {}
        """Epoch -> scores that complete trials had then, ascending."""

    def completed(self, scores: Mapping[int, float]) -> None:
        """Take note of a complete trial: epoch -> score."""
        self._complete += 1
        for epoch, score in scores.items():
            if not math.isnan(score):
                bisect.insort(self._scores.setdefault(epoch, []), score)

    def prunes(self, scores: Mapping[int, float]) -> bool:
        """Return whether a trial is to be pruned at its last epoch.

        Args:
            scores: Epoch -> score, of at least one epoch.
        """
        if self._complete < STARTUP_TRIALS:
            return False
        known = [self._sign * score for score in scores.values() if not math.isnan(score)]
        others = self._scores.get(max(scores), [])
        if not known:
            return True
        return bool(others) and max(known) < self._sign * _median(others)


def _median(ascending: list[float]) -> float:
    """Return the median, rounded as NumPy's percentile rounds it."""
    lower, upper = ascending[(len(ascending) - 1) // 2], ascending[len(ascending) // 2]
    return lower if lower == upper else upper - (upper - lower) * 0.5
