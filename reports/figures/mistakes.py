"""The test images that the best configuration got wrong with the greatest confidence, as pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.analysis.frames import Frames
from reports.analysis.mistakes import class_name, confident_mistakes
from reports.analysis.selection import leading_plans
from reports.drawing import style
from reports.drawing.distinct import distinct
from reports.drawing.fonts import inches
from reports.drawing.hover import tell

NAME = "mistakes"
OWN_COLOURS = True
SECTION = "mistakes"
TASKS = ("classification",)
ORDER = 2
EMPTY = "The database holds no picture of a test image that a best configuration got wrong."

MOST_STUDIES = 6
EACH, EACH_OF_MANY, EACH_WITH_LONG_NAMES = 12, 6, 9
_FEW_STUDIES = 2
"""Of more studies than this fewer pictures are drawn, or a page of paper would cut the figure."""
_INCHES = {4: (style.WIDTH / 4, 1.95), 6: (1.5, 1.8)}
"""Of a picture with its title, by the number of columns."""
_INCHES_ALONE = {3: (style.WIDTH / 3, 2.5)}
"""Of a picture with long names, of one study: larger, so that more of the names stands there."""
_LINE_INCHES = 0.17
"""Of a title's line more, where names need one each."""
_ROOM = 0.95
"""Of a picture's width that a title may take, or it would touch its neighbour."""
_FEWEST_LETTERS, _MOST_LETTERS = 6, 26
"""Of a label."""
_ARROW = "\N{RIGHTWARDS ARROW} "


def compute(frames: Frames) -> pd.DataFrame:
    """Return the columns of `confident_mistakes`, with `number, short` and both classes' `_name` and `_label`.

    `short`: the names of a picture fit side by side.
    """
    table = confident_mistakes(frames, EACH)
    shown = [plan.study for plan in leading_plans(frames, MOST_STUDIES)]
    table = table[table["study"].isin(shown)]
    if table.empty:
        return pd.DataFrame()
    plans = frames.plan_rows
    for side in ("truth", "predicted"):
        pairs = zip(table["study"], table[side], strict=True)
        table[f"{side}_name"] = [class_name(plans[study].class_names, place) for study, place in pairs]
    together = table["truth_name"] + f" {_ARROW}" + table["predicted_name"]
    narrowest = _ROOM * min(width for width, _ in _INCHES.values())
    table = table.assign(short=together.map(inches).max() <= narrowest)
    room = _ROOM * min(width for width, _ in _sizes(table).values())
    table = table.groupby("study", sort=False).head(_most(table))
    labelled = [
        _labelled(part, plans[str(study)].class_names, room) for study, part in table.groupby("study", sort=False)
    ]
    return pd.concat(labelled).merge(style.studies(frames)[["study", "number"]], on="study")


def draw(table: pd.DataFrame) -> Figure:
    """Draw each study's pictures in rows of their own, under its name."""
    parts = {str(study): part for study, part in table.groupby("study", sort=False)}
    numbers = {study: len(part) for study, part in parts.items()}
    sizes = _sizes(table)
    columns = style.columns_of_groups(list(numbers.values()), sizes)
    figure, grouped = style.grouped_panels(numbers, columns=columns, inches=sizes[columns])
    for part, panels in zip(parts.values(), grouped, strict=True):
        for panel, image in zip(panels, part.to_dict("records"), strict=True):
            _draw_image(panel, image)
    return figure


def caption(table: pd.DataFrame) -> str:
    """Return the caption, which says how to read the figure."""
    return (
        "Test images that the best configuration's replicates got wrong with the greatest confidence: class → "
        "predicted class, mean probability given to the wrong class, and how many of the seeds erred. What all seeds "
        f"get wrong comes first; at most {_most(table)} a study."
    )


def method(table: pd.DataFrame) -> str:
    """Return what else a careful reader asks."""
    return (
        "Chosen out of the pictures that the trials kept. Pictures have their colours and pixels, as the models "
        "read them."
    )


def alternative(table: pd.DataFrame) -> str:
    """Return the alternative text, which says what the figure shows."""
    first = table.drop_duplicates("study")
    parts = [
        f"{row['study']} takes a {row['truth_name']} for a {row['predicted_name']} with "
        f"{100 * row['confidence']:.0f} % confidence"
        for row in first.to_dict("records")
    ]
    return f"Pictures of misclassified test images. {style.listed(parts)}."


def _most(table: pd.DataFrame) -> int:
    if _alone_and_long(table):
        return EACH_WITH_LONG_NAMES
    return EACH if table["study"].nunique() <= _FEW_STUDIES else EACH_OF_MANY


def _sizes(table: pd.DataFrame) -> dict[int, tuple[float, float]]:
    """Return the inches of a picture with its title by the number of columns."""
    more = 0.0 if table["short"].all() else _LINE_INCHES
    chosen = _INCHES_ALONE if _alone_and_long(table) else _INCHES
    return {columns: (width, height + more) for columns, (width, height) in chosen.items()}


def _alone_and_long(table: pd.DataFrame) -> bool:
    return len(table["study"].unique()) == 1 and not table["short"].all()


def _labelled(part: pd.DataFrame, names: Sequence[str], room: float) -> pd.DataFrame:
    """Add the labels of one study's classes, none wider than `room` (inches) with the arrow before it."""
    shown = {*part["truth_name"], *part["predicted_name"]}
    # Of all classes, so that a label is like no other's, also of a class that is not in the figure.
    every = [*map(str, names), *sorted(shown)]
    for letters in range(_MOST_LETTERS, _FEWEST_LETTERS - 1, -1):
        labels = distinct(every, letters)
        if max(inches(_ARROW + labels[name]) for name in shown) <= room:
            break
    return part.assign(truth_label=part["truth_name"].map(labels), predicted_label=part["predicted_name"].map(labels))


def _draw_image(panel: Axes, image: Mapping[Any, Any]) -> None:
    shape = (int(image["height"]), int(image["width"]), int(image["channels"]))
    pixels = np.frombuffer(image["pixels"], dtype=np.uint8).reshape(shape)
    panel.set_axis_off()
    panel.imshow(np.broadcast_to(pixels, (*shape[:2], 3)))
    between = " " if image["short"] else "\n"
    text = f"{image['truth_label']}{between}{_ARROW}{image['predicted_label']}"
    sure = f"{100 * image['confidence']:.0f} %, {image['wrong']} of {image['seeds']}"
    panel.set_title(f"{text}\n{sure}", fontsize=style.SMALL)
    # A point that is not seen tells the names in full.
    middle = panel.scatter([(shape[1] - 1) / 2], [(shape[0] - 1) / 2], s=0)
    tell(middle, [f"{image['truth_name']} → {image['predicted_name']}: {sure}"])
