"""What each arm of an ablation costs and what it reaches: seconds of a training against test accuracy."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports import style
from reports.designs import PATH
from reports.frames import Frames
from reports.pairs import ARM, BASELINE, GROUP, NOISE_FLOOR, arms_of, trainings

NAME = "ablation-cost"
SECTION = "ablation"
ORDER = 2
EMPTY = "No training of an ablation is complete yet, so there is no cost to set against accuracy."

_PANEL_INCHES = 4.2
_MOST_LABELS = 20
"""Of more arms than this, only those on the front are named."""
_COLOURS = {"fixed": "#0072B2", "retuned": "#D55E00"}
_WORDS = {"fixed": "everything else fixed", "retuned": "re-tuned"}


def compute(frames: Frames) -> pd.DataFrame:
    """Returns a row for each arm with a complete training, the noise floor and the steps of paths left out.

    Returns:
        `study, ablation, setting, arm, role, seconds` (median of a training), `accuracy` (mean, share of 1), `n`,
        `front`: no arm of this ablation is as accurate in less time, or more accurate in as much.
    """
    grouped = trainings(frames).groupby(ARM, sort=False)
    means = grouped.agg(seconds=("seconds", "median"), accuracy=("accuracy", "mean"), n=("accuracy", "count"))
    arms = arms_of(frames)
    table = arms.loc[(arms["role"] != NOISE_FLOOR) & (arms["design"] != PATH), [*ARM, "role"]].merge(
        means.reset_index(), on=ARM
    )
    table = table[(table["n"] > 0) & (table["seconds"] > 0)].reset_index(drop=True)
    if table.empty:
        return pd.DataFrame()
    fronts = [_on_front(part) for _, part in table.groupby(GROUP[:2], sort=False)]
    return table.assign(front=pd.concat(fronts))


def draw(table: pd.DataFrame) -> Figure:
    """Draws one panel for each study and ablation."""
    parts = [part for _, part in table.groupby(GROUP[:2], sort=False)]
    figure, all_axes = style.panels([_PANEL_INCHES] * len(parts))
    for axes, part in zip(all_axes, parts, strict=True):
        front = part[part["front"]].sort_values("seconds")
        axes.step(
            [*front["seconds"], part["seconds"].max()],
            [*front["accuracy"], part["accuracy"].max()],
            where="post",
            color=style.GREY,
            linestyle="--",
            linewidth=1.2,
            label="Pareto front",
            zorder=1,
        )
        for setting in [setting for setting in _COLOURS if (part["setting"] == setting).any()]:
            _draw_setting(axes, part[part["setting"] == setting], setting)
        style.accuracy_axis(axes, part["accuracy"])
        axes.margins(x=0.12)
        _name(axes, part)
        title = f"{part['study'].iloc[0]}, {part['ablation'].iloc[0]}"
        axes.set(title=style.label(title, 60), xlabel="Seconds of one training", ylabel="Mean test accuracy")
        style.legend(axes, figure)
    return figure


def caption(_: pd.DataFrame) -> str:
    """Says how to read the figure."""
    return (
        "Mean test accuracy of each arm against the median time of one training. Along the dashed front nothing is "
        "both faster and more accurate; which arms lie on it is uncertain where accuracies differ by less than the "
        "noise floor. Diamond: the baseline. Times compare only where the trainings ran alike."
    )


def alternative(table: pd.DataFrame) -> str:
    """Says what the figure shows."""
    front = table[table["front"]].sort_values("seconds")
    parts = [
        f"{row['arm']} {100 * row['accuracy']:.2f} % in {row['seconds']:.1f} seconds"
        for row in front.to_dict("records")
    ]
    return f"Points of test accuracy against training time for each arm. On the front: {style.listed(parts)}."


def _on_front(part: pd.DataFrame) -> pd.Series:
    ordered = part.sort_values(["seconds", "accuracy"], ascending=[True, False], kind="stable")
    before = ordered["accuracy"].cummax().shift(fill_value=-np.inf)
    return (ordered["accuracy"] > before).reindex(part.index)


def _draw_setting(axes: Axes, part: pd.DataFrame, setting: str) -> None:
    for is_baseline, marker in ((False, "o"), (True, "D")):
        points = part[(part["role"] == BASELINE) == is_baseline]
        axes.scatter(
            points["seconds"].to_numpy(),
            points["accuracy"].to_numpy(),
            s=44,
            marker=marker,
            color=_COLOURS[setting],
            edgecolors="white",
            linewidths=0.6,
            zorder=3,
            label=None if is_baseline else _WORDS[setting],
        )


def _name(axes: Axes, part: pd.DataFrame) -> None:
    """Names the arms beside their points, away from the nearer side edge; crowded ones go above and below in turn."""
    named = part if len(part) <= _MOST_LABELS else part[part["front"] | (part["role"] == BASELINE)]
    low, high = axes.get_xlim()
    for turn, row in enumerate(named.sort_values("accuracy").to_dict("records")):
        right = row["seconds"] > (low + high) / 2
        axes.annotate(
            style.label(row["arm"], 24),
            (row["seconds"], row["accuracy"]),
            xytext=(-6 if right else 6, 5 if turn % 2 else -5),
            textcoords="offset points",
            ha="right" if right else "left",
            va="bottom" if turn % 2 else "top",
            fontsize="x-small",
        )
