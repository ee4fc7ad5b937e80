"""What an arm costs beside its control: parameters, and training time with an interval."""

from __future__ import annotations

import numpy as np
import pandas as pd

from reports.analysis.pairs import ARM, COMPLETE, GROUP
from reports.statistics import intervals

PROCESSOR, WALL_CLOCK = "processor", "wall clock"


def costs(arms: pd.DataFrame, planned_trials: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the mean scores and costs of each arm, and their ratios to the control's.

    The ratio of times is the geometric mean over the pairs, with Student's interval of the logarithms. It is of
    processor time where every pair has that: what else the machine did is in wall-clock time, and not in this. A pair
    whose trials ran on different machines, or in different ways, says nothing of the arm and is left out.

    Returns:
        `ARM`, `score`, `validation_score` (means, as they are stored), `parameters`, `parameters_ratio`, `seconds`
        (wall clock, of a trial, median), `seconds_ratio`, `seconds_low`, `seconds_high`, `timed_by` (`PROCESSOR` or
        `WALL_CLOCK`: what the ratio is of; None without a ratio).
    """
    names = {"score": "mean", "validation_score": "mean", "parameters": "max", "seconds": "median"}
    means = planned_trials.groupby(ARM, sort=False).agg(names)
    table = arms[[*ARM, "control"]].merge(means.reset_index(), on=ARM, how="left")
    controls = means["parameters"].rename("control_parameters").rename_axis([*GROUP, "control"]).reset_index()
    table = table.merge(controls, on=[*GROUP, "control"], how="left")
    table["parameters_ratio"] = table["parameters"] / table["control_parameters"]
    return table.merge(_time_ratios(pairs), on=ARM, how="left").drop(columns=["control", "control_parameters"])


def _time_ratios(pairs: pd.DataFrame) -> pd.DataFrame:
    paired = pairs[(pairs["end"] == COMPLETE) & (pairs["other_end"] == COMPLETE)]
    paired = paired[paired["machine"] == paired["other_machine"]]
    processor = _logarithms(paired, "processor_seconds")
    measured = processor.notna().groupby([paired[name] for name in ARM]).transform("all")
    logs = processor.where(measured, _logarithms(paired, "seconds"))
    table = intervals(paired[ARM].assign(log=logs), by=ARM, column="log")
    for column, ratio in (("mean", "seconds_ratio"), ("low", "seconds_low"), ("high", "seconds_high")):
        table[ratio] = np.exp(table[column].astype(float))
    kinds = measured.map({True: PROCESSOR, False: WALL_CLOCK}).groupby([paired[name] for name in ARM]).first()
    table = table.drop(columns=["n", "mean", "low", "high"])
    table = table.merge(kinds.rename("timed_by").reset_index(), on=ARM, how="left")
    return table.assign(timed_by=table["timed_by"].astype(object).where(table["seconds_ratio"].notna(), None))


def _logarithms(paired: pd.DataFrame, time: str) -> pd.Series:
    ours, theirs = paired[time], paired[f"other_{time}"]
    ratio = (ours / theirs).where((ours > 0) & (theirs > 0)).astype(float)
    return pd.Series(np.log(ratio.to_numpy()), index=paired.index)
