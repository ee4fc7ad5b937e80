"""The rows of our tables as values, made once, where they leave the database: a column that is missing fails there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from cattrs import Converter
from sqlalchemy import RowMapping

from study.options.data import DataOptions
from study.options.method import Budget, Method, stored
from study.task import OWN, DataSpec, Metric, TaskName
from study.trial import Epoch, Phase, Precision, Scalar, Trial, TrialState

Configuration = dict[str, Scalar]
"""Hyperparameters by name, as a column of type `schema.Hyperparameters` holds them."""
Json = dict[str, Any]
Columns = dict[str, Any]
"""What is written to a row: column -> value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A stored study: what it was begun with, its budget, and who runs it. Columns of the plan table."""

    study: str
    name: str | None
    """What tells it from another study of the same space and data; None of the one that has none."""
    space: str
    space_source: str
    space_hash: str
    definition: Json
    model: str
    own_training: bool
    """Whether the model trains itself, by its module's `train(run)`."""
    baseline: Configuration
    fixed: Configuration
    dataset: str
    dataset_source: str
    dataset_hash: str
    data_root: str
    files: str | None
    """Where checkpoints and weights are kept; None means beside the database."""
    task: TaskName
    input_shape: tuple[int, ...]
    class_names: tuple[str, ...]
    class_counts: dict[str, tuple[int, ...]] | None
    train_examples: int
    validation_examples: int
    test_examples: int
    train_size: int | None
    final_examples: int
    """What a final trial learns from."""
    data_options: DataOptions
    features: tuple[tuple[str, str | None], ...] | None
    left_out: tuple[str, ...] | None
    picture_ranges: dict[str, int] | None
    """By which picture files of more than 8 bits were read: kind -> bits."""
    dataset_notes: tuple[str, ...] | None
    notes: tuple[str, ...] | None
    trials: int
    epochs: int
    replicates: int
    epoch_budget: int | None
    """Epochs of search in all; None where they are not limited."""
    timeout_seconds: float | None
    search_seconds: float
    total_timeout_seconds: float | None
    total_seconds: float
    trial_timeout_seconds: float | None
    patience: int | None
    objective: str
    """Names of the objectives, the first of which ranks the trials."""
    direction: str
    metrics: str | None
    """Names of further metrics that are recorded, as they were asked for."""
    metric_definitions: tuple[Json, ...]
    """Of each objective and each metric that is recorded: `name`, `direction`, `unit`, `label`."""
    seed: int
    sampler: str
    pruner: str
    device: str
    precision: str
    split_seed: str
    workers: int
    reproducible: int | None
    """How many turns a decision of the search lies behind what it is decided from; None where timing decides."""
    smallest_effect: float | None
    """The smallest effect that matters, in percentage points of a fraction, else in the metric's unit; None where
    nobody said it."""
    code_version: str
    commands: tuple[str, ...]
    parent: str | None
    variant: str | None
    search: int | None
    """Of a study that re-tunes an arm, which of the arm's searches it is, from 1; else None."""
    created_at: str
    owner: str | None
    owner_seen_at: float | None

    @property
    def spec(self) -> DataSpec:
        """What a model was told of the data."""
        return DataSpec(task=self.task, shape=self.input_shape, class_names=self.class_names)

    @property
    def loads_own_data(self) -> bool:
        """Whether its model loads its own data, of which this program knows nothing."""
        return self.task == OWN

    @property
    def known_metrics(self) -> dict[str, Metric]:
        """The objectives and the metrics that are recorded, by name."""
        return {entry["name"]: Metric.from_columns(entry) for entry in self.metric_definitions}

    @property
    def objectives(self) -> tuple[Metric, ...]:
        """What the search goes by: a metric, then what else it weighs."""
        known = self.known_metrics
        return tuple(known[name.partition(":")[0]] for name in self.objective.split(","))

    @property
    def metric(self) -> Metric:
        """By what trials are ranked: the first objective."""
        return self.objectives[0]

    @property
    def budget(self) -> Budget:
        """What the study may spend."""
        return stored(Budget, self)

    @property
    def method(self) -> Method:
        """How it is searched and trained."""
        return stored(Method, self)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentRow:
    """A machine and the versions on it that trials were trained with. Columns of the environment table."""

    id: str
    python: str
    packages: dict[str, str]
    """Name -> version."""
    platform: str
    processor: str
    cores: int
    memory_bytes: int
    accelerator: str | None
    code_version: str
    git_commit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    """The source that trials were trained by. Columns of the code table."""

    hash: str
    files: Json
    """Module -> source."""
    training: int
    """Version of this program's training loop."""
    recorded_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeChangeRow:
    """What was decided about the trials of changed code. Columns of the code_change table."""

    study: str
    before: str
    """Hash of the code that trained the trials."""
    after: str
    decision: str
    changes: tuple[str, ...]
    """A text for each module that changed."""
    trials: int
    decided_at: str


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
class PlanChangeRow:
    """A change of a stored study's plan. Columns of the plan_change table."""

    study: str
    number: int
    """Within its study, from 1."""
    what: str
    """A sentence."""
    command: str
    """As it was typed, without secrets."""
    changed_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedRow:
    """Values that somebody wants tried, as `--try` gave them. Columns of the tried table."""

    study: str
    number: int
    """Within its study, from 1."""
    given: Configuration
    """Tuned parameters; those that are left out are as in the baseline."""
    prune: bool
    """Whether the trial may be pruned."""
    trial: str | None
    """The trial that follows it, once that began."""
    command: str
    asked_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalRow:
    """Final trials that were asked for beside those of the search's best. Columns of the final table."""

    study: str
    name: str
    """The `variant` of its trials."""
    origin: str
    """What was asked for: `best`, `trial N`, `baseline`, or `set`."""
    configuration: Configuration
    epochs: int
    replicates: int
    command: str
    planned_at: str


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
class AblationRow:
    """An ablation as it was asked for. Columns of the ablation table."""

    study: str
    name: str
    design: str
    reference: str
    factors: tuple[str, ...]
    variants: tuple[str, ...]
    retuned: tuple[str, ...]
    replicates: int
    searches: int
    """Independent searches of each re-tuned arm."""
    finished: bool
    created_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmRow:
    """An arm of an ablation. Columns of the arm table."""

    study: str
    ablation: str
    setting: str
    name: str
    role: str
    control: str | None
    matched: str | None
    factors: tuple[str, ...]
    removed: str | None
    step: int | None
    changes: Configuration
    configuration: Configuration | None
    reason: str
    added_later: bool
    position: int
    planned_at: str
    withdrawn_at: str | None
    """When somebody took it out of the ablation; its trials stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTrialRow:
    """A planned trial of an arm. Columns of the planned_trial table, and what its trial came to so far."""

    study: str
    ablation: str
    setting: str
    arm: str
    search: int
    """Which of a re-tuned arm's searches found what it trains, from 1; 1 of an arm that is not re-tuned."""
    replicate: int
    """Within its search, from 0."""
    seed: int
    trial: str | None
    planned_at: str
    state: TrialState | None
    value: float | None

    @property
    def ended(self) -> bool:
        """Whether its trial has ended, however."""
        return self.state is not None and self.state.finished


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRow:
    """How many trials of a study's phase are in a state."""

    study: str
    phase: Phase
    state: TrialState
    trials: int


R = TypeVar("R")

_converter = Converter()


def _as_it_is(value: Any, _: object) -> Any:  # noqa: ANN401 - any JSON value
    return value


_converter.register_structure_hook_func(lambda kind: kind in (Configuration, Json), _as_it_is)


def structured(kind: type[R], row: Mapping[str, Any] | RowMapping) -> R:
    """Return a row as a value.

    Args:
        kind: A dataclass of this module.
        row: Column -> value.

    Raises:
        cattrs.BaseValidationError: A column is missing, or holds what the field cannot be.
    """
    return _converter.structure(row, kind)
