"""Which studies' results are not shown to beat who always answers the most frequent class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reports import formatting as form
from reports.analysis.frames import Frames
from reports.analysis.selection import evaluated_trials, role_of_best
from reports.statistics import LEVEL
from study.status.intervals import no_better_than_guessing

RULE = (
    f"A result beats always answering the most frequent class of the test images where the lower end of its {LEVEL} "
    "interval is above that class's fraction. The interval is Student's t over the seeds; with one seed, or with seeds "
    "that are all alike, Wilson's over the test images."
)


def guessing(frames: Frames) -> pd.DataFrame:
    """Return a row for each study whose result is not shown to beat guessing, by `study.status.intervals`.

    The result is that of the best configuration's replicates; where it has none, of the baseline's trials. The
    fraction of the most frequent class is counted in the labels of the test split; without them nothing is claimed.

    Returns:
        `study, role, n, accuracy, fraction`: the mean test accuracy of `n` seeds and the fraction to beat, fractions
        of 1.
    """
    tested = evaluated_trials(frames).dropna(subset="score")
    best = role_of_best(frames)
    rows = []
    for study, labels in zip(frames.labels["study"], frames.labels["labels"], strict=True):
        mine = tested[tested["study"] == study]
        role = best.get(study, "baseline")
        mine = mine[mine["role"] == (role if (mine["role"] == role).any() else "baseline")]
        counts = np.bincount(np.frombuffer(labels, dtype=np.uint8))
        if mine.empty or not counts.size:
            continue
        accuracies, fraction = mine["score"].tolist(), float(counts.max() / counts.sum())
        if no_better_than_guessing(accuracies, images=int(counts.sum()), fraction=fraction):
            row = {"study": study, "role": mine["role"].iloc[0], "n": len(accuracies)}
            rows.append({**row, "score": float(np.mean(accuracies)), "fraction": fraction})
    return pd.DataFrame(rows, columns=["study", "role", "n", "score", "fraction"])


def sentence(row: Mapping[Any, Any]) -> str:
    """Return a sentence on a row of `guessing`; a mean above the fraction is only not shown to be better."""
    accuracy, fraction = form.percent(row["score"], 1), form.percent(row["fraction"], 1)
    seeds = form.count(int(row["n"]), "seed")
    if accuracy == fraction or row["score"] <= row["fraction"]:
        return f"{accuracy} ({seeds}) is no better than always answering the most frequent class, {fraction}."
    return f"{accuracy} ({seeds}) is not shown to be better than always answering the most frequent class, {fraction}."
