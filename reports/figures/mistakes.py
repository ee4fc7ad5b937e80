"""The test images that the best configuration got wrong with the greatest confidence, as pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports import style
from reports.distinct import distinct
from reports.frames import Frames
from reports.hover import tell
from reports.mistakes import class_name, confident_mistakes
from reports.selection import leading_plans

NAME = "mistakes"
SECTION = "mistakes"
ORDER = 2
EMPTY = "The database holds no picture of a test image that a best configuration got wrong."

MOST_STUDIES = 6
EACH, EACH_OF_MANY = 12, 6
_FEW_STUDIES = 2
"""Of more studies than this fewer pictures are drawn, or a page of paper would cut the figure."""
_INCHES = {4: (style.WIDTH / 4, 1.95), 6: (1.5, 1.8)}
_LINE_INCHES = 0.17
"""Of a title's line more, where names need one each."""
"""Of a picture with its title, by the number of columns."""
_INCHES_ALONE = {3: (style.WIDTH / 3, 2.1)}
"""Of a picture with long names, of one study."""
_LETTERS, _LETTERS_OF_A_LINE, _LETTERS_ALONE = 9, 18, 26
"""Of a name where both stand in a line, and where each has its own, beside other studies and alone."""


def compute(frames: Frames) -> pd.DataFrame:
    """Returns the columns of `confident_mistakes`, with `number, short` and both classes' `_name` and `_label`.

    `short`: the names of a picture fit side by side.
    """
    table = confident_mistakes(frames, EACH)
    shown = [plan["study"] for plan in leading_plans(frames, MOST_STUDIES)]
    table = table[table["study"].isin(shown)]
    if table.empty:
        return pd.DataFrame()
    table = table.groupby("study", sort=False).head(_most(table))
    names = frames.plans.set_index("study")["class_names"]
    for side in ("truth", "predicted"):
        pairs = zip(table["study"], table[side], strict=True)
        table[f"{side}_name"] = [class_name(names[study], place) for study, place in pairs]
    short = pd.concat([table["truth_name"], table["predicted_name"]]).str.len().max() <= _LETTERS
    alone = len(table["study"].unique()) == 1
    letters = _LETTERS if short else _LETTERS_ALONE if alone else _LETTERS_OF_A_LINE
    table = table.assign(short=short)
    for side in ("truth", "predicted"):
        table[f"{side}_label"] = table[f"{side}_name"].astype(object)
    for study, part in table.groupby("study", sort=False):
        # Of all classes, so that a label is like no other's, also of a class that is not in the figure.
        every = [*names[study], *part["truth_name"], *part["predicted_name"]]
        labels = distinct(every, letters)
        for side in ("truth", "predicted"):
            table.loc[part.index, f"{side}_label"] = part[f"{side}_name"].map(labels)
    return table.merge(style.studies(frames)[["study", "number"]], on="study")


def draw(table: pd.DataFrame) -> Figure:
    """Draws each study's pictures in rows of their own, under its name."""
    parts = {str(study): part for study, part in table.groupby("study", sort=False)}
    numbers = {study: len(part) for study, part in parts.items()}
    short = bool(table["short"].iloc[0])
    more = 0.0 if short else _LINE_INCHES
    sizes = {columns: (width, height + more) for columns, (width, height) in _INCHES.items()}
    if not short and len(parts) == 1:
        sizes = _INCHES_ALONE
    columns = style.columns_of_groups(list(numbers.values()), sizes)
    figure, grouped = style.grouped_panels(numbers, columns=columns, inches=sizes[columns])
    for part, panels in zip(parts.values(), grouped, strict=True):
        for panel, image in zip(panels, part.to_dict("records"), strict=True):
            _draw_image(panel, image)
    return figure


def caption(table: pd.DataFrame) -> str:
    """Says how to read the figure."""
    return (
        "Test images that the best configuration's final trainings got wrong with the greatest confidence: class → "
        "predicted class, mean probability given to the wrong class, and how many of the seeds erred. What all seeds "
        f"get wrong comes first. At most {_most(table)} a study, out of the pictures that the trainings "
        "kept. The higher a pixel's value, the more it stands out from the page."
    )


def alternative(table: pd.DataFrame) -> str:
    """Says what the figure shows."""
    first = table.drop_duplicates("study")
    parts = [
        f"{row['study']} takes a {row['truth_name']} for a {row['predicted_name']} with "
        f"{100 * row['confidence']:.0f} % confidence"
        for row in first.to_dict("records")
    ]
    return f"Pictures of misclassified test images. {style.listed(parts)}."


def _most(table: pd.DataFrame) -> int:
    return EACH if table["study"].nunique() <= _FEW_STUDIES else EACH_OF_MANY


def _draw_image(panel: Axes, image: Mapping[Any, Any]) -> None:
    shape = (int(image["height"]), int(image["width"]))
    pixels = np.frombuffer(image["pixels"], dtype=np.uint8)[: shape[0] * shape[1]].reshape(shape)
    panel.set_axis_off()
    panel.imshow(pixels, cmap="gray_r", vmin=0, vmax=255)
    between = " " if image["short"] else "\n"
    text = f"{image['truth_label']}{between}→ {image['predicted_label']}"
    sure = f"{100 * image['confidence']:.0f} %, {image['wrong']} of {image['seeds']}"
    panel.set_title(f"{text}\n{sure}", fontsize=style.SMALL)
    # A point that is not seen tells the names in full.
    middle = panel.scatter([(shape[1] - 1) / 2], [(shape[0] - 1) / 2], s=0)
    tell(middle, [f"{image['truth_name']} → {image['predicted_name']}: {sure}"])
