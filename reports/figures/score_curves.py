"""Score of each model's best configuration, else its baseline, epoch by epoch, on training and validation split."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.analysis.frames import Frames
from reports.analysis.scores import in_words, metric_of, metrics_of
from reports.analysis.selection import (
    ABLATE,
    PLANNED_TRIALS,
    baseline_trials,
    best_trials,
    complete_replicates,
    role_of_best,
)
from reports.drawing import lettering, score_axes, style
from reports.drawing.comparable import comparable
from reports.drawing.distinct import SHORT, distinct

NAME = "score-curves"
SECTION = "curves"
ORDER = 2
EMPTY = "No search trial and no ablation's baseline is complete yet, so there is no score to draw."

VALIDATION = "validation"
TRAINING = "training"
BEST = "best"


def compute(frames: Frames) -> pd.DataFrame:
    """Return `dataset`, `METRIC`, `study, number, role, split, label, epoch, mean, low, high, n`.

    Of each study's "best", the split is "validation" (the best search trial alone) or "training" (its complete
    replicates). A study without a best shows its "baseline": both splits of its planned trials of an ablation.
    """
    best = best_trials(frames)
    planned_trials = baseline_trials(frames)
    planned_trials = planned_trials[(planned_trials["phase"] == ABLATE) & ~planned_trials["study"].isin(best["study"])]
    if best.empty and planned_trials.empty:
        return pd.DataFrame()
    finals = complete_replicates(frames)
    finals = finals[finals["role"] == finals["study"].map(role_of_best(frames))]
    sides = [
        _curves(frames, best[["study", "trial"]], "validation_score", VALIDATION),
        _curves(frames, finals[["study", "trial"]], "train_score", TRAINING),
        _curves(frames, planned_trials[["study", "trial"]], "validation_score", VALIDATION, "baseline"),
        _curves(frames, planned_trials[["study", "trial"]], "train_score", TRAINING, "baseline"),
    ]
    table = pd.concat(sides, ignore_index=True).dropna(subset="mean")
    table = table.merge(style.studies(frames), on="study").sort_values(["dataset", "place", "split", "epoch"])
    named = zip(table["study"], table["role"], table["split"], strict=True)
    names = distinct(table["study"], SHORT)
    table["label"] = [
        f"{names[study]}, {split}" if role == BEST else f"{names[study]}, {role}, {split}"
        for study, role, split in named
    ]
    return table.drop(columns="place")


def draw(table: pd.DataFrame) -> Figure:
    """Draw one panel a data set and metric."""
    panels = comparable(table, SHORT)
    figure, all_axes = style.panels([lettering.height(panel.rows["label"].unique().tolist()) for panel in panels])
    titles = distinct(table["dataset"], SHORT)
    for axes, panel in zip(all_axes, panels, strict=True):
        for (_, split), curve in panel.rows.groupby(["study", "split"], sort=False):
            _draw_curve(axes, curve, solid=split == VALIDATION)
        score_axes.spaced(axes, panel.rows["mean"], panel.metric)
        title = f"{panel.metric.capitalized} on {titles[panel.dataset]}"
        lettering.title(axes, title)
        axes.set(xlabel="Epoch", ylabel=score_axes.vertical_label(panel.metric))
        style.whole_epochs(axes)
        lettering.legend(axes, figure)
    return figure


def caption(table: pd.DataFrame) -> str:
    """Return the caption, which says how to read the figure."""
    word = in_words(metrics_of(table))
    text = f"Solid: validation {word} of each search's best trial, after every epoch."
    if (table["split"] == TRAINING).any():
        text += f" Dotted: training {word} of its replicates, mean and, as a band, lowest to highest seed."
    if (table["role"] != BEST).any():
        text += f" A study without a search shows its baseline, of the {PLANNED_TRIALS}."
    return text


def method(table: pd.DataFrame) -> str:
    """Return what else a careful reader asks."""
    metrics = metrics_of(table)
    sentences = {
        f"Training {in_words(metrics)} is mostly taken while the weights change, with dropout on, so it may be worse "
        "than that of validation.": (table["split"] == TRAINING).any(),
        f"The {PLANNED_TRIALS} learned from the training split alone.": (table["role"] != BEST).any(),
        "The axis is spaced by the error: from 98 to 99 % is as tall as from 96 to 98 %.": any(
            metric.unit == "fraction" and metric.sign > 0 for metric in metrics
        ),
    }
    return " ".join(sentence for sentence, is_true in sentences.items() if is_true)


def alternative(table: pd.DataFrame) -> str:
    """Return the alternative text, which says what the figure shows."""
    ends = table[table["split"] == VALIDATION].groupby("study", sort=False).tail(1)
    metrics = [(row, metric_of(row)) for row in ends.to_dict("records")]
    parts = [f"{row['study']} ends at {metric.show(row['mean'])} validation {metric.label}" for row, metric in metrics]
    return f"Curves of {in_words(metrics_of(table))} per epoch: {style.listed(parts)}."


def _curves(frames: Frames, trials: pd.DataFrame, column: str, split: str, role: str = BEST) -> pd.DataFrame:
    grouped = frames.epochs.merge(trials, on="trial").groupby(["study", "epoch"])[column]
    return grouped.agg(mean="mean", low="min", high="max", n="count").reset_index().assign(split=split, role=role)


def _draw_curve(axes: Axes, curve: pd.DataFrame, *, solid: bool) -> None:
    line = {"linestyle": "-" if solid else ":", "markersize": 5 if solid else 3}
    style.curve(axes, curve, label=curve["label"].iloc[0], **line)
    if not solid:
        style.band(axes, curve, alpha=0.15)
