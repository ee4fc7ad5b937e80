"""Each suggestion in one row: what is advised, the numbers that speak for its ablations, and whether time tells."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from reports.analysis.effects import effects
from reports.analysis.frames import Frames
from reports.analysis.once import once
from reports.analysis.scores import METRIC, metric_of
from reports.findings.suggestions import suggestions
from reports.findings.wording import caveat
from study.design import Role

_TIMES = ["seconds_ratio", "seconds_low", "seconds_high"]
_NUMBERS = ["effect", "low", "high", "n", "searches", *_TIMES, "parameters_ratio"]
_COLUMNS = ["study", "name", "advice", "ablation", "setting", "design", *_NUMBERS, "time_tells", "caveat", "merit"]
_COLUMNS += METRIC
WIDEST_TIME = 1.25
"""A ratio of times is told where the interval of the noise floor's is no wider than from 1 to this."""


@once
def advised(frames: Frames) -> pd.DataFrame:
    """Return a row for each suggestion that was tested, in the order of the spaces; the best first within a study.

    Returns:
        `study, name, advice`; of the ablation that speaks for all `ablation, setting, design`, and its numbers, turned
        where a part was taken out, so that they are what the part adds: `effect, low, high` (missing where no two
        trials compare yet)`, n, searches, seconds_ratio, seconds_low, seconds_high, parameters_ratio`; `time_tells`
        (whether the machine was steady enough for the ratio to mean anything)`, caveat` (of the verdict)`, merit` (the
        effect, above 0 where it is better)`, METRIC`.
    """
    table, rows = effects(frames), []
    for found in suggestions(frames):
        if found.rows.empty:
            continue
        told = found.telling or {**found.rows.iloc[0].to_dict(), "effect": math.nan, "low": math.nan, "high": math.nan}
        row = {name: told[name] for name in _COLUMNS if name in told}
        row |= {"study": found.study, "name": found.name, "advice": found.advice}
        row |= {"time_tells": time_tells(told, table), "merit": metric_of(told).sign * told["effect"]}
        row |= {"caveat": caveat(told)}
        rows.append(row)
    shown = pd.DataFrame(rows, columns=_COLUMNS)
    places = {study: place for place, study in enumerate(frames.plan_rows)}
    shown["place"] = shown["study"].map(places)
    ordered = shown.sort_values(["place", "merit"], ascending=[True, False], kind="stable", na_position="last")
    return ordered.drop(columns="place").reset_index(drop=True)


def time_tells(row: Mapping[Any, Any], table: pd.DataFrame) -> bool:
    """Return whether the ratio of an arm's training time to its control's means anything.

    It does where the same ratio of the baseline to itself on other seeds has a narrow interval round 1, or lies wholly
    apart from it; where there is no such control, where its own interval is narrow.

    Args:
        row: Of `effects`.
        table: The whole of it.
    """
    same = (table["study"] == row["study"]) & (table["ablation"] == row["ablation"])
    timed = same & (table["timed_by"] == row["timed_by"]) & table["seconds_low"].notna()
    floors = table[timed & (table["role"] == Role.NOISE_FLOOR)]
    if floors.empty:
        return bool(row["seconds_high"] / row["seconds_low"] <= WIDEST_TIME)
    low, high = floors["seconds_low"].min(), floors["seconds_high"].max()
    apart = row["seconds_low"] > max(high, 1) or row["seconds_high"] < min(low, 1)
    return bool(apart or (high / low <= WIDEST_TIME and low <= 1 <= high))
