"""Predicted against true values of each regression's best, and how the residuals are spread."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.analysis.frames import Frames
from reports.analysis.residuals import residuals, summaries
from reports.analysis.selection import leading_plans
from reports.drawing import lettering, style
from reports.drawing.distinct import SHORT, distinct
from reports.drawing.hover import tell
from reports.formatting import count
from study.task import plain_number

NAME = "residuals"
SECTION = "mistakes"
ORDER = 3
TASKS = ("regression",)
EMPTY = (
    "No replicate of a regression's best configuration has been evaluated on the test split, or its targets are not in "
    "the database, so there are no residuals to draw."
)

MOST_STUDIES = 4
MOST_TARGETS = 3
"""Of a study, the first ones."""
_MOST_POINTS = 1500
"""Of a panel; more would cover each other."""
_INCHES = (style.COLUMN, 3.7)
_MOST_BINS = 40
_GROUP = ["study", "target"]


def compute(frames: Frames) -> pd.DataFrame:
    """Return `residuals` of the leading studies with `number, targets` (that the study has) and `rmse`.

    At most so many targets of a study are in it; `rmse` is that of the row's study and target.
    """
    table = residuals(frames)
    table = table[table["study"].isin([plan.study for plan in leading_plans(frames, MOST_STUDIES)])]
    if table.empty:
        return pd.DataFrame()
    names = {study: plan.class_names for study, plan in frames.plan_rows.items()}
    places = [names[study].index(target) for study, target in zip(table["study"], table["target"], strict=True)]
    table = table.assign(targets=table["study"].map({study: len(found) for study, found in names.items()}))
    table = table[np.array(places) < MOST_TARGETS].merge(style.studies(frames)[["study", "number"]], on="study")
    return table.merge(summaries(frames)[[*_GROUP, "rmse"]], on=_GROUP)


def draw(table: pd.DataFrame) -> Figure:
    """Draw a row for each study and target: the values on the left, their residuals on the right."""
    parts = [part for _, part in table.groupby(_GROUP, sort=False)]
    figure, panels = style.small_panels(2 * len(parts), columns=2, inches=_INCHES)
    studies, targets = distinct(table["study"], SHORT), distinct(table["target"], SHORT)
    for part, values, spread in zip(parts, panels[::2], panels[1::2], strict=True):
        target = targets[part["target"].iloc[0]]
        _draw_values(values, part, target)
        _draw_spread(spread, part, target)
        lettering.title(values, f"{studies[part['study'].iloc[0]]}: {target}")
        lettering.title(spread, f"root mean squared error {plain_number(float(part['rmse'].iloc[0]))}")
    return figure


def caption(table: pd.DataFrame) -> str:
    """Return the caption, which says how to read the figure."""
    seeds = [f"{study} {number + 1}" for study, number in table.groupby("study", sort=False)["seed"].max().items()]
    text = (
        "Left: predicted against true values of the test split, a point for each example and replicate of the best "
        "configuration; on the dashed line the two are equal. Right: the residuals, predicted minus true; dashed: 0, "
        f"dotted: their mean. Seeds: {style.listed(seeds)}."
    )
    if table.groupby(_GROUP).size().max() > _MOST_POINTS:
        text += (
            f" At most {_MOST_POINTS:,} points of a panel are drawn, evenly over examples and seeds; bars are of all."
        )
    if (table["targets"] > MOST_TARGETS).any():
        text += f" Of each study the first {MOST_TARGETS} targets are drawn; the tables have all."
    return text


def alternative(table: pd.DataFrame) -> str:
    """Return the alternative text, which says what the figure shows."""
    rows = table.drop_duplicates(_GROUP).to_dict("records")
    parts = [f"{row['study']}, {row['target']}: {plain_number(row['rmse'])}" for row in rows]
    return f"Points of predicted against true values. Root mean squared errors: {style.listed(parts)}."


def _draw_values(axes: Axes, part: pd.DataFrame, target: str) -> None:
    look = style.look(int(part["number"].iloc[0]))
    shown = part.iloc[:: math.ceil(len(part) / _MOST_POINTS)]
    many = len(shown) > 300
    points = axes.scatter(
        shown["truth"], shown["predicted"], s=8 if many else 18, color=look.colour, alpha=0.35 if many else 0.6,
        linewidths=0, rasterized=many,
    )  # fmt: skip
    tell(
        points,
        [
            f"example {row['example']}: true {plain_number(row['truth'])}, predicted {plain_number(row['predicted'])}"
            for row in shown.to_dict("records")
        ],
    )
    low, high = (float(found(part[["truth", "predicted"]].to_numpy())) for found in (np.min, np.max))
    margin = 0.04 * (high - low) or 0.5
    ends = (low - margin, high + margin)
    axes.plot(ends, ends, "--", color=style.GREY, linewidth=1, zorder=1)
    axes.set(xlim=ends, ylim=ends, xlabel=f"True {target}", ylabel=f"Predicted {target}")


def _draw_spread(axes: Axes, part: pd.DataFrame, target: str) -> None:
    look = style.look(int(part["number"].iloc[0]))
    bins = min(_MOST_BINS, max(5, round(math.sqrt(len(part)))))
    heights, edges = np.histogram(part["residual"], bins=bins)
    bars = axes.bar(edges[:-1], heights, width=np.diff(edges), align="edge", color=look.colour, alpha=0.55)
    tell(
        bars.patches[0],
        [
            f"{plain_number(low)} to {plain_number(high)}: {count(int(number), 'residual')}"
            for number, low, high in zip(heights, edges[:-1], edges[1:], strict=True)
        ],
    )
    axes.axvline(0, color=style.GREY, linewidth=1, linestyle="--")
    axes.axvline(float(part["residual"].mean()), color="black", linewidth=1.2, linestyle=":")
    axes.set(xlabel=f"Predicted minus true {target}", ylabel="Residuals")
    axes.grid(axis="x", visible=False)
