"""The code that trials were trained by, and what is done with trials whose code has changed since."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from study.database import schema
from study.database.connection import repeated
from study.database.place import place_of
from study.database.rows import CodeRow
from study.database.trial_database import TrialDatabase
from study.database.writing import now
from study.files import Place
from study.trial import CodeDecision, TrialState, fingerprint


@dataclass(frozen=True, slots=True)
class StaleTrials:
    """Trials that count for nothing any more: the code that trained them was changed, and they are trained again."""

    study: str
    phase: str
    code: str
    """Hash of the code that trained them."""
    stale_at: str
    trials: int


@repeated
def save_code(database: TrialDatabase, hashed: str, files: Mapping[str, str], training: int) -> None:
    """Store code once.

    Args:
        database: Open for writing.
        hashed: Its hash.
        files: Module -> source.
        training: Version of this program's training loop.
    """
    table = schema.code
    with database.writing() as connection:
        if connection.execute(select(table.c.hash).where(table.c.hash == hashed)).scalar() is None:
            values = {"hash": hashed, "files": dict(files), "training": training, "recorded_at": now()}
            connection.execute(insert(table).values(**values))


@repeated
def stored_code(
    database: TrialDatabase, studies: Collection[str], *, trials: Collection[str] | None = None
) -> list[tuple[CodeRow, int]]:
    """Return the code that trained these studies' trials, or some of them, each with the number of its trials.

    Stale and failed ones do not count: they have no numbers to compare.
    """
    code, trial = schema.code, schema.trial
    wanted = [trial.c.study.in_(studies), trial.c.stale_at.is_(None), trial.c.state != TrialState.FAILED.value]
    if trials is not None:
        wanted.append(trial.c.id.in_(trials))
    with database.begin() as connection:
        counted = (
            select(trial.c.code, func.count().label("trials"))
            .where(trial.c.code.is_not(None), *wanted)
            .group_by(trial.c.code)
        )
        counts = {row.code: row.trials for row in connection.execute(counted)}
    rows = database.rows(CodeRow, select(code).where(code.c.hash.in_(counts)).order_by(code.c.recorded_at))
    return [(row, counts[row.hash]) for row in rows]


@repeated
def alike(database: TrialDatabase, study: str, code: str) -> set[str]:
    """Return the hashes of the code that counts as this one in a study: what was kept at a change, in any order."""
    table = schema.code_change
    with database.begin() as connection:
        kept = (table.c.study == study, table.c.decision != CodeDecision.AGAIN.value)
        rows = connection.execute(select(table.c.before, table.c.after).where(*kept)).all()
    found, size = {code}, 0
    while len(found) > size:
        size = len(found)
        found |= {name for pair in rows if found & {*pair} for name in pair}
    return found


@repeated
def save_code_change(
    database: TrialDatabase,
    study: str,
    before: str,
    after: str,
    *,
    decision: CodeDecision,
    changes: Collection[str],
    trials: int,
) -> None:
    """Store what was decided about the trials of changed code.

    Args:
        database: Open for writing; both are stored.
        study: The study's name.
        before: Hash of the code that trained the trials.
        after: Hash of the code as it is now.
        decision: What becomes of them.
        changes: A text for each module that changed.
        trials: How many trials it was about.
    """
    table = schema.code_change
    key = (table.c.study == study, table.c.before == before, table.c.after == after)
    values = {"decision": decision.value, "changes": list(changes), "trials": trials, "decided_at": now()}
    with database.writing() as connection:
        if not connection.execute(update(table).where(*key).values(**values)).rowcount:
            connection.execute(insert(table).values(study=study, before=before, after=after, **values))


def mark_stale(database: TrialDatabase, studies: Collection[str], codes: Collection[str]) -> int:
    """Put trials of changed code aside: they stay readable under another id, and their own id is free again.

    Ablations that have such trials are unfinished again. Arms that a search found are planned again from the new one.

    Args:
        database: Open for writing; this process owns the studies.
        studies: A study and those that re-tune arms of its ablations.
        codes: Hashes of the code that trained the trials.

    Returns:
        How many were put aside.
    """
    trial = schema.trial
    renamed: dict[str, str] = {}
    renamed_in: list[tuple[Place, str, str]] = []
    """Where weights are, the id of their trial, and its other id."""
    places = {plan.study: place_of(database.storage, plan.files) for plan in database.plans()}
    with database.writing() as connection:
        chosen = (trial.c.study.in_(studies), trial.c.code.in_(codes), trial.c.stale_at.is_(None))
        for row in connection.execute(select(trial).where(*chosen)).mappings().all():
            aside = fingerprint([row["id"], row["code"], row["started_at"]])[:16]
            renamed[row["id"]] = aside
            renamed_in.append((places[row["study"]], row["id"], aside))
            connection.execute(insert(trial).values(**{**row, "id": aside, "stale_at": now(), "optuna_trial_id": None}))
            for table in (schema.epoch, schema.test_result, schema.failure):
                connection.execute(update(table).where(table.c.trial == row["id"]).values(trial=aside))
            connection.execute(delete(trial).where(trial.c.id == row["id"]))
        _plan_again(connection, studies, renamed)
    for place, trial_id, aside in renamed_in:
        place.set_aside(trial_id, aside)
    return len(renamed)


def _plan_again(connection: Connection, studies: Collection[str], stale: Mapping[str, str]) -> None:
    """Open the ablations that lost trials, and take back the arms that stale searches found."""
    ablation, arm, planned = schema.ablation, schema.arm, schema.planned_trial
    if not stale:
        return
    connection.execute(update(ablation).where(ablation.c.study.in_(studies)).values(finished=False))
    searched = select(ablation.c.name).where(
        ablation.c.study.in_(studies), (ablation.c.reference == "best") | (ablation.c.design == "path")
    )
    for table in (planned, arm):
        found = (table.c.setting == "retuned") | table.c.ablation.in_(searched)
        connection.execute(delete(table).where(table.c.study.in_(studies), found))


@repeated
def stale_trials(database: TrialDatabase, study: str) -> list[StaleTrials]:
    """Return how many trials of a study, and of those that re-tune its arms, were put aside, and when."""
    trial, plan = schema.trial, schema.plan
    keys = (trial.c.study, trial.c.phase, trial.c.code, trial.c.stale_at)
    with database.begin() as connection:
        rows = connection.execute(
            select(*keys, func.count().label("trials"))
            .join(plan, plan.c.study == trial.c.study)
            .where((plan.c.study == study) | (plan.c.parent == study), trial.c.stale_at.is_not(None))
            .group_by(*keys)
            .order_by(trial.c.stale_at, trial.c.study, trial.c.phase)
        ).all()
    return [StaleTrials(row.study, row.phase, row.code or "", row.stale_at, row.trials) for row in rows]
