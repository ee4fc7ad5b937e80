"""Each search trial as a line through all its hyperparameters, ending at its score: what the best have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from reports import formatting as form
from reports.analysis.configurations import CHOICE, LOGARITHMIC, complete_trials, heights, scale, tuned
from reports.analysis.frames import Frames
from reports.analysis.scores import in_words, metrics_of, with_metrics
from reports.analysis.selection import leading_plans
from reports.drawing import style
from reports.drawing.distinct import distinct
from study.task import Metric

NAME = "parallel-coordinates"
SECTION = "search"
ORDER = 5
EMPTY = "No study has two complete search trials yet, so there are no parallel coordinates to draw."

SCORE = ""
"""The axis of scores: no hyperparameter's name."""
MOST_STUDIES = 4
_BEST_SHARE = 0.1
_MOST_BEST = 50
_MOST_OTHERS = 250
_OUT_OF_USE = -0.12
"""Height of a hyperparameter that a trial does not use: under its axis."""
_PANEL_INCHES = 3.6
_AXIS_INCHES = 0.95
_LETTERS = 16
"""Of an axis's name before it is shortened: the axes stand close."""


def compute(frames: Frames) -> pd.DataFrame:
    """Return a row for each drawn trial and axis; the last axis is the validation score.

    Returns:
        `study, number, trial, group, axis, place, height, low, high, drawn, complete`, `METRIC`: `group` is "best" for
        the best tenth; `height` lies in [0, 1], or is missing where the trial does not use the hyperparameter; `low`
        and `high` are the ends of the axis in words; of `complete` trials so many are `drawn`.
    """
    looks = style.studies(frames).set_index("study")["number"]
    parts = []
    for plan in leading_plans(frames, MOST_STUDIES):
        trials = complete_trials(frames, plan)
        if len(trials) < 2:
            continue
        drawn, metric = _sampled(trials, plan.metric.sign), plan.metric
        common = {"study": plan.study, "number": looks[plan.study]}
        counted = common | {"drawn": len(drawn), "complete": len(trials)}
        named = drawn[["optuna_number", "group"]].rename(columns={"optuna_number": "trial"})
        axes = [(name, heights(drawn[name], domain), *_ends(domain)) for name, domain in tuned(plan).items()]
        axes.append((SCORE, _heights_of_scores(drawn["score"], metric), *_range(drawn["score"], metric)))
        for place, (axis, height, low, high) in enumerate(axes):
            parts.append(named.assign(axis=axis, place=place, height=height, low=low, high=high, **counted))
    return with_metrics(pd.concat(parts, ignore_index=True), frames) if parts else pd.DataFrame()


def draw(table: pd.DataFrame) -> Figure:
    """Draw one panel a study."""
    parts = [part for _, part in table.groupby("study", sort=False)]
    figure, all_axes = style.panels([_PANEL_INCHES] * len(parts))
    width = _AXIS_INCHES * max(part["place"].max() + 1 for part in parts)
    figure.set_size_inches(max(style.WIDTH, width), _PANEL_INCHES * len(parts))
    titles = distinct(table["study"])
    for axes, part in zip(all_axes, parts, strict=True):
        _draw_lines(axes, part)
        _draw_axes(axes, part)
        axes.set_title(titles[part["study"].iloc[0]], pad=22)
    return figure


def caption(table: pd.DataFrame) -> str:
    """Return the caption, which says how to read the figure."""
    shown = table.drop_duplicates("study")
    numbers = [f"{row['study']} {row['drawn']} of {row['complete']}" for row in shown.to_dict("records")]
    return (
        "A line a complete search trial, through its hyperparameters to its validation "
        f"{in_words(metrics_of(table))} on the right, the better end at the top; thick and in colour the best "
        f"tenth (at most {_MOST_BEST}), thin and grey the others. An axis is the hyperparameter's domain from end to "
        "end; under the axis: not in use. Trials drawn, the others spread evenly over the ranking: "
        f"{style.listed(numbers)}. Pruned trials are left out."
    )


def alternative(table: pd.DataFrame) -> str:
    """Return the alternative text, which says what the figure shows."""
    best = table[(table["group"] == "best") & (table["axis"] != SCORE)]
    spans = best.groupby(["study", "axis"], sort=False)["height"].agg(lambda height: height.max() - height.min())
    narrow = spans.groupby(level="study").idxmin().dropna()
    parts = [f"in {study} the best agree most on {axis}" for study, axis in narrow]
    return f"Lines of trials through their hyperparameters. {style.listed(parts)}."


def _sampled(trials: pd.DataFrame, sign: int) -> pd.DataFrame:
    """Return the trials to draw, the worst first, so that the best are drawn last."""
    ranked = trials.sort_values("score", ascending=sign > 0, kind="stable").reset_index(drop=True)
    best = min(max(1, round(_BEST_SHARE * len(ranked))), _MOST_BEST)
    others = len(ranked) - best
    kept = np.unique(np.linspace(0, others - 1, min(others, _MOST_OTHERS)).round().astype(int))
    places = [*kept.tolist(), *range(others, len(ranked))]
    return ranked.iloc[places].assign(group=["others"] * len(kept) + ["best"] * best)


def _heights_of_scores(scores: pd.Series, metric: Metric) -> pd.Series:
    """Return where scores lie between the worst, 0, and the best, 1; near 1 a fraction is spaced by its error."""
    by_error = metric.unit == "fraction" and metric.sign > 0
    merit = -np.log10((1 - scores).clip(lower=1e-4)) if by_error else metric.sign * scores
    span = merit.max() - merit.min()
    height: pd.Series = (merit - merit.min()) / span if span > 0 else merit * 0 + 0.5
    return height


def _range(scores: pd.Series, metric: Metric) -> tuple[str, str]:
    """Return the worst and the best, in words."""
    ends = float(scores.min()), float(scores.max())
    worst, best = ends if metric.sign > 0 else ends[::-1]
    return metric.show(worst), metric.show(best)


def _ends(domain: Mapping[str, Any]) -> tuple[str, str]:
    kind = scale(domain)
    if kind == CHOICE:
        return form.value(domain["choices"][0]), form.value(domain["choices"][-1])
    note = " (log)" if kind == LOGARITHMIC else ""
    return form.value(domain["low"]), form.value(domain["high"]) + note


def _draw_lines(axes: Axes, part: pd.DataFrame) -> None:
    wide = part.pivot_table(index="trial", columns="place", values="height", dropna=False).fillna(_OUT_OF_USE)
    groups = part.drop_duplicates("trial").set_index("trial")["group"].reindex(wide.index)
    colour = style.look(int(part["number"].iloc[0])).colour
    looks = {"others": (style.GREY, 0.7, max(0.08, min(0.5, 20 / len(wide)))), "best": (colour, 1.6, 0.9)}
    for group, (shade, thickness, opacity) in looks.items():
        lines = wide[groups == group].to_numpy()  # (trials, axes)
        points = np.stack([np.broadcast_to(np.arange(lines.shape[1]), lines.shape), lines], axis=-1)
        axes.add_collection(
            LineCollection(
                list(points), colors=shade, linewidths=thickness, alpha=opacity, rasterized=len(lines) > _MOST_BEST
            )
        )


def _draw_axes(axes: Axes, part: pd.DataFrame) -> None:
    ends = part.drop_duplicates("place").sort_values("place")
    for row in ends.to_dict("records"):
        axes.plot([row["place"], row["place"]], [0, 1], color="#444444", linewidth=1)
        axes.text(
            row["place"], 1.03, style.label(row["high"], _LETTERS), ha="center", va="bottom", fontsize=style.SMALL
        )
        axes.text(row["place"], -0.18, style.label(row["low"], _LETTERS), ha="center", va="top", fontsize=style.SMALL)
    metric = ends["metric_label"].iloc[0]
    shown = ends["axis"].where(ends["axis"] != SCORE, metric)
    labels = distinct(shown, _LETTERS)
    names = [labels[axis] for axis in shown]
    axes.set_xticks(ends["place"].to_numpy(), names, rotation=30, ha="right")
    axes.set(xlim=(-0.3, ends["place"].max() + 0.3), ylim=(-0.3, 1.02))
    axes.set_yticks([])
    axes.grid(visible=False)
    for side in axes.spines.values():
        side.set_visible(False)
