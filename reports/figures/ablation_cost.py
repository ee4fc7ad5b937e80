"""What each arm of an ablation costs and what it reaches: training time against test score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.analysis.effects import effects
from reports.analysis.frames import Frames
from reports.analysis.pairs import ARM, GROUP, arms_of, planned_trials_of
from reports.analysis.scores import METRIC, in_words, metric_of, metrics_of, signs
from reports.drawing import score_axes, style
from reports.drawing.arms import key
from reports.drawing.distinct import distinct
from reports.drawing.hover import tell
from reports.drawing.labels import name_points, shortened
from reports.formatting import seconds
from reports.statistics import HELPS, HURTS
from study.design import Design, Role, Setting
from study.status.pareto import on_front

NAME = "ablation-cost"
SECTION = "ablation"
ORDER = 2
EMPTY = "No trial of an ablation is complete yet, so there is no cost to set against a score."

_PANEL_INCHES = 4.2
_LETTERS = 24
_MOST_NAMES = 20
"""Of more arms than this, only the baseline and the front are named."""
_MOST_TOLD = 4
"""Arms of each study's front in the alternative text."""
_POINT = 40
"""Area of a marker, in square points."""


def compute(frames: Frames) -> pd.DataFrame:
    """Return a row for each arm with a complete trial, the noise floor and the steps of paths left out.

    Returns:
        `study, number, ablation, setting, arm, role, verdict, seconds` (median of a training), `score`
        (mean), `n`, `METRIC`, `front`: no arm of this ablation scores as well in less time, or better in as much.
    """
    grouped = planned_trials_of(frames).groupby(ARM, sort=False)
    means = grouped.agg(seconds=("seconds", "median"), score=("score", "mean"), n=("score", "count"))
    arms = arms_of(frames)
    table = arms.loc[
        (arms["role"] != Role.NOISE_FLOOR) & (arms["design"] != Design.PATH), [*ARM, *METRIC, "role"]
    ].merge(means.reset_index(), on=ARM)
    table = table[(table["n"] > 0) & (table["seconds"] > 0)].reset_index(drop=True)
    if table.empty:
        return pd.DataFrame()
    table = table.merge(effects(frames)[[*ARM, "verdict"]], on=ARM, how="left")
    table["number"] = table["study"].map(style.studies(frames).set_index("study")["number"])
    fronts = [_on_front(part) for _, part in table.groupby(GROUP[:2], sort=False)]
    return table.assign(front=pd.concat(fronts))


def draw(table: pd.DataFrame) -> Figure:
    """Draw one panel for each study and ablation."""
    parts = [part for _, part in table.groupby(GROUP[:2], sort=False)]
    figure, all_axes = style.panels([_PANEL_INCHES] * len(parts))
    titles = distinct([_title(part) for part in parts])
    for axes, part in zip(all_axes, parts, strict=True):
        line = _front_line(part)
        axes.plot(line[:, 0], line[:, 1], "--", color=style.GREY, linewidth=1.2, label="_Pareto front", zorder=1)
        for setting in [setting for setting in style.WAYS if (part["setting"] == setting).any()]:
            _draw_setting(axes, part[part["setting"] == setting], style.WAYS[setting])
        _explain(axes, part)
        metric = metric_of(part.iloc[0])
        score_axes.spaced(axes, part["score"], metric)
        axes.margins(x=0.2)
        label = score_axes.vertical_label(metric, split="test", before="mean")
        axes.set(title=titles[_title(part)], xlabel="Seconds of one trial", ylabel=label)
        style.legend(axes, figure)
    # Only a figure that has been laid out knows where a name would be in the way.
    figure.draw_without_rendering()
    for axes, part in zip(all_axes, parts, strict=True):
        named = _named(part)
        names = shortened([_name(row) for row in named.to_dict("records")], _LETTERS)
        others = part.drop(named.index)
        points = pd.concat([named, others])[["seconds", "score"]].to_numpy(dtype=float)
        name_points(axes, points, [*names, *[""] * len(others)], _front_line(part))
    return figure


def _title(part: pd.DataFrame) -> str:
    return f"{part['study'].iloc[0]}, {part['ablation'].iloc[0]}"


def caption(table: pd.DataFrame) -> str:
    """Return the caption, which says how to read the figure."""
    word = in_words(metrics_of(table))
    text = (
        f"Mean test {word} of each arm against the median training time of one trial. Along the dashed front nothing "
        "is both faster and better; which arms lie on it is uncertain where they differ by less than the "
        "noise floor. Named: the front, the baseline, and what helps or hurts by the verdict's rule (filled), where "
        "there is room."
    )
    if (table["role"] == Role.SIZE_MATCHED).any():
        text += " Grey and without a name: baselines as large as a variant that has more parameters."
    return text + " Times compare only where the trials ran alike."


def alternative(table: pd.DataFrame) -> str:
    """Return the alternative text, which says what the figure shows."""
    front = table[table["front"]].sort_values("seconds", kind="stable")
    parts = []
    for (study, ablation), part in front.groupby(GROUP[:2], sort=False):
        arms = [
            f"{row['arm']} {metric_of(row).show(row['score'])} in {seconds(row['seconds'])} seconds"
            for row in part.to_dict("records")
        ]
        parts.append(f"{study}, {ablation}: on the front {style.listed(arms, _MOST_TOLD)}")
    word = in_words(metrics_of(table))
    return f"Points of test {word} against training time for each arm, by study. {'; '.join(parts)}."


def _on_front(part: pd.DataFrame) -> pd.Series:
    costs = list(zip(part["seconds"], -signs(part) * part["score"], strict=True))
    return pd.Series(on_front(costs, equals=False), index=part.index)


def _front_line(part: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Return the vertices (n, 2) of the steps from the fastest arm on the front to the slowest arm of all."""
    front = part[part["front"]].sort_values("seconds")[["seconds", "score"]].to_numpy(dtype=float)
    corners = np.column_stack([np.append(front[1:, 0], part["seconds"].max()), front[:, 1]])
    return np.stack([front, corners], axis=1).reshape(-1, 2)


def _named(part: pd.DataFrame) -> pd.DataFrame:
    """Return the arms to name, the baseline first, then the front."""
    told = part["front"] | (part["role"] == Role.BASELINE) | part["verdict"].isin([HELPS, HURTS])
    arms = part[told & (part["role"] != Role.SIZE_MATCHED)]
    if len(arms) > _MOST_NAMES:
        arms = arms[arms["front"] | (arms["role"] == Role.BASELINE)]
    order = arms.assign(first=arms["role"] == Role.BASELINE, merit=signs(arms) * arms["score"])
    return order.sort_values(["first", "front", "merit"], ascending=False, kind="stable")


def _name(row: Mapping[Any, Any]) -> str:
    # A diamond does not tell which setting's baseline it is.
    return (
        f"{row['arm']}, re-tuned"
        if row["role"] == Role.BASELINE and row["setting"] == Setting.RETUNED
        else str(row["arm"])
    )


def _draw_setting(axes: Axes, part: pd.DataFrame, way: style.Way) -> None:
    own = style.look(int(part["number"].iloc[0])).colour
    sure, role = part["verdict"].isin([HELPS, HURTS]), part["role"]
    for chosen, marker, colour, face in (
        (role == Role.SIZE_MATCHED, way.marker, style.GREY, "white"),
        ((role == Role.VARIANT) & ~sure, way.marker, own, "white"),
        ((role == Role.VARIANT) & sure, way.marker, own, own),
        (role == Role.BASELINE, "D", own, own),
    ):
        points = part[chosen]
        drawn = axes.scatter(
            points["seconds"].to_numpy(), points["score"].to_numpy(), s=_POINT, marker=marker, facecolors=face,
            edgecolors=colour, linewidths=1.4, zorder=3,
        )  # fmt: skip
        tell(
            drawn,
            [
                f"{row['arm']} ({way.words}): {metric_of(row).show(row['score'])} in {seconds(row['seconds'])} seconds"
                for row in points.to_dict("records")
            ],
            [key(row) for row in points.to_dict("records")],
        )


def _explain(axes: Axes, part: pd.DataFrame) -> None:
    """Add to the legend what the marks mean."""
    colour, role = style.look(int(part["number"].iloc[0])).colour, part["role"]
    is_variant = role == Role.VARIANT
    marks = [
        ((part["setting"] == setting) & is_variant, way.marker, colour, colour, way.words)
        for setting, way in style.WAYS.items()
    ]
    hollow = is_variant & ~part["verdict"].isin([HELPS, HURTS])
    marks += [
        (hollow, "o", colour, "white", "effect not shown"),
        (role == Role.BASELINE, "D", colour, colour, "baseline"),
        (role == Role.SIZE_MATCHED, "o", style.GREY, "white", "size control"),
    ]
    for chosen, marker, edge, face, words in marks:
        if chosen.any():
            axes.scatter([], [], s=_POINT, marker=marker, facecolors=face, edgecolors=edge, linewidths=1.4, label=words)
    axes.plot([], [], "--", color=style.GREY, linewidth=1.2, label="Pareto front")
