"""What the search found, trial by trial, with the best complete trial so far. Pruned trials are shown, never ranked."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.analysis.frames import Frames
from reports.analysis.scores import METRIC, in_words, metric_of, metrics_of, signs
from reports.analysis.selection import COMPLETE, FINISHED, SEARCH
from reports.drawing import lettering, score_axes, style
from reports.drawing.distinct import distinct
from reports.drawing.hover import MOST_IN_SERIES, tell, trial_key
from reports.formatting import score
from study.trial import TrialState

NAME = "search-history"
SECTION = "search"
ORDER = 1
EMPTY = "No search trial has ended yet, so there is no history to draw."

_PANEL_INCHES = 3.2
_POINTS_AS_PIXELS = 1000
"""More points than this are stored as pixels, or the SVG file would grow by a hundred bytes for each."""


def compute(frames: Frames) -> pd.DataFrame:
    """Return a row for each search trial that has ended: `study, number, trial, state, score, running_best`.

    `score` is the validation score after the last epoch of a trial that was completed or pruned, missing for one that
    diverged or failed; `running_best` is the best of the complete trials up to this one. With `METRIC`.
    """
    trials = frames.trials
    ended = trials[(trials["phase"] == SEARCH) & trials["state"].isin(FINISHED) & trials["optuna_number"].notna()]
    ended = ended.merge(style.studies(frames), on="study").sort_values(["place", "optuna_number"], kind="stable")
    last = frames.epochs.groupby("trial")["validation_score"].last()
    complete, pruned = ended["state"] == COMPLETE, ended["state"] == TrialState.PRUNED.value
    merit = signs(ended) * ended["value"].where(complete)
    return pd.DataFrame(
        {
            "study": ended["study"],
            "number": ended["number"],
            "trial": ended["optuna_number"].astype(int),
            "state": ended["state"],
            "score": ended["value"].where(complete, ended["trial"].map(last).astype(float).where(pruned)),
            "running_best": signs(ended) * merit.groupby(ended["study"]).cummax(),
            **{name: ended[name] for name in METRIC},
        }
    ).assign(running_best=lambda table: table.groupby("study")["running_best"].ffill())


def draw(table: pd.DataFrame) -> Figure:
    """Draw one panel a study."""
    studies = table["study"].unique().tolist()
    figure, all_axes = style.panels([_PANEL_INCHES] * len(studies))
    titles = distinct(studies)
    for axes, study in zip(all_axes, studies, strict=True):
        part = table[table["study"] == study]
        metric = metric_of(part.iloc[0])
        if part["score"].notna().any():
            score_axes.spaced(axes, part["score"], metric)
        else:
            axes.set_yticks([])
        first, last = int(part["trial"].min()), int(part["trial"].max())
        # Trials without a score stand on the edge, where they do not count for the limits.
        margin = max(0.5, 0.03 * (last - first))
        axes.set_xlim(first - margin, last + margin)
        _draw_best(axes, part)
        _draw_trials(axes, part)
        lettering.title(axes, titles[study])
        axes.set(xlabel="Search trial", ylabel=score_axes.vertical_label(metric, split="validation"))
        style.whole_epochs(axes)
        lettering.legend(axes, figure)
    return figure


def caption(table: pd.DataFrame) -> str:
    """Return the caption, which says how to read the figure."""
    word = in_words(metrics_of(table))
    text = (
        f"Validation {word} at the end of each search trial; the line is the best complete trial so far. Trial 0 is "
        "the baseline."
    )
    if (table["state"] == TrialState.PRUNED.value).any():
        text += f" A pruned trial stands at the {word} at which it was given up: it is never ranked."
    if table["score"].isna().any():
        text += " Trials that diverged or failed have none: they stand on the lower edge."
    return text


def alternative(table: pd.DataFrame) -> str:
    """Return the alternative text, which says what the figure shows."""
    ends = table.groupby("study", sort=False).tail(1)
    parts = [
        f"{row['study']}: no complete trial"
        if pd.isna(row["running_best"])
        else f"{row['study']}: best {metric_of(row).show(row['running_best'])}"
        for row in ends.to_dict("records")
    ]
    return f"Points of validation {in_words(metrics_of(table))} per search trial. {style.listed(parts)}."


def _draw_best(axes: Axes, part: pd.DataFrame) -> None:
    line = part.dropna(subset="running_best")
    look = style.look(int(part["number"].iloc[0]))
    if not line.empty:
        axes.step(
            line["trial"].to_numpy(),
            line["running_best"].to_numpy(),
            where="post",
            color=look.colour,
            linewidth=1.5,
            label="best so far",
        )


def _draw_trials(axes: Axes, part: pd.DataFrame) -> None:
    colour = style.look(int(part["number"].iloc[0])).colour
    looks: dict[TrialState, dict[str, Any]] = {
        TrialState.COMPLETE: {"marker": "o", "color": colour, "edgecolors": "white", "linewidths": 0.6},
        TrialState.PRUNED: {"marker": "x", "color": style.GREY, "linewidths": 1.2},
        TrialState.DIVERGED: {"marker": "^", "facecolors": "none", "edgecolors": "black", "linewidths": 1.2},
        TrialState.FAILED: {"marker": "v", "color": "black"},
    }
    for state, given in looks.items():
        points = part[part["state"] == state.value]
        if points.empty:
            continue
        rasterized = len(part) > _POINTS_AS_PIXELS
        placed = points[points["score"].notna()]
        common: dict[str, Any] = {"s": 12 if rasterized else 38, "zorder": 3, "rasterized": rasterized, **given}
        drawn = axes.scatter(placed["trial"].to_numpy(), placed["score"].to_numpy(), label=state.value, **common)
        _tell(drawn, placed)
        unplaced = points[points["score"].isna()]
        if not unplaced.empty:
            edge = axes.get_xaxis_transform()
            _tell(axes.scatter(unplaced["trial"], [0.04] * len(unplaced), transform=edge, **common), unplaced)


def _tell(drawn: Artist, points: pd.DataFrame) -> None:
    rows = points.to_dict("records") if len(points) <= MOST_IN_SERIES else []
    texts = [f"trial {int(row['trial'])}, {row['state']}: {score(row['score'], metric_of(row))}" for row in rows]
    tell(drawn, texts, [trial_key(row["study"], row["trial"]) for row in rows])
