"""The greedy path from baseline to best: validation and test accuracy after each step, with their intervals."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from reports import style
from reports.designs import path
from reports.formatting import signed
from reports.frames import Frames
from reports.pairs import GROUP
from reports.statistics import LEVEL

NAME = "ablation-path"
SECTION = "ablation"
ORDER = 3
EMPTY = "No greedy path has a step yet: 'python -m study ablate SPACE --design path' walks one."

_LINE_INCHES = 0.3
_SIDES = {
    "validation_accuracy": ("validation, which chose the step", style.GREY, "s", 0.12),
    "accuracy": ("test", "#0072B2", "o", -0.12),
}


def compute(frames: Frames) -> pd.DataFrame:
    """Returns the steps of each path of at least two decided steps, as `reports.designs.path` does."""
    steps = path(frames)
    lengths = steps.groupby(GROUP)["accuracy"].transform("count")
    return steps[lengths >= 2].reset_index(drop=True)


def draw(table: pd.DataFrame) -> Figure:
    """Draws one panel a path, its steps from top to bottom."""
    parts = [part for _, part in table.groupby(GROUP, sort=False)]
    figure, all_axes = style.panels([1.4 + _LINE_INCHES * max(4, len(part)) for part in parts])
    for axes, part in zip(all_axes, parts, strict=True):
        places = list(range(len(part)))
        for column, (label, colour, marker, shift) in _SIDES.items():
            heights = [place + shift for place in places]
            values = 100 * part[column]
            axes.plot(values, heights, color=colour, marker=marker, markersize=6, linewidth=1, label=label, zorder=3)
            low, high = 100 * part[f"{column}_low"], 100 * part[f"{column}_high"].clip(upper=1.0)
            axes.hlines(heights, low, high, colors=colour, linewidth=1.6, alpha=0.6)
        axes.set_yticks(places, [style.label(str(arm), 30) for arm in part["arm"]])
        axes.set_ylim(len(part) - 0.5, -0.5)
        axes.grid(visible=False, axis="y")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.4g} %")
        title = f"{part['study'].iloc[0]}, {part['ablation'].iloc[0]}"
        axes.set(title=style.label(title, 60), xlabel=f"Mean accuracy and {LEVEL} interval over seeds")
        style.legend(axes, figure)
    return figure


def caption(_: pd.DataFrame) -> str:
    """Says how to read the figure."""
    return (
        "The path from the baseline, downwards: each step keeps the change with the highest mean validation accuracy "
        "of its round. Bars are intervals over the seeds."
    )


def alternative(table: pd.DataFrame) -> str:
    """Says what the figure shows."""
    parts = [
        f"{row['arm']} {100 * row['accuracy']:.2f} %"
        + ("" if pd.isna(row["effect"]) else f" ({signed(row['effect'])} points)")
        for row in table.to_dict("records")
    ]
    return f"Test accuracy along the path: {style.listed(parts)}."
