"""Validation score against what it costs, parameters and training time, with the Pareto front over all studies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from reports import formatting as form
from reports.analysis.frames import Frames
from reports.analysis.scores import METRIC, in_words, metric_of, metrics_of, signs
from reports.analysis.selection import COMPLETE, SEARCH
from reports.drawing import lettering, score_axes, style
from reports.drawing.comparable import comparable
from reports.drawing.distinct import SHORT, distinct
from reports.drawing.hover import MOST_IN_SERIES, tell, trial_key
from study.status.pareto import on_front

NAME = "cost"
SECTION = "cost"
ORDER = 1
EMPTY = "No search trial is complete yet, so there is no cost to set against a score."

PARAMETERS = "parameters"
SECONDS = "seconds"
_AXES = {PARAMETERS: "Trainable parameters", SECONDS: "Training time of the trial (s)"}
_PANEL = ["dataset", METRIC[0], "cost"]
_MANY = 300
_PANEL_INCHES = 3.6


def compute(frames: Frames) -> pd.DataFrame:
    """Return a row for each complete search trial and kind of cost.

    Returns:
        `dataset`, `METRIC`, `study, number, trial, role, cost, amount, score, front`: `cost` is "parameters" or
        "seconds" (of all the trial's epochs), `role` "baseline" or "search"; `front`: no trial on this data set and of
        this metric scores as well for less, or better for as much.
    """
    trials = frames.trials
    chosen = trials[(trials["phase"] == SEARCH) & (trials["state"] == COMPLETE) & trials["value"].notna()]
    if chosen.empty:
        return pd.DataFrame()
    seconds = frames.epochs.groupby("trial")["seconds"].sum()
    table = pd.DataFrame(
        {
            "study": chosen["study"],
            "trial": chosen["optuna_number"].astype("Int64"),
            "role": chosen["variant"],
            PARAMETERS: chosen["parameters"],
            SECONDS: chosen["trial"].map(seconds).astype(float),
            "score": chosen["value"],
        }
    )
    table = table.melt(id_vars=["study", "trial", "role", "score"], var_name="cost", value_name="amount")
    table = table[table["amount"] > 0].merge(style.studies(frames), on="study")
    if table.empty:
        return pd.DataFrame()
    table = table.sort_values([*_PANEL, "place", "trial"]).reset_index(drop=True)
    table["front"] = _on_the_front(table)
    return table.drop(columns="place")


def front(table: pd.DataFrame) -> pd.DataFrame:
    """Return the fronts, each from cheap to expensive."""
    return table[table["front"]].sort_values([*_PANEL, "amount"], kind="stable").reset_index(drop=True)


def key(row: Mapping[Any, Any]) -> str:
    """Return what links a row of the table with the points of its trial in all figures."""
    return trial_key(row["study"], row["trial"])


def draw(table: pd.DataFrame) -> Figure:
    """Draw a row of panels a data set."""
    groups = [(panel, part) for panel in comparable(table) for _, part in panel.rows.groupby("cost", sort=False)]
    alone = len(groups) <= len(_AXES)
    inches = (style.WIDTH if alone else style.COLUMN, _PANEL_INCHES)
    figure, all_axes = style.small_panels(len(groups), columns=1 if alone else 2, inches=inches, sharey=True)
    names = distinct(table["study"], SHORT)
    for axes, (panel, part) in zip(all_axes, groups, strict=True):
        cost = part["cost"].iloc[0]
        _draw_points(axes, part, names)
        line = front(part)
        axes.step(line["amount"], line["score"], where="post", color="black", linewidth=1, label="Pareto front")
        score_axes.spaced(axes, panel.rows["score"], panel.metric)
        _set_amounts(axes, part["amount"])
        label = score_axes.vertical_label(panel.metric, split="validation")
        axes.set(xlabel=_AXES[cost], ylabel=label)
        lettering.title(axes, panel.title)
    handles, labels = _entries(all_axes)
    figure.legend(
        handles, labels, loc="outside lower center", ncols=2 if alone else 3, fontsize=style.SMALL, frameon=False,
        markerscale=1.8,
    )  # fmt: skip
    return figure


def caption(table: pd.DataFrame) -> str:
    """Return the caption, which says how to read the figure."""
    return (
        "Each complete search trial; ringed: the baselines; stepped line: the Pareto front over all studies of the "
        "data set (nothing scores as well for less). A point is a single trial, so it has no interval, and the front "
        "picks the luckiest: see the leaderboard for intervals."
    )


def method(table: pd.DataFrame) -> str:
    """Return what else a careful reader asks."""
    return (
        "Time is that of the trial's epochs as it was taken, beside whatever else ran on the machine; where precision, "
        "device or threads differ, it does not compare."
    )


def alternative(table: pd.DataFrame) -> str:
    """Return the alternative text, which says what the figure shows."""
    parts = []
    for _, line in front(table).groupby(_PANEL, sort=False):
        low, high, metric = line.iloc[0], line.iloc[-1], metric_of(line.iloc[0])
        parts.append(
            f"{low['cost']} on {low['dataset']}: from {metric.show(low['score'])} at {low['amount']:,.4g} to "
            f"{metric.show(high['score'])} at {high['amount']:,.4g}"
        )
    word = in_words(metrics_of(table))
    return f"Points of validation {word} against cost, with the Pareto front. {style.listed(parts)}."


def _on_the_front(table: pd.DataFrame) -> pd.Series:
    """Return whether each trial lies on the front of its data set, metric and cost; of equals the first alone."""
    found = []
    for _, part in table.groupby(_PANEL, sort=False):
        costs = list(zip(part["amount"], -signs(part) * part["score"], strict=True))
        found.append(pd.Series(on_front(costs, equals=False), index=part.index))
    return pd.concat(found).reindex(table.index)


def _draw_points(axes: Axes, part: pd.DataFrame, names: Mapping[str, str]) -> None:
    large = len(part) > _MANY
    for study, points in part.groupby("study", sort=False):
        look = style.look(int(points["number"].iloc[0]))
        drawn = axes.scatter(
            points["amount"], points["score"], color=look.colour, marker=look.marker, s=6 if large else 24,
            alpha=0.3 if large else 0.75, linewidths=0, rasterized=large, label=names[str(study)],
        )  # fmt: skip
        rows = points.to_dict("records") if len(points) <= MOST_IN_SERIES else []
        tell(drawn, [_told(row) for row in rows], [key(row) for row in rows])
        baseline = points[points["role"] == "baseline"]
        rings = axes.scatter(
            baseline["amount"], baseline["score"], s=110, facecolors="none", edgecolors="black", linewidths=1.2,
            zorder=4,
        )  # fmt: skip
        tell(rings, ())


def _told(row: Mapping[Any, Any]) -> str:
    in_parameters = row["cost"] == PARAMETERS
    amount = f"{form.whole(row['amount'])} parameters" if in_parameters else f"{form.seconds(row['amount'])} s"
    return f"{row['study']}, trial {int(row['trial'])}: {metric_of(row).show(row['score'])}, {amount}"


def _set_amounts(axes: Axes, amounts: pd.Series) -> None:
    if amounts.max() / amounts.min() > 3:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 3) if amounts.max() / amounts.min() < 100 else (1,)))
        axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(FuncFormatter(_brief))


def _brief(value: float, _: object) -> str:
    for size, sign in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g} {sign}"
    return f"{value:g}"


def _entries(all_axes: list[Axes], most: int = 12) -> tuple[list[Artist], list[str]]:
    found: dict[str, Artist] = {}
    for axes in all_axes:
        handles, labels = axes.get_legend_handles_labels()
        found |= dict(zip(labels, handles, strict=True))
    line = found.pop("Pareto front", None)
    named = list(found.items())[:most] + ([("Pareto front", line)] if line is not None else [])
    return [handle for _, handle in named], [label for label, _ in named]
