"""What the best configuration's replicates said of every test example, beside what is true of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.analysis.frames import Frames
from reports.analysis.selection import complete_replicates, role_of_best
from study.database import PlanRow
from study.task import TaskName
from study.task.predictions import prediction_type, predictions_of, targets_of


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Of one study: all replicates of its best, in the order of their seeds."""

    truth: NDArray[Any]
    """(examples,) classes, or (examples, outputs): labels as 0 and 1, targets as numbers."""
    predictions: NDArray[Any]
    """(seeds, examples) classes, or (seeds, examples, outputs): probabilities of labels, numbers."""
    confidences: NDArray[np.float64]
    """(seeds, examples): NaN where they are not known, and of anything but classes."""


def answers(frames: Frames, task: TaskName) -> dict[str, Answers]:
    """Return study -> answers, of the studies with this task that have both predictions and targets."""
    finals = complete_replicates(frames)
    finals = finals[finals["role"] == finals["study"].map(role_of_best(frames))]
    finals = finals.merge(frames.predictions, on="trial")
    stored = dict(zip(frames.labels["study"], frames.labels["labels"], strict=True))
    found: dict[str, Answers] = {}
    for study, plan in frames.plan_rows.items():
        if plan.task == task and not plan.own_training and stored.get(study):
            told = _told(finals[finals["study"] == study], plan, stored[study])
            found |= {} if told is None else {study: told}
    return found


def _told(rows: pd.DataFrame, plan: PlanRow, stored: bytes) -> Answers | None:
    outputs = plan.spec.outputs
    truth = targets_of(stored, plan.task, outputs)
    # What is not as long as the targets belongs to other examples.
    length = truth.size * prediction_type(plan.task, outputs).itemsize
    rows = rows[rows["predictions"].map(len) == length] if len(rows) else rows
    if not (len(rows) and len(truth)):
        return None
    predictions = np.stack([predictions_of(value, plan.task, outputs) for value in rows["predictions"]])
    confidences = np.stack([_confidences(value, len(truth)) for value in rows["confidences"]])
    if plan.task == "classification":
        return Answers(truth.astype(np.int64), predictions.astype(np.int64), confidences)
    return Answers(truth.astype(np.float64), predictions.astype(np.float64), confidences)


def _confidences(stored: bytes | None, examples: int) -> NDArray[np.float64]:
    return np.frombuffer(stored, dtype="<f2").astype(np.float64) if stored else np.full(examples, np.nan)
