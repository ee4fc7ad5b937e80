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
from reports.analysis.configurations import (
    CHOICE,
    LEAST_TRIALS,
    LOGARITHMIC,
    heights,
    scale,
    searched_trials,
    trials_lacking,
    tuned,
)
from reports.analysis.frames import Frames
from reports.analysis.scores import in_words, metrics_of, with_metrics
from reports.drawing import lettering, style
from reports.drawing.distinct import distinct
from reports.drawing.hover import tell_lines, trial_key
from study.task import Metric

NAME = "parallel-coordinates"
SECTION = "search"
ORDER = 5
EMPTY = f"No study with {LEAST_TRIALS} complete search trials tunes a hyperparameter, so no parallel coordinates."

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
_LETTERS = 19
"""Of an axis's name before it is shortened: the axes stand close."""
_MOST_CHOICES = 6
"""Of more, the first and the last alone are named."""


def compute(frames: Frames) -> pd.DataFrame:
    """Return a row for each drawn trial and axis; the last axis is the validation score.

    Returns:
        `study, number, trial, group, axis, place, height, low, high, shown, choices, drawn, complete`, `METRIC`:
        `group` is "best" for the best tenth; `height` lies in [0, 1], or is missing where the trial does not use the
        hyperparameter; `low` and `high` are the ends of the axis in words, `shown` is the value, `choices` are those of
        a choice; of `complete` trials so many are `drawn`.
    """
    looks = style.studies(frames).set_index("study")["number"]
    parts = []
    for plan, trials in searched_trials(frames, MOST_STUDIES):
        drawn, metric = _sampled(trials, plan.metric.sign), plan.metric
        common = {"study": plan.study, "number": looks[plan.study]}
        counted = common | {"drawn": len(drawn), "complete": len(trials)}
        named = drawn[["optuna_number", "group"]].rename(columns={"optuna_number": "trial"})
        axes = [
            (name, heights(drawn[name], domain), *_ends(domain), _shown(drawn[name], domain), _choices(domain))
            for name, domain in tuned(plan).items()
        ]
        scores = drawn["score"]
        axes.append((SCORE, _heights_of_scores(scores, metric), *_range(scores, metric), scores.map(metric.show), ()))
        for place, (axis, height, low, high, shown, choices) in enumerate(axes):
            part = named.assign(axis=axis, place=place, height=height, low=low, high=high, shown=shown, **counted)
            part["choices"] = [choices] * len(part)
            parts.append(part)
    return with_metrics(pd.concat(parts, ignore_index=True), frames) if parts else pd.DataFrame()


def absent(frames: Frames) -> tuple[str, ...]:
    """Return which studies have too few trials."""
    return trials_lacking(frames)


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
        lettering.title(axes, titles[part["study"].iloc[0]], pad=22)
    return figure


def caption(table: pd.DataFrame) -> str:
    """Return the caption, which says how to read the figure."""
    return (
        "A line a complete search trial, through its hyperparameters to its validation "
        f"{in_words(metrics_of(table))} on the right, the better end at the top; thick and in colour the best tenth, "
        "thin and grey the others. An axis is the hyperparameter's domain from end to end; under it: not in use."
    )


def method(table: pd.DataFrame) -> str:
    """Return what else a careful reader asks."""
    shown = table.drop_duplicates("study")
    numbers = [f"{row['study']} {row['drawn']} of {row['complete']}" for row in shown.to_dict("records")]
    return (
        f"At most {_MOST_BEST} of the best are drawn, and the others spread evenly over the ranking: "
        f"{style.listed(numbers)} trials. Pruned trials are left out."
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


def _shown(values: pd.Series, domain: Mapping[str, Any]) -> pd.Series:
    texts = _choices(domain)
    words: pd.Series = values.map(lambda value: texts[int(value)] if texts else form.value(value), na_action="ignore")
    return words.astype(object).where(values.notna(), "")


def _choices(domain: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(form.value(choice) for choice in domain["choices"]) if scale(domain) == CHOICE else ()


def _draw_lines(axes: Axes, part: pd.DataFrame) -> None:
    # The best trials last, as they come: they are drawn over the others.
    order = part["trial"].drop_duplicates()
    wide = part.pivot_table(index="trial", columns="place", values="height", dropna=False).fillna(_OUT_OF_USE)
    wide = wide.reindex(order)
    groups = part.drop_duplicates("trial").set_index("trial")["group"].reindex(wide.index)
    colour = style.look(int(part["number"].iloc[0])).colour
    looks = {"others": (style.GREY, 0.7, max(0.08, min(0.5, 20 / len(wide)))), "best": (colour, 1.6, 0.9)}
    for group, (shade, thickness, opacity) in looks.items():
        lines = wide[groups == group].to_numpy()  # (trials, axes)
        points = np.stack([np.broadcast_to(np.arange(lines.shape[1]), lines.shape), lines], axis=-1)
        axes.add_collection(LineCollection(list(points), colors=shade, linewidths=thickness, alpha=opacity))
    # By keyboard the best come first.
    told = _told(part)
    best_first = wide.iloc[::-1]
    keys = [trial_key(part["study"].iloc[0], trial) for trial in best_first.index]
    tell_lines(axes, best_first.to_numpy(), [told[trial] for trial in best_first.index], keys)


def _told(part: pd.DataFrame) -> dict[float, str]:
    """Return by trial what it scored and its hyperparameters; those that it does not use are left out."""
    of_score = part["axis"] == SCORE
    scores, used = part[of_score], part[~of_score & part["height"].notna()]
    values: dict[float, list[str]] = {trial: [] for trial in scores["trial"]}
    for trial, name, value in zip(used["trial"], used["axis"], used["shown"], strict=True):
        values[trial].append(f"{name} {value}")
    shown = zip(scores["trial"], scores["shown"], strict=True)
    return {trial: f"trial {int(trial)}: {score}; {', '.join(values[trial])}" for trial, score in shown}


def _draw_axes(axes: Axes, part: pd.DataFrame) -> None:
    ends = part.drop_duplicates("place").sort_values("place")
    unused = part[part["height"].isna()].groupby("place").size()
    for row in ends.to_dict("records"):
        place = row["place"]
        axes.plot([place, place], [0, 1], color="#444444", linewidth=1)
        _write(axes, (place, 1.03), row["high"], ha="center", va="bottom")
        if place in unused:
            _write(axes, (place, _OUT_OF_USE - 0.06), "not in use", ha="center", va="top")
        _write(axes, (place + 0.04, 0), row["low"], ha="left", va="top")
        inner = row["choices"][1:-1] if len(row["choices"]) <= _MOST_CHOICES else ()
        for number, choice in enumerate(inner, start=1):
            _write(axes, (place + 0.04, number / (len(row["choices"]) - 1)), choice, ha="left", va="center")
    metric = ends["metric_label"].iloc[0]
    shown = ends["axis"].where(ends["axis"] != SCORE, f"validation {metric}")
    labels = distinct(shown, _LETTERS)
    names = [labels[axis] for axis in shown]
    axes.set_xticks(ends["place"].to_numpy(), names, rotation=30, ha="right", fontsize=style.SMALL)
    axes.set(xlim=(-0.3, ends["place"].max() + 0.5), ylim=(-0.3, 1.02))
    axes.set_yticks([])
    axes.grid(visible=False)
    for side in axes.spines.values():
        side.set_visible(False)


def _write(axes: Axes, place: tuple[float, float], text: str, **aligned: Any) -> None:  # noqa: ANN401 - of Matplotlib's text
    # Lines pass behind the letters.
    behind = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.8}
    axes.text(*place, style.label(text, _LETTERS), fontsize=style.SMALL, bbox=behind, zorder=4, **aligned)
