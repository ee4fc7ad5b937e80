"""Stored trials: how each stands, its epochs, and its look at the test split."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import func, insert, select, update

from study.database import logs, schema
from study.database.connection import OpenDatabase, repeated
from study.database.rows import Columns, CountRow, EpochRow, TestRow, TrialRow, structured
from study.database.writing import now, upsert, upsert_all
from study.trial import Epoch, Phase, TestImage, TestResult, Trial, TrialState, fingerprint, spent


class Trials(OpenDatabase):
    """The tables of trials, epochs and test results, and of the test splits that these are of."""

    def trial(self, trial: str) -> TrialRow | None:
        """Return the trial, or None."""
        return self.row(TrialRow, select(schema.trial).where(schema.trial.c.id == trial))

    def trials(self, study: str) -> list[TrialRow]:
        """Return the study's trials, in the order they were created."""
        table = schema.trial
        counting = (table.c.study == study, table.c.stale_at.is_(None))
        return self.rows(TrialRow, select(table).where(*counting).order_by(table.c.created_at, table.c.id))

    @repeated
    def trial_ids(self, studies: Collection[str]) -> list[str]:
        """Return the ids of all trials of some studies, stale ones among them."""
        table = schema.trial
        with self.begin() as connection:
            return list(connection.execute(select(table.c.id).where(table.c.study.in_(studies))).scalars())

    @repeated
    def begin_trial(
        self,
        trial: Trial,
        *,
        worker: int,
        environment: str,
        machine: Columns,
        kind: str | None = None,
        columns: Columns | None = None,
    ) -> TrialRow:
        """Mark a trial as running and count the attempt.

        Args:
            trial: The trial.
            worker: The number of the worker that trains it.
            environment: Id of the environment.
            machine: `device`, `precision` and `threads`; kept from the first attempt, so that a resumed trial
                repeats the arithmetic it began with.
            kind: Of the machine: see `study.engines.machine.Machine`; None where it is not known.
            columns: Further columns, e.g. `promoted_to`.

        Returns:
            The trial as it is stored now.
        """
        table = schema.trial
        with self.writing() as connection:
            stored = connection.execute(select(table.c.attempt, table.c.machine_kinds).where(table.c.id == trial.id))
            earlier, kinds = stored.one_or_none() or (None, None)
            values: Columns = {
                "state": TrialState.RUNNING.value,
                "attempt": (earlier or 0) + 1,
                "worker": worker,
                "environment": environment,
                "machine_kinds": _followed_by(kinds or [], kind),
                "started_at": now(),
                **(columns or {}),
            }
            if earlier is None:
                values |= {**_identity(trial), **machine, "created_at": now()}
                connection.execute(insert(table).values(**values))
            else:
                connection.execute(update(table).where(table.c.id == trial.id).values(**values))
            found = connection.execute(select(table).where(table.c.id == trial.id)).mappings().one()
            return structured(TrialRow, found)

    @repeated
    def record_epochs(self, records: Mapping[str, Epoch]) -> None:
        """Commit epochs in one transaction; recording one again (after a resume) replaces the same numbers.

        Args:
            records: Trial's id -> its epoch.
        """
        moment = now()
        rows = [_epoch_row(trial, record) | {"recorded_at": moment} for trial, record in records.items()]
        with self.writing() as connection:
            upsert_all(connection, schema.epoch, rows)
            logs.replace(connection, {trial: (record.number, record.log) for trial, record in records.items()})

    @repeated
    def finish_trial(
        self, /, trial: str, state: TrialState, result: TestResult | None = None, **columns: object
    ) -> None:
        """Commit a trial's end with its test result, if it has one, in one transaction.

        Args:
            trial: The trial's id.
            state: Its last state, or INTERRUPTED.
            result: Only of a complete training that met the test split.
            columns: Further columns of the trial table, e.g. `value`, `failure_type`.
        """
        table = schema.trial
        with self.writing() as connection:
            if result is not None:
                row = {"trial": trial, **asdict(result), "recorded_at": now()}
                upsert(connection, schema.test_result, row)
            finished = {"finished_at": now()} if state.finished else {}
            connection.execute(
                update(table).where(table.c.id == trial).values(state=state.value, **finished, **columns)
            )

    @repeated
    def give_up(self, trials: Mapping[str, Sequence[int] | None]) -> None:
        """Commit that paused trials are pruned where they stand, in one transaction: trial id -> its turns, if any."""
        table = schema.trial
        with self.writing() as connection:
            for trial, turns in trials.items():
                columns = {} if turns is None else {"turns": list(turns)}
                ended = {"state": TrialState.PRUNED.value, "finished_at": now()}
                connection.execute(update(table).where(table.c.id == trial).values(**ended, **columns))

    @repeated
    def save_test_split(self, dataset_hash: str, targets: bytes) -> None:
        """Store the test split's targets once: stored predictions mean nothing without them."""
        with self.writing() as connection:
            upsert(connection, schema.test_split, {"dataset_hash": dataset_hash, "targets": targets})

    @repeated
    def test_targets(self, dataset_hash: str) -> bytes | None:
        """Return the targets of a test split as they are stored, or None."""
        table = schema.test_split
        with self.begin() as connection:
            found: bytes | None = connection.execute(
                select(table.c.targets).where(table.c.dataset_hash == dataset_hash)
            ).scalar()
        return found

    @repeated
    def save_test_images(self, dataset_hash: str, images: Sequence[TestImage]) -> None:
        """Store pictures of test images, each once."""
        if not images:
            return
        table = schema.test_image
        with self.writing() as connection:
            for image in images:
                row = {"dataset_hash": dataset_hash, "image": image.number}
                shape = {
                    "height": image.height,
                    "width": image.width,
                    "channels": image.channels,
                    "pixels": image.pixels,
                }
                upsert(connection, table, row | shape)

    @repeated
    def interrupt_running(self, study: str) -> int:
        """Mark the study's running trials, whose process is gone, as interrupted; return how many."""
        table = schema.trial
        with self.writing() as connection:
            changed = connection.execute(
                update(table)
                .where(table.c.study == study, table.c.state == TrialState.RUNNING.value)
                .values(state=TrialState.INTERRUPTED.value)
            )
            return changed.rowcount

    @repeated
    def interrupted(self, study: str) -> set[str]:
        """Return the ids of the study's interrupted trials."""
        table = schema.trial
        wanted = (table.c.study == study, table.c.state == TrialState.INTERRUPTED.value, table.c.stale_at.is_(None))
        with self.begin() as connection:
            return set(connection.execute(select(table.c.id).where(*wanted)).scalars())

    def epochs(self, trial: str) -> list[EpochRow]:
        """Return the trial's epochs, in order."""
        table = schema.epoch
        return self.rows(EpochRow, select(table).where(table.c.trial == trial).order_by(table.c.epoch))

    def test_result(self, trial: str) -> TestRow | None:
        """Return the trial's test result, or None."""
        return self.row(TestRow, select(schema.test_result).where(schema.test_result.c.trial == trial))

    @repeated
    def validation_curves(self, study: str) -> dict[str, dict[int, float]]:
        """Return the validation scores of the study's trials: trial id -> epoch -> score."""
        epoch, trial = schema.epoch, schema.trial
        found: dict[str, dict[int, float]] = {}
        statement = (
            select(epoch.c.trial, epoch.c.epoch, epoch.c.validation_score)
            .join(trial, trial.c.id == epoch.c.trial)
            .where(trial.c.study == study, trial.c.stale_at.is_(None), epoch.c.validation_score.is_not(None))
            .order_by(epoch.c.trial, epoch.c.epoch)
        )
        with self.begin() as connection:
            for identity, number, score in connection.execute(statement):
                found.setdefault(identity, {})[number] = score
        return found

    @repeated
    def search_epochs(self, study: str) -> dict[str, int]:
        """Return the epochs that each trial of a study's search has spent so far: trial id -> epochs, as of `spent`."""
        epoch, trial = schema.epoch, schema.trial
        counted = (
            select(trial.c.id, trial.c.state, trial.c.epochs.label("most"), func.count(epoch.c.epoch).label("recorded"))
            .outerjoin(epoch, trial.c.id == epoch.c.trial)
            .where(trial.c.study == study, trial.c.phase == Phase.SEARCH.value, trial.c.stale_at.is_(None))
            .group_by(trial.c.id, trial.c.state, trial.c.epochs)
        )
        with self.begin() as connection:
            rows = connection.execute(counted).all()
        return {row.id: spent(row.recorded, TrialState(row.state), row.most) for row in rows}

    @repeated
    def validation_curve(self, trial: str) -> dict[int, float]:
        """Return the validation scores of one trial: epoch -> score."""
        epoch = schema.epoch
        scored = select(epoch.c.epoch, epoch.c.validation_score).where(
            epoch.c.trial == trial, epoch.c.validation_score.is_not(None)
        )
        with self.begin() as connection:
            return {row.epoch: row.validation_score for row in connection.execute(scored)}

    @repeated
    def save_optuna_trial_ids(self, keys: Mapping[str, int]) -> None:
        """Keep where Optuna's tables have our trials: trial id -> key there."""
        table = schema.trial
        with self.writing() as connection:
            for trial, key in keys.items():
                connection.execute(update(table).where(table.c.id == trial).values(optuna_trial_id=key))

    @repeated
    def forget_optuna_trial_ids(self, study: str) -> None:
        """Forget where Optuna's tables have a study's trials, as they have them no more."""
        table = schema.trial
        with self.writing() as connection:
            connection.execute(update(table).where(table.c.study == study).values(optuna_trial_id=None))

    def counts(self) -> list[CountRow]:
        """Return, for each study, phase and state, the number of trials."""
        table = schema.trial
        keys = (table.c.study, table.c.phase, table.c.state)
        counted = select(*keys, func.count().label("trials")).where(table.c.stale_at.is_(None))
        return self.rows(CountRow, counted.group_by(*keys).order_by(*keys))


def _followed_by(kinds: list[str], kind: str | None) -> list[str]:
    """Return the kinds of machine that trained a trial, in their order, with the one that does so now."""
    return kinds if kind is None or kind in kinds[-1:] else [*kinds, kind]


def _epoch_row(trial: str, record: Epoch) -> Columns:
    return {
        "trial": trial,
        "epoch": record.number,
        "train_loss": record.train_loss,
        "train_score": record.train_score,
        "validation_loss": record.validation_loss,
        "validation_score": record.validation_score,
        "learning_rate": record.learning_rate,
        "seconds": record.seconds,
        "processor_seconds": record.processor_seconds,
        "metrics": dict(record.metrics),
    }


def _identity(trial: Trial) -> Columns:
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
