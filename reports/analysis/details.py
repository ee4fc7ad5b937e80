"""A study's ablations as JSON values: what `show STUDY --ablation` prints. Numbers that are missing are None."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from reports.analysis.designs import factorial, noise_floor, path
from reports.analysis.effects import effects
from reports.analysis.examples import learned_from, noun
from reports.analysis.frames import Frames, read
from reports.analysis.scores import METRIC
from reports.analysis.withdrawn import withdrawn_sentences
from study.database import TrialDatabase
from study.trial import Phase

_ABLATION = ["name", "design", "reference", "factors", "variants", "retuned", "replicates", "created_at", "finished"]


def ablation_details(database: TrialDatabase, study: str) -> dict[str, Any]:
    """Return what a study's ablations found.

    Args:
        database: Open for reading.
        study: A name such as `cnn@mnist`, or `cnn` where only one study of that space exists.

    Returns:
        `study`, `metric` (name, direction, unit and label), `learned_from` (by each trial of an ablation: so many
        examples; None where the model loads its own data), `example` (what one is called) and `ablations`, oldest
        first, each with the columns of the table `ablation` but the study, and

        - `arms`: a dictionary for each arm but the baselines, with the columns of `effects.effects`;
        - `factorial`, `path`: lists of dictionaries with the columns of `designs.factorial` and `path`;
        - `withdrawn`: a sentence on the variants that were withdrawn, for each setting that has one;
        - `noise_floor`: a dictionary for each setting that has one, `fixed` or `retuned`, with the columns of
          `designs.noise_floor`.

        Effects and their bounds are percentage points where the metric is a fraction, else as scores are; scores are as
        they are stored, durations seconds.

    Raises:
        ReportError: The study re-tunes a variant of another, or the database cannot be read.
        study.errors.StudyError: The study is unknown or ambiguous.
    """
    return details_of(read(database, [study]))


def details_of(frames: Frames) -> dict[str, Any]:
    """Return `ablation_details` of the one study that is in the frames."""
    tables = {"arms": effects(frames), "factorial": factorial(frames), "path": path(frames)}
    floors = noise_floor(frames)
    found = []
    for row in _records(frames.ablations[[name for name in _ABLATION if name in frames.ablations]]):
        name = row["name"]
        parts = {key: _records(_of(table, name)) for key, table in tables.items()}
        floor = {settings["setting"]: settings for settings in _records(_of(floors, name))}
        withdrawn = withdrawn_sentences(_of(tables["arms"], name))
        found.append({**row, **parts, "withdrawn": withdrawn, "noise_floor": floor})
    ((name, plan),) = frames.plan_rows.items()
    return {
        "study": name,
        "metric": plan.metric.columns(),
        "learned_from": learned_from(plan, Phase.ABLATE),
        "example": noun([plan]),
        "ablations": found,
    }


def _of(table: pd.DataFrame, ablation: str) -> pd.DataFrame:
    return table[table["ablation"] == ablation]


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    dropped = [name for name in ("study", "ablation", *METRIC) if name in table]
    return [
        {str(name): _plain(value) for name, value in row.items()}
        for row in table.drop(columns=dropped).to_dict("records")
    ]


def _plain(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """Return a plain value: no numpy type, None for what is missing."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and math.isnan(value):
        return None
    return None if value is pd.NA else value
