"""On which machines a study's trials ran, and in which way: times of different ones do not compare."""

from __future__ import annotations

import numpy as np
import pandas as pd

from reports.analysis.frames import Frames, decoded
from study.database import EnvironmentRow

_WAYS = ["environment", "device", "precision", "threads"]


def machines_of(trials: pd.DataFrame) -> pd.Series:
    """Return for each trial what its speed depends on beside its configuration: machine, versions, device, precision.

    A trial that had to move to a machine of another kind ran in a way of its own, whose times compare with none.

    Args:
        trials: Of `Frames`.
    """
    numbers = trials.groupby(_WAYS, sort=False, dropna=False).ngroup()
    ways = trials.loc[~numbers.duplicated(), _WAYS].astype(str).itertuples(index=False, name=None)
    named = np.array([" ".join(way) for way in ways], dtype=object)
    found = pd.Series(named[numbers], index=trials.index, dtype=object)
    return found.mask(moved(trials), "moved " + trials["trial"].astype(str))


def moved(trials: pd.DataFrame) -> pd.Series:
    """Return for each trial whether it had to go on on another kind of machine than it was begun on."""
    kinds = trials["machine_kinds"]
    return kinds.notna() & kinds.map(lambda stored: len(decoded(stored) or ()) > 1).astype(bool)


def several_machines(frames: Frames) -> dict[str, str]:
    """Return, by study, a sentence where its trials ran on several machines or with several versions of torch."""
    named = {row.id: _in_words(row) for row in frames.environments}
    found = {}
    for study, trials in frames.trials.groupby("study", sort=False):
        counts = trials["environment"].map(named).value_counts()
        if len(counts) > 1:
            listed = "; ".join(f"{number} on {machine}" for machine, number in counts.items())
            found[str(study)] = (
                f"Its trials ran on {len(counts)} machines: {listed}. Times are compared within a machine alone; "
                "scores of different ones may differ in the last digits."
            )
        if number := int(moved(trials).sum()):
            told = "1 of its trials was" if number == 1 else f"{number} of its trials were"
            sentence = (
                f"{told} interrupted and went on on another kind of machine: the numbers may differ in their last "
                "digits from those of an undisturbed run."
            )
            found[str(study)] = " ".join((*filter(None, [found.get(str(study))]), sentence))
    return found


def _in_words(row: EnvironmentRow) -> str:
    accelerator = f", {row.accelerator}" if row.accelerator else ""
    return f"{row.processor}{accelerator}, {row.cores} cores, torch {row.packages.get('torch', 'unknown')}"
