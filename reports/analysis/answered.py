"""Example by example: which test examples the two models of a pair got right, and how much chance that alone makes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from reports.analysis.frames import Frames
from reports.analysis.typed import typed
from study.task.predictions import predictions_of, targets_of

Correct = npt.NDArray[np.bool_]

_COUNTS = {"gained": "int64", "lost": "int64"}


def example_counts(frames: Frames, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return `gained` and `lost`, test examples per pair of complete trials, on the rows of `pairs` that have them.

    Those of a classification alone: elsewhere no single answer is right or wrong.
    """
    found = [
        pd.DataFrame({"gained": (ours & ~theirs).sum(axis=1), "lost": (theirs & ~ours).sum(axis=1)}, index=usable.index)
        for _, usable, ours, theirs in _answered(frames, pairs, frames.votes)
    ]
    return typed(pd.concat(found) if found else pd.DataFrame(columns=["gained", "lost"]), _COUNTS)


def variance_floors(frames: Frames, pairs: pd.DataFrame, by: list[str], votes: pd.DataFrame) -> pd.Series:
    """Return what the variance of one difference of accuracies cannot be below, by what the single examples do.

    Were the examples right and wrong independently of each other, the variance over seeds would be the sum of each
    example's own, over the number of examples squared; what they have in common only adds to that. It is the sum of
    many small variances, so a few seeds tell it well.

    Source: Jordan (2023), "Calibrated chaos: variance between runs of neural network training is harmless and
    inevitable".

    Args:
        frames: Of the studies.
        pairs: `study`, `trial`, `other_trial`, `difference`, and the columns `by`.
        by: What names a comparison.
        votes: `trial`, `predictions`.

    Returns:
        By `by`, in accuracies squared; those of at least two pairs, of studies that accuracy ranks.
    """
    floors: dict[object, float] = {}
    for study, usable, ours, theirs in _answered(frames, pairs, votes):
        if frames.plan_rows[study].metric.name != "accuracy":
            continue
        gaps = ours.astype(np.int8) - theirs.astype(np.int8)  # (pairs, examples)
        places = pd.Series(range(len(usable)), index=usable.index)
        for names, rows in usable.groupby(by if len(by) > 1 else by[0], sort=False).groups.items():
            if len(rows) > 1:
                floors[names] = float(gaps[places[rows]].var(axis=0, ddof=1).sum()) / gaps.shape[1] ** 2
    return pd.Series(floors, dtype=float)


def _answered(
    frames: Frames, pairs: pd.DataFrame, votes: pd.DataFrame
) -> Iterator[tuple[str, pd.DataFrame, Correct, Correct]]:
    """Yield for each classification: its name, the pairs whose answers are stored, and whether each side was right.

    The last two are (pairs, examples).
    """
    stored = dict(zip(frames.labels["study"], frames.labels["labels"], strict=True))
    said = dict(zip(votes["trial"], votes["predictions"], strict=True))
    for study, group in pairs[pairs["difference"].notna()].groupby("study", sort=False):
        plan = frames.plan_rows[str(study)]
        if plan.task != "classification" or plan.own_training or not stored.get(study):
            continue
        length = len(stored[study])
        sides = zip(group["trial"], group["other_trial"], strict=True)
        usable = group[[all(len(said.get(trial) or b"") == length for trial in both) for both in sides]]
        if usable.empty:
            continue
        classes = plan.spec.outputs
        truth = targets_of(stored[study], plan.task, classes)
        rows = {trial: row for row, trial in enumerate(pd.unique(usable[["trial", "other_trial"]].to_numpy().ravel()))}
        right = np.stack([predictions_of(said[trial], plan.task, classes) == truth for trial in rows])
        yield str(study), usable, right[usable["trial"].map(rows)], right[usable["other_trial"].map(rows)]
