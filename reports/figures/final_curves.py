"""Training loss of final trials that were asked for by name, epoch by epoch, beside those of the study's own."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from reports.analysis.frames import Frames
from reports.analysis.selection import complete_replicates
from reports.drawing import lettering, style
from reports.drawing.distinct import SHORT, distinct
from reports.formatting import count

NAME = "final-curves"
SECTION = "curves"
ORDER = 3
EMPTY = "No final trial that was asked for by name is complete and tells its training loss, so there is no curve of it."

_OWN = ("baseline", "best")


def concerns(frames: Frames) -> bool:
    """Return whether final trials were asked for by name."""
    return not frames.finals.empty


def compute(frames: Frames) -> pd.DataFrame:
    """Return `dataset, study, number, role, label, epoch, mean, low, high, n`.

    `role` is the name of the final trials, or `best` or `baseline` for the study's own; `number` is for `style.look`;
    `low` and `high` are the lowest and the highest of the n seeds. Studies without named final trials are left out.
    """
    finals = complete_replicates(frames)
    named = set(zip(frames.finals["study"], frames.finals["name"], strict=True))
    is_named = [key in named for key in zip(finals["study"], finals["role"], strict=True)]
    studies = set(finals.loc[is_named, "study"])
    shown = finals[(pd.Series(is_named, index=finals.index, dtype=bool) | finals["role"].isin(_OWN))]
    shown = shown[shown["study"].isin(studies)]
    losses = frames.epochs[np.isfinite(frames.epochs["train_loss"])]
    curves = losses.merge(shown[["study", "trial", "role"]], on="trial").groupby(["study", "role", "epoch"])
    table = curves["train_loss"].agg(mean="mean", low="min", high="max", n="count").reset_index()
    if table.empty:
        return pd.DataFrame()
    places = {key: place for place, key in enumerate(zip(frames.finals["study"], frames.finals["name"], strict=True))}
    keys = list(zip(table["study"], table["role"], strict=True))
    # The study's own come first, then the named ones as they were planned.
    table["order"] = [_OWN.index(role) if role in _OWN else len(_OWN) + places[study, role] for study, role in keys]
    ranks = table.groupby("study")["order"].rank(method="dense").astype(int) - 1
    table = table.assign(number=ranks).merge(
        style.studies(frames).drop(columns="number")[["study", "dataset", "place"]], on="study"
    )
    seeds = table.groupby(["study", "role"])["n"].transform("max").astype(int)
    table["label"] = [f"{role} ({count(n, 'seed')})" for role, n in zip(table["role"], seeds, strict=True)]
    ordered: pd.DataFrame = table.sort_values(["place", "order", "epoch"], ignore_index=True)
    return ordered.drop(columns=["place", "order"])


def draw(table: pd.DataFrame) -> Figure:
    """Draw one panel a study: losses of different studies do not compare."""
    parts = [part for _, part in table.groupby("study", sort=False)]
    figure, all_axes = style.panels([lettering.height(part["label"].unique().tolist()) for part in parts])
    titles = distinct(table["study"], SHORT)
    for axes, part in zip(all_axes, parts, strict=True):
        for role, curve in part.groupby("role", sort=False):
            line = {"linestyle": "--", "markerfacecolor": "white"} if role in _OWN else {}
            style.curve(axes, curve, label=style.label(str(curve["label"].iloc[0])), markersize=4, **line)
            style.band(axes, curve, alpha=0.15)
        lettering.title(axes, titles[part["study"].iloc[0]])
        axes.set(xlabel="Epoch", ylabel="Mean training loss")
        style.whole_epochs(axes)
        lettering.legend(axes, figure)
    return figure


def caption(table: pd.DataFrame) -> str:
    """Return the caption, which says how to read the figure."""
    return (
        "Training loss of final trials that were asked for by name (solid), each to its last epoch, beside the "
        "study's best and baseline (dashed): mean over the seeds, and as a band the lowest to the highest. Final "
        "trials learn from the validation split too, so there is no validation curve."
    )


def alternative(table: pd.DataFrame) -> str:
    """Return the alternative text, which says what the figure shows."""
    ends = table.groupby(["study", "role"], sort=False).tail(1).to_dict("records")
    parts = [f"{row['study']}, {row['role']} ends at {row['mean']:.4f} after epoch {row['epoch']}" for row in ends]
    return f"Curves of the mean training loss per epoch: {style.listed(parts)}."
