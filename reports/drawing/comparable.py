"""Which studies may share a panel: only scores of one metric on one data set compare."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from reports.analysis.scores import METRIC, metric_of
from reports.drawing.distinct import distinct
from study.task import Metric


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Rows of a figure's table that may stand on one axis."""

    title: str
    """The data set's name; with the metric, where studies of the data set have several."""
    dataset: str
    metric: Metric
    rows: pd.DataFrame


def comparable(table: pd.DataFrame, length: int = 42) -> list[Panel]:
    """Part a table by data set and metric.

    Args:
        table: It has `dataset` and the columns `METRIC`.
        length: Letters of a data set's name at most.
    """
    titles = distinct(table["dataset"], length)
    counts = table.groupby("dataset")["metric"].nunique()
    panels = []
    for _, rows in table.groupby(["dataset", METRIC[0]], sort=False):
        metric, dataset = metric_of(rows.iloc[0]), str(rows["dataset"].iloc[0])
        title = f"{titles[dataset]}, {metric.label}" if counts[dataset] > 1 else titles[dataset]
        panels.append(Panel(title, dataset, metric, rows))
    return panels
