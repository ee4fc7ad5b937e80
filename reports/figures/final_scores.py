"""Test score of every replicate, a point a seed, with the mean and its interval."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.analysis.frames import Frames
from reports.analysis.scores import METRIC, in_words, metric_of, metrics_of
from reports.analysis.selection import complete_replicates
from reports.drawing import lettering, score_axes, style
from reports.drawing.comparable import comparable
from reports.drawing.distinct import SHORT, distinct
from reports.formatting import SEEDS_ALIKE, count
from reports.statistics import LEVEL, intervals
from study.status import numbers

NAME = "test-scores"
SECTION = "leaderboard"
ORDER = 1
EMPTY = "No replicate is complete yet, so there is no test score to draw."

_ROLES = ("best", "baseline")
_ROW_INCHES = 0.42


def compute(frames: Frames) -> pd.DataFrame:
    """Return a row a replicate of a best or a baseline.

    Returns:
        `dataset`, `METRIC`, `study, number, role, label, score, mean, low, high, n`; the last four of its study and
        role, the interval missing where n < 2.
    """
    finals = complete_replicates(frames)
    finals = finals[finals["role"].isin(_ROLES) & finals["score"].notna()]
    if finals.empty:
        return pd.DataFrame()
    keys = ["study", "role"]
    table = finals[[*keys, "score"]].merge(intervals(finals, by=keys, column="score"), on=keys)
    table = table.merge(style.studies(frames), on="study")
    named = zip(table["study"], table["role"], table["n"], strict=True)
    names = distinct(table["study"], SHORT)
    table["label"] = [f"{names[study]}, {role} ({count(n, 'seed')})" for study, role, n in named]
    order = ["dataset", METRIC[0], "place", "role"]
    ordered = table.sort_values(order, ascending=[True, True, True, False], kind="stable")
    return ordered.drop(columns="place").reset_index(drop=True)


def draw(table: pd.DataFrame) -> Figure:
    """Draw one panel a data set and metric."""
    panels = comparable(table)
    figure, all_axes = style.panels([1.2 + _ROW_INCHES * panel.rows["label"].nunique() for panel in panels])
    for axes, panel in zip(all_axes, panels, strict=True):
        rows = [row for _, row in panel.rows.groupby(["study", "role"], sort=False)]
        for place, row in enumerate(rows):
            _draw_row(axes, row, place)
        axes.set_yticks(range(len(rows)), [row["label"].iloc[0] for row in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        lettering.title(axes, panel.title)
        axes.set_xlabel(score_axes.label(panel.metric, split="test"))
        score_axes.written(axes.xaxis, panel.metric)
        axes.grid(axis="y", visible=False)
    return figure


def caption(table: pd.DataFrame) -> str:
    """Return the caption, which says how to read the figure."""
    return (
        f"Small: one replicate each; large: their mean, with its {LEVEL} interval (Student's t over seeds) where "
        "there are two or more. Filled: the best configuration; hollow: the baseline."
    )


def alternative(table: pd.DataFrame) -> str:
    """Return the alternative text, which says what the figure shows."""
    rows = table.drop_duplicates(["study", "role"]).to_dict("records")
    parts = [f"{row['study']}, {row['role']}: {metric_of(row).show(row['mean'])}" for row in rows]
    return f"Points of test {in_words(metrics_of(table))} per replicate. Means: {style.listed(parts)}."


def _draw_row(axes: Axes, row: pd.DataFrame, place: int) -> None:
    first, look = row.iloc[0], style.look(int(row["number"].iloc[0]))
    scores, mean = row["score"].to_numpy(), float(first["mean"])
    axes.scatter(scores, [place] * len(scores), s=14, color=look.colour, alpha=0.5, linewidths=0)
    if pd.notna(first["low"]) and numbers.alike(first["low"], first["high"]):
        axes.annotate(
            SEEDS_ALIKE, (mean, place), xytext=(8, 0), textcoords="offset points", va="center", fontsize=style.SMALL,
            color=style.GREY,
        )  # fmt: skip
    elif pd.notna(first["low"]):
        low, high = first["low"], first["high"]
        if first["metric_unit"] == "fraction":
            low, high = max(low, 0.0), min(high, 1.0)
        axes.hlines(place, low, high, color=look.colour, linewidth=1.6)
    face = look.colour if first["role"] == "best" else "white"
    axes.plot([mean], [place], marker=look.marker, markersize=8, markerfacecolor=face, markeredgecolor=look.colour)
