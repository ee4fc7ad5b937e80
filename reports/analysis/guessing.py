"""Which studies' results are not shown to beat who always answers the most frequent class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from reports import formatting as form
from reports.analysis.frames import Frames
from reports.analysis.selection import role_of_best, tested_trainings
from reports.statistics import LEVEL
from study.intervals import no_better_than_guessing

RULE = (
    f"A result beats always answering the most frequent class of the test images where the lower end of its {LEVEL} "
    "interval is above that class's share. The interval is Student's t over the seeds; with one seed, or with seeds "
    "that are all alike, Wilson's over the test images."
)


def guessing(frames: Frames) -> pd.DataFrame:
    """Returns a row for each study whose result is not shown to beat guessing, by `study.intervals`.

    The result is that of the best configuration's final trainings; where it has none, of the baseline's trainings. The
    share of the most frequent class is counted in the labels of the test split; without them nothing is claimed.

    Returns:
        `study, role, n, accuracy, share`: the mean test accuracy of `n` seeds and the share to beat, fractions of 1.
    """
    tested = tested_trainings(frames).dropna(subset="accuracy")
    best = role_of_best(frames)
    rows = []
    for study, labels in zip(frames.labels["study"], frames.labels["labels"], strict=True):
        mine = tested[tested["study"] == study]
        role = best.get(study, "baseline")
        mine = mine[mine["role"] == (role if (mine["role"] == role).any() else "baseline")]
        counts = np.bincount(np.frombuffer(labels, dtype=np.uint8))
        if mine.empty or not counts.size:
            continue
        accuracies, share = mine["accuracy"].tolist(), float(counts.max() / counts.sum())
        if no_better_than_guessing(accuracies, images=int(counts.sum()), share=share):
            row = {"study": study, "role": mine["role"].iloc[0], "n": len(accuracies)}
            rows.append({**row, "accuracy": float(np.mean(accuracies)), "share": share})
    return pd.DataFrame(rows, columns=["study", "role", "n", "accuracy", "share"])


def sentence(row: Mapping[Any, Any]) -> str:
    """Says of a row of `guessing` what was found; a mean that lies above the share is only not shown to be better."""
    accuracy, share = form.percent(row["accuracy"], 1), form.percent(row["share"], 1)
    seeds = form.count(int(row["n"]), "seed")
    if accuracy == share or row["accuracy"] <= row["share"]:
        return f"{accuracy} ({seeds}) is no better than always answering the most frequent class, {share}."
    return f"{accuracy} ({seeds}) is not shown to be better than always answering the most frequent class, {share}."
