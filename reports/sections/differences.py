"""Best against baseline of each study, paired by seed, on the test split."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.analysis.frames import Frames
from reports.analysis.scores import in_words, lower_is_better, metric_of, metrics_of, unit_in_words, with_metrics
from reports.analysis.selection import complete_replicates
from reports.pages.document import Block, Column, Paragraph, Table, tabulate
from reports.statistics import ALPHA, EXACT_PAIRS, LEVEL, SEEDS_NEEDED, paired_differences


def differences_shown(frames: Frames) -> list[Block]:
    """Return the table of differences and how to read it; nothing where no study has a pair."""
    differences = paired_differences(
        complete_replicates(frames), {study: plan.metric.sign for study, plan in frames.plan_rows.items()}
    )
    if differences.empty:
        return []
    differences = with_metrics(differences, frames)
    return [_differences_table(differences), Paragraph(_reading_differences(differences))]


def _differences_table(differences: pd.DataFrame) -> Table:
    columns = [
        Column("Study", form.shown("study")),
        Column("Best minus baseline", _difference, numeric=True),
        Column(f"{LEVEL} interval", _difference_interval, numeric=True),
        Column("Pairs", form.shown("n", str), numeric=True),
        Column("Sign-flip p", form.shown("p", form.probability), numeric=True),
        Column("Smallest possible p", form.shown("smallest_p", form.probability), numeric=True),
        Column("Verdict", form.shown("verdict")),
    ]
    return tabulate(
        "best-minus-baseline", "Best against baseline on the test split, paired by seed", differences, columns
    )


def _difference(row: Mapping[Any, Any]) -> str:
    return form.points(row["difference"], metric_of(row), row["low"], row["high"])


def _difference_interval(row: Mapping[Any, Any]) -> str:
    return form.points_interval(row["difference"], row["low"], row["high"], metric_of(row))


def _reading_differences(differences: pd.DataFrame) -> str:
    metrics = metrics_of(differences)
    unit, word = unit_in_words(metrics), in_words(metrics)
    text = (
        f"Differences are in {unit}{'' if unit == word else f' of test {word}'}, between trials with the same seed. "
        f"{' '.join(filter(None, [lower_is_better(metrics), 'The sign-flip']))} "
        "test is exact and two-sided: with n pairs its p cannot go below 2^(1-n), so fewer than "
        f"{SEEDS_NEEDED} seeds can never tell. A verdict needs p below {ALPHA:.2f} and an interval without 0."
    )
    if differences["n"].max() > EXACT_PAIRS:
        text += f" With more than {EXACT_PAIRS} pairs it is not counted out but taken from its normal limit."
    if len(differences) > 1:
        text += " Each study's p stands alone; it is not corrected for the number of studies."
    return text
