"""Validation accuracy against each tuned setting, one at a time; the best trial is marked."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from reports import formatting as form
from reports import style
from reports.configurations import CHOICE, LOGARITHMIC, complete_trials, scale, tuned
from reports.frames import Frames
from reports.selection import leading_plans

NAME = "slices"
SECTION = "search"
ORDER = 4
EMPTY = "No study has two complete search trials yet, so there are no slices to draw."

MOST_STUDIES = 4
_COLUMNS = 3
_INCHES = (2.9, 2.2)
_MANY = 300
"""With more trials than this, points are stored as pixels and medians are drawn over them."""
_MOST_POINTS = 1000
"""Of a panel; more would cover each other. Medians are of all."""
_BINS = 12


def compute(frames: Frames) -> pd.DataFrame:
    """Returns a row for each complete search trial and setting in use.

    Returns:
        `study, number, setting, scale, position, shown, low, high, accuracy, best`: `position` is the value, or the
        place of a choice; `shown` names a choice; `low` and `high` are the domain's ends.
    """
    looks = style.studies(frames).set_index("study")["number"]
    parts = []
    for plan in leading_plans(frames, MOST_STUDIES):
        trials = complete_trials(frames, plan)
        if len(trials) < 2:
            continue
        # The first of equals, as the report's best is.
        trials["best"] = trials.index == trials["accuracy"].idxmax()
        for name, domain in tuned(plan).items():
            used = trials[trials[name].notna()]
            if used.empty:
                continue
            part = used[["accuracy", "best"]].assign(position=used[name])
            part = part.assign(study=plan["study"], number=looks[plan["study"]], setting=name, scale=scale(domain))
            if domain["kind"] == "Choice":
                texts = [form.setting(choice) for choice in domain["choices"]]
                part = part.assign(shown=part["position"].map(dict(enumerate(texts))), low=0, high=len(texts) - 1)
            else:
                part = part.assign(shown="", low=domain["low"], high=domain["high"])
            parts.append(part)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def draw(table: pd.DataFrame) -> Figure:
    """Draws a panel for each study and setting."""
    parts = [part for _, part in table.groupby(["study", "setting"], sort=False)]
    figure, all_axes = style.small_panels(len(parts), columns=_COLUMNS, inches=_INCHES)
    ranges = {study: part["accuracy"] for study, part in table.groupby("study")}
    for place, (axes, part) in enumerate(zip(all_axes, parts, strict=True)):
        study, setting = part["study"].iloc[0], part["setting"].iloc[0]
        style.accuracy_axis(axes, ranges[study])
        _draw_points(axes, part)
        _set_axis(axes, part)
        axes.set_title(style.label(study, 28), fontsize="small")
        axes.set_xlabel(style.label(setting, 28), fontsize="small")
        axes.tick_params(labelsize="small")
        if place % _COLUMNS == 0:
            axes.set_ylabel("Validation accuracy", fontsize="small")
    return figure


def caption(table: pd.DataFrame) -> str:
    """Says how to read the figure."""
    text = (
        "Each complete search trial at one of its settings; the star is the best trial. Pruned, diverged and failed "
        "trials have no final accuracy and are left out; so are trials that put the setting out of use. The other "
        "settings vary too: a slope here is no effect by itself."
    )
    if _is_large(table):
        text += f" At most {_MOST_POINTS:,} are drawn, evenly over the search."
        text += f" Black: median of each of {_BINS} stretches with equally many trials; bar: 10 to 90 % of its trials."
    return f"{text} At most {MOST_STUDIES} studies are drawn, the best by validation accuracy."


def alternative(table: pd.DataFrame) -> str:
    """Says what the figure shows."""
    best = table[table["best"]]
    parts = [
        f"{study}'s best has "
        + style.listed(
            [f"{row['setting']} {row['shown'] or form.setting(row['position'])}" for row in part.to_dict("records")], 4
        )
        for study, part in best.groupby("study", sort=False)
    ]
    return f"Points of validation accuracy against each setting. {'; '.join(parts)}."


def _is_large(table: pd.DataFrame) -> bool:
    return bool(table.groupby(["study", "setting"]).size().max() > _MANY)


def _draw_points(axes: Axes, part: pd.DataFrame) -> None:
    look, large = style.look(int(part["number"].iloc[0])), len(part) > _MANY
    # A choice's points are spread by a golden ratio, the same every time, so that equals do not cover each other.
    spread = (np.arange(len(part)) * 0.618) % 1 - 0.5 if part["scale"].iloc[0] == CHOICE else np.zeros(len(part))
    places = part["position"].to_numpy() + 0.5 * spread
    drawn = slice(None, None, math.ceil(len(part) / _MOST_POINTS))
    axes.scatter(
        places[drawn], part["accuracy"].to_numpy()[drawn], color=look.colour, s=4 if large else 18,
        alpha=0.3 if large else 0.7, linewidths=0, rasterized=large,
    )  # fmt: skip
    if large:
        _draw_medians(axes, part)
    best = part["best"].to_numpy()
    axes.scatter(
        places[best], part["accuracy"].to_numpy()[best], marker="*", s=120, color=look.colour, edgecolors="black",
        linewidths=0.8, zorder=4,
    )  # fmt: skip


def _draw_medians(axes: Axes, part: pd.DataFrame) -> None:
    few = part["position"].nunique() <= _BINS
    stretch = part["position"] if few else pd.qcut(part["position"], _BINS, duplicates="drop")
    grouped = part.groupby(stretch, observed=True)
    middle, accuracy = grouped["position"].median(), grouped["accuracy"]
    centre = accuracy.median().to_numpy()
    reach = [centre - accuracy.quantile(0.1).to_numpy(), accuracy.quantile(0.9).to_numpy() - centre]
    axes.errorbar(middle, centre, yerr=reach, color="black", fmt="o", markersize=3, linewidth=1, zorder=3)


def _set_axis(axes: Axes, part: pd.DataFrame) -> None:
    kind, low, high = part["scale"].iloc[0], float(part["low"].iloc[0]), float(part["high"].iloc[0])
    if kind == CHOICE:
        names = part.drop_duplicates("position").sort_values("position")
        axes.set_xticks(names["position"].to_numpy(), [style.label(name, 12) for name in names["shown"]])
        axes.set_xlim(low - 0.5, high + 0.5)
    elif kind == LOGARITHMIC:
        axes.set_xscale("log")
        inner = [10.0**power for power in range(-12, 13) if low <= 10.0**power <= high]
        axes.xaxis.set_major_locator(FixedLocator((inner if len(inner) <= 4 else inner[::2]) or [low, high]))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        margin = (high / low) ** 0.05
        axes.set_xlim(low / margin, high * margin)
    else:
        whole = bool((part["position"] % 1 == 0).all())
        axes.xaxis.set_major_locator(MaxNLocator(nbins=4, integer=whole, min_n_ticks=1))
        margin = 0.05 * (high - low) or 0.5
        axes.set_xlim(low - margin, high + margin)
