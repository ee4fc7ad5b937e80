"""Every row that belongs to a study, and to what re-tunes arms of its ablations: what an export is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, Table, select

from study.database import schema
from study.database.rows import (
    AblationRow,
    ArmRow,
    CodeChangeRow,
    CodeRow,
    EnvironmentRow,
    EpochRow,
    FailureRow,
    FinalRow,
    LogRow,
    PlanChangeRow,
    PlannedTrialRow,
    PlanRow,
    TestRow,
    TrialRow,
    TriedRow,
    structured,
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A table, and the dataclass that its rows are read as."""

    kind: type[Any]
    table: Table


WHOLE: Mapping[str, Stored] = {
    "studies": Stored(PlanRow, schema.plan),
    "plan_changes": Stored(PlanChangeRow, schema.plan_change),
    "trials": Stored(TrialRow, schema.trial),
    "epochs": Stored(EpochRow, schema.epoch),
    "test_results": Stored(TestRow, schema.test_result),
    "failures": Stored(FailureRow, schema.failure),
    "logs": Stored(LogRow, schema.log),
    "tried": Stored(TriedRow, schema.tried),
    "finals": Stored(FinalRow, schema.final),
    "ablations": Stored(AblationRow, schema.ablation),
    "arms": Stored(ArmRow, schema.arm),
    "planned_trials": Stored(PlannedTrialRow, schema.planned_trial),
    "environments": Stored(EnvironmentRow, schema.environment),
    "code": Stored(CodeRow, schema.code),
    "code_changes": Stored(CodeChangeRow, schema.code_change),
}
"""What the rows of a table are called outside the database -> the table."""
APART = frozenset({"schema_version", "test_split", "test_image"})
"""Tables that hold nothing of a study: the version of the tables, and the test splits of data sets."""
_FIRST = ("created_at", "planned_at", "position")
"""Columns that rows are in the order of, before those of the primary key."""


def rows_of_study(connection: Connection, study: str) -> dict[str, list[Any]]:
    """Return every row that belongs to a study, stale trials' among them: name in `WHOLE` -> rows in their order.

    Args:
        connection: In a transaction.
        study: The study's whole name; searches that re-tune arms of its ablations belong to it.
    """
    plan = schema.plan
    family = select(plan.c.study).where((plan.c.study == study) | (plan.c.parent == study))
    studies = list(connection.execute(family).scalars())
    return {
        name: [structured(stored.kind, row) for row in connection.execute(_rows(stored.table, studies)).mappings()]
        for name, stored in WHOLE.items()
    }


def _rows(table: Table, studies: Sequence[str]) -> Select[Any]:
    trial, planned = schema.trial, schema.planned_trial
    order = [table.c[name] for name in _FIRST if name in table.c]
    of_studies = trial.c.study.in_(studies)
    found = select(table)
    if table is planned:
        found = select(table, trial.c.state, trial.c.value).outerjoin(trial, planned.c.trial == trial.c.id)
    if table is schema.environment:
        found = found.where(table.c.id.in_(select(trial.c.environment).where(of_studies)))
    elif table is schema.code:
        change = schema.code_change
        known = [select(trial.c.code).where(of_studies)]
        known += [select(column).where(change.c.study.in_(studies)) for column in (change.c.before, change.c.after)]
        found = found.where(table.c.hash.in_(known[0].union(*known[1:])))
    elif "study" in table.c:
        found = found.where(table.c.study.in_(studies))
    else:
        found = found.where(table.c.trial.in_(select(trial.c.id).where(of_studies)))
    return found.order_by(*order, *table.primary_key.columns)
