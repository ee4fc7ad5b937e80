"""How the validation score depends on the two most important hyperparameters, the others averaged over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from reports import formatting as form
from reports.analysis.configurations import CHOICE, LEAST_TRIALS, placed, tuned
from reports.analysis.frames import Frames
from reports.analysis.importance import FOLDS, MOST_IMPORTANT, SEEDS, explanations
from reports.analysis.scores import in_words, metrics_of, with_metrics
from reports.drawing import style
from reports.drawing.domains import set_domain
from reports.drawing.hover import tell
from reports.figures.parameter_importance import absent

__all__ = ["absent", "alternative", "caption", "compute", "draw"]

NAME = "partial-dependence"
SECTION = "search"
ORDER = 3.5
EMPTY = f"No study with {LEAST_TRIALS} complete search trials tunes a hyperparameter: no partial dependence."

_INCHES = (3.2, 2.3)
"""Of a panel."""


def compute(frames: Frames) -> pd.DataFrame:
    """Return a row for each place of a curve; none of a study that no forest explains.

    Returns:
        `study, number, hyperparameter, scale, position, shown, choices, low, high, mean, least, most`, `METRIC`: the
        fraction of trials that a trial is expected to beat at this value, by the mean of all forests, the lowest and
        the highest; the rest as in `slices`.
    """
    looks = style.studies(frames).set_index("study")["number"]
    parts = []
    for study, found in explanations(frames).items():
        if found.dependence.empty:
            continue
        curves = found.dependence.groupby(["hyperparameter", "position"], sort=False)["beaten"]
        table = curves.agg(mean="mean", least="min", most="max").reset_index()
        domains = tuned(frames.plan_rows[study])
        for name, part in table.groupby("hyperparameter", sort=False):
            parts.append(placed(part, domains[str(name)]).assign(study=study, number=looks[study]))
    return with_metrics(pd.concat(parts, ignore_index=True), frames) if parts else pd.DataFrame()


def draw(table: pd.DataFrame) -> Figure:
    """Draw a panel for each hyperparameter, those of a study in a row of their own under its name."""
    studies = {str(study): part for study, part in table.groupby("study", sort=False)}
    numbers = {study: part["hyperparameter"].nunique() for study, part in studies.items()}
    figure, grouped = style.grouped_panels(numbers, columns=MOST_IMPORTANT, inches=_INCHES)
    low, high = table["least"].min(), table["most"].max()
    for all_axes, whole in zip(grouped, studies.values(), strict=True):
        for axes, (name, part) in zip(all_axes, whole.groupby("hyperparameter", sort=False), strict=True):
            _draw_curve(axes, part)
            set_domain(axes, part.iloc[0])
            axes.set_xlabel(style.label(str(name), 28), fontsize=style.SMALL)
            axes.set_ylim(low - 0.05, high + 0.05)
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _percent(value)))
            axes.tick_params(labelsize=style.SMALL)
        all_axes[0].set_ylabel("Trials beaten, expected (%)", fontsize=style.SMALL)
    return figure


def caption(table: pd.DataFrame) -> str:
    """Return the caption, which says how to read the figure."""
    return (
        f"Partial dependence (Friedman 2001) on the {MOST_IMPORTANT} most important hyperparameters: which fraction of "
        f"trials one is expected to beat in validation {in_words(metrics_of(table))}, were this hyperparameter at "
        f"the value and all others as they are. Line: mean of {SEEDS * FOLDS} random forests, each fitted without a "
        "fold of the trials; band: their range. Points: values that trials have."
    )


def alternative(table: pd.DataFrame) -> str:
    """Return the alternative text, which says what the figure shows."""
    best = table.loc[table.groupby(["study", "hyperparameter"], sort=False)["mean"].idxmax()]
    parts = [
        f"{row['hyperparameter']} in {row['study']} is best at {row['shown'] or form.value(row['position'])} "
        f"({_percent(row['mean'])} of the trials beaten)"
        for row in best.to_dict("records")
    ]
    return f"Curves of partial dependence with bands. {style.listed(parts)}."


def _draw_curve(axes: Axes, part: pd.DataFrame) -> None:
    look = style.look(int(part["number"].iloc[0]))
    part = part.sort_values("position")
    places, mean = part["position"].to_numpy(), part["mean"].to_numpy()
    if part["scale"].iloc[0] == CHOICE:
        axes.vlines(places, part["least"], part["most"], colors=look.colour, linewidth=1.6)
    else:
        axes.fill_between(places, part["least"], part["most"], color=look.colour, alpha=0.2, linewidth=0)
        axes.plot(places, mean, color=look.colour, linewidth=1.6)
    points = axes.scatter(places, mean, color=look.colour, marker=look.marker, s=16, zorder=3)
    tell(points, [_told(row) for row in part.to_dict("records")])


def _told(row: Mapping[Any, Any]) -> str:
    value = row["shown"] or form.value(row["position"])
    reach = f"{_percent(row['least'])} to {_percent(row['most'])}"
    return f"{row['hyperparameter']} {value}: {_percent(row['mean'])} of the trials beaten ({reach})"


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.0f} %"
