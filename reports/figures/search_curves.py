"""Validation score of every search trial, epoch by epoch: thin lines, or bands where they would be too many."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from reports.analysis.frames import Frames
from reports.analysis.scores import METRIC, in_words, metric_of, metrics_of
from reports.analysis.selection import COMPLETE, SEARCH, best_trials, leading_plans
from reports.drawing import lettering, score_axes, style
from reports.drawing.distinct import distinct
from study.trial import TrialState

NAME = "search-curves"
SECTION = "curves"
ORDER = 3
EMPTY = "No search trial has been validated yet, so there are no single curves to draw."

MOST_STUDIES = 6
MOST_LINES = 200
"""More trials than this are drawn as quantiles."""
_PANEL_INCHES = 3.3
_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
BEST, COMPLETED, PRUNED = "best", "complete", "pruned"


def compute(frames: Frames) -> pd.DataFrame:
    """Return `study, number, group, line, epoch, score, sooner`, `METRIC`.

    A line is a trial, or, for a study with more than 200 search trials, a quantile ("q0.5") of its complete trials.
    The group is "best", "complete" or "pruned"; `sooner` tells whether some complete trials of the study have
    fewer epochs than others: patience ended them.
    """
    chosen = frames.trials[(frames.trials["phase"] == SEARCH)]
    chosen = chosen[chosen["study"].isin([plan.study for plan in leading_plans(frames, MOST_STUDIES)])]
    best = set(best_trials(frames)["trial"])
    pruned = chosen["state"] == TrialState.PRUNED.value
    group = np.select([chosen["trial"].isin(best), chosen["state"] == COMPLETE, pruned], [BEST, COMPLETED, PRUNED], "")
    chosen = chosen[["trial", "study"]].assign(group=group)[group != ""]
    curves = frames.epochs[["trial", "epoch", "validation_score"]].merge(chosen, on="trial")
    curves = curves.rename(columns={"validation_score": "score", "trial": "line"}).dropna(subset="score")
    if curves.empty:
        return pd.DataFrame()
    sizes = chosen.groupby("study")["trial"].size()
    large = curves["study"].map(sizes).astype(float) > MOST_LINES
    summed = (
        curves[large & (curves["group"] != PRUNED)].groupby(["study", "epoch"])["score"].quantile(np.array(_QUANTILES))
    )
    bands = summed.rename_axis(["study", "epoch", "line"]).reset_index().assign(group=COMPLETED)
    bands["line"] = "q" + bands["line"].astype(str)
    kept = curves[~large | (curves["group"] == BEST)]
    table = pd.concat([part for part in (kept, bands) if len(part)], ignore_index=True)
    table = table.merge(style.studies(frames), on="study").sort_values(["place", "line", "epoch"])
    lasts = curves[curves["group"] != PRUNED].groupby(["study", "line"])["epoch"].max().groupby("study").nunique()
    table["sooner"] = table["study"].isin(lasts.index[lasts > 1])
    shown = ["study", "number", "group", "line", "epoch", "score", "sooner", *METRIC]
    return table[shown].reset_index(drop=True)


def draw(table: pd.DataFrame) -> Figure:
    """Draw one panel a study."""
    parts = [part for _, part in table.groupby("study", sort=False)]
    figure, all_axes = style.panels([_PANEL_INCHES] * len(parts))
    titles = distinct(table["study"])
    for axes, part in zip(all_axes, parts, strict=True):
        colour = style.look(int(part["number"].iloc[0])).colour
        if part["line"].str.startswith("q").any():
            _draw_bands(axes, part, colour)
        else:
            _draw_lines(axes, part, PRUNED, style.GREY, 0.7)
            _draw_lines(axes, part, COMPLETED, colour, 0.8)
        _draw_lines(axes, part, BEST, "black", 2.0)
        metric = metric_of(part.iloc[0])
        score_axes.spaced(axes, part["score"], metric)
        last = part["epoch"].max()
        axes.set_xlim(1 - 0.03 * max(last - 1, 1), last + 0.03 * max(last - 1, 1))
        lettering.title(axes, titles[part["study"].iloc[0]])
        axes.set_xlabel("Epoch")
        axes.set_ylabel(score_axes.vertical_label(metric, split="validation"))
        style.whole_epochs(axes)
        lettering.legend(axes, figure)
    return figure


def caption(table: pd.DataFrame) -> str:
    """Return the caption, which says how to read the figure."""
    word = in_words(metrics_of(table))
    text = f"Validation {word} of each search trial, epoch by epoch; the thick line: the trial that ended best."
    if table["line"].str.startswith("q").any():
        text += (
            f" A study of more than {MOST_LINES} trials is drawn as the median of its complete trials and bands from "
            "25 to 75 % and from 10 to 90 %; pruned trials are left out of them."
        )
        if table.loc[table["line"].str.startswith("q"), "sooner"].any():
            text += " Where some complete trials ended sooner, the later epochs are of the others alone."
    return text


def alternative(table: pd.DataFrame) -> str:
    """Return the alternative text, which says what the figure shows."""
    parts = []
    for study, line in table[table["group"] == BEST].groupby("study", sort=False):
        metric = metric_of(line.iloc[0])
        first, last = (metric.show(line["score"].iloc[place]) for place in (0, -1))
        parts.append(f"{study}'s best goes from {first} to {last}")
    return f"Curves of validation {in_words(metrics_of(table))} of single search trials. {style.listed(parts)}."


def _draw_lines(axes: Axes, part: pd.DataFrame, group: str, colour: str, width: float) -> None:
    lines = part[part["group"] == group]
    if lines.empty:
        return
    points = [line[["epoch", "score"]].to_numpy() for _, line in lines.groupby("line", sort=False)]
    alpha = 1.0 if group == BEST else 0.6
    axes.add_collection(LineCollection(points, colors=colour, linewidths=width, alpha=alpha, label=group))
    single = np.array([point[0] for point in points if len(point) == 1]).reshape(-1, 2)
    axes.scatter(single[:, 0], single[:, 1], color=colour, s=10, alpha=alpha)


def _draw_bands(axes: Axes, part: pd.DataFrame, colour: str) -> None:
    bands = part[part["line"].str.startswith("q")].pivot_table(index="epoch", columns="line", values="score")
    epochs = bands.index.to_numpy()
    for low, high, name in (("q0.1", "q0.9", "10 to 90 % of complete"), ("q0.25", "q0.75", "25 to 75 %")):
        axes.fill_between(epochs, bands[low], bands[high], color=colour, alpha=0.2, linewidth=0, label=name)
    axes.plot(epochs, bands["q0.5"], color=colour, linewidth=1.4, label="median")
