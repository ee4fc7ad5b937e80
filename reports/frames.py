"""The trial database as data frames, read in one snapshot by five queries. The only module here that knows SQL."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Connection, bindparam, text
from sqlalchemy.exc import DatabaseError

from reports.errors import ReportError
from study.database import TrialDatabase, owner_alive

_PLANS = "SELECT * FROM plan ORDER BY created_at, study"
_ENVIRONMENTS = (
    "SELECT * FROM environment WHERE id IN (SELECT environment FROM trial WHERE study IN :studies) ORDER BY id"
)
_TRIALS = """
    SELECT id AS trial, study, phase, variant, replicate, optuna_number, configuration, configuration_hash, seed,
           epochs, state, value, failure_type, failure_message, device, precision, threads, parameters, environment,
           created_at, started_at, finished_at
    FROM trial WHERE study IN :studies ORDER BY created_at, id
"""
_EPOCHS = """
    SELECT epoch.trial, epoch.epoch, train_loss, train_accuracy, validation_loss, validation_accuracy, seconds
    FROM epoch JOIN trial ON trial.id = epoch.trial WHERE trial.study IN :studies ORDER BY epoch.trial, epoch.epoch
"""
_TESTS = """
    SELECT test_result.trial, test_result.accuracy
    FROM test_result JOIN trial ON trial.id = test_result.trial WHERE trial.study IN :studies
    ORDER BY test_result.trial
"""

# An empty query tells pandas no types, and a column of NULLs no numbers: both are said here.
_NUMBERS = {
    "trials": ("replicate", "optuna_number", "value", "parameters"),
    "epochs": ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "seconds"),
    "tests": ("accuracy",),
}
_JSON = ("definition", "baseline", "fixed", "class_names", "commands", "packages")


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """What a report is made from. Studies come in the order in which they were planned."""

    plans: pd.DataFrame
    """One row a study: the table `plan`, JSON decoded, and `alive`: whether a living process owns the study."""
    trials: pd.DataFrame
    """One row a trial: the table `trial`, its `id` named `trial`; `configuration` still as the database gives it."""
    epochs: pd.DataFrame
    """One row an epoch, ordered by trial and epoch."""
    tests: pd.DataFrame
    """One row a test result: `trial`, `accuracy`."""
    environments: pd.DataFrame
    """One row an environment that a trial ran in."""
    storage: str
    """The database's URL, its password hidden."""


def load(storage: str, studies: Sequence[str] = ()) -> Frames:
    """Reads the studies, or all of them.

    Args:
        storage: SQLAlchemy URL of the trial database.
        studies: Names such as `cnn@mnist`, or `cnn` where only one study of that space exists.

    Raises:
        ReportError: A study is unknown or ambiguous, or the database cannot be read.
        study.errors.StudyError: There is no trial database at `storage`.
    """
    with closing(TrialDatabase(storage, read_only=True)) as database:
        try:
            with database.engine.connect() as connection:
                if database.is_sqlite:
                    # The driver opens no transaction for SELECT; without one, a running study changes between queries.
                    connection.exec_driver_sql("BEGIN")
                else:
                    connection = connection.execution_options(isolation_level="REPEATABLE READ")
                return _read(connection, studies, shown=database.shown)
        except DatabaseError as error:
            raise ReportError(f"the trial database {database.shown} cannot be read: {error.orig}") from error


def decoded(value: object) -> Any:  # noqa: ANN401 - any JSON value
    """Returns a JSON column's value: SQLite hands out its text, PostgreSQL the value itself."""
    return json.loads(value) if isinstance(value, str) else value


def resolve(names: Sequence[str], known: Sequence[str]) -> list[str]:
    """Returns the studies meant by `names`, in the order of `known`; all of them for no name.

    Raises:
        ReportError: A name is unknown, or belongs to several studies.
    """
    chosen = {_resolve_one(name, known) for name in names} if names else set(known)
    return [study for study in known if study in chosen]


def _resolve_one(name: str, known: Sequence[str]) -> str:
    if name in known:
        return name
    candidates = [study for study in known if study.rsplit("@", 1)[0] == name]
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        raise ReportError(f"{name!r} names several studies; give one of {', '.join(map(repr, candidates))}")
    if not known:
        raise ReportError(f"there is no study {name!r}: the database holds no study yet")
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]!r}?" if close else f"the database holds {', '.join(map(repr, known))}"
    raise ReportError(f"there is no study {name!r}; {hint}")


def _read(connection: Connection, names: Sequence[str], *, shown: str) -> Frames:
    plans = pd.read_sql(text(_PLANS), connection)
    studies = resolve(names, plans["study"].tolist())
    plans = plans[plans["study"].isin(studies)].reset_index(drop=True)
    plans["alive"] = [_alive(row) for row in plans.to_dict("records")]
    frames: dict[str, pd.DataFrame] = {"plans": plans}
    for name, query in (
        ("trials", _TRIALS),
        ("epochs", _EPOCHS),
        ("tests", _TESTS),
        ("environments", _ENVIRONMENTS),
    ):
        statement = text(query).bindparams(bindparam("studies", expanding=True))
        frame = pd.read_sql(statement, connection, params={"studies": studies})
        frames[name] = frame.astype(dict.fromkeys(_NUMBERS.get(name, ()), float))
    for frame in (frames["plans"], frames["environments"]):
        for column in frame.columns.intersection(list(_JSON)):
            frame[column] = pd.Series([decoded(value) for value in frame[column]], index=frame.index, dtype=object)
    return Frames(**frames, storage=shown)


def _alive(plan: Mapping[Any, Any]) -> bool:
    owner = plan["owner"]
    seen_at = plan["owner_seen_at"]
    return isinstance(owner, str) and owner_alive(owner, 0.0 if pd.isna(seen_at) else float(seen_at))
