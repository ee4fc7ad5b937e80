"""Best against baseline of each study, paired by seed, on the test split."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.analysis.best_against_baseline import best_against_baseline
from reports.analysis.frames import Frames
from reports.analysis.scores import lower_is_better, metric_of, metrics_of, unit_in_words, with_metrics
from reports.pages.document import Block, Column, Table, tabulate
from reports.statistics import LEVEL


def differences_shown(frames: Frames) -> list[Block]:
    """Return the table of differences and how to read it; nothing where no study has a pair."""
    differences = best_against_baseline(frames)
    if differences.empty:
        return []
    differences = with_metrics(differences, frames)
    return [_differences_table(differences)]


def _differences_table(differences: pd.DataFrame) -> Table:
    unit = unit_in_words(metrics_of(differences))
    several = " Not corrected for the number of studies." if len(differences) > 1 else ""
    columns = [
        Column("Study", form.shown("study")),
        Column(
            f"Best minus baseline ({unit}, {LEVEL} interval)", _difference, True, "Mean over trials with the same seed."
        ),
        Column("Verdict", form.shown("verdict")),
        Column("Seeds", form.shown("n", str), numeric=True),
        Column("p", form.shown("p", form.probability), True, f"Two-sided.{several}"),
    ]
    caption = "Best against baseline on the test split, paired by seed"
    lower = lower_is_better(metrics_of(differences))
    return tabulate("best-minus-baseline", f"{caption}. {lower}" if lower else caption, differences, columns)


def _difference(row: Mapping[Any, Any]) -> str:
    metric = metric_of(row)
    effect, low, high = (metric.scale * row[name] for name in ("difference", "low", "high"))
    return form.effect_with_interval(effect, low, high, metric, why=form.no_interval(row["n"]))
