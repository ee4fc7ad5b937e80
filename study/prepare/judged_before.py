"""Which planned trials of an ablation another study of the database has scored already, under whatever name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from study.ablation import Arm, planned_trials
from study.database import PlanRow, TrialDatabase, TrialRow
from study.plan import Plan
from study.trial import Phase, Scalar, TrialState, fingerprint

Key = tuple[str, int, int]
"""Of a trial on given data with a given model: configuration, seed and epochs, which its numbers follow from."""


def judged_before_in_words(database: TrialDatabase, plan: Plan, arms: Sequence[Arm], replicates: int) -> list[str]:
    """Return a sentence where trials that are planned were scored before, in another study of the same data and model.

    Whoever names a space anew asks the same trials again: what they say was known when this was planned.

    Args:
        database: Open for reading.
        plan: The study.
        arms: Of its ablation, as far as they are known.
        replicates: Seeds of each arm.
    """
    planned = {
        _key(plan, trial.configuration, trial.seed, trial.epochs)
        for arm in arms
        for entry in planned_trials(plan, arm, replicates)
        if (trial := entry.trial) is not None
    }
    found: dict[str, list[TrialRow]] = {}
    for other in _of_the_same(database, plan):
        same = [row for row in _scored(database, other) if _key(plan, *_parts(row)) in planned]
        if same:
            found[other.study] = same
    if not found:
        return []
    known = {_key(plan, *_parts(row)) for rows in found.values() for row in rows}
    where = "; ".join(f"{study}, {_when(rows)}" for study, rows in found.items())
    return [
        f"{plan.study}: {len(known)} of its {len(planned)} planned trials were judged before, on the same data with "
        f"the same model, configuration, seed and epochs: {where}; they are no new evidence"
    ]


def _of_the_same(database: TrialDatabase, plan: Plan) -> Iterator[PlanRow]:
    """Yield the other studies whose trials learn from the same examples, with the same model."""
    data, method = plan.dataset, plan.method
    about = (data.content_hash, data.train_size, method.split_seed, method.precision, plan.space.model)
    for row in database.plans():
        others = (row.dataset_hash, row.train_size, row.split_seed, row.precision, row.model)
        if others == about and row.parent is None and row.study != plan.study:
            yield row


def _scored(database: TrialDatabase, other: PlanRow) -> list[TrialRow]:
    """Return the trials of a study's ablations whose test score is known."""
    rows = database.trials(other.study)
    return [row for row in rows if row.phase is Phase.ABLATE and row.state is TrialState.COMPLETE]


def _parts(row: TrialRow) -> tuple[Mapping[str, Scalar], int, int]:
    return row.configuration, row.seed, row.epochs


def _key(plan: Plan, configuration: Mapping[str, Scalar], seed: int, epochs: int) -> Key:
    """Return what a trial's numbers follow from; a hyperparameter that came later has its default."""
    return fingerprint(plan.whole(configuration)), seed, epochs


def _when(rows: Sequence[TrialRow]) -> str:
    """Return the days on which trials ended."""
    days = sorted({(row.finished_at or "")[:10] for row in rows})
    return f"on {days[0]}" if len(days) == 1 else f"from {days[0]} to {days[-1]}"
