"""Which hyperparameters matter for the validation score, with the uncertainty over how trials are cut into folds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from reports.analysis.configurations import LEAST_TRIALS, trials_lacking
from reports.analysis.frames import Frames
from reports.analysis.importance import (
    FOLDS,
    LEAST_EXPLAINED,
    MOST_STUDIES,
    MOST_TRIALS,
    SEEDS,
    explanations,
)
from reports.analysis.scores import in_words, joined, metrics_of, with_metrics
from reports.drawing import lettering, style
from reports.drawing.distinct import distinct
from reports.drawing.hover import tell

NAME = "parameter-importance"
SECTION = "search"
ORDER = 3
EMPTY = f"No study with {LEAST_TRIALS} complete search trials tunes a hyperparameter: no importance."


def compute(frames: Frames) -> pd.DataFrame:
    """Return a row for each study, hyperparameter and seed of the folds; none of a study that no forest explains.

    Returns:
        `study, number, hyperparameter, seed, importance, explained, n`, `METRIC`, as in
        `reports.analysis.importance.Explanation`; `n` are the complete trials behind it.
    """
    looks = style.studies(frames).set_index("study")["number"]
    parts = [
        found.importance.assign(study=study, number=looks[study], explained=found.explained, n=found.trials)
        for study, found in explanations(frames).items()
        if found.enough
    ]
    return with_metrics(pd.concat(parts, ignore_index=True), frames) if parts else pd.DataFrame()


def absent(frames: Frames) -> tuple[str, ...]:
    """Return of which studies no importance is shown, and why."""
    silent = [f"{study} ({found.explained:.2f})" for study, found in explanations(frames).items() if not found.enough]
    sentences = trials_lacking(frames)
    if silent:
        sentences += (
            f"Of {joined(silent)} no parameter importance or partial dependence is shown: a forest explains less "
            f"than {LEAST_EXPLAINED} of the variance of held-out trials (in parentheses): what matters is not known.",
        )
    return sentences


def draw(table: pd.DataFrame) -> Figure:
    """Draw one panel a study: a bar a hyperparameter, its range over the seeds, and a point for each seed."""
    parts = [part for _, part in table.groupby("study", sort=False)]
    figure, all_axes = style.panels([1.3 + 0.3 * part["hyperparameter"].nunique() for part in parts])
    titles = distinct(table["study"])
    for axes, part in zip(all_axes, parts, strict=True):
        lettering.title(axes, f"{titles[part['study'].iloc[0]]} ({part['n'].iloc[0]} complete trials)")
        _draw_bars(axes, part)
    return figure


def caption(table: pd.DataFrame) -> str:
    """Return the caption, which says how to read the figure."""
    return (
        "Permutation importance (Breiman 2001) in a random forest that predicts a trial's rank by validation "
        f"{in_words(metrics_of(table))}: how much worse it predicts held-out trials when one hyperparameter's values "
        f"are exchanged among those that use it. Bars: mean; points and line: {SEEDS} ways to cut the trials into "
        f"{FOLDS} folds, the uncertainty of the method alone."
    )


def method(table: pd.DataFrame) -> str:
    """Return what else a careful reader asks."""
    explained = [f"{row['study']} {row['explained']:.2f}" for row in table.drop_duplicates("study").to_dict("records")]
    return (
        f"Held-out R\N{SUPERSCRIPT TWO}: {style.listed(explained)}. Complete search trials alone: pruned ones, often "
        "the worse, are left out, so the importance is among what the pruner let through. A sampler that learns tries "
        "few values of what it thinks bad, which makes importances uncertain. Used are at most "
        f"{MOST_STUDIES} studies, the best by validation, and {MOST_TRIALS} trials of each, drawn at random."
    )


def alternative(table: pd.DataFrame) -> str:
    """Return the alternative text, which says what the figure shows."""
    means = table.groupby(["study", "hyperparameter"], sort=False)["importance"].mean().reset_index()
    first = means.sort_values("importance", ascending=False).drop_duplicates("study")
    parts = [
        f"{row['hyperparameter']} matters most in {row['study']} ({_percent(row['importance'])})"
        for row in first.to_dict("records")
    ]
    return f"Bars of parameter importance with ranges. {style.listed(parts)}."


def _draw_bars(axes: Axes, part: pd.DataFrame) -> None:
    grouped = part.groupby("hyperparameter")["importance"].agg(["mean", "min", "max"]).sort_values("mean")
    places = {hyperparameter: place for place, hyperparameter in enumerate(grouped.index)}
    colour = style.look(int(part["number"].iloc[0])).colour
    means = grouped["mean"].clip(lower=0).to_numpy()
    bars = axes.barh(range(len(grouped)), means, color=colour, alpha=0.55, height=0.65)
    tell(bars.patches[0], [_told(row) for row in grouped.reset_index().to_dict("records")])
    axes.hlines(range(len(grouped)), grouped["min"], grouped["max"], color=colour, linewidth=1.6)
    seeds = axes.scatter(
        part["importance"].to_numpy(), part["hyperparameter"].map(places).to_numpy(), color=colour, s=12, zorder=3
    )
    tell(seeds, ())
    axes.axvline(0, color=style.GREY, linewidth=0.8)
    axes.set_yticks(range(len(grouped)), list(distinct(grouped.index).values()))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _percent(value)))
    axes.set_xlabel("Importance (% of the variance of ranks)")
    axes.grid(axis="y", visible=False)


def _told(row: Mapping[Any, Any]) -> str:
    reach = f"{_percent(row['min'])} to {_percent(row['max'])}"
    return f"{row['hyperparameter']}: {_percent(row['mean'])} of the variance ({reach})"


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.0f} %"
