"""Stored ablations: what was asked for, their arms, and the trials that are planned of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select, update

from study.database import schema
from study.database.connection import OpenDatabase, repeated
from study.database.rows import AblationRow, ArmRow, Columns, PlannedTrialRow
from study.database.writing import now, upsert


class Ablations(OpenDatabase):
    """The tables of ablations, arms and planned trials."""

    def ablations(self, study: str) -> list[AblationRow]:
        """Return the study's ablations, oldest first."""
        table = schema.ablation
        return self.rows(
            AblationRow, select(table).where(table.c.study == study).order_by(table.c.created_at, table.c.name)
        )

    @repeated
    def save_ablation(self, row: Columns, *, finished: bool) -> None:
        """Insert an ablation, or overwrite what it was asked to do."""
        with self.writing() as connection:
            values = {**row, "finished": finished}
            upsert(connection, schema.ablation, values, created={"created_at": now()})

    def arms(self, study: str, ablation: str) -> list[ArmRow]:
        """Return the ablation's arms, in the order they were planned."""
        table = schema.arm
        wanted = (table.c.study == study, table.c.ablation == ablation)
        return self.rows(ArmRow, select(table).where(*wanted).order_by(table.c.planned_at, table.c.position))

    @repeated
    def save_arms(
        self, study: str, ablation: str, arms: Sequence[tuple[Columns, Sequence[Columns]]], *, by_rule: bool = False
    ) -> None:
        """Store arms and their planned trials, before the first of these begins.

        An arm that is there keeps its time and its mark, and gets what it lacks: its configuration, more trials. One
        that was withdrawn comes back.

        Args:
            study: The study's name.
            ablation: The ablation's name.
            arms: Columns of each arm, and of its planned trials; what is None is not known yet, and overwrites nothing.
            by_rule: Whether the arms follow from earlier results by the design's own rule, so that none of them counts
                as added by somebody who knew those results.
        """
        table, planned_at = schema.arm, now()
        key = {"study": study, "ablation": ablation}
        with self.writing() as connection:
            position = connection.execute(select(func.count()).select_from(table)).scalar() or 0
            later = not by_rule and bool(connection.execute(_tested_planned_trials(study, ablation)).scalar())
            for index, (row, planned_trials) in enumerate(arms):
                fresh = {"added_later": later, "planned_at": planned_at, "position": position + index}
                upsert(connection, table, _known(key | row) | {"withdrawn_at": None}, created=fresh)
                for planned in planned_trials:
                    values = _known({**key, "setting": row["setting"], "arm": row["name"], **planned})
                    upsert(connection, schema.planned_trial, values, created={"planned_at": planned_at})

    @repeated
    def withdraw_arms(self, study: str, ablation: str, arms: Sequence[tuple[str, str]]) -> None:
        """Mark arms as withdrawn now; their trials stay.

        Args:
            study: The study's name.
            ablation: The ablation's name.
            arms: The setting and the name of each.
        """
        table, withdrawn_at = schema.arm, now()
        with self.writing() as connection:
            for setting, name in arms:
                key = (table.c.study == study, table.c.ablation == ablation)
                named = (table.c.setting == setting, table.c.name == name)
                connection.execute(update(table).where(*key, *named).values(withdrawn_at=withdrawn_at))

    def planned_trials(self, study: str) -> list[PlannedTrialRow]:
        """Return the study's planned trials of all ablations: the planned trial's columns, and its trial's `state`.

        The state is None for a trial that has not begun. Those of arms that were withdrawn are left out: none of them
        is planned any more.
        """
        planned, trial, arm = schema.planned_trial, schema.trial, schema.arm
        joined = planned.join(arm).outerjoin(trial, planned.c.trial == trial.c.id)
        return self.rows(
            PlannedTrialRow,
            select(planned, trial.c.state, trial.c.value)
            .select_from(joined)
            .where(planned.c.study == study, arm.c.withdrawn_at.is_(None))
            .order_by(
                planned.c.planned_at,
                planned.c.ablation,
                planned.c.setting,
                planned.c.arm,
                planned.c.search,
                planned.c.replicate,
            ),
        )


def _known(row: Columns) -> Columns:
    return {name: value for name, value in row.items() if value is not None}


def _tested_planned_trials(study: str, ablation: str) -> Select[Any]:
    """Count the ablation's trials whose test score is known: what is planned now was planned knowing it."""
    planned = schema.planned_trial
    return (
        select(func.count())
        .select_from(planned.join(schema.test_result, schema.test_result.c.trial == planned.c.trial))
        .where(planned.c.study == study, planned.c.ablation == ablation)
    )
