"""Trials of several machines, and studies that a report does not show: both are said."""

from __future__ import annotations

import pytest
from sqlalchemy import ColumnElement, Select, select, update

from reports.analysis.effects import effects
from reports.analysis.machines import several_machines
from reports.pages.document import Table
from reports.sections.in_a_sentence import in_a_sentence
from reports.sections.provenance import notes, section
from study.database import schema
from tests.reports.ablations import Arm, ablate, baseline
from tests.reports.laboratory import Laboratory


def test_times_of_two_machines_make_no_ratio_and_are_said(laboratory: Laboratory) -> None:
    study = laboratory.plan()
    ablate(laboratory, study, baseline(0.9, 0.91, 0.92), Arm("wide", (0.92, 0.93, 0.94), seconds=4.0))
    before = effects(laboratory.frames()).iloc[0]
    assert before["seconds_ratio"] == pytest.approx(2)
    assert several_machines(laboratory.frames()) == {}
    with laboratory.database.engine.connect() as connection:
        (first,) = connection.execute(schema.environment.select()).mappings().all()
    other = laboratory.database.save_environment(
        {name: value for name, value in first.items() if name != "id"} | {"processor": "Another processor"}
    )
    trial = schema.trial
    with laboratory.database.begin() as connection:
        moved = (trial.c.variant == "wide") & (trial.c.replicate == 0)
        connection.execute(update(schema.epoch).where(schema.epoch.c.trial.in_(_ids(moved))).values(seconds=400.0))
        connection.execute(update(trial).where(moved).values(environment=other))
    frames = laboratory.frames()
    assert effects(frames).iloc[0]["seconds_ratio"] == pytest.approx(2)  # of the pairs of one machine alone
    assert effects(frames).iloc[0]["n"] == 3
    (told,) = several_machines(frames).values()
    assert told.startswith("Its trials ran on 2 machines: 5 on A processor, 2 cores, torch 2.12.0; 1 on Another")
    assert told in notes(frames)["note"].tolist()
    with laboratory.database.begin() as connection:
        connection.execute(update(trial).where(trial.c.variant == "wide").values(environment=other))
    assert effects(laboratory.frames())["seconds_ratio"].isna().all()


def _ids(chosen: ColumnElement[bool]) -> Select[tuple[str]]:
    return select(schema.trial.c.id).where(chosen)


def test_studies_that_are_not_shown_are_named(laboratory: Laboratory) -> None:
    for study in ("cnn@mnist", "lstm@mnist", "cnn-again@mnist"):
        laboratory.plan(study)
    assert "Not shown" not in in_a_sentence(laboratory.frames())
    assert in_a_sentence(laboratory.frames("cnn@mnist")).endswith(
        "Not shown, of the same database: lstm@mnist and cnn-again@mnist."
    )


def test_a_trial_that_had_to_move_is_said_and_its_times_compare_with_none(laboratory: Laboratory) -> None:
    study = laboratory.plan()
    ablate(laboratory, study, baseline(0.9, 0.91, 0.92), Arm("wide", (0.92, 0.93, 0.94), seconds=4.0))
    trial = schema.trial
    with laboratory.database.begin() as connection:
        connection.execute(update(trial).values(machine_kinds=["A processor"]))
        one = (trial.c.variant == "wide") & (trial.c.replicate == 0)
        connection.execute(update(schema.epoch).where(schema.epoch.c.trial.in_(_ids(one))).values(seconds=400.0))
        connection.execute(update(trial).where(one).values(machine_kinds=["A processor", "Another"]))
    frames = laboratory.frames()
    assert effects(frames).iloc[0]["seconds_ratio"] == pytest.approx(2)  # of the pairs that stayed where they were
    (told,) = several_machines(frames).values()
    assert told.startswith("1 of its trials was interrupted and went on on another kind of machine")


def test_workers_of_a_cluster_are_not_told_as_none(laboratory: Laboratory) -> None:
    laboratory.plan(workers=0)
    tables = [block for block in section(laboratory.frames()).blocks if isinstance(block, Table)]
    (plans,) = [table for table in tables if table.name == "plans"]
    assert plans.rows[0][plans.headings.index("Workers")] == "a cluster's"
