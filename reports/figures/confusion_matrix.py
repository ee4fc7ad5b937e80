"""Which classes the best configuration takes for which, on the test split, all its replicates together."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.figure import Figure

from reports.analysis.examples import noun
from reports.analysis.frames import Frames
from reports.analysis.mistakes import named_confusion
from reports.analysis.selection import leading_plans
from reports.drawing import style
from reports.drawing.distinct import distinct
from reports.drawing.fonts import inches
from reports.drawing.hover import tell
from reports.formatting import count

NAME = "confusion-matrix"
SECTION = "mistakes"
ORDER = 1
EMPTY = (
    "No replicate of a best configuration has been evaluated on the test split, or its classes are not in the "
    "database, so there is no confusion matrix to draw."
)
TASKS = ("classification",)

MOST_STUDIES = 6
WHOLE_ALONE, WHOLE_BESIDE = 44, 25
"""The most classes that are all drawn, of one study and of several side by side."""
SHOWN_ALONE, SHOWN_BESIDE = 30, 20
"""Of more classes, so many of the most confused are drawn: more rows than a page has room for say nothing."""
_MOST_NUMBERS = 12
"""With more classes than this the cells are too small for numbers."""
_ROW_INCHES = 0.165
"""A class's name is as high."""
_FRAME_INCHES = 1.0
"""Title and the words of the axes."""
_LETTERS = 26
_WHITE_FROM = 0.7
"""Of the scale's length: on darker shades black numbers cannot be read."""


def compute(frames: Frames) -> pd.DataFrame:
    """Return `named_confusion` of the leading studies with `number, noun, fraction, classes, label`.

    Of many classes only those of the most frequent mistakes. `fraction` is of all examples of the true class over
    all seeds; `classes` counts those that the study has; `label` is that of the true class, like no other of the study.
    """
    table = named_confusion(frames)
    shown = [plan.study for plan in leading_plans(frames, MOST_STUDIES)]
    table = table[table["study"].isin(shown)]
    if table.empty:
        return pd.DataFrame()
    table = table.merge(style.studies(frames)[["study", "number"]], on="study")
    nouns = {study: noun([plan]) for study, plan in frames.plan_rows.items()}
    table["noun"] = table["study"].map(nouns)
    totals = table.groupby(["study", "truth"])["examples"].transform("sum")
    table = table.assign(
        fraction=(table["examples"] / totals.where(totals > 0)).fillna(0.0),
        classes=table.groupby("study")["truth"].transform("nunique"),
    )
    names = {study: distinct(part["truth_name"], _LETTERS) for study, part in table.groupby("study")}
    pairs = zip(table["study"], table["truth_name"], strict=True)
    table["label"] = [names[study][name] for study, name in pairs]
    alone = len(table["study"].unique()) == 1
    whole, most = (WHOLE_ALONE, SHOWN_ALONE) if alone else (WHOLE_BESIDE, SHOWN_BESIDE)
    return pd.concat([_most_confused(part, whole, most) for _, part in table.groupby("study", sort=False)])


def draw(table: pd.DataFrame) -> Figure:
    """Draw one panel a study, as large as its names need."""
    parts = [part for _, part in table.groupby("study", sort=False)]
    alone = len(parts) == 1
    names = [part.sort_values("truth").drop_duplicates("truth")["label"].tolist() for part in parts]
    longest = max(inches(label) for labels in names for label in labels)
    needed = _FRAME_INCHES + longest + _ROW_INCHES * max(map(len, names))
    width = max(style.WIDTH if alone else style.COLUMN, needed)
    size = (width, max(0.9 * width if alone else 0.93 * width, needed))
    figure, all_axes = style.small_panels(len(parts), columns=1 if alone else 2, inches=size)
    titles = distinct(table["study"])
    for axes, part, labels in zip(all_axes, parts, names, strict=True):
        _draw_matrix(axes, part, labels)
        axes.set_title(titles[part["study"].iloc[0]])
    return figure


def caption(table: pd.DataFrame) -> str:
    """Return the caption, which says how to read the figure."""
    firsts = table.drop_duplicates("study").to_dict("records")
    seeds = [f"{row['study']} {row['seeds']}" for row in firsts]
    text = (
        f"Number of test {_noun(table)}s by their class (rows) and the predicted class (columns), the replicates of "
        f"the best configuration added up; seeds: {style.listed(seeds)}. The shade is the fraction of the row, "
        "spaced by its logarithm, so that rare mistakes show; the diagonal is not shaded."
    )
    shown = table.groupby("study")["truth"].nunique()
    cut = [f"{row['study']} {shown[row['study']]} of {row['classes']}" for row in firsts]
    if any(shown[row["study"]] < row["classes"] for row in firsts):
        text += f" Only the classes of the most frequent mistakes are drawn: {style.listed(cut)}."
    return text


def method(table: pd.DataFrame) -> str:
    """Return what else a careful reader asks."""
    return (
        f"Each {_noun(table)} counts once a seed. Names in full, and every number, are in the files confusion.csv and "
        "class-scores.csv."
    )


def alternative(table: pd.DataFrame) -> str:
    """Return the alternative text, which says what the figure shows."""
    wrong = table[(table["truth"] != table["predicted"]) & (table["examples"] > 0)]
    first = wrong.sort_values("examples", ascending=False, kind="stable").drop_duplicates("study")
    parts = [
        f"{row['study']} most often takes {row['truth_name']} for {row['predicted_name']} ({row['examples']} times)"
        for row in first.to_dict("records")
    ]
    return f"Confusion matrices. {style.listed(parts) or f'No test {_noun(table)} was taken for another class'}."


def _noun(table: pd.DataFrame) -> str:
    nouns = table["noun"].unique()
    return str(nouns[0]) if len(nouns) == 1 else "example"


def _most_confused(part: pd.DataFrame, whole: int, most: int) -> pd.DataFrame:
    if part["classes"].iloc[0] <= whole:
        return part
    # Pair by pair, so that of two classes taken for each other both are there.
    wrong = part[part["truth"] != part["predicted"]].sort_values("examples", ascending=False, kind="stable")
    chosen = pd.unique(wrong[["truth", "predicted"]].to_numpy().ravel())[:most]
    return _filled(part[part["truth"].isin(chosen) & part["predicted"].isin(chosen)])


def _filled(part: pd.DataFrame) -> pd.DataFrame:
    """Return the square of the classes in a part, with rows of nothing for the pairs that have none."""
    classes = part[part["truth"] == part["predicted"]].sort_values("truth")
    sides = classes[["truth", "truth_name", "label"]].merge(classes[["predicted", "predicted_name"]], how="cross")
    common = {name: part[name].iloc[0] for name in ("study", "seeds", "number", "classes", "noun")}
    whole = sides.assign(**common).merge(part[["truth", "predicted", "examples", "fraction"]], how="left")
    whole = whole.fillna({"examples": 0, "fraction": 0.0}).astype({"examples": int})
    return whole.reindex(columns=part.columns.intersection(whole.columns))


def _draw_matrix(axes: Axes, part: pd.DataFrame, names: list[str]) -> None:
    fractions = part.pivot_table(index="truth", columns="predicted", values="fraction").to_numpy()
    counts = part.pivot_table(index="truth", columns="predicted", values="examples").to_numpy()
    off = np.ma.masked_where(np.eye(len(fractions), dtype=bool) | (fractions == 0), fractions)
    colour = style.look(int(part["number"].iloc[0])).colour
    shades = LinearSegmentedColormap.from_list("", ["#F4F4F4", colour])
    spacing = _spacing(off)
    image = axes.imshow(off, cmap=shades, norm=spacing)
    cells = part.sort_values(["truth", "predicted"]).to_dict("records")
    tell(image, [_told(**{name: row[name] for name in _TOLD}) if row["examples"] else "" for row in cells])
    if len(names) <= _MOST_NUMBERS:
        for (row, column), number in np.ndenumerate(counts):
            if number:
                dark = row != column and spacing(fractions[row, column]) > _WHITE_FROM
                ink = "white" if dark else "black"
                axes.text(column, row, f"{number:,.0f}", ha="center", va="center", fontsize=style.SMALL, color=ink)
    rotation = 90 if max(map(len, names)) > 3 else 0
    axes.set_xticks(range(len(names)), names, rotation=rotation, fontsize=style.SMALL)
    axes.set_yticks(range(len(names)), names, fontsize=style.SMALL)
    axes.set(xlabel="Predicted class", ylabel="Class")
    axes.grid(visible=False)


_TOLD = ("truth_name", "predicted_name", "examples", "fraction", "noun")


def _told(truth_name: str, predicted_name: str, examples: int, fraction: float, noun: str) -> str:
    found = "right" if truth_name == predicted_name else f"taken for {predicted_name}"
    return f"{truth_name}, {found}: {count(examples, noun)}, {100 * fraction:.1f} % of the class"


def _spacing(fractions: np.ma.MaskedArray[tuple[int, ...], np.dtype[np.float64]]) -> LogNorm:
    if not fractions.count():
        return LogNorm(0.001, 1.0)
    lowest, highest = float(fractions.min()), float(fractions.max())
    return LogNorm(0.8 * lowest, max(highest, 2 * lowest))
