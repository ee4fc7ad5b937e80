"""Test accuracy of every replicate, a point a seed, with the mean and its interval."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.analysis.frames import Frames
from reports.analysis.selection import complete_replicates
from reports.drawing import style
from reports.drawing.distinct import SHORT, distinct
from reports.formatting import count
from reports.statistics import LEVEL, intervals

NAME = "test-accuracy"
SECTION = "leaderboard"
ORDER = 1
EMPTY = "No replicate is complete yet, so there is no test accuracy to draw."

_ROLES = ("best", "baseline")
_ROW_INCHES = 0.42


def compute(frames: Frames) -> pd.DataFrame:
    """Return a row a replicate of a best or a baseline.

    Returns:
        `dataset, study, number, role, label, accuracy, mean, low, high, n`; the last four of its study and role, the
        interval missing where n < 2.
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
    ordered = table.sort_values(["dataset", "place", "role"], ascending=[True, True, False], kind="stable")
    return ordered.drop(columns="place").reset_index(drop=True)


def draw(table: pd.DataFrame) -> Figure:
    """Draw one panel a data set."""
    parts = [part for _, part in table.groupby("dataset", sort=False)]
    figure, all_axes = style.panels([1.2 + _ROW_INCHES * part["label"].nunique() for part in parts])
    titles = distinct(table["dataset"])
    for axes, part in zip(all_axes, parts, strict=True):
        rows = [row for _, row in part.groupby(["study", "role"], sort=False)]
        for place, row in enumerate(rows):
            _draw_row(axes, row, place)
        axes.set_yticks(range(len(rows)), [row["label"].iloc[0] for row in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set(title=titles[part["dataset"].iloc[0]], xlabel="Test accuracy (%)")
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
    parts = [f"{row['study']}, {row['role']}: {100 * row['mean']:.2f} %" for row in rows]
    return f"Points of test accuracy per replicate. Means: {style.listed(parts)}."


def _draw_row(axes: Axes, row: pd.DataFrame, place: int) -> None:
    first, look = row.iloc[0], style.look(int(row["number"].iloc[0]))
    accuracy = 100 * row["score"].to_numpy()
    axes.scatter(accuracy, [place] * len(accuracy), s=14, color=look.colour, alpha=0.5, linewidths=0)
    mean = 100 * float(first["mean"])
    if pd.notna(first["low"]):
        axes.hlines(place, max(100 * first["low"], 0), min(100 * first["high"], 100), color=look.colour, linewidth=1.6)
    face = look.colour if first["role"] == "best" else "white"
    axes.plot([mean], [place], marker=look.marker, markersize=8, markerfacecolor=face, markeredgecolor=look.colour)
