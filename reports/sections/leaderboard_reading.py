"""How to read the leaderboard: where its scores come from, and what they do not tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from reports.analysis.scores import best_word, in_words, joined, lower_is_better, metrics_of
from reports.analysis.selection import ABLATE, PLANNED_TRIALS
from reports.statistics import LEVEL
from study.task import Metric

TARGETS = {"accuracy": 0.99}
"""Metric -> the validation score whose first epoch is counted."""


def reading(table: pd.DataFrame, noun: str) -> str:
    """Return how to read a leaderboard.

    Args:
        table: The leaderboard.
        noun: What an example is called.
    """
    metrics = metrics_of(table)
    alone, word = bool(table["own_training"].all()), in_words(metrics)
    parts = list(_of_own_training(metrics) if alone else _of_ours(table, metrics, noun))
    own = table.loc[table["own_training"], "study"].unique().tolist()
    if own and not alone:
        parts.append(
            f"{joined(own)}: the model trains itself and scores itself. Validation {word} is what its 'train(run)' "
            f"yielded last, test {word} what its 'test(run)' returned, called once for each replicate, at its end; "
            "replicates are trained as search trials are, with the training split alone."
        )
    if table["metric"].isin(TARGETS).any():
        (target,) = TARGETS.values()
        without = "" if alone else ", which replicates do not have"
        parts.append(
            f"Epochs to {100 * target:.0f} % are counted on the validation split{without}: on the complete search and "
            "ablation trials of the same configuration; the median, where half of them got there."
        )
    if (table["phase"] == ABLATE).any():
        source = "" if alone else ", learned from the training split alone,"
        parts.append(
            f"Where a baseline has no replicate, its row holds its {PLANNED_TRIALS}{source} and a mean validation "
            f"{word}, of no choice."
        )
    told = [
        ("data set", f"{'accuracies' if word == 'accuracy' else 'scores'} on different data sets do not compare"),
        ("metric", "scores of different metrics do not compare"),
    ]
    several = [len(table["dataset"].unique()) > 1, len(metrics) > 1]
    for (what, reason), many in zip(told, several, strict=True):
        if many:
            parts.append(f"Studies are ranked within their {what}; {reason}.")
    return " ".join(filter(None, [*parts, lower_is_better(metrics)]))


def _of_ours(table: pd.DataFrame, metrics: Sequence[Metric], noun: str) -> Iterator[str]:
    word = in_words(metrics)
    yield (
        f"Test {word} is the mean over replicates, which learn from training and validation {noun}s together. Its "
        f"interval is Student's t at {LEVEL}: it measures the variation from seeds (initialisation, order of batches), "
        f"not the choice of the test {noun}s."
    )
    if table["wilson_low"].notna().any():
        yield (
            f"What the test {noun}s themselves can resolve is the Wilson interval of a single model that is right on "
            "such a fraction of them."
        )
    yield (
        f"Validation {word} is that of the search trial after its last epoch, learned from the training split alone; "
        f"the best is the {best_word(metrics)} of many, so it flatters. Seconds per epoch and inference are medians; "
        "inference is the pass over the test split, in large batches, on the device and at the precision of the trial "
        "(see Provenance)."
    )


def _of_own_training(metrics: Sequence[Metric]) -> Iterator[str]:
    word = in_words(metrics)
    yield (
        f"Models here train and score themselves. Test {word} is what the model's 'test(run)' returned, called "
        "once for each replicate, at its end, and for no other trial but those that an ablation plans: the mean over "
        "the replicates, which are trained by 'train(run)' as search trials are. Its interval is Student's t at "
        f"{LEVEL}: it measures the variation from seeds, not the choice of the test data. Validation {word} is what "
        f"'train(run)' yielded last in the search trial; the best is the {best_word(metrics)} of many, so it flatters. "
        "Seconds per epoch are medians."
    )
