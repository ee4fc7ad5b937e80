"""Every metric that was recorded of a study's best and baseline, beside the one that the search went by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.analysis.frames import Frames
from reports.analysis.metrics import metrics
from reports.analysis.scores import metric_of
from reports.pages.document import Block, Column, Paragraph, distinct_slugs, tabulate
from reports.statistics import LEVEL

_BETTER = {"maximize": "higher", "minimize": "lower"}
_READING = (
    "Only the objective chose anything. Validation: the search trial after its last epoch, learned from the training "
    "split alone."
)
_TOLD = (
    "Only the objective chose anything. Training and validation: what the search trial's 'train(run)' yielded last; "
    "test: what 'test(run)' returned."
)
_NO_DIRECTION = (
    "Of a number that is told without being declared (by a model's function 'measure', or by one that trains "
    "itself), nobody said which way is better."
)


def metrics_shown(frames: Frames) -> list[Block]:
    """Return a table for each study of which more than its objective was recorded."""
    table = metrics(frames)
    if table.empty:
        return []
    names = distinct_slugs("metrics", [(study,) for study in frames.plan_rows])
    blocks: list[Block] = [
        tabulate(names[(str(study),)], f"Metrics of {study}", rows, _columns(rows))
        for study, rows in table.groupby("study", sort=False)
    ]
    alone = all(frames.plan_rows[study].own_training for study in table["study"])
    undirected = table["metric_direction"].isna().any()
    return [*blocks, Paragraph(" ".join([_TOLD if alone else _READING, *([_NO_DIRECTION] if undirected else [])]))]


def _name(row: Mapping[Any, Any]) -> str:
    return f"{row['metric_label']} (the objective)" if row["objective"] else str(row["metric_label"])


def _better(row: Mapping[Any, Any]) -> str:
    return _BETTER.get(row["metric_direction"], form.MISSING)


def _test(role: str) -> form.Show:
    def show(row: Mapping[Any, Any]) -> str:
        mean, metric = row[f"{role}_test"], metric_of(_with_direction(row))
        if form.is_missing(mean):
            return form.MISSING
        interval = form.score_interval(row[f"{role}_low"], row[f"{role}_high"], metric)
        return f"{form.score(mean, metric)} ({interval})"

    return show


def _searched(role: str, split: str) -> form.Show:
    return lambda row: form.score(row[f"{role}_{split}"], metric_of(_with_direction(row)))


def _with_direction(row: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Return a row whose metric can be shown though nobody said which way is better."""
    return row if row["metric_direction"] in _BETTER else {**row, "metric_direction": "maximize"}


def _columns(rows: pd.DataFrame) -> list[Column]:
    """Return the columns of one study's metrics; that of the training split where any is told of it."""
    columns = [
        Column("Metric", _name),
        Column("Better", _better),
        Column(f"Best, test ({LEVEL} interval)", _test("best"), numeric=True),
        Column(f"Baseline, test ({LEVEL} interval)", _test("baseline"), numeric=True),
        Column("Best, validation", _searched("best", "validation"), numeric=True),
        Column("Baseline, validation", _searched("baseline", "validation"), numeric=True),
    ]
    if rows[["best_train", "baseline_train"]].notna().any(axis=None):
        columns += [
            Column("Best, training", _searched("best", "train"), numeric=True),
            Column("Baseline, training", _searched("baseline", "train"), numeric=True),
        ]
    seeds = Column("Seeds of best, baseline", lambda row: f"{row['best_n']}, {row['baseline_n']}", numeric=True)
    return [*columns, seeds]
