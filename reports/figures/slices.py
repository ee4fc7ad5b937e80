"""Validation score against each tuned hyperparameter, one at a time; the best trial is marked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports import formatting as form
from reports.analysis.configurations import (
    CHOICE,
    LEAST_TRIALS,
    placed,
    searched_trials,
    trials_lacking,
    tuned,
)
from reports.analysis.frames import Frames
from reports.analysis.importance import explanations
from reports.analysis.scores import in_words, metric_of, metrics_of, with_metrics
from reports.drawing import score_axes, style
from reports.drawing.domains import set_domain
from reports.drawing.hover import tell, trial_key
from study.database import PlanRow
from study.task import Metric

NAME = "slices"
SECTION = "search"
ORDER = 4
LEAST_POINTS = 3
EMPTY = f"No study with {LEAST_TRIALS} complete search trials tunes a hyperparameter, so no slices are drawn."

MOST_STUDIES = 4
_INCHES = {3: (2.9, 1.85), 4: (2.6, 1.85)}
"""Of a panel, by the number of columns."""
_MANY = 300
"""With more trials than this, points are stored as pixels and medians are drawn over them."""
_MOST_POINTS = 1000
"""Of a panel; more would cover each other. Medians are of all."""
_BINS = 12


def compute(frames: Frames) -> pd.DataFrame:
    """Return a row for each complete search trial and active hyperparameter; none that hardly any trial uses.

    Returns:
        `study, number, hyperparameter, trial, score, best`, `METRIC`, and `position` and its domain as in
        `configurations.placed`.
    """
    looks = style.studies(frames).set_index("study")["number"]
    parts = []
    for plan, trials in searched_trials(frames, MOST_STUDIES):
        # The first of equals, as the report's best is.
        trials["best"] = trials.index == (plan.metric.sign * trials["score"]).idxmax()
        for name, domain in _most_important_first(frames, plan):
            used = trials[trials[name].notna()]
            if len(used) < LEAST_POINTS:
                continue
            part = used[["optuna_number", "score", "best"]].rename(columns={"optuna_number": "trial"})
            part = placed(part.assign(position=used[name]), domain)
            parts.append(part.assign(study=plan.study, number=looks[plan.study], hyperparameter=name))
    return with_metrics(pd.concat(parts, ignore_index=True), frames) if parts else pd.DataFrame()


def absent(frames: Frames) -> tuple[str, ...]:
    """Return which studies have too few trials."""
    return trials_lacking(frames)


def draw(table: pd.DataFrame) -> Figure:
    """Draw a panel for each hyperparameter, those of a study in rows of their own under its name."""
    parts = {str(study): part for study, part in table.groupby("study", sort=False)}
    hyperparameters = {study: part["hyperparameter"].unique().tolist() for study, part in parts.items()}
    numbers = {study: len(names) for study, names in hyperparameters.items()}
    columns = style.columns_of_groups(list(numbers.values()), _INCHES)
    figure, grouped = style.grouped_panels(numbers, columns=columns, inches=_INCHES[columns])
    for all_axes, (study, whole) in zip(grouped, parts.items(), strict=True):
        for place, (axes, hyperparameter) in enumerate(zip(all_axes, hyperparameters[study], strict=True)):
            part = whole[whole["hyperparameter"] == hyperparameter]
            metric = metric_of(whole.iloc[0])
            score_axes.spaced(axes, whole["score"], metric)
            _draw_points(axes, part)
            set_domain(axes, part.iloc[0])
            axes.set_xlabel(style.label(hyperparameter, 28), fontsize=style.SMALL)
            axes.tick_params(labelsize=style.SMALL)
            if place % columns == 0:
                label = score_axes.vertical_label(metric, split="validation", letters=16)
                axes.set_ylabel(label, fontsize=style.SMALL)
    return figure


def caption(table: pd.DataFrame) -> str:
    """Return the caption, which says how to read the figure."""
    text = (
        "Each complete search trial at one of its hyperparameters, the most important first where that is known; the "
        "star is the best trial. The other hyperparameters vary too: a slope here is no effect by itself."
    )
    if _is_large(table):
        text += (
            f" Small dot: median of each of {_BINS} stretches with equally many trials; bar: 10 to 90 % of its trials."
        )
    return text


def method(table: pd.DataFrame) -> str:
    """Return what else a careful reader asks."""
    text = (
        "Pruned, diverged and failed trials have no final score and are left out; so are trials that make the "
        f"hyperparameter inactive. At most {MOST_STUDIES} studies are drawn, the best by validation "
        f"{in_words(metrics_of(table))}."
    )
    return f"{text} At most {_MOST_POINTS:,} trials are drawn, evenly over the search." if _is_large(table) else text


def alternative(table: pd.DataFrame) -> str:
    """Return the alternative text, which says what the figure shows."""
    best = table[table["best"]]
    parts = [
        f"{study}'s best has "
        + style.listed(
            [
                f"{row['hyperparameter']} {row['shown'] or form.value(row['position'])}"
                for row in part.to_dict("records")
            ],
            4,
        )
        for study, part in best.groupby("study", sort=False)
    ]
    word = in_words(metrics_of(table))
    return f"Points of validation {word} against each hyperparameter. {'; '.join(parts)}."


def _most_important_first(frames: Frames, plan: PlanRow) -> list[tuple[str, Mapping[str, Any]]]:
    """Return what a study tunes; in the space's order where no forest tells what matters."""
    found = explanations(frames).get(plan.study)
    if found is None or not found.enough:
        return list(tuned(plan).items())
    means = found.importance.groupby("hyperparameter")["importance"].mean()
    return sorted(tuned(plan).items(), key=lambda item: -means.get(item[0], 0.0))


def _is_large(table: pd.DataFrame) -> bool:
    return bool(table.groupby(["study", "hyperparameter"]).size().max() > _MANY)


def _draw_points(axes: Axes, part: pd.DataFrame) -> None:
    look, large = style.look(int(part["number"].iloc[0])), len(part) > _MANY
    # A choice's points are spread by a golden ratio, the same every time, so that equals do not cover each other.
    crowded = part["scale"].iloc[0] == CHOICE
    spread = (np.arange(len(part)) * 0.618) % 1 - 0.5 if crowded else np.zeros(len(part))
    places = part["position"].to_numpy() + 0.5 * spread
    drawn = slice(None, None, math.ceil(len(part) / _MOST_POINTS))
    points = axes.scatter(
        places[drawn], part["score"].to_numpy()[drawn], color=look.colour, s=4 if large else 18,
        alpha=0.3 if large else 0.7, linewidths=0, rasterized=large,
    )  # fmt: skip
    metric = metric_of(part.iloc[0])
    rows = part.iloc[drawn][["study", "trial", "hyperparameter", "shown", "position", "score"]].to_dict("records")
    tell(points, [_told(row, metric) for row in rows], [trial_key(row["study"], row["trial"]) for row in rows])
    if large:
        _draw_medians(axes, part)
    best = part["best"].to_numpy()
    star = axes.scatter(
        places[best], part["score"].to_numpy()[best], marker="*", s=120, color=look.colour, edgecolors="black",
        linewidths=0.8, zorder=4,
    )  # fmt: skip
    tell(star, ())


def _told(row: Mapping[Any, Any], metric: Metric) -> str:
    value = row["shown"] or form.value(row["position"])
    return f"trial {int(row['trial'])}: {row['hyperparameter']} {value}, {metric.show(row['score'])}"


def _draw_medians(axes: Axes, part: pd.DataFrame) -> None:
    few = part["position"].nunique() <= _BINS
    stretch = part["position"] if few else pd.qcut(part["position"], _BINS, duplicates="drop")
    grouped = part.groupby(stretch, observed=True)
    middle, scores = grouped["position"].median(), grouped["score"]
    centre = scores.median().to_numpy()
    reach = [centre - scores.quantile(0.1).to_numpy(), scores.quantile(0.9).to_numpy() - centre]
    axes.errorbar(middle, centre, yerr=reach, color="black", fmt="o", markersize=3, linewidth=1, zorder=3)
