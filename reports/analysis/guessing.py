"""Which studies' results are not shown to beat the best answer that ignores its input."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from reports import formatting as form
from reports.analysis.frames import Frames
from reports.analysis.scores import METRIC, metric_of, with_metrics
from reports.analysis.selection import evaluated_trials, role_of_best
from reports.statistics import LEVEL
from study.status.guessing import COUNTED, guess_of, is_beaten
from study.task import Metric
from study.task.predictions import targets_of

_COLUMNS = ["study", "role", "n", "score", "guess", "words", *METRIC]


def guessing(frames: Frames) -> pd.DataFrame:
    """Return a row for each study whose result is not shown to beat a constant answer, by `study.status.guessing`.

    The result is that of the best configuration's replicates; where it has none, of the baseline's trials. What a
    constant answer scores is computed from the targets of the test split; without them nothing is claimed.

    Returns:
        `study, role, n, score, guess, words`, `METRIC`: the mean test score of `n` seeds, and the score to beat with
        what answers so.
    """
    tested = evaluated_trials(frames).dropna(subset="score")
    best = role_of_best(frames)
    rows = []
    for study, stored in zip(frames.labels["study"], frames.labels["labels"], strict=True):
        plan = frames.plan_rows[study]
        mine = tested[tested["study"] == study]
        role = best.get(study, "baseline")
        mine = mine[mine["role"] == (role if (mine["role"] == role).any() else "baseline")]
        if mine.empty or not stored or plan.loads_own_data:
            continue
        targets = targets_of(stored, plan.task, plan.spec.outputs)
        scores, guess = mine["score"].tolist(), guess_of(plan.spec, plan.metric, targets)
        if guess is not None and not is_beaten(plan.metric, scores, guess, examples=len(targets)):
            row = {"study": study, "role": mine["role"].iloc[0], "n": len(scores), "score": float(np.mean(scores))}
            rows.append({**row, "guess": guess.score, "words": guess.words})
    return with_metrics(pd.DataFrame(rows, columns=_COLUMNS), frames)


def sentence(row: Mapping[Any, Any]) -> str:
    """Return a sentence on a row of `guessing`; a mean that is better than the guess is only not shown to be."""
    metric = metric_of(row)
    digits = 1 if metric.unit == "fraction" else None
    score, guess = form.score(row["score"], metric, digits), form.score(row["guess"], metric, digits)
    shown = (
        "is not shown to be better" if score != guess and metric.better(row["score"], row["guess"]) else "is no better"
    )
    return f"{metric.capitalized} {score} ({form.count(int(row['n']), 'seed')}) {shown} than {row['words']}: {guess}."


def rule(metrics: Iterable[Metric]) -> str:
    """Return the rule by which `guessing` decides, for studies of these metrics."""
    counted = [metric.name in COUNTED for metric in metrics]
    text = (
        f"A result beats a constant answer where the worse end of its {LEVEL} interval is better than what the best "
        "such answer scores on the test split. The interval is Student's t over the seeds; with one seed, or with "
        "seeds that are all alike, "
    )
    wilson, itself = "Wilson's over the test split's examples", "the score itself is compared"
    if all(counted):
        return f"{text}{wilson}."
    return f"{text}{itself}." if not any(counted) else f"{text}{wilson} for a fraction of right answers, else {itself}."
