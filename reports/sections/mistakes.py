"""What the best configurations get wrong on the test split."""

from __future__ import annotations

import pandas as pd

from reports import formatting as form
from reports.analysis.frames import Frames
from reports.analysis.mistakes import named_confusion, per_class
from reports.pages.document import Block, Column, Paragraph, Section, Table, tabulate
from reports.sections.illustrated import figures_of

MOST_CLASSES = 12
"""Rows of a study on the page; the CSV file has all."""
MOST_PAIRS = 12
"""Of classes taken for each other, on the page."""


def section(frames: Frames) -> Section:
    """Return the section, from every frame of the report."""
    blocks: list[Block] = figures_of("mistakes", frames)
    classes = per_class(frames)
    if not classes.empty:
        blocks += [_classes_shown(classes), Paragraph(_READING), _confusion_shown(named_confusion(frames))]
    return Section("Mistakes on the test split", tuple(blocks))


_READING = (
    "Counted over all replicates of the best configuration, each image once a seed. Precision: of the images "
    "taken for the class, the fraction that belongs to it. Recall: of the class's images, the fraction that was "
    "recognised. F1: their harmonic mean. Images: those of the class, times the seeds."
)


def _classes_shown(table: pd.DataFrame) -> Table:
    worst = table.sort_values("f1", kind="stable", na_position="last").groupby("study", sort=False).head(MOST_CLASSES)
    order = {study: place for place, study in enumerate(table["study"].unique())}
    worst = worst.sort_values("study", key=lambda studies: studies.map(order), kind="stable")
    caption = "Each class on the test split, the worst first"
    if len(worst) < len(table):
        caption += (
            f": of each study the {MOST_CLASSES} with the lowest F1; class-scores.csv has all {len(table):,} rows"
        )
    columns = [
        Column("Study", form.shown("study")),
        Column("Class", form.shown("name")),
        Column("Precision", form.shown("precision", form.percent), numeric=True),
        Column("Recall", form.shown("recall", form.percent), numeric=True),
        Column("F1", form.shown("f1", form.percent), numeric=True),
        Column("Images", form.shown("support", form.whole), numeric=True),
    ]
    return tabulate("class-scores", caption, worst, columns, data=table)


def _confusion_shown(table: pd.DataFrame) -> Table:
    wrong = table[(table["truth"] != table["predicted"]) & (table["images"] > 0)]
    ranked = wrong.sort_values("images", ascending=False, kind="stable").head(MOST_PAIRS)
    caption = f"Classes taken for others most often: {len(ranked)} of {form.count(len(wrong), 'pair')}"
    caption = "No test image was taken for another class" if wrong.empty else caption
    columns = [
        Column("Study", form.shown("study")),
        Column("Class", form.shown("truth_name")),
        Column("Predicted class", form.shown("predicted_name")),
        Column("Images", form.shown("images", form.whole), numeric=True),
        Column("Seeds", form.shown("seeds", form.whole), numeric=True),
    ]
    named = ["study", "truth", "truth_name", "predicted", "predicted_name", "images", "seeds"]
    return tabulate("confusion", f"{caption}; confusion.csv has the whole matrix", ranked, columns, data=table[named])
