"""Which classes the best configuration takes for which, on the test split, all its final trainings together."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure

from reports import style
from reports.frames import Frames
from reports.mistakes import confusion
from reports.selection import leading_plans

NAME = "confusion-matrix"
SECTION = "mistakes"
ORDER = 1
EMPTY = (
    "No final training of a best configuration has met the test split, or its labels are not in the database, so "
    "there is no confusion matrix to draw."
)

MOST_STUDIES = 6
_MOST_NUMBERS = 12
"""With more classes than this the cells are too small for numbers."""
_INCHES = (style.COLUMN, 0.93 * style.COLUMN)
_WHITE_FROM = 0.7
"""Of the scale's length: on darker shades black numbers cannot be read."""


def compute(frames: Frames) -> pd.DataFrame:
    """Returns `study, number, truth, predicted, truth_name, predicted_name, images, share, seeds`.

    `images` counts test images over all `seeds`; `share` is of the images of that class.
    """
    table = confusion(frames)
    shown = [plan["study"] for plan in leading_plans(frames, MOST_STUDIES)]
    table = table[table["study"].isin(shown)]
    if table.empty:
        return pd.DataFrame()
    table = table.merge(style.studies(frames)[["study", "number"]], on="study")
    names = frames.plans.set_index("study")["class_names"]
    for side in ("truth", "predicted"):
        pairs = zip(table["study"], table[side], strict=True)
        table[f"{side}_name"] = [_name(names[study], place) for study, place in pairs]
    totals = table.groupby(["study", "truth"])["images"].transform("sum")
    return table.assign(share=(table["images"] / totals.where(totals > 0)).fillna(0.0))


def draw(table: pd.DataFrame) -> Figure:
    """Draws one panel a study."""
    parts = [part for _, part in table.groupby("study", sort=False)]
    alone = len(parts) == 1
    inches = (style.WIDTH, 0.9 * style.WIDTH) if alone else _INCHES
    figure, all_axes = style.small_panels(len(parts), columns=1 if alone else 2, inches=inches)
    for axes, part in zip(all_axes, parts, strict=True):
        _draw_matrix(axes, part)
    return figure


def caption(table: pd.DataFrame) -> str:
    """Says how to read the figure."""
    seeds = [f"{row['study']} {row['seeds']}" for row in table.drop_duplicates("study").to_dict("records")]
    return (
        "Test images by their class (rows) and the predicted class (columns), the final trainings of the best "
        f"configuration added up; seeds: {style.listed(seeds)}. The shade is the share of the row, spaced by its "
        "logarithm, so that rare mistakes show; the diagonal is not shaded. Each image counts once a seed."
    )


def alternative(table: pd.DataFrame) -> str:
    """Says what the figure shows."""
    wrong = table[(table["truth"] != table["predicted"]) & (table["images"] > 0)]
    first = wrong.sort_values("images", ascending=False, kind="stable").drop_duplicates("study")
    parts = [
        f"{row['study']} most often takes {row['truth_name']} for {row['predicted_name']} ({row['images']} times)"
        for row in first.to_dict("records")
    ]
    return f"Confusion matrices. {style.listed(parts) or 'No test image was taken for another class'}."


def _name(names: list[str], place: int) -> str:
    return str(names[place]) if place < len(names) else str(place)


def _draw_matrix(axes: Axes, part: pd.DataFrame) -> None:
    shares = part.pivot_table(index="truth", columns="predicted", values="share").to_numpy()
    counts = part.pivot_table(index="truth", columns="predicted", values="images").to_numpy()
    off = np.ma.masked_where(np.eye(len(shares), dtype=bool) | (shares == 0), shares)
    colour = style.look(int(part["number"].iloc[0])).colour
    shades = LinearSegmentedColormap.from_list("", ["#F4F4F4", colour])
    spacing = _spacing(off)
    axes.imshow(off, cmap=shades, norm=spacing)
    names = [style.label(name, 10) for name in part.drop_duplicates("truth").sort_values("truth")["truth_name"]]
    if len(names) <= _MOST_NUMBERS:
        for (row, column), number in np.ndenumerate(counts):
            if number:
                dark = row != column and spacing(shares[row, column]) > _WHITE_FROM
                ink = "white" if dark else "black"
                axes.text(column, row, f"{number:,.0f}", ha="center", va="center", fontsize=style.SMALL, color=ink)
    step = max(1, len(names) // 25)
    rotation = 90 if max(map(len, names)) > 3 else 0
    axes.set_xticks(range(0, len(names), step), names[::step], rotation=rotation, fontsize=style.SMALL)
    axes.set_yticks(range(0, len(names), step), names[::step], fontsize=style.SMALL)
    axes.set(xlabel="Predicted class", ylabel="Class", title=style.label(part["study"].iloc[0]))
    axes.grid(visible=False)


def _spacing(shares: np.ma.MaskedArray[tuple[int, ...], np.dtype[np.float64]]) -> LogNorm:
    if not shares.count():
        return LogNorm(0.001, 1.0)
    lowest, highest = float(shares.min()), float(shares.max())
    return LogNorm(0.8 * lowest, max(highest, 2 * lowest))
