"""The baselines' training loss, epoch by epoch, of all models: mean and band over seeds, and the published curve."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from reports.analysis.frames import Frames
from reports.analysis.published import published
from reports.analysis.selection import ABLATE, PLANNED_TRIALS, baseline_trials
from reports.drawing import lettering, style
from reports.drawing.distinct import SHORT, distinct
from reports.formatting import count

NAME = "training-loss"
SECTION = "curves"
ORDER = 1
EMPTY = "No complete trial of a baseline tells a training loss, so there is none to draw."

_LOGARITHMIC_FROM = 20.0
"""Ratio of the highest loss to the lowest from which a straight axis would hide the late epochs."""


def compute(frames: Frames) -> pd.DataFrame:
    """Return `dataset, task, study, number, source, phase, label, epoch, mean, low, high, n`.

    `source` is "ours" or the published one; `phase` is that of our trials, from `baseline_trials`; `low` and
    `high` are the lowest and the highest of the n seeds.
    """
    baselines = baseline_trials(frames)[["study", "trial", "phase"]]
    if baselines.empty:
        return pd.DataFrame()
    # A loss that is not finite has no place on an axis.
    finite = frames.epochs[np.isfinite(frames.epochs["train_loss"])]
    curves = (
        finite.merge(baselines, on="trial")
        .groupby(["study", "phase", "epoch"])["train_loss"]
        .agg(mean="mean", low="min", high="max", n="count")
        .reset_index()
        .assign(source="ours")
    )
    if curves.empty:
        return pd.DataFrame()
    table = pd.concat([curves, _published(frames, set(curves["study"]))], ignore_index=True)
    table = table.astype(dict.fromkeys(["mean", "low", "high", "n"], float)).merge(style.studies(frames), on="study")
    seeds = table.groupby("study")["n"].transform("max").fillna(0).astype(int)
    names = distinct(table["study"], SHORT)
    table["label"] = [
        f"{names[study]}, {count(number, 'seed') if source == 'ours' else style.label(source)}"
        for study, source, number in zip(table["study"], table["source"], seeds, strict=True)
    ]
    table["task"] = table["study"].map({study: plan.task for study, plan in frames.plan_rows.items()})
    ordered: pd.DataFrame = table.sort_values(["dataset", "task", "place", "source", "epoch"])
    return ordered.drop(columns="place")


def draw(table: pd.DataFrame) -> Figure:
    """Draw one panel a data set and task: losses of different tasks do not compare."""
    parts = [part for _, part in table.groupby(["dataset", "task"], sort=False)]
    counts = table.groupby("dataset")["task"].nunique()
    figure, all_axes = style.panels([lettering.height(part["label"].unique().tolist()) for part in parts])
    titles = distinct(table["dataset"], SHORT)
    for axes, part in zip(all_axes, parts, strict=True):
        dataset = part["dataset"].iloc[0]
        named = f"{titles[dataset]}, {part['task'].iloc[0]}" if counts[dataset] > 1 else titles[dataset]
        for (_, source), curve in part.groupby(["study", "source"], sort=False):
            (_draw_ours if source == "ours" else _draw_published)(axes, curve)
        positive = part.loc[part["mean"] > 0, "mean"]
        if not positive.empty and positive.max() / positive.min() > _LOGARITHMIC_FROM:
            axes.set_yscale("log", nonpositive="clip")
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        lettering.title(axes, f"Training loss on {named}")
        axes.set(xlabel="Epoch", ylabel="Mean training loss")
        style.whole_epochs(axes)
        lettering.legend(axes, figure)
    return figure


def caption(table: pd.DataFrame) -> str:
    """Return the caption, which says how to read the figure."""
    text = (
        "Training loss of the baselines: the line is the mean over the replicates, the band reaches from the "
        "lowest to the highest of their seeds."
    )
    published = sorted(set(table["source"]) - {"ours"})
    if (table["phase"] == ABLATE).any():
        text += f" A baseline without one is shown by its {PLANNED_TRIALS}, learned from the training split alone."
    return text + (f" Dashed: {style.listed(published)}." if published else "")


def alternative(table: pd.DataFrame) -> str:
    """Return the alternative text, which says what the figure shows."""
    ours = table[table["source"] == "ours"]
    ends = ours.groupby("study", sort=False)["mean"].agg(["first", "last"])
    parts = [f"{row.Index} falls from {row.first:.4f} to {row.last:.4f}" for row in ends.itertuples()]
    return f"Curves of the mean training loss per epoch: {style.listed(parts)}."


def _published(frames: Frames, drawn: set[str]) -> pd.DataFrame:
    rows = []
    for plan, results in (pair for pair in published(frames) if pair[0].study in drawn):
        rows += [
            {"study": plan.study, "source": results["source"], "epoch": epoch, "mean": loss}
            for epoch, loss in enumerate(results["train_losses"], start=1)
        ]
    return pd.DataFrame(rows, columns=["study", "source", "epoch", "mean"]).astype({"epoch": int})


def _draw_ours(axes: Axes, curve: pd.DataFrame) -> None:
    style.curve(axes, curve, label=curve["label"].iloc[0], markersize=5)
    style.band(axes, curve, alpha=0.2)


def _draw_published(axes: Axes, curve: pd.DataFrame) -> None:
    look = style.look(int(curve["number"].iloc[0]))
    axes.plot(
        curve["epoch"].to_numpy(),
        curve["mean"].to_numpy(),
        color=look.colour,
        linestyle="--",
        marker=look.marker,
        markersize=4,
        markerfacecolor="white",
        label=curve["label"].iloc[0],
    )
