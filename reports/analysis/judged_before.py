"""Studies of an ablation whose trials another study had scored already, under whatever name: the same answer twice."""

from __future__ import annotations

import pandas as pd

from reports import formatting as form
from reports.analysis.frames import Frames
from reports.analysis.pairs import COMPLETE

_SAME_DATA = ["dataset_hash", "train_size", "split_seed", "precision", "model"]
_SAME_TRIAL = ["configuration_hash", "seed", "epochs"]


def judged_before(frames: Frames) -> dict[str, str]:
    """Return, by study, a sentence where trials of its ablations repeat those that an earlier study has scored.

    A space that is named anew asks the same trials again. What they say was known when the study was planned, so a
    verdict on them is another look at the same evidence. Trials are the same by data, model, configuration, seed and
    epochs.
    """
    scored = frames.trials.loc[frames.trials["state"] == COMPLETE, ["trial", "study", *_SAME_TRIAL]]
    scored = scored[scored["trial"].isin(frames.planned_trials["trial"])].merge(
        frames.tests[["trial", "scored_at"]], on="trial"
    )
    scored = scored.merge(frames.plans[["study", *_SAME_DATA]], on="study")
    same = [*_SAME_DATA, *_SAME_TRIAL]
    scored = scored.sort_values("scored_at", kind="stable")
    grouped = scored.groupby(same, dropna=False, sort=False)
    first = grouped[["study", "scored_at"]].transform("first").add_prefix("first_")
    repeated = pd.concat([scored, first], axis=1)
    repeated = repeated[repeated["study"] != repeated["first_study"]]
    found = {}
    for study, rows in repeated.groupby("study", sort=False):
        every = int((scored["study"] == study).sum())
        earlier = " and ".join(f"{name} ({when[:10]})" for name, when in _earlier(rows))
        found[str(study)] = (
            f"{len(rows)} of the {form.count(every, 'scored trial')} of {study}'s ablations were judged before, in "
            f"{earlier}: the same data, settings and seeds. They are no new evidence, and a verdict on them is another "
            "look at the old."
        )
    return found


def _earlier(rows: pd.DataFrame) -> list[tuple[str, str]]:
    firsts = rows.groupby("first_study", sort=False)["first_scored_at"].min()
    return [(str(name), str(when)) for name, when in firsts.items()]
