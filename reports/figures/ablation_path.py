"""The greedy path from baseline to best: validation and test score after each step, with their intervals."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from reports.analysis.designs import path
from reports.analysis.frames import Frames
from reports.analysis.pairs import GROUP
from reports.analysis.scores import best_word, in_words, metric_of, metrics_of
from reports.drawing import lettering, score_axes, style
from reports.drawing.distinct import distinct
from reports.drawing.labels import shortened
from reports.formatting import effect, unit
from reports.statistics import LEVEL
from study.design import Design

NAME = "ablation-path"
SECTION = "ablation"
ORDER = 3
EMPTY = "No greedy path has a step yet: 'python -m study ablate SPACE --design path' walks one."

_LINE_INCHES = 0.3
_SIDES = {
    "validation_score": ("validation, which chose the step", "s", 0.12),
    "score": ("test", "o", -0.12),
}


def concerns(frames: Frames) -> bool:
    """Return whether any path is walked here."""
    return bool((frames.ablations["design"] == Design.PATH).any())


def compute(frames: Frames) -> pd.DataFrame:
    """Return the steps of each path of at least two decided steps, as `designs.path` does, and `number`."""
    steps = path(frames)
    lengths = steps.groupby(GROUP)["score"].transform("count")
    table = steps[lengths >= 2].reset_index(drop=True)
    if table.empty:
        return pd.DataFrame()
    return table.assign(number=table["study"].map(style.studies(frames).set_index("study")["number"]))


def draw(table: pd.DataFrame) -> Figure:
    """Draw one panel a path, its steps from top to bottom."""
    parts = [part for _, part in table.groupby(GROUP, sort=False)]
    figure, all_axes = style.panels([1.4 + _LINE_INCHES * max(4, len(part)) for part in parts])
    titles = distinct([_title(part) for part in parts])
    for axes, part in zip(all_axes, parts, strict=True):
        places, metric = list(range(len(part))), metric_of(part.iloc[0])
        for column, (label, marker, shift) in _SIDES.items():
            colour = style.look(int(part["number"].iloc[0])).colour if column == "score" else style.GREY
            heights = [place + shift for place in places]
            axes.plot(
                part[column], heights, color=colour, marker=marker, markersize=6, linewidth=1, label=label, zorder=3
            )
            low, high = part[f"{column}_low"], part[f"{column}_high"]
            if metric.unit == "fraction":
                low, high = low.clip(lower=0.0), high.clip(upper=1.0)
            axes.hlines(heights, low, high, colors=colour, linewidth=1.6, alpha=0.6)
        axes.set_yticks(places, shortened(part["arm"].astype(str).tolist(), 30), fontsize=style.SMALL)
        axes.set_ylim(len(part) - 0.5, -0.5)
        axes.grid(visible=False, axis="y")
        score_axes.written(axes.xaxis, metric)
        lettering.title(axes, titles[_title(part)])
        axes.set_xlabel(f"{score_axes.label(metric, before='mean')} and {LEVEL} interval over seeds")
        lettering.legend(axes, figure)
    return figure


def _title(part: pd.DataFrame) -> str:
    return f"{part['study'].iloc[0]}, {part['ablation'].iloc[0]}"


def caption(table: pd.DataFrame) -> str:
    """Return the caption, which says how to read the figure."""
    metrics = metrics_of(table)
    return (
        f"The path from the baseline, downwards: each step keeps the change with the {best_word(metrics)} mean "
        f"validation {in_words(metrics)} of its round. Bars are intervals over the seeds."
    )


def alternative(table: pd.DataFrame) -> str:
    """Return the alternative text, which says what the figure shows."""
    parts = []
    for (study, ablation), part in table.groupby(GROUP[:2], sort=False):
        metric = metric_of(part.iloc[0])
        steps = [
            f"{row['arm']} {metric.show(row['score'])}"
            + ("" if pd.isna(row["effect"]) else f" ({effect(row['effect'], metric)} {unit(metric)})")
            for row in part.to_dict("records")
        ]
        parts.append(f"{study}, {ablation}: {style.listed(steps)}")
    return f"Test {in_words(metrics_of(table))} along the path, by study. {'; '.join(parts)}."
