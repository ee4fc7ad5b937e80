"""The trial database: what was planned, what ran, what came of it. The only module that writes our tables.

One SQLAlchemy URL holds Optuna's tables and ours (`schema`). This module does not import Optuna: listing,
showing and reporting need our tables alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, Table, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from study.database import schema
from study.database.ownership import owner_alive, owner_name
from study.database.storage import OpenFile, fold, make_place, open_engine, parse_url, secrets_of, sentences, shown_url
from study.database.upgrade import OLDEST, stored_version, upgrade, upgraded_copy
from study.errors import NoDatabaseError, StudyBusyError, StudyError
from study.trial import Epoch, TestImage, TestResult, Trial, TrialState, fingerprint

Row = dict[str, Any]
"""One row of a table, column -> value."""


class TrialDatabase:
    """An open trial database. Every method is one short transaction."""

    def __init__(self, storage: str, *, read_only: bool = False) -> None:
        """Opens the database, creating our tables if need be.

        Args:
            storage: SQLAlchemy URL.
            read_only: Nothing is created or written; an absent or empty database is refused.

        Raises:
            StudyError: The URL is malformed, the database is absent, unreachable, or of another schema version.
        """
        self.url = parse_url(storage)
        self.storage = self.url.render_as_string(hide_password=False)
        self.shown = shown_url(storage)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite and self.url.database and not read_only:
            make_place(Path(self.url.database))
        if read_only and self.is_sqlite and not Path(self.url.database or "").is_file():
            raise NoDatabaseError(f"there is no trial database at {self.shown}; `python -m study run SPACE` begins one")
        self.upgraded: str | None = None
        """What was done to a database of an older version, a sentence for the user."""
        self._secrets = secrets_of(self.url)
        self._file: OpenFile | None = None
        with sentences(self.shown, self._secrets):
            self.engine = open_engine(self.url, read_only=read_only)
            self._open(read_only=read_only)
        if self.is_sqlite and self.url.database and not read_only:
            self._file = OpenFile(Path(self.url.database), self.shown)

    def close(self) -> None:
        """Closes every connection."""
        self.engine.dispose()

    def __enter__(self) -> TrialDatabase:
        """Returns itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes it."""
        self.close()

    # Plans

    def plan(self, study: str) -> Row | None:
        """Returns the plan's row, or None."""
        return self._one(select(schema.plan).where(schema.plan.c.study == study))

    def plans(self) -> list[Row]:
        """Returns every plan, oldest first."""
        return self._rows(select(schema.plan).order_by(schema.plan.c.created_at, schema.plan.c.study))

    def save_plan(self, row: Mapping[str, Any]) -> None:
        """Inserts a plan, or overwrites the given columns of the one with its name."""
        with self._begin() as connection:
            _upsert(connection, schema.plan, ("study",), dict(row), created={"created_at": now()})

    def add_plan(self, row: Mapping[str, Any]) -> None:
        """Inserts a plan that nobody has begun.

        Raises:
            StudyBusyError: There is one with its name.
        """
        with self._begin() as connection:
            try:
                connection.execute(insert(schema.plan).values(**row, created_at=now()))
            except IntegrityError as error:
                study = row["study"]
                raise StudyBusyError(
                    f"study {study!r} was begun by another process just now; run this again"
                ) from error

    def add_note(self, study: str, text: str) -> None:
        """Keeps a sentence about a study that its report repeats, once."""
        table = schema.plan
        with self._begin() as connection:
            notes = connection.execute(select(table.c.notes).where(table.c.study == study)).scalar() or []
            if text not in notes:
                connection.execute(update(table).where(table.c.study == study).values(notes=[*notes, text]))

    def save_environment(self, row: Mapping[str, Any]) -> str:
        """Stores an environment once and returns its id."""
        identity = fingerprint(dict(row))[:16]
        with self._begin() as connection:
            _upsert(connection, schema.environment, ("id",), {"id": identity, **row})
        return identity

    # Ablations

    def ablations(self, study: str) -> list[Row]:
        """Returns the study's ablations, oldest first."""
        table = schema.ablation
        return self._rows(select(table).where(table.c.study == study).order_by(table.c.created_at, table.c.name))

    def save_ablation(self, row: Mapping[str, Any], *, finished: bool) -> None:
        """Inserts an ablation, or overwrites what it was asked to do."""
        with self._begin() as connection:
            values = {**row, "finished": finished}
            _upsert(connection, schema.ablation, ("study", "name"), values, created={"created_at": now()})

    def arms(self, study: str, ablation: str) -> list[Row]:
        """Returns the ablation's arms, in the order they were planned."""
        table = schema.arm
        wanted = (table.c.study == study, table.c.ablation == ablation)
        return self._rows(select(table).where(*wanted).order_by(table.c.planned_at, table.c.position))

    def save_arms(
        self, study: str, ablation: str, arms: Sequence[tuple[Row, Sequence[Row]]], *, by_rule: bool = False
    ) -> None:
        """Stores arms and their planned trainings, before the first of these begins.

        An arm that is there keeps its time and its mark, and gets what it lacks: its configuration, more trainings.

        Args:
            study: The study's name.
            ablation: The ablation's name.
            arms: Columns of each arm, and of its planned trials; what is None is not known yet, and overwrites nothing.
            by_rule: Whether the arms follow from earlier results by the design's own rule, so that none of them counts
                as added by somebody who knew those results.
        """
        table, planned_at = schema.arm, now()
        key = {"study": study, "ablation": ablation}
        with self._begin() as connection:
            position = connection.execute(select(func.count()).select_from(table)).scalar() or 0
            later = not by_rule and bool(connection.execute(_tested_planned_trials(study, ablation)).scalar())
            for index, (row, planned_trials) in enumerate(arms):
                fresh = {"added_later": later, "planned_at": planned_at, "position": position + index}
                _upsert(connection, table, ("study", "ablation", "setting", "name"), _known(key | row), created=fresh)
                for planned in planned_trials:
                    values = _known({**key, "setting": row["setting"], "arm": row["name"], **planned})
                    keys = ("study", "ablation", "setting", "arm", "replicate")
                    _upsert(connection, schema.planned_trial, keys, values, created={"planned_at": planned_at})

    def planned_trials(self, study: str) -> list[Row]:
        """Returns the study's planned trials of all ablations: the planned trial's columns, and its trial's `state`.

        The state is None for a training that has not begun.
        """
        planned, trial = schema.planned_trial, schema.trial
        joined = planned.outerjoin(trial, planned.c.trial == trial.c.id)
        return self._rows(
            select(planned, trial.c.state, trial.c.value)
            .select_from(joined)
            .where(planned.c.study == study)
            .order_by(planned.c.planned_at, planned.c.ablation, planned.c.setting, planned.c.arm, planned.c.replicate)
        )

    # Ownership: one coordinator a study

    def acquire(self, study: str) -> None:
        """Makes this process the study's owner.

        Raises:
            StudyBusyError: A living process owns it.
        """
        table = schema.plan
        mine = owner_name()
        with self._begin() as connection:
            row = connection.execute(select(table.c.owner, table.c.owner_seen_at).where(table.c.study == study)).one()
            if row.owner is not None and row.owner != mine and owner_alive(row.owner, row.owner_seen_at or 0.0):
                host, process, _ = row.owner.rsplit(":", 2)
                raise StudyBusyError(
                    f"study {study!r} is being run by process {process} on {host}; "
                    f"wait for it or stop it, then run this again"
                )
            unchanged = table.c.owner == row.owner if row.owner is not None else table.c.owner.is_(None)
            taken = connection.execute(
                update(table).where(table.c.study == study, unchanged).values(owner=mine, owner_seen_at=time.time())
            )
            if taken.rowcount != 1:
                raise StudyBusyError(f"study {study!r} was taken by another process just now")
        if row.owner not in (None, mine):  # it died, and left what it wrote last in the log
            self.fold()

    def heartbeat(self, study: str, *, search_seconds: float, total_seconds: float = 0.0) -> None:
        """Says that the owner lives, and adds to the seconds that the study has searched, and trained in all.

        Raises:
            StudyBusyError: Another process owns the study by now (this one was suspended for long, say).
        """
        table = schema.plan
        with self._begin() as connection:
            kept = connection.execute(
                update(table)
                .where(table.c.study == study, table.c.owner == owner_name())
                .values(
                    owner_seen_at=time.time(),
                    search_seconds=table.c.search_seconds + search_seconds,
                    total_seconds=table.c.total_seconds + total_seconds,
                )
            )
            if kept.rowcount != 1:
                raise StudyBusyError(f"study {study!r} was taken over by another process; this one stops")

    def owns(self, study: str) -> bool:
        """Whether this process owns the study."""
        row = self.plan(study)
        return row is not None and row["owner"] == owner_name()

    def release(self, study: str) -> None:
        """Gives the study up if this process owns it."""
        table = schema.plan
        with self._begin() as connection:
            connection.execute(
                update(table).where(table.c.study == study, table.c.owner == owner_name()).values(owner=None)
            )

    # Trials

    def trial(self, trial: str) -> Row | None:
        """Returns the trial's row, or None."""
        return self._one(select(schema.trial).where(schema.trial.c.id == trial))

    def trials(self, study: str) -> list[Row]:
        """Returns the study's trials, in the order they were created."""
        table = schema.trial
        return self._rows(select(table).where(table.c.study == study).order_by(table.c.created_at, table.c.id))

    def begin_trial(
        self,
        trial: Trial,
        *,
        worker: int,
        environment: str,
        machine: Mapping[str, Any],
        columns: Mapping[str, Any] | None = None,
    ) -> Row:
        """Marks a trial as running and counts the attempt.

        Args:
            trial: The trial.
            worker: The number of the worker that trains it.
            environment: Id of the environment.
            machine: `device`, `precision` and `threads`; kept from the first attempt, so that a resumed trial
                repeats the arithmetic it began with.
            columns: Further columns, e.g. `promoted_to`.

        Returns:
            The trial's row.
        """
        table = schema.trial
        with self._begin() as connection:
            earlier = connection.execute(select(table.c.attempt).where(table.c.id == trial.id)).scalar()
            values: Row = {
                "state": TrialState.RUNNING.value,
                "attempt": (earlier or 0) + 1,
                "worker": worker,
                "environment": environment,
                "started_at": now(),
                **(columns or {}),
            }
            if earlier is None:
                values |= {**_identity(trial), **machine, "created_at": now()}
                connection.execute(insert(table).values(**values))
            else:
                connection.execute(update(table).where(table.c.id == trial.id).values(**values))
            return dict(connection.execute(select(table).where(table.c.id == trial.id)).mappings().one())

    def record_epoch(self, trial: str, record: Epoch) -> None:
        """Commits one epoch; recording it again (after a resume) replaces the same numbers."""
        row = asdict(record)
        row["epoch"] = row.pop("number")
        with self._begin() as connection:
            _upsert(connection, schema.epoch, ("trial", "epoch"), {"trial": trial, **row, "recorded_at": now()})

    def finish_trial(self, trial: str, state: TrialState, result: TestResult | None = None, **columns: object) -> None:
        """Commits a trial's end with its test result, if it has one, in one transaction.

        Args:
            trial: The trial's id.
            state: Its last state, or INTERRUPTED.
            result: Only of a complete training that met the test split.
            columns: Further columns of the trial table, e.g. `value`, `failure_type`.
        """
        table = schema.trial
        with self._begin() as connection:
            if result is not None:
                row = {"trial": trial, **asdict(result), "recorded_at": now()}
                _upsert(connection, schema.test_result, ("trial",), row)
            finished = {"finished_at": now()} if state.finished else {}
            connection.execute(
                update(table).where(table.c.id == trial).values(state=state.value, **finished, **columns)
            )

    def save_test_split(self, dataset_hash: str, labels: bytes) -> None:
        """Stores the test split's labels once: stored predictions mean nothing without them."""
        with self._begin() as connection:
            _upsert(connection, schema.test_split, ("dataset_hash",), {"dataset_hash": dataset_hash, "labels": labels})

    def save_test_images(self, dataset_hash: str, images: Sequence[TestImage]) -> None:
        """Stores pictures of test images, each once."""
        table = schema.test_image
        with self._begin() as connection:
            for image in images:
                row = {"dataset_hash": dataset_hash, "image": image.number}
                shape = {"height": image.height, "width": image.width, "pixels": image.pixels}
                _upsert(connection, table, ("dataset_hash", "image"), row | shape)

    def interrupt_running(self, study: str) -> int:
        """Marks the study's running trials, whose process is gone, as interrupted; returns how many."""
        table = schema.trial
        with self._begin() as connection:
            changed = connection.execute(
                update(table)
                .where(table.c.study == study, table.c.state == TrialState.RUNNING.value)
                .values(state=TrialState.INTERRUPTED.value)
            )
            return changed.rowcount

    def epochs(self, trial: str) -> list[Row]:
        """Returns the trial's epochs, in order."""
        table = schema.epoch
        return self._rows(select(table).where(table.c.trial == trial).order_by(table.c.epoch))

    def test_result(self, trial: str) -> Row | None:
        """Returns the trial's test result, or None."""
        return self._one(select(schema.test_result).where(schema.test_result.c.trial == trial))

    def validation_curves(self, study: str) -> dict[str, dict[int, float]]:
        """Returns the validation accuracies of the study's trials: trial id -> epoch -> share in [0, 1]."""
        epoch, trial = schema.epoch, schema.trial
        found: dict[str, dict[int, float]] = {}
        for row in self._rows(
            select(epoch.c.trial, epoch.c.epoch, epoch.c.validation_accuracy)
            .join(trial, trial.c.id == epoch.c.trial)
            .where(trial.c.study == study, epoch.c.validation_accuracy.is_not(None))
            .order_by(epoch.c.trial, epoch.c.epoch)
        ):
            found.setdefault(row["trial"], {})[row["epoch"]] = row["validation_accuracy"]
        return found

    def save_optuna_trial_ids(self, keys: Mapping[str, int]) -> None:
        """Keeps where Optuna's tables have our trials: trial id -> key there."""
        table = schema.trial
        with self._begin() as connection:
            for trial, key in keys.items():
                connection.execute(update(table).where(table.c.id == trial).values(optuna_trial_id=key))

    def counts(self) -> list[Row]:
        """Returns, for each study, phase and state, the number of trials: `study, phase, state, trials`."""
        table = schema.trial
        keys = (table.c.study, table.c.phase, table.c.state)
        return self._rows(select(*keys, func.count().label("trials")).group_by(*keys).order_by(*keys))

    def _rows(self, statement: sqlalchemy.Select[Any]) -> list[Row]:
        with self._begin() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

    def _one(self, statement: sqlalchemy.Select[Any]) -> Row | None:
        rows = self._rows(statement)
        return rows[0] if rows else None

    def check(self) -> None:
        """Raises StudyError if an SQLite file that was opened for writing was deleted or replaced since."""
        if self._file is not None:
            self._file.check()

    def fold(self) -> None:
        """Folds SQLite's write-ahead log into the file, as far as nobody else is at it just now."""
        if self._file is not None:
            self._file.check()
            fold(self.engine)

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        self.check()
        with sentences(self.shown, self._secrets), self.engine.begin() as connection:
            yield connection

    def _open(self, *, read_only: bool) -> None:
        """Checks the schema's version before anything else; creates the tables, or brings older ones to today's."""
        found = stored_version(self.engine)
        if found is None and read_only:
            raise NoDatabaseError(f"{self.shown} holds no trial database; `python -m study run SPACE` begins one")
        if found is None:
            found = self._create()
        if found == schema.SCHEMA_VERSION:
            return
        if not OLDEST <= found < schema.SCHEMA_VERSION:
            raise StudyError(
                f"{self.shown} has schema version {found}, this program writes version {schema.SCHEMA_VERSION}; "
                f"use the program that began it, or another --storage"
            )
        if not read_only:
            self.upgraded = upgrade(self.engine, found, path=Path(self.url.database or "") if self.is_sqlite else None)
        elif self.is_sqlite:
            self.engine = upgraded_copy(self.engine, found)
        else:
            raise StudyError(
                f"{self.shown} has schema version {found}, this program reads version {schema.SCHEMA_VERSION}; "
                f"`python -m study resume` upgrades it"
            )

    def _create(self) -> int:
        """Creates the tables unless another process has done so just now; returns their version."""
        version = select(schema.schema_version.c.version)
        with self.engine.begin() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")  # the driver would begin at the first INSERT
            schema.metadata.create_all(connection)
            found: int | None = connection.execute(version).scalar()
            if found is None:
                found = schema.SCHEMA_VERSION
                connection.execute(insert(schema.schema_version).values(version=found))
            return found


def now() -> str:
    """Returns the time as ISO 8601 in UTC with microseconds: it sorts as text."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _identity(trial: Trial) -> Row:
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
    }


def _upsert(connection: Connection, table: Table, keys: tuple[str, ...], row: Row, created: Row | None = None) -> None:
    """Updates the row with these keys or inserts it; the same on every database."""
    same = [table.c[key] == row[key] for key in keys]
    rest = {name: value for name, value in row.items() if name not in keys}
    if connection.execute(select(func.count()).select_from(table).where(*same)).scalar():
        if rest:
            connection.execute(update(table).where(*same).values(**rest))
    else:
        connection.execute(insert(table).values(**row, **(created or {})))


def _known(row: Row) -> Row:
    return {name: value for name, value in row.items() if value is not None}


def _tested_planned_trials(study: str, ablation: str) -> sqlalchemy.Select[Any]:
    """Counts the ablation's trainings whose test accuracy is known: what is planned now was planned knowing it."""
    planned = schema.planned_trial
    return (
        select(func.count())
        .select_from(planned.join(schema.test_result, schema.test_result.c.trial == planned.c.trial))
        .where(planned.c.study == study, planned.c.ablation == ablation)
    )
