"""How far seed by seed differences of a stored study spread, by the trials that the database holds."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean, median, stdev

from study.database import TrialDatabase
from study.database.finals import stored_finals
from study.design import Role
from study.plan import Plan
from study.status.finals import without_finals
from study.trial import Phase, TrialState

LEAST_PAIRS = 3
"""That an arm must have, for its spread to say something."""


def spread_of_differences(database: TrialDatabase, plan: Plan) -> float | None:
    """Return the standard deviation of a single seed's difference on the test split, as it is shown; None if unknown.

    The median over the arms of the study's ablations, each beside its control; where none has seeds enough, by the
    final trials, as if the two sides of a pair had nothing in common.

    Args:
        database: Open for reading.
        plan: The study; its metric says how a difference is shown.
    """
    found = [stdev(pairs) for pairs in _pairs(database, plan.study) if len(pairs) >= LEAST_PAIRS]
    if found:
        return plan.metric.scale * median(found)
    alone = [stdev(scores) for scores in _finals(database, plan.study) if len(scores) >= LEAST_PAIRS]
    return plan.metric.scale * math.sqrt(2 * fmean(value**2 for value in alone)) if alone else None


def _pairs(database: TrialDatabase, study: str) -> list[list[float]]:
    """Return the differences of each arm from its control, of trials that are complete."""
    planned = database.planned_trials(study)
    complete = [(row, row.trial) for row in planned if row.trial and row.state is TrialState.COMPLETE]
    known = _scores(database, [trial for _, trial in complete])
    arms = {
        (arm.ablation, arm.setting, arm.name): arm
        for ablation in database.ablations(study)
        for arm in database.arms(study, ablation.name)
    }
    scores: dict[tuple[str, str, str], dict[tuple[int, int], float]] = defaultdict(dict)
    for row, trial in complete:
        if trial in known:
            scores[row.ablation, row.setting, row.arm][row.search, row.replicate] = known[trial]
    found = []
    for key, own in scores.items():
        arm = arms[key]
        if arm.control is None or arm.role == Role.SIZE_MATCHED:
            continue
        control = scores.get((arm.ablation, arm.setting, arm.control), {})
        found.append([own[place] - control[place] for place in own.keys() & control.keys()])
    return found


def _finals(database: TrialDatabase, study: str) -> list[list[float]]:
    """Return the scores of a study's own final trials, those of one configuration together."""
    trials = [
        trial
        for trial in without_finals(database.trials(study), stored_finals(database, study))
        if trial.phase is Phase.REPLICATE and trial.state is TrialState.COMPLETE
    ]
    known = _scores(database, [trial.id for trial in trials])
    found: dict[str, list[float]] = defaultdict(list)
    for trial in trials:
        if trial.id in known:
            found[trial.configuration_hash].append(known[trial.id])
    return list(found.values())


def _scores(database: TrialDatabase, trials: Sequence[str]) -> Mapping[str, float]:
    results = {trial: database.test_result(trial) for trial in trials}
    return {trial: result.score for trial, result in results.items() if result is not None}
