"""Which metric a study's scores are of, as columns beside its rows: a figure or a table of several studies needs it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from reports.analysis.frames import Frames
from study.task import Metric

METRIC = ["metric", "metric_label", "metric_unit", "metric_direction"]
"""Columns that say by which metric the study of a row is ranked."""
_FIELDS = dict(zip(METRIC, ("name", "label", "unit", "direction"), strict=True))
_LIMITS: dict[str, tuple[float | None, float | None]] = {"low": (0.0, None), "high": (None, 1.0)}
_SIGNS = {"maximize": 1, "minimize": -1}
_SCALES = {"fraction": 100, "number": 1}


def with_metrics(table: pd.DataFrame, frames: Frames) -> pd.DataFrame:
    """Return a table that has a column `study` with the columns `METRIC`."""
    metrics = {study: plan.metric for study, plan in frames.plan_rows.items()}
    numbers, studies = pd.factorize(table["study"])
    known = [metrics.get(study) for study in studies] + [None]  # number -1, the last, is of no study
    found = {
        column: np.array([math.nan if metric is None else getattr(metric, field) for metric in known], dtype=object)
        for column, field in _FIELDS.items()
    }
    columns = {column: pd.Series(values[numbers], table.index, dtype=object) for column, values in found.items()}
    return table.assign(**columns)


def metric_of(row: Mapping[Any, Any] | pd.Series) -> Metric:
    """Return the metric of a row with the columns `METRIC`."""
    return Metric.from_columns({field: row[column] for column, field in _FIELDS.items()})


def columns_of(metric: Metric) -> dict[str, str]:
    """Return the columns `METRIC` of a row of a study with this metric, as `metric_of` reads them."""
    return {column: getattr(metric, field) for column, field in _FIELDS.items()}


def metrics_of(table: pd.DataFrame) -> list[Metric]:
    """Return the metrics of a table's rows, each once, in their order."""
    return [metric_of(row) for row in table[METRIC].drop_duplicates().to_dict("records")]


def signs(table: pd.DataFrame) -> pd.Series:
    """Return for each row 1 where higher is better, -1 where lower is."""
    found: pd.Series = table["metric_direction"].map(_SIGNS).astype(float)
    return found


def scales(table: pd.DataFrame) -> pd.Series:
    """Return for each row what a difference is multiplied by to be shown: 100 for a fraction, else 1."""
    found: pd.Series = table["metric_unit"].map(_SCALES).astype(float)
    return found


def in_words(metrics: Iterable[Metric]) -> str:
    """Return the metric's label where there is one metric; of several, `score`."""
    labels = list(dict.fromkeys(metric.label for metric in metrics))
    return labels[0] if len(labels) == 1 else "score"


def unit_in_words(metrics: Iterable[Metric]) -> str:
    """Return in what differences are, where that is one unit; of several metrics, that it is each study's own."""
    units = list(dict.fromkeys(metric.differences_in for metric in metrics))
    return units[0] if len(units) == 1 else "units of the study's metric"


def cut(table: pd.DataFrame, *prefixes: str) -> pd.DataFrame:
    """Return a table whose intervals of mean scores are cut to 0..1, beyond which no mean of a fraction lies.

    Args:
        table: With the columns `METRIC`, and `low` and `high` behind each prefix.
        prefixes: Such as `score_`; none means the columns `low` and `high`.
    """
    is_fraction = table["metric_unit"] == "fraction"
    ends = [(f"{prefix}{end}", limits) for prefix in prefixes or ("",) for end, limits in _LIMITS.items()]
    return table.assign(**{name: table[name].where(~is_fraction, table[name].clip(*limits)) for name, limits in ends})


def best_word(metrics: Iterable[Metric]) -> str:
    """Return `highest` or `lowest`, whichever is better; of metrics that differ in that, `best`."""
    words = {"highest" if metric.sign > 0 else "lowest" for metric in metrics}
    return words.pop() if len(words) == 1 else "best"


def lower_is_better(metrics: Iterable[Metric]) -> str:
    """Return a sentence on the metrics of which lower is better; nothing where there is none."""
    labels = list(dict.fromkeys(metric.label for metric in metrics if metric.sign < 0))
    return f"Lower is better for {joined(labels)}." if labels else ""


def joined(names: Sequence[str]) -> str:
    """Return `a, b and c`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""
