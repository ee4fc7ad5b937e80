"""The tables of ablations: arms keep what they were begun with, planned_trials tell what came of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from study.ablation import Ablation, Arm, Role, Setting, planned_trials
from study.database import ArmRow, TrialDatabase
from study.plan import Plan
from study.trial import Epoch, TestResult, Trial, TrialState

from ..plans import plan_of

MACHINE = {"device": "cpu", "precision": "float32", "threads": 1}


@pytest.fixture
def plan() -> Plan:
    return plan_of("cnn")


@pytest.fixture
def database(tmp_path: Path, plan: Plan) -> Iterator[TrialDatabase]:
    with TrialDatabase(f"sqlite:///{tmp_path / 's.db'}") as opened:
        opened.save_plan(plan.columns() | {"code_version": "0", "commands": []})
        opened.save_ablation(Ablation(variants=("dropout",)).columns(plan.study), finished=False)
        yield opened


def arm(plan: Plan, name: str, **parts: Any) -> Arm:  # noqa: ANN401 - fields of an arm
    changes = {"dropout": 0.25} if name == "dropout" else {}
    given = {"role": Role.VARIANT, "control": "baseline", "configuration": plan.changed(plan.baseline, changes)}
    return Arm(name=name, **given | parts)


def save(database: TrialDatabase, plan: Plan, *arms: Arm, replicates: int = 2, by_rule: bool = False) -> None:
    rows = [
        (entry.columns(plan), [planned.columns() for planned in planned_trials(plan, entry, replicates)])
        for entry in arms
    ]
    database.save_arms(plan.study, "one-at-a-time", rows, by_rule=by_rule)


def trials_of(plan: Plan, trained: Arm, replicates: int) -> list[Trial]:
    return [planned.trial for planned in planned_trials(plan, trained, replicates) if planned.trial is not None]


def train(database: TrialDatabase, plan: Plan, trained: Arm, state: TrialState, replicates: int = 2) -> None:
    """Writes the rows of an arm's trials, as if they had been trained."""
    environment = database.save_environment({"python": "3", **dict.fromkeys(("platform", "processor"), "x")} | REST)
    for trial in trials_of(plan, trained, replicates):
        database.begin_trial(trial, worker=0, environment=environment, machine=MACHINE)
        database.record_epochs({trial.id: Epoch(1, 0.5, 0.8, 0.6, 0.7, 0.001, 1.0)})
        result = TestResult(0.5, 0.75, b"\x01", b"\x00\x00", 0.1) if state is TrialState.COMPLETE else None
        database.finish_trial(trial.id, state, result, value=0.7)


REST = {"packages": {}, "cores": 1, "memory_bytes": 1, "code_version": "0"}


def arms(database: TrialDatabase, plan: Plan) -> dict[tuple[str, str], ArmRow]:
    return {(row.setting, row.name): row for row in database.arms(plan.study, "one-at-a-time")}


def test_arms_come_back_in_the_order_they_were_planned(database: TrialDatabase, plan: Plan) -> None:
    save(database, plan, arm(plan, "z"), arm(plan, "a"))
    save(database, plan, arm(plan, "b"), arm(plan, "z"))
    assert [name for _, name in arms(database, plan)] == ["z", "a", "b"]
    row = arms(database, plan)["fixed", "z"]
    assert (row.role, row.control, row.factors, row.configuration) == (
        *("variant", "baseline", ()),
        plan.baseline,
    )


def test_an_arm_that_is_planned_when_results_are_known_is_marked_and_keeps_its_mark(
    database: TrialDatabase, plan: Plan
) -> None:
    first = arm(plan, "dropout")
    save(database, plan, first)
    save(database, plan, arm(plan, "early"))  # nothing was tested yet
    before = arms(database, plan)
    train(database, plan, first, TrialState.COMPLETE)
    save(database, plan, first, arm(plan, "late"), replicates=3)
    save(database, plan, arm(plan, "by-rule"), by_rule=True)
    after = arms(database, plan)
    assert {name: bool(row.added_later) for (_, name), row in after.items()} == {
        "dropout": False,
        "early": False,
        "late": True,
        "by-rule": False,
    }
    assert {key: after[key] for key in before} == before  # planned_at and position too
    save(database, plan, first, arm(plan, "late"), by_rule=True)
    assert arms(database, plan) == after


def test_a_failed_training_tells_no_test_accuracy_so_nothing_is_added_later(
    database: TrialDatabase, plan: Plan
) -> None:
    save(database, plan, arm(plan, "dropout"))
    train(database, plan, arm(plan, "dropout"), TrialState.FAILED)
    save(database, plan, arm(plan, "next"))
    assert not arms(database, plan)["fixed", "next"].added_later


def test_what_is_not_known_yet_overwrites_nothing(database: TrialDatabase, plan: Plan) -> None:
    found = arm(plan, "dropout", setting=Setting.RETUNED)
    unknown = arm(plan, "dropout", setting=Setting.RETUNED, configuration=None, held={"dropout": 0.25})
    save(database, plan, unknown)
    assert [row.trial for row in database.planned_trials(plan.study)] == [None, None]
    save(database, plan, found)
    known = database.planned_trials(plan.study)
    assert [row.trial for row in known] == [trial.id for trial in trials_of(plan, found, 2)]
    save(database, plan, unknown, replicates=3)
    assert arms(database, plan)["retuned", "dropout"].configuration == found.configuration
    assert [row.trial for row in database.planned_trials(plan.study)] == [*(row.trial for row in known), None]


def test_cells_tell_the_state_and_value_of_their_trials(database: TrialDatabase, plan: Plan) -> None:
    done, lost, waiting = arm(plan, "dropout"), arm(plan, "lost"), arm(plan, "waiting", role=Role.NOISE_FLOOR)
    save(database, plan, done, lost, waiting)
    train(database, plan, done, TrialState.COMPLETE)
    train(database, plan, lost, TrialState.DIVERGED)
    found = [(row.arm, row.replicate, row.state) for row in database.planned_trials(plan.study)]
    assert sorted(found) == [
        *(("dropout", 0, "complete"), ("dropout", 1, "complete")),
        *(("lost", 0, "diverged"), ("lost", 1, "diverged")),
        *(("waiting", 0, None), ("waiting", 1, None)),
    ]
    assert {row.value for row in database.planned_trials(plan.study) if row.state == "complete"} == {0.7}


def test_more_replicates_add_cells_and_keep_the_first_ones(database: TrialDatabase, plan: Plan) -> None:
    save(database, plan, arm(plan, "dropout"), replicates=2)
    before = database.planned_trials(plan.study)
    save(database, plan, arm(plan, "dropout"), replicates=4)
    after = database.planned_trials(plan.study)
    assert after[:2] == before
    assert len(after) == 4


def test_an_ablation_that_is_asked_for_again_keeps_when_it_was_created(database: TrialDatabase, plan: Plan) -> None:
    (before,) = database.ablations(plan.study)
    more = Ablation(variants=("dropout", "batchnorm"), replicates=9)
    database.save_ablation(more.columns(plan.study), finished=True)
    (after,) = database.ablations(plan.study)
    assert Ablation.from_row(after) == more
    assert (after.created_at, before.finished, after.finished) == (before.created_at, False, True)
    database.save_ablation(Ablation(reference="best").columns(plan.study), finished=False)
    assert [row.name for row in database.ablations(plan.study)] == ["one-at-a-time", "one-at-a-time from best"]


def test_arms_of_an_ablation_that_is_not_there_are_refused(database: TrialDatabase, plan: Plan) -> None:
    with pytest.raises(Exception, match="FOREIGN KEY constraint failed"):
        database.save_arms(plan.study, "no such", [(arm(plan, "dropout").columns(plan), [])])
