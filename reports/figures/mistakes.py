"""The test images that the best configuration got wrong with the greatest confidence, as pictures."""

from __future__ import annotations

import numpy as np
import pandas as pd
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
EACH = 12
_COLUMNS = 6
_INCHES = (1.25, 1.75)


def compute(frames: Frames) -> pd.DataFrame:
    """Returns the columns of `confident_mistakes`, with `number`, `truth_name` and `predicted_name`."""
    table = confident_mistakes(frames, EACH)
    shown = [plan["study"] for plan in leading_plans(frames, MOST_STUDIES)]
    table = table[table["study"].isin(shown)]
    if table.empty:
        return pd.DataFrame()
    names = frames.plans.set_index("study")["class_names"]
    for side in ("truth", "predicted"):
        pairs = zip(table["study"], table[side], strict=True)
        table[f"{side}_name"] = [
            str(names[study][place]) if place < len(names[study]) else str(place) for study, place in pairs
        ]
    return table.merge(style.studies(frames)[["study", "number"]], on="study")


def draw(table: pd.DataFrame) -> Figure:
    """Draws each study's pictures in rows of their own."""
    rows = [
        part.iloc[start : start + _COLUMNS]
        for _, part in table.groupby("study", sort=False)
        for start in range(0, len(part), _COLUMNS)
    ]
    figure, axes = style.small_panels(len(rows) * _COLUMNS, columns=_COLUMNS, inches=_INCHES)
    named: set[str] = set()
    for row, part in enumerate(rows):
        panels = axes[row * _COLUMNS : (row + 1) * _COLUMNS]
        for panel in panels:
            panel.set_axis_off()
        for panel, image in zip(panels, part.to_dict("records"), strict=False):
            shape = (int(image["height"]), int(image["width"]))
            pixels = np.frombuffer(image["pixels"], dtype=np.uint8)[: shape[0] * shape[1]].reshape(shape)
            panel.imshow(pixels, cmap="gray_r", vmin=0, vmax=255)
            text = f"{style.label(image['truth_name'], 9)} → {style.label(image['predicted_name'], 9)}"
            panel.set_title(
                f"{text}\n{100 * image['confidence']:.0f} %, {image['wrong']} of {image['seeds']}", fontsize=8
            )
            if image["study"] not in named:
                named.add(image["study"])
                panel.text(
                    -0.05, 1.42, style.label(image["study"]), transform=panel.transAxes, fontsize=10, fontweight="bold"
                )
    return figure


def caption(table: pd.DataFrame) -> str:
    """Says how to read the figure."""
    return (
        "Test images that the best configuration's final trainings got wrong with the greatest confidence: class → "
        "predicted class, mean probability given to the wrong class, and how many of the seeds erred. What all seeds "
        f"get wrong comes first. At most {EACH} a study, out of the pictures that the trainings kept. Grey levels are "
        "inverted."
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
