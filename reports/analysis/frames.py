"""The trial database as data frames, read in one snapshot, a query a frame. The only module here that knows SQL."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Connection, bindparam, text
from sqlalchemy.exc import DatabaseError

from reports.analysis.typed import Types, typed
from reports.errors import ReportError
from study.database import TrialDatabase, owner_alive
from study.status.lookup import find_study

_PLANS = "SELECT * FROM plan ORDER BY created_at, study"
_ENVIRONMENTS = """
    SELECT * FROM environment WHERE id IN (
        SELECT environment FROM trial JOIN plan ON plan.study = trial.study
        WHERE plan.study IN :studies OR plan.parent IN :studies
    ) ORDER BY id
"""
_TRIALS = """
    SELECT id AS trial, study, phase, variant, replicate, optuna_number, configuration, configuration_hash, seed,
           epochs, state, value, failure_type, failure_message, device, precision, threads, parameters, worker,
           environment, created_at, started_at, finished_at
    FROM trial WHERE study IN :studies AND stale_at IS NULL ORDER BY created_at, id
"""
_EPOCHS = """
    SELECT epoch.trial, epoch.epoch, train_loss, train_accuracy, validation_loss, validation_accuracy, seconds
    FROM epoch JOIN trial ON trial.id = epoch.trial WHERE trial.study IN :studies AND trial.stale_at IS NULL
    ORDER BY epoch.trial, epoch.epoch
"""
_TESTS = """
    SELECT test_result.trial, test_result.accuracy, test_result.seconds
    FROM test_result JOIN trial ON trial.id = test_result.trial
    WHERE trial.study IN :studies AND trial.stale_at IS NULL
    ORDER BY test_result.trial
"""
# Of replicates alone: an ablation's predictions would be many times as many.
_PREDICTIONS = """
    SELECT test_result.trial, test_result.predictions, test_result.confidences
    FROM test_result JOIN trial ON trial.id = test_result.trial
    WHERE trial.study IN :studies AND trial.phase = 'replicate' AND trial.state = 'complete' AND trial.stale_at IS NULL
    ORDER BY test_result.trial
"""
_IMAGES = """
    SELECT dataset_hash, image, height, width, pixels FROM test_image
    WHERE dataset_hash IN (SELECT dataset_hash FROM plan WHERE study IN :studies) ORDER BY dataset_hash, image
"""
_LABELS = """
    SELECT plan.study, test_split.labels FROM plan JOIN test_split ON test_split.dataset_hash = plan.dataset_hash
    WHERE plan.study IN :studies
"""
# Of the searches that re-tune a variant: each trial with its epochs counted, for nobody draws their curves.
_RETUNINGS = """
    SELECT trial.id AS trial, plan.parent AS study, plan.variant AS arm, trial.phase, state, failure_type,
           failure_message, trial.device, trial.precision, threads, environment, trial.created_at, started_at,
           finished_at, COUNT(epoch.epoch) AS trained, COALESCE(SUM(epoch.seconds), 0.0) AS seconds
    FROM plan JOIN trial ON trial.study = plan.study LEFT JOIN epoch ON epoch.trial = trial.id
    WHERE plan.parent IN :studies AND trial.stale_at IS NULL
    GROUP BY trial.id, plan.study ORDER BY trial.created_at, trial.id
"""
# What ended an attempt of a trial that was trained again; the trial's own row tells of its last attempt alone.
_RETRIES = """
    SELECT failure.trial, COALESCE(plan.parent, plan.study) AS study, plan.parent IS NOT NULL AS retuned, trial.phase,
           failure.attempt, failure.state, failure.type, failure.message, trial.state AS now
    FROM failure JOIN trial ON trial.id = failure.trial JOIN plan ON plan.study = trial.study
    WHERE (plan.study IN :studies OR plan.parent IN :studies) AND trial.stale_at IS NULL
    ORDER BY failure.recorded_at, failure.trial, failure.attempt
"""
# Trials whose code was changed since: no other query reads those that are stale.
_CODE_CHANGES = """
    SELECT study, decision, changes, trials, decided_at FROM code_change WHERE study IN :studies ORDER BY decided_at
"""
_STALE = """
    SELECT COALESCE(plan.parent, plan.study) AS study, COUNT(*) AS trials, MAX(trial.stale_at) AS stale_at
    FROM trial JOIN plan ON plan.study = trial.study
    WHERE (plan.study IN :studies OR plan.parent IN :studies) AND trial.stale_at IS NOT NULL
    GROUP BY COALESCE(plan.parent, plan.study) ORDER BY 1
"""
_ABLATIONS = "SELECT * FROM ablation WHERE study IN :studies ORDER BY created_at, name"
_ARMS = "SELECT * FROM arm WHERE study IN :studies"
_PLANNED_TRIALS = """
    SELECT study, ablation, setting, arm, replicate, seed, trial FROM planned_trial WHERE study IN :studies
    ORDER BY study, ablation, setting, arm, replicate
"""
_VOTES = """
    SELECT trial, predictions FROM test_result
    WHERE trial IN (SELECT trial FROM planned_trial WHERE study IN :studies) ORDER BY trial
"""
_QUERIES = {
    "trials": _TRIALS,
    "retunings": _RETUNINGS,
    "retries": _RETRIES,
    "epochs": _EPOCHS,
    "tests": _TESTS,
    "predictions": _PREDICTIONS,
    "images": _IMAGES,
    "environments": _ENVIRONMENTS,
    "labels": _LABELS,
    "code_changes": _CODE_CHANGES,
    "stale": _STALE,
    "ablations": _ABLATIONS,
    "arms": _ARMS,
    "planned_trials": _PLANNED_TRIALS,
    "votes": _VOTES,
}

# An empty query tells pandas no types, and a column of NULLs no numbers: both are said here. A whole number that may be
# missing is a float until it is shown.
_PLAN_TYPES = {
    **dict.fromkeys(("train_images", "validation_images", "test_images", "trials", "epochs", "replicates"), "int64"),
    **dict.fromkeys(("seed", "workers"), "int64"),
    **dict.fromkeys(("train_size", "timeout_seconds", "search_seconds", "total_timeout_seconds"), "float64"),
    **dict.fromkeys(("total_seconds", "trial_timeout_seconds", "patience", "owner_seen_at"), "float64"),
    "skip_unreadable": "bool",  # SQLite stores truth values as numbers
}
_TYPES: dict[str, Types] = {
    "plans": _PLAN_TYPES,
    "children": _PLAN_TYPES,
    "trials": dict.fromkeys(("seed", "epochs", "threads"), "int64")
    | dict.fromkeys(("replicate", "optuna_number", "value", "parameters", "worker"), "float64"),
    "retunings": {"threads": "int64", "trained": "int64", "seconds": "float64"},
    "retries": {"attempt": "int64", "retuned": "bool"},
    "epochs": {"epoch": "int64"}
    | dict.fromkeys(("train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "seconds"), "float64"),
    "tests": dict.fromkeys(("accuracy", "seconds"), "float64"),
    "images": dict.fromkeys(("image", "height", "width"), "int64"),
    "environments": dict.fromkeys(("cores", "memory_bytes"), "int64"),
    "code_changes": {"trials": "int64"},
    "stale": {"trials": "int64"},
    "ablations": {"replicates": "int64", "finished": "bool"},
    "arms": {"step": "float64", "position": "int64", "added_later": "bool"},
    "planned_trials": dict.fromkeys(("replicate", "seed"), "int64"),
}
_PLAN_JSON = (
    "definition",
    "baseline",
    "fixed",
    "class_names",
    "class_counts",
    "left_out",
    "dataset_notes",
    "notes",
    "commands",
)
_JSON = {
    "plans": _PLAN_JSON,
    "children": _PLAN_JSON,
    "environments": ("packages",),
    "code_changes": ("changes",),
    "ablations": ("factors", "variants", "retuned"),
    "arms": ("factors", "changes", "configuration"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """What a report is made from. Studies come in the order in which they were planned."""

    plans: pd.DataFrame
    """One row a study: the table `plan`, JSON decoded, and `alive`: whether a living process owns the study.

    Without the searches that re-tune a variant: those are `children`.
    """
    children: pd.DataFrame
    """The plans that re-tune a variant of the study `parent`."""
    trials: pd.DataFrame
    """One row a trial: the table `trial`, its `id` named `trial`; `configuration` still as the database gives it."""
    retunings: pd.DataFrame
    """One row a trial of the `children`: `study` is the parent, `arm` what is re-tuned; `trained` epochs in `seconds`.

    Apart from `trials`, so that nothing that ranks a study's trials sees them.
    """
    retries: pd.DataFrame
    """One row an attempt that failed of a trial that was trained again, those of `children` too.

    `trial, study` (the parent), `retuned, phase, attempt, state, type, message`; `now` is the trial's state today.
    """
    epochs: pd.DataFrame
    """One row an epoch, ordered by trial and epoch."""
    tests: pd.DataFrame
    """One row a test result: `trial`, `accuracy`, `seconds` (of the pass over the test split)."""
    predictions: pd.DataFrame
    """One row a complete replicate: `trial`, `predictions`, `confidences`, as the bytes of the database."""
    images: pd.DataFrame
    """One row a kept picture of a test split: `dataset_hash, image, height, width, pixels` (grey, one byte each)."""
    environments: pd.DataFrame
    """One row an environment that a trial ran in."""
    labels: pd.DataFrame
    """One row a study whose test labels are known: `study`, `labels` (a byte an image)."""
    code_changes: pd.DataFrame
    """One row a change of a model's source between trials, JSON decoded: what was decided about the `trials` before."""
    stale: pd.DataFrame
    """One row a study with trials that count for nothing, since their code was changed: how many `trials`."""
    ablations: pd.DataFrame
    """One row an ablation, JSON decoded."""
    arms: pd.DataFrame
    """One row an arm of an ablation and its setting, JSON decoded."""
    planned_trials: pd.DataFrame
    """One row an arm and replicate; `trial` is missing, or not in `trials`, while it has not begun."""
    votes: pd.DataFrame
    """One row a tested training of a planned trial: `trial`, `predictions` (a byte an image)."""
    storage: str
    """The database's URL, its password hidden."""


def load(storage: str, studies: Sequence[str] = ()) -> Frames:
    """Reads the studies, or all of them.

    Args:
        storage: SQLAlchemy URL of the trial database.
        studies: Names such as `cnn@mnist`, or `cnn` where only one study of that space exists.

    Raises:
        ReportError: A study re-tunes a variant of another, or the database cannot be read.
        study.errors.StudyError: A study is unknown or ambiguous, or there is no trial database at `storage`.
    """
    with TrialDatabase(storage, read_only=True) as database:
        return read(database, studies)


def read(database: TrialDatabase, studies: Sequence[str] = ()) -> Frames:
    """Reads the studies, or all of them, from an open database; as `load`."""
    try:
        with database.engine.connect() as connection:
            if database.engine.dialect.name == "sqlite":
                # The driver opens no transaction for SELECT; without one, a running study changes between queries.
                connection.exec_driver_sql("BEGIN")
            else:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            return _read(connection, studies, shown=database.shown)
    except DatabaseError as error:
        raise ReportError(f"the trial database {database.shown} cannot be read: {error.orig}") from error


def decoded(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """Returns a JSON column's value: SQLite hands out its text, PostgreSQL the value itself, pandas NaN for NULL."""
    if isinstance(value, float) and math.isnan(value):
        return None
    return json.loads(value) if isinstance(value, str) else value


def _read(connection: Connection, names: Sequence[str], *, shown: str) -> Frames:
    every = pd.read_sql(text(_PLANS), connection)
    nested = every["parent"].notna()
    _refuse_children(names, every[nested])
    known = every.loc[~nested, "study"].tolist()
    chosen = {find_study(name, known) for name in names} if names else set(known)
    studies = [study for study in known if study in chosen]
    plans = every[every["study"].isin(studies)].reset_index(drop=True)
    plans["alive"] = pd.Series([_alive(row) for row in plans.to_dict("records")], index=plans.index, dtype=bool)
    frames = {"plans": plans, "children": every[every["parent"].isin(studies)].reset_index(drop=True)}
    for name, query in _QUERIES.items():
        statement = text(query).bindparams(bindparam("studies", expanding=True))
        frames[name] = pd.read_sql(statement, connection, params={"studies": studies})
    frames = {name: typed(frame, _TYPES.get(name, {})) for name, frame in frames.items()}
    for name, columns in _JSON.items():
        frame = frames[name]
        for column in columns:
            frame[column] = pd.Series([decoded(value) for value in frame[column]], index=frame.index, dtype=object)
    return Frames(**frames, storage=shown)


def _refuse_children(names: Sequence[str], children: pd.DataFrame) -> None:
    parents = dict(zip(children["study"], children["parent"], strict=True))
    for name in names:
        if name in parents:
            raise ReportError(f"{name!r} re-tunes a variant of {parents[name]!r}; report that study")


def _alive(plan: Mapping[Any, Any]) -> bool:
    owner = plan["owner"]
    seen_at = plan["owner_seen_at"]
    return isinstance(owner, str) and owner_alive(owner, 0.0 if pd.isna(seen_at) else float(seen_at))
