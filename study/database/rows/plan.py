"""The rows of a study: its plan, what changed in it, and what somebody asked for beside it."""

from __future__ import annotations

from dataclasses import dataclass

from study.database.rows.values import Configuration, Json
from study.options.data import DataOptions
from study.options.method import Budget, Method, stored
from study.task import OWN, DataSpec, Metric, TaskName


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
