"""What the best of all constant answers scores: whoever does not beat it has learned nothing of the inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from study.status.intervals import ROUNDING, no_better_than_guessing, t_interval
from study.task import DataSpec, Metric

Targets = NDArray[Any]
COUNTED = frozenset({"accuracy", "exact_match"})
"""Metrics that are the fraction of examples answered rightly, so that one model alone has a Wilson interval."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A constant answer, and what it scores on the test split."""

    score: float
    words: str
    """`always answering the most frequent class, 7`; what follows `better than`."""


def guess_of(spec: DataSpec, metric: Metric, targets: Targets) -> Guess | None:
    """Return the best constant answer to a test split; None of a metric of a user's own, of which nobody knows.

    Args:
        spec: The data.
        metric: By which answers are scored.
        targets: Of the test split, as `study.task.predictions.targets_of` returns them; at least one.
    """
    found = _GUESSES.get(spec.task, {}).get(metric.name)
    if found is None or not len(targets):
        return None
    words = _WORDS[spec.task](spec, targets, metric)
    return Guess(float(found(targets, spec.outputs)), words)


def is_beaten(metric: Metric, scores: Sequence[float], guess: Guess, examples: int) -> bool:
    """Tell whether replicates are shown to be better than a constant answer.

    The rule: the worse end of the 95 % interval of their mean is better than it. The interval is Student's t over the
    seeds. With a single seed, or with seeds that are all equal, a metric of `COUNTED` has the Wilson interval of so
    many examples; another metric has none, and its value itself is compared.

    Args:
        metric: What the scores are of.
        scores: Test score of each replicate; at least one.
        guess: The constant answer.
        examples: Of the test split.
    """
    if metric.name in COUNTED:
        cut = [min(max(score, 0.0), 1.0) for score in scores]  # one that a user computed may be 1.0000001
        return not no_better_than_guessing(cut, images=examples, fraction=guess.score)
    low, high = t_interval(scores)
    worse = scores[0] if low is None or high is None else low if metric.sign > 0 else high
    return metric.sign * (worse - guess.score) > ROUNDING


def _fractions(targets: Targets, classes: int) -> NDArray[np.float64]:
    return np.bincount(targets.astype(np.int64), minlength=classes) / len(targets)


def _entropy(fractions: NDArray[np.float64]) -> float:
    present = fractions[fractions > 0]
    return float(-(present * np.log(present)).sum())


def _macro_f1(targets: Targets, classes: int) -> float:
    fractions = _fractions(targets, classes)
    most = fractions.max()
    return float(2 * most / (1 + most) / (fractions > 0).sum())


def _auroc(targets: Targets, classes: int) -> float:
    """Ties are half right; a class that the split lacks, or that it has alone, counts as 0 in torchmetrics' mean."""
    fractions = _fractions(targets, classes)
    return 0.5 * float(((fractions > 0) & (fractions < 1)).mean())


def _labels_auroc(targets: Targets, labels: int) -> float:
    present = targets.mean(axis=0)
    return 0.5 * float(((present > 0) & (present < 1)).mean())


def _labels_log_loss(targets: Targets, labels: int) -> float:
    return float(np.mean([_entropy(np.array([p, 1 - p])) for p in targets.mean(axis=0)]))


def _most_frequent_set(targets: Targets, labels: int) -> float:
    return float(np.unique(targets, axis=0, return_counts=True)[1].max() / len(targets))


def _labels_f1(targets: Targets, labels: int) -> float:
    """Return the mean F1 of answering each label of every example; one that never occurs has 0, answered or not."""
    present = targets.mean(axis=0)
    return float(np.mean(2 * present / (1 + present)))


def _micro_f1(targets: Targets, labels: int) -> float:
    """Return the best F1 of answering the k most frequent labels, over all k."""
    present = np.sort(targets.mean(axis=0))[::-1]
    return float(np.max(2 * np.cumsum(present) / (np.arange(1, labels + 1) + present.sum())))


_GUESSES: Mapping[str, Mapping[str, Callable[[Targets, int], float]]] = {
    "classification": {
        "accuracy": lambda targets, classes: float(_fractions(targets, classes).max()),
        "balanced_accuracy": lambda targets, classes: 1 / len(np.unique(targets)),
        "macro_f1": _macro_f1,
        "auroc": _auroc,
        "log_loss": lambda targets, classes: _entropy(_fractions(targets, classes)),
    },
    "multilabel": {
        "macro_f1": _labels_f1,
        "micro_f1": _micro_f1,
        "auroc": _labels_auroc,
        "exact_match": _most_frequent_set,
        "log_loss": _labels_log_loss,
    },
    "regression": {
        "r2": lambda targets, outputs: 0.0,
        "mae": lambda targets, outputs: float(np.abs(targets - np.median(targets, axis=0)).mean()),
        "rmse": lambda targets, outputs: float(np.sqrt(((targets - targets.mean(axis=0)) ** 2).mean())),
    },
}
"""Task -> metric -> what the best constant answer scores; of a loss, the frequencies themselves are the answer."""


def _most_frequent_class(spec: DataSpec, targets: Targets, metric: Metric) -> str:
    if metric.name in ("auroc", "log_loss"):
        return _ALIKE
    most = int(_fractions(targets, spec.outputs).argmax())
    return f"always answering the most frequent class, {spec.class_names[most]}"


def _constant_labels(spec: DataSpec, targets: Targets, metric: Metric) -> str:
    return "always answering the most frequent set of labels" if metric.name == "exact_match" else _ALIKE


def _constant(spec: DataSpec, targets: Targets, metric: Metric) -> str:
    return f"always answering the {'median' if metric.name == 'mae' else 'mean'}"


_ALIKE = "answering every example alike"
_WORDS: Mapping[str, Callable[[DataSpec, Targets, Metric], str]] = {
    "classification": _most_frequent_class,
    "multilabel": _constant_labels,
    "regression": _constant,
}
