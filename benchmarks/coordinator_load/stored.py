"""A study that has so many trials already: our rows and Optuna's, as the program itself would have left them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, distribution_to_json
from sqlalchemy import Connection, MetaData, Table, func, insert, select, text

from benchmarks.coordinator_load.workers import ENVIRONMENT, measured, score
from study.catalog import load_model, load_space
from study.database import TrialDatabase, schema
from study.options.method import Budget, Method
from study.plan import DatasetFacts, Plan
from study.search.copies import OURS
from study.search.parameters import suggest_all, to_optuna, tuned
from study.search.promotion import REDUCTION, rungs
from study.task import DataSpec
from study.trial import Phase, Trial, TrialState, fingerprint

Row = dict[str, Any]
_FACTS = DatasetFacts(
    name="made-up",
    source="made-up",
    content_hash="0" * 64,
    data_root="data",
    spec=DataSpec(shape=(1, 28, 28), class_names=tuple("0123456789")),
    train_examples=50_000,
    validation_examples=10_000,
    test_examples=10_000,
    train_size=None,
    final_examples=60_000,
)
_CHUNK = 20_000
_START = datetime(2026, 1, 1, tzinfo=UTC)


def plan_of(*, sampler: str, pruner: str, trials: int, epochs: int) -> Plan:
    """Return the plan of a search over the space `cnn`."""
    space = load_space("cnn")
    method = Method(sampler=sampler, pruner=pruner, objectives=("accuracy",))
    budget = Budget(trials=trials, epochs=epochs, replicates=0)
    return Plan(space=space, source="cnn", dataset=_FACTS, model=load_model(space.model), budget=budget, method=method)


def planned(plan: Plan, count: int) -> list[Trial]:
    """Return so many planned trials of an ablation's arm, which differ in their seeds."""
    return [
        replace(trial, phase=Phase.ABLATE) for trial in plan.replicates("baseline", plan.baseline, replicates=count)
    ]


def searched(plan: Plan, count: int) -> list[tuple[Trial, dict[str, Any], dict[str, BaseDistribution]]]:
    """Return so many trials of a search, drawn at random, each with Optuna's values and distributions."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.enqueue_trial(to_optuna(plan, tuned(plan, plan.baseline)))
    found = []
    for number in range(count):
        asked = study.ask()
        trial = plan.search_trial(number, suggest_all(plan, asked))
        found.append((trial, asked.params, asked.distributions))
    return found


def fill(database: TrialDatabase, plan: Plan, planned_trials: Iterable[Trial] | None, count: int) -> dict[str, int]:
    """Store a plan, and so many of its trials as having ended, or as paused.

    Args:
        database: Open for writing.
        plan: The study.
        planned_trials: What is stored of an ablation; None stores trials of a search.
        count: How many.

    Returns:
        Trial's id -> epochs, of those that are paused.
    """
    database.save_plan(plan.columns() | {"code_version": "benchmark", "commands": []})
    environment = database.save_environment(dict(ENVIRONMENT))
    if planned_trials is not None:
        rows = [
            _row(trial, TrialState.COMPLETE, trial.epochs, environment, at) for at, trial in enumerate(planned_trials)
        ]
        with database.engine.begin() as connection:
            _write(connection, schema.trial, rows)
            _write(connection, schema.epoch, _epochs(zip(list(planned_trials), rows, strict=True)))
        return {}
    trials = searched(plan, count)
    stands = [_stand(plan, trial) for trial, _, _ in trials]
    optuna.create_study(study_name=plan.study, storage=database.storage, directions=list(plan.directions))
    rows = [
        _row(trial, state, reached, environment, at) | {"optuna_trial_id": at + 1}
        for at, ((trial, _, _), (state, reached)) in enumerate(zip(trials, stands, strict=True))
    ]
    with database.engine.begin() as connection:
        _write(connection, schema.trial, rows)
        _write(connection, schema.epoch, _epochs((trial, row) for (trial, _, _), row in zip(trials, rows, strict=True)))
        _write_optuna(connection, trials, rows)
    return {row["id"]: row["reached"] for row in rows if row["state"] == TrialState.PAUSED}


def _stand(plan: Plan, trial: Trial) -> tuple[TrialState, int]:
    """Return a trial's state and its epochs: of a promoting search, two thirds of each rung wait."""
    if plan.method.pruner != "promote":
        return TrialState.COMPLETE, trial.epochs
    chance, ladder = random.Random(trial.seed + 1), rungs(trial.epochs)
    for rung in ladder[:-1]:
        if trial.number and chance.random() > 1 / REDUCTION:
            return TrialState.PAUSED, rung
    return TrialState.COMPLETE, trial.epochs


def _row(trial: Trial, state: TrialState, reached: int, environment: str, at: int) -> Row:
    moment = (_START + timedelta(seconds=at)).isoformat(timespec="microseconds")
    return {
        "id": trial.id,
        "study": trial.study,
        "phase": trial.phase.value,
        "variant": trial.variant,
        "replicate": trial.replicate,
        "optuna_number": trial.number,
        "configuration": dict(trial.configuration),
        "changes": dict(trial.changes),
        "configuration_hash": fingerprint(dict(trial.configuration)),
        "seed": trial.seed,
        "epochs": trial.epochs,
        "state": state.value,
        "attempt": 1,
        "value": score(trial, reached) if state is TrialState.COMPLETE else None,
        "promoted_to": reached if state is TrialState.PAUSED and reached > 1 else None,
        "device": "cpu",
        "precision": "float32",
        "threads": 1,
        "machine_kinds": ["made up"],
        "parameters": 421_642,
        "worker": 0,
        "environment": environment,
        "created_at": moment,
        "started_at": moment,
        "finished_at": moment if state.finished else None,
        "reached": reached,
    }


def _epochs(trials: Iterable[tuple[Trial, Row]]) -> Iterable[Row]:
    for trial, row in trials:
        for number in range(1, row["reached"] + 1):
            found = score(trial, number)
            yield {
                "trial": row["id"],
                "epoch": number,
                "train_loss": 3 * (1 - found),
                "train_score": found,
                "validation_loss": 3 * (1 - found),
                "validation_score": found,
                "metrics": dict(measured(found)),
                "learning_rate": 0.001,
                "seconds": 1.0,
                "processor_seconds": 1.0,
                "recorded_at": row["started_at"],
            }


def _write_optuna(
    connection: Connection,
    trials: Iterable[tuple[Trial, Mapping[str, Any], Mapping[str, BaseDistribution]]],
    rows: list[Row],
) -> None:
    """Fill Optuna's tables with the same trials; its keys are the trials' numbers plus 1."""
    tables = MetaData()
    tables.reflect(connection)
    study = connection.execute(select(tables.tables["studies"].c.study_id)).scalar_one()
    written: dict[str, list[Row]] = {
        name: [] for name in ("trials", "trial_values", "trial_params", "trial_user_attributes")
    }
    reports: list[Row] = []
    for (trial, params, distributions), row in zip(trials, rows, strict=True):
        key, number = (trial.number or 0) + 1, trial.number or 0
        ended = row["finished_at"] is not None
        begun = datetime.fromisoformat(row["started_at"]).replace(tzinfo=None)
        common = {"trial_id": key, "number": number, "study_id": study, "datetime_start": begun}
        state = "COMPLETE" if ended else "RUNNING"
        written["trials"].append(common | {"state": state, "datetime_complete": begun if ended else None})
        if ended:
            value = {"trial_id": key, "objective": 0, "value": row["value"], "value_type": "FINITE"}
            written["trial_values"].append(value)
        for name, value in params.items():
            distribution = distributions[name]
            internal = distribution.to_internal_repr(value)
            kept = {"param_name": name, "param_value": internal}
            written["trial_params"].append(
                {"trial_id": key, **kept, "distribution_json": distribution_to_json(distribution)}
            )
        written["trial_user_attributes"].append({"trial_id": key, "key": OURS, "value_json": f'"{row["id"]}"'})
        reports += [
            {
                "trial_id": key,
                "step": step,
                "intermediate_value": score(trial, step),
                "intermediate_value_type": "FINITE",
            }
            for step in range(1, row["reached"] + 1)
        ]
    for name, found in written.items():
        _write(connection, tables.tables[name], found)
    _write(connection, tables.tables["trial_intermediate_values"], reports)
    if connection.dialect.name == "postgresql":  # which counts its keys apart
        last = connection.execute(select(func.max(tables.tables["trials"].c.trial_id))).scalar()
        found_sequence = "SELECT setval(pg_get_serial_sequence('trials', 'trial_id'), :last)"
        connection.execute(text(found_sequence), {"last": last})


def _write(connection: Connection, table: Table, rows: Iterable[Row]) -> None:
    chunk: list[Row] = []
    for row in rows:
        chunk.append({name: value for name, value in row.items() if name in table.c})
        if len(chunk) == _CHUNK:
            connection.execute(insert(table), chunk)
            chunk = []
    if chunk:
        connection.execute(insert(table), chunk)
