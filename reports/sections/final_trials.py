"""Final trials that were asked for by name: longer ones, of another search trial, or with other values."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.analysis.finals import finals, without_baseline
from reports.analysis.frames import Frames
from reports.analysis.scores import in_words, metric_of, metrics_of, unit_in_words
from reports.findings.comparison import storage_option
from reports.pages.document import Block, Bullets, Column, Paragraph, tabulate
from reports.statistics import LEVEL


def final_trials_shown(frames: Frames) -> list[Block]:
    """Return the table of final trials beside the studies' own, and how to read it; nothing where there are none."""
    table = finals(frames)
    if table.empty:
        return []
    metrics = metrics_of(table)
    unit = unit_in_words(metrics)
    columns = [
        Column("Study and final trials", lambda row: f"{row['study']}, {row['name']}"),
        Column("Epochs", form.shown("epochs", form.whole), numeric=True),
        Column(f"Test {in_words(metrics)} ({LEVEL} interval over seeds)", _test, numeric=True),
        Column("Seeds", lambda row: f"{row['n']} of {row['planned']}", numeric=True),
        Column(f"Minus the baseline of this length ({unit})", _minus("baseline"), numeric=True),
        Column(f"Minus the study's best ({unit})", _minus("best"), numeric=True),
        Column("Seconds of a trial", lambda row: form.seconds(row["seconds"]), numeric=True),
        Column("Parameters", form.shown("parameters", form.whole), numeric=True),
        Column("Changes on the baseline", form.shown("changes")),
    ]
    caption = "Final trials that were asked for: another length, another search trial, or other values"
    blocks: list[Block] = [
        tabulate("final-trials", caption, table, columns, first=6),
        Paragraph(_reading(frames, table)),
    ]
    lacking = [_lacking(frames, study, epochs) for study, epochs in without_baseline(frames)]
    return [*blocks, Bullets(tuple(lacking))] if lacking else blocks


def _reading(frames: Frames, table: pd.DataFrame) -> str:
    own = {frames.plan_rows[study].own_training for study in table["study"]}
    learned = {
        frozenset({False}): "learns from training and validation split together",
        frozenset({True}): "learns from the training split alone",
    }.get(frozenset(own), "learns from training and validation split together, unless its model trains itself")
    return (
        f"Each was planned before it ran, {learned}, and is scored once on the test split, on the seeds of its study's "
        f"replicates. Whoever takes the best of several such rows by its test score chooses by the test split, and "
        f"that score flatters."
    )


def _test(row: Mapping[Any, Any]) -> str:
    if row["n"] == 0:
        return form.MISSING
    return form.score_with_interval(row["test"], row["low"], row["high"], metric_of(row))


def _minus(side: str) -> Callable[[Mapping[Any, Any]], str]:
    def show(row: Mapping[Any, Any]) -> str:
        difference, low, high, pairs = (row[f"{side}_{name}"] for name in ("difference", "low", "high", "n"))
        if form.is_missing(difference):
            return form.MISSING
        metric, told = metric_of(row), form.count(int(pairs), "seed")
        middle, first, last = (metric.scale * value for value in (difference, low, high))
        if not form.is_missing(low):
            told = f"{form.effect_interval(middle, first, last, metric)}; {told}"
        return f"{form.effect(middle, metric, first, last)} ({told})"

    return show


def _lacking(frames: Frames, study: str, epochs: int) -> str:
    name = shlex.quote(frames.origins[study].study)
    command = ["python", "-m", "study", "final", name, "--baseline", "--epochs", str(epochs)]
    return (
        f"{study}: the baseline is not trained for {form.count(epochs, 'epoch')}, so a difference to it "
        f"mixes length and settings; {' '.join([*command, *storage_option(frames, study)])} trains it so."
    )
