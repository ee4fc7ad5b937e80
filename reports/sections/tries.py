"""Settings that somebody believed in, which `--try` put before the sampler's proposals, and what came of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reports import formatting as form
from reports.analysis.frames import Frames
from reports.analysis.scores import METRIC, metric_of, with_metrics
from reports.pages.document import Block, Column, Paragraph, tabulate

NOT_BEGUN = "not begun"


def tries(frames: Frames) -> pd.DataFrame:
    """Return a row for each setting that was to be tried, in the order in which it was asked for.

    Returns:
        `study, number, given, prune, state` (or `NOT_BEGUN`), `validation` (of a complete trial), `optuna_number`,
        `METRIC`.
    """
    trials = frames.trials[["trial", "state", "value", "optuna_number"]].rename(columns={"value": "validation"})
    table = frames.tries.merge(trials, on="trial", how="left")
    table["state"] = table["state"].fillna(NOT_BEGUN)
    shown = ["study", "number", "given", "prune", "state", "validation", "optuna_number"]
    return with_metrics(table[shown], frames)[[*shown, *METRIC]]


def tries_shown(frames: Frames) -> list[Block]:
    """Return the table, or nothing where nobody asked for a setting."""
    table = tries(frames)
    if table.empty:
        return []
    columns = [
        Column("Study", form.shown("study")),
        Column("Settings, all else as in the baseline", _given),
        Column("Trial", form.shown("optuna_number", form.whole), numeric=True),
        Column("State", form.shown("state")),
        Column("Validation", lambda row: form.score(row["validation"], metric_of(row)), numeric=True),
    ]
    blocks: list[Block] = [tabulate("tries", "Settings that somebody wanted tried (`--try`)", table, columns)]
    if not table["prune"].all():
        blocks.append(
            Paragraph(
                "They are tried before the sampler is asked, and go to their end whatever the pruner"
                + (", but where --prune-tried was given." if table["prune"].any() else ".")
            )
        )
    return blocks


def _given(row: Mapping[Any, Any]) -> str:
    return ", ".join(f"{name}={form.value(value)}" for name, value in row["given"].items())
