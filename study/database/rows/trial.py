"""The rows of a trial: how it stands, its epochs, what it wrote, and its test."""

from __future__ import annotations

from dataclasses import dataclass

from study.database.rows.values import Configuration, Json
from study.trial import Epoch, Phase, Precision, Trial, TrialState


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRow:
    """A trial as it is stored: what it was to be, how it stands, and how it ended. Columns of the trial table."""

    id: str
    study: str
    phase: Phase
    variant: str
    replicate: int | None
    optuna_number: int | None
    optuna_trial_id: int | None
    configuration: Configuration
    changes: Configuration
    configuration_hash: str
    seed: int
    epochs: int
    state: TrialState
    attempt: int
    skip: bool
    promoted_to: int | None
    turns: tuple[int, ...] | None
    """Of a search whose turns are counted, those in which it was begun and promoted, and minus the one in which it was
    given up; else None."""
    value: float | None
    failure_type: str | None
    failure_message: str | None
    failure_traceback: str | None
    device: str
    precision: Precision
    threads: int
    machine_kinds: tuple[str, ...] | None
    """Kinds of machine that trained it, in their order: several, if it had to move; None where they are not known."""
    parameters: int | None
    peak_memory_bytes: int | None
    worker: int | None
    environment: str
    code: str | None
    """Hash of the code that trained it; None where an older program did."""
    stale_at: str | None
    created_at: str
    started_at: str
    finished_at: str | None

    @property
    def trial(self) -> Trial:
        """What is, or was, to be trained."""
        return Trial(
            study=self.study,
            phase=self.phase,
            variant=self.variant,
            configuration=self.configuration,
            seed=self.seed,
            epochs=self.epochs,
            changes=self.changes,
            replicate=self.replicate,
            number=self.optuna_number,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRow:
    """How a trial ended that was taken up again since. Columns of the failure table."""

    trial: str
    attempt: int
    state: TrialState
    type: str | None
    message: str | None
    traceback: str | None
    recorded_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochRow:
    """An epoch of a trial. Columns of the epoch table."""

    trial: str
    epoch: int
    train_loss: float | None
    train_score: float | None
    validation_loss: float | None
    validation_score: float | None
    learning_rate: float | None
    seconds: float
    processor_seconds: float | None
    """None where it was not measured: on an accelerator, and by a program of version 7 or older."""
    metrics: Json | None
    recorded_at: str

    @property
    def record(self) -> Epoch:
        """The epoch, without the lines that were written in it."""
        return Epoch(
            number=self.epoch,
            train_loss=self.train_loss,
            train_score=self.train_score,
            validation_loss=self.validation_loss,
            validation_score=self.validation_score,
            learning_rate=self.learning_rate,
            seconds=self.seconds,
            metrics=self.metrics or {},
            processor_seconds=self.processor_seconds,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """A line that a training wrote. Columns of the log table."""

    trial: str
    number: int
    """Within its trial, from 0."""
    epoch: int
    """In which it was written; 0 before the first."""
    text: str
    recorded_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRow:
    """What a complete final trial was found to do on the test split. Columns of the test_result table."""

    trial: str
    loss: float | None
    score: float
    metrics: Json | None
    predictions: bytes | None
    """What was said of each test example; None of a model that trains itself."""
    confidences: bytes | None
    seconds: float
    recorded_at: str

    __test__ = False  # not a test class, whatever pytest makes of the name


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRow:
    """How many trials of a study's phase are in a state."""

    study: str
    phase: Phase
    state: TrialState
    trials: int
