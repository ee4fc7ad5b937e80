"""The test images that the best configuration got wrong with the greatest confidence, as pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports import style
from reports.frames import Frames
from reports.mistakes import confident_mistakes
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
"""Of a picture with its title, by the number of columns."""
_LETTERS = 9


def compute(frames: Frames) -> pd.DataFrame:
    """Returns the columns of `confident_mistakes`, with `number`, `truth_name` and `predicted_name`."""
    table = confident_mistakes(frames, EACH)
    shown = [plan["study"] for plan in leading_plans(frames, MOST_STUDIES)]
    table = table[table["study"].isin(shown)]
    if table.empty:
        return pd.DataFrame()
    table = table.groupby("study", sort=False).head(_most(table))
    names = frames.plans.set_index("study")["class_names"]
    for side in ("truth", "predicted"):
        pairs = zip(table["study"], table[side], strict=True)
        table[f"{side}_name"] = [
            str(names[study][place]) if place < len(names[study]) else str(place) for study, place in pairs
        ]
    return table.merge(style.studies(frames)[["study", "number"]], on="study")


def draw(table: pd.DataFrame) -> Figure:
    """Draws each study's pictures in rows of their own, under its name."""
    parts = {str(study): part for study, part in table.groupby("study", sort=False)}
    numbers = {study: len(part) for study, part in parts.items()}
    columns = style.columns_of_groups(list(numbers.values()), _INCHES)
    figure, grouped = style.grouped_panels(numbers, columns=columns, inches=_INCHES[columns])
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
    text = f"{style.label(image['truth_name'], _LETTERS)} → {style.label(image['predicted_name'], _LETTERS)}"
    sure = f"{100 * image['confidence']:.0f} %, {image['wrong']} of {image['seeds']}"
    panel.set_title(f"{text}\n{sure}", fontsize=style.SMALL)
