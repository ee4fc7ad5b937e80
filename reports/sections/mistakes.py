"""What the best configurations get wrong on the test split."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from reports import formatting as form
from reports.analysis.examples import noun_of
from reports.analysis.frames import Frames
from reports.analysis.mistakes import THRESHOLD, named_confusion, per_class, per_label
from reports.analysis.residuals import LARGE, summaries, worst_errors
from reports.pages.document import Block, Column, Section, Table, tabulate
from reports.sections.illustrated import figures_of

MOST_CLASSES = 12
"""Rows of a study on the page; the CSV file has all."""
MOST_PAIRS = 12
"""Of classes taken for each other, on the page."""
MOST_ERRORS = 10
"""Of a study's target, on the page."""


def section(frames: Frames) -> Section:
    """Return the section, from every frame of the report."""
    blocks: list[Block] = figures_of("mistakes", frames)
    noun, classes, labels = noun_of(frames), per_class(frames), per_label(frames)
    if not classes.empty:
        confusion = named_confusion(frames)
        blocks += [_classes_shown(classes, noun), _confusion_shown(confusion, noun)]
    if not labels.empty:
        blocks.append(_labels_shown(labels, noun))
    lying = summaries(frames)
    if not lying.empty:
        blocks += [_summaries_shown(lying, noun), _errors_shown(worst_errors(frames), noun)]
    regressions = {plan.task for plan in frames.plan_rows.values() if not plan.own_training} == {"regression"}
    return Section(f"{'Errors' if regressions else 'Mistakes'} on the test split", tuple(blocks))


_BY_CLASS = {
    "Precision": "Of the {noun}s taken for the class, the fraction that belongs to it.",
    "Recall": "Of the {noun}s of the class, the fraction that was recognised.",
    "support": "Those of the class, over all replicates of the best.",
}
_BY_LABEL = {
    "Precision": f"Of the {{noun}}s given the label (with a probability above {THRESHOLD}), the fraction that has it.",
    "Recall": "Of the {noun}s that have it, the fraction that was given it.",
    "support": "Those with the label, over all replicates of the best.",
}


def _rates(table: pd.DataFrame, first: Column, noun: str, name: str, caption: str, notes: Mapping[str, str]) -> Table:
    """Show precision and recall of each class or label, the worst first."""
    worst = table.sort_values("f1", kind="stable", na_position="last").groupby("study", sort=False).head(MOST_CLASSES)
    order = {study: place for place, study in enumerate(table["study"].unique())}
    worst = worst.sort_values("study", key=lambda studies: studies.map(order), kind="stable")
    if len(worst) < len(table):
        caption += f": of each study the {MOST_CLASSES} with the lowest F1; {name}.csv has all {len(table):,} rows"
    columns = [
        Column("Study", form.shown("study")),
        first,
        Column("Precision", form.shown("precision", form.percent), True, notes["Precision"].format(noun=noun)),
        Column("Recall", form.shown("recall", form.percent), True, notes["Recall"].format(noun=noun)),
        Column("F1", form.shown("f1", form.percent), True, "The harmonic mean of both."),
        Column(f"{noun.capitalize()}s", form.shown("support", form.whole), True, notes["support"]),
    ]
    return tabulate(name, caption, worst, columns, data=table)


def _classes_shown(table: pd.DataFrame, noun: str) -> Table:
    column = Column("Class", form.shown("name"))
    return _rates(table, column, noun, "class-scores", "Each class on the test split, the worst first", _BY_CLASS)


def _labels_shown(table: pd.DataFrame, noun: str) -> Table:
    column = Column("Label", form.shown("name"))
    return _rates(table, column, noun, "label-scores", "Each label on the test split, the worst first", _BY_LABEL)


def _confusion_shown(table: pd.DataFrame, noun: str) -> Table:
    wrong = table[(table["truth"] != table["predicted"]) & (table["examples"] > 0)]
    ranked = wrong.sort_values("examples", ascending=False, kind="stable").head(MOST_PAIRS)
    caption = f"Classes taken for others most often: {len(ranked)} of {form.count(len(wrong), 'pair')}"
    caption = f"No test {noun} was taken for another class" if wrong.empty else caption
    columns = [
        Column("Study", form.shown("study")),
        Column("Class", form.shown("truth_name")),
        Column("Predicted class", form.shown("predicted_name")),
        Column(f"{noun.capitalize()}s", form.shown("examples", form.whole), numeric=True),
        Column("Seeds", form.shown("seeds", form.whole), numeric=True),
    ]
    named = ["study", "truth", "truth_name", "predicted", "predicted_name", "examples", "seeds"]
    return tabulate("confusion", f"{caption}; confusion.csv has the whole matrix", ranked, columns, data=table[named])


def _number(column: str) -> form.Show:
    return form.shown(column, form.number)


def _summaries_shown(table: pd.DataFrame, noun: str) -> Table:
    columns = [
        Column("Study", form.shown("study")),
        Column("Target", form.shown("target")),
        Column("Bias", lambda row: _signed(row["bias"]), True, "Mean of predicted minus true, in the target's unit."),
        Column("Mean absolute error", _number("mae"), numeric=True),
        Column("Root mean squared error", _number("rmse"), numeric=True),
        Column("R\N{SUPERSCRIPT TWO}", _number("r2"), True, "Of one target; a study's may differ from it."),
        Column(f"{100 * LARGE:.0f} % of errors under", _number("large"), numeric=True),
        Column("Standard deviation of residuals", _number("deviation"), numeric=True),
        Column(f"Test {noun}s", form.shown("examples", form.whole), numeric=True),
        Column("Seeds", form.shown("seeds", form.whole), numeric=True),
    ]
    return tabulate("residuals", "Errors of each target on the test split", table, columns)


def _errors_shown(table: pd.DataFrame, noun: str) -> Table:
    keys = ["study", "target"]
    worst = table.groupby(keys, sort=False).head(MOST_ERRORS)
    caption = f"The test {noun}s with the largest errors, numbered from 0: of each target the {MOST_ERRORS} largest"
    columns = [
        Column("Study", form.shown("study")),
        Column("Target", form.shown("target")),
        Column(noun.capitalize(), form.shown("example", str), numeric=True),
        Column("True", _number("truth"), numeric=True),
        Column("Predicted (mean over seeds)", _number("predicted"), numeric=True),
        Column("Absolute error (mean over seeds)", _number("error"), numeric=True),
        Column("Seeds", form.shown("seeds", form.whole), numeric=True),
    ]
    return tabulate("worst-errors", f"{caption}; worst-errors.csv has all", worst, columns, data=table)


def _signed(value: float) -> str:
    """Return a number with its sign, with as many digits as it has elsewhere."""
    return f"{'+' if value > 0 else ''}{form.number(value)}"
