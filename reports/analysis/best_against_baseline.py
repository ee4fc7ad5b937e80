"""The best configuration's replicates against the baseline's, seed by seed."""

from __future__ import annotations

import pandas as pd

from reports.analysis.answered import variance_floors
from reports.analysis.frames import Frames
from reports.analysis.looks import level_of
from reports.analysis.once import once
from reports.analysis.pairs import COMPLETE, LOST
from reports.analysis.selection import REPLICATE, complete_replicates, with_roles
from reports.statistics import Evidence, paired_differences, pairs_of_replicates, verdict
from study.trial import TrialState

_ENDED = [COMPLETE, *LOST]
_CHANGED = "--replicates was "
"""Begins the sentence of a plan's history that tells of other numbers of seeds."""
_ROLES = ("best", "baseline")


@once
def best_against_baseline(frames: Frames) -> pd.DataFrame:
    """Return for each study with a pair of replicates by how much its best differs from the baseline.

    Returns:
        `study`, `n`, `difference`, `low`, `high` (as scores are stored), `p`, `sign_flip_p`, `look` (1 where the seeds
        were fixed before any was scored), `level` (what p is compared with), `verdict` (in words: there is none before
        every planned replicate of either has ended, and none in favour where one was lost).
    """
    pairs = pairs_of_replicates(complete_replicates(frames))
    table = paired_differences(pairs, variance_floors(frames, pairs, ["study"], frames.predictions))
    ends, looks = _ends(frames), _looks(frames)
    told = []
    for row in table.to_dict("records"):
        plan, look = frames.plan_rows[row["study"]], looks.get(row["study"], 1)
        (complete, diverged, failed), control = (ends.get((row["study"], role), (0, 0, 0)) for role in _ROLES)
        planned = max(plan.replicates, complete + diverged + failed)
        evidence = Evidence(
            n=row["n"],
            merit=plan.metric.sign * row["difference"],
            p_holm=row["p"],
            level=level_of(look),
            planned=planned,
            diverged=diverged,
            failed=failed,
            unfinished=planned - complete - diverged - failed,
            control_lost=control[1] + control[2],
            control_unfinished=max(planned - sum(control), 0),
        )
        told.append({"look": look, "level": level_of(look), "verdict": verdict(evidence)})
    added = pd.DataFrame(told, columns=["look", "level", "verdict"], index=table.index)
    return pd.concat([table, added], axis=1)


def _ends(frames: Frames) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Return, by study and role, how many replicates are complete, diverged, and ended otherwise."""
    trials = with_roles(frames)
    trials = trials[(trials["phase"] == REPLICATE) & trials["role"].isin(_ROLES) & trials["state"].isin(_ENDED)]
    found = {}
    for _, group in trials.groupby(["study", "role"], sort=False):
        complete, diverged = (int((group["state"] == state).sum()) for state in (COMPLETE, TrialState.DIVERGED.value))
        study, role = group[["study", "role"]].iloc[0]
        found[str(study), str(role)] = (complete, diverged, len(group) - complete - diverged)
    return found


def _looks(frames: Frames) -> dict[str, int]:
    """Return, by study, how often its replicates were made more after one was scored, and the first look."""
    replicates = frames.trials.loc[frames.trials["phase"] == REPLICATE, ["trial", "study"]]
    first = replicates.merge(frames.tests[["trial", "scored_at"]], on="trial").groupby("study")["scored_at"].min()
    changes = frames.plan_changes[frames.plan_changes["what"].str.startswith(_CHANGED)]
    later = changes[changes["changed_at"] > changes["study"].map(first).fillna("9")]
    return {str(study): 1 + len(rows) for study, rows in later.groupby("study")}
