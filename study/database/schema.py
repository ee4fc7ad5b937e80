"""The trial database's tables, which stand beside Optuna's in one database. `docs/database.md` tells them to people."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

SCHEMA_VERSION = 10
"""Raised with every change of a table, which gets a migration in `study.database.migrations`."""

metadata = MetaData()


class Hyperparameters(TypeDecorator[dict[str, Any]]):
    """JSON of hyperparameters by name. JSON has no tuples: what it holds as lists comes back as the tuples it was."""

    impl = JSON
    cache_ok = True

    def process_result_value(self, value: dict[str, Any] | None, dialect: Dialect) -> dict[str, Any] | None:
        """Return what was stored."""
        return None if value is None else {name: _tuples(entry) for name, entry in value.items()}


def _tuples(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return tuple(_tuples(entry) for entry in value) if isinstance(value, list) else value


schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True))

plan = Table(
    "plan",
    metadata,
    Column("study", Text, primary_key=True),
    Column("name", Text),
    Column("space", Text, nullable=False),
    Column("space_source", Text, nullable=False),
    Column("space_hash", String(64), nullable=False),
    Column("definition", JSON, nullable=False),
    Column("model", Text, nullable=False),
    Column("own_training", Boolean, nullable=False, default=False),
    Column("baseline", Hyperparameters(), nullable=False),
    Column("fixed", Hyperparameters(), nullable=False),
    Column("dataset", Text, nullable=False),
    Column("dataset_source", Text, nullable=False),
    Column("dataset_hash", String(64), nullable=False),
    Column("data_root", Text, nullable=False),
    Column("files", Text),
    Column("task", String(20), nullable=False),
    Column("input_shape", JSON, nullable=False),
    Column("class_names", JSON, nullable=False),
    Column("class_counts", JSON),
    Column("train_examples", Integer, nullable=False),
    Column("validation_examples", Integer, nullable=False),
    Column("test_examples", Integer, nullable=False),
    Column("train_size", Integer),
    Column("final_examples", Integer, nullable=False),
    Column("data_options", JSON, nullable=False, default=dict),
    Column("features", JSON),
    Column("left_out", JSON),
    Column("picture_ranges", JSON),
    Column("dataset_notes", JSON),
    Column("notes", JSON),
    Column("trials", Integer, nullable=False),
    Column("epochs", Integer, nullable=False),
    Column("replicates", Integer, nullable=False),
    Column("epoch_budget", Integer),
    Column("timeout_seconds", Float),
    Column("search_seconds", Float, nullable=False, default=0.0),
    Column("total_timeout_seconds", Float),
    Column("total_seconds", Float, nullable=False, default=0.0),
    Column("trial_timeout_seconds", Float),
    Column("patience", Integer),
    Column("objective", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("metrics", Text),
    Column("metric_definitions", JSON, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("sampler", String(20), nullable=False),
    Column("pruner", String(20), nullable=False),
    Column("device", Text, nullable=False),
    Column("precision", String(20), nullable=False),
    Column("split_seed", String(20), nullable=False, default="fixed"),
    Column("workers", Integer, nullable=False),
    Column("reproducible", Integer),
    Column("smallest_effect", Float),
    Column("code_version", Text, nullable=False),
    Column("commands", JSON, nullable=False),
    Column("parent", Text),
    Column("variant", Text),
    Column("search", Integer),
    Column("created_at", String(32), nullable=False),
    Column("owner", Text),
    Column("owner_seen_at", Float),
)

environment = Table(
    "environment",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("python", Text, nullable=False),
    Column("packages", JSON, nullable=False),
    Column("platform", Text, nullable=False),
    Column("processor", Text, nullable=False),
    Column("cores", Integer, nullable=False),
    Column("memory_bytes", BigInteger, nullable=False),
    Column("accelerator", Text),
    Column("code_version", Text, nullable=False),
    Column("git_commit", Text),
)

code = Table(
    "code",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("files", JSON, nullable=False),
    Column("training", Integer, nullable=False),
    Column("recorded_at", String(32), nullable=False),
)

code_change = Table(
    "code_change",
    metadata,
    Column("study", ForeignKey("plan.study"), primary_key=True),
    Column("before", ForeignKey("code.hash"), primary_key=True),
    Column("after", ForeignKey("code.hash"), primary_key=True),
    Column("decision", String(20), nullable=False),
    Column("changes", JSON, nullable=False),
    Column("trials", Integer, nullable=False),
    Column("decided_at", String(32), nullable=False),
)

plan_change = Table(
    "plan_change",
    metadata,
    Column("study", ForeignKey("plan.study"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("what", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("changed_at", String(32), nullable=False),
)

tried = Table(
    "tried",
    metadata,
    Column("study", ForeignKey("plan.study"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("given", Hyperparameters(), nullable=False),
    Column("prune", Boolean, nullable=False),
    Column("trial", String(16)),
    Column("command", Text, nullable=False),
    Column("asked_at", String(32), nullable=False),
)

final = Table(
    "final",
    metadata,
    Column("study", ForeignKey("plan.study"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("origin", Text, nullable=False),
    Column("configuration", Hyperparameters(), nullable=False),
    Column("epochs", Integer, nullable=False),
    Column("replicates", Integer, nullable=False),
    Column("command", Text, nullable=False),
    Column("planned_at", String(32), nullable=False),
)

trial = Table(
    "trial",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("study", ForeignKey("plan.study"), nullable=False),
    Column("phase", String(20), nullable=False),
    Column("variant", Text, nullable=False),
    Column("replicate", Integer),
    Column("optuna_number", Integer),
    Column("optuna_trial_id", Integer),
    Column("configuration", Hyperparameters(), nullable=False),
    Column("changes", Hyperparameters(), nullable=False),
    Column("configuration_hash", String(64), nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("epochs", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("skip", Boolean, nullable=False, default=False),
    Column("promoted_to", Integer),
    Column("turns", JSON),
    Column("value", Float),
    Column("failure_type", Text),
    Column("failure_message", Text),
    Column("failure_traceback", Text),
    Column("device", Text, nullable=False),
    Column("precision", String(20), nullable=False),
    Column("threads", Integer, nullable=False),
    Column("machine_kinds", JSON),
    Column("parameters", BigInteger),
    Column("peak_memory_bytes", BigInteger),
    Column("worker", Integer),
    Column("environment", ForeignKey("environment.id"), nullable=False),
    Column("code", ForeignKey("code.hash")),
    Column("stale_at", String(32)),
    Column("created_at", String(32), nullable=False),
    Column("started_at", String(32), nullable=False),
    Column("finished_at", String(32)),
    Index("trial_by_study", "study", "phase", "state"),
)

failure = Table(
    "failure",
    metadata,
    Column("trial", ForeignKey("trial.id"), primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("state", String(20), nullable=False),
    Column("type", Text),
    Column("message", Text),
    Column("traceback", Text),
    Column("recorded_at", String(32), nullable=False),
)

epoch = Table(
    "epoch",
    metadata,
    Column("trial", ForeignKey("trial.id"), primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("train_loss", Float),
    Column("train_score", Float),
    Column("validation_loss", Float),
    Column("validation_score", Float),
    Column("learning_rate", Float),
    Column("seconds", Float, nullable=False),
    Column("processor_seconds", Float),
    Column("metrics", JSON),
    Column("recorded_at", String(32), nullable=False),
)

log = Table(
    "log",
    metadata,
    Column("trial", ForeignKey("trial.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("recorded_at", String(32), nullable=False),
)

test_result = Table(
    "test_result",
    metadata,
    Column("trial", ForeignKey("trial.id"), primary_key=True),
    Column("loss", Float),
    Column("score", Float, nullable=False),
    Column("metrics", JSON),
    Column("predictions", LargeBinary),
    Column("confidences", LargeBinary),
    Column("seconds", Float, nullable=False),
    Column("recorded_at", String(32), nullable=False),
)

test_split = Table(
    "test_split",
    metadata,
    Column("dataset_hash", String(64), primary_key=True),
    Column("targets", LargeBinary, nullable=False),
)

test_image = Table(
    "test_image",
    metadata,
    Column("dataset_hash", ForeignKey("test_split.dataset_hash"), primary_key=True),
    Column("image", Integer, primary_key=True),
    Column("height", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("channels", Integer, nullable=False),
    Column("pixels", LargeBinary, nullable=False),
)

ablation = Table(
    "ablation",
    metadata,
    Column("study", ForeignKey("plan.study"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("design", String(20), nullable=False),
    Column("reference", String(10), nullable=False),
    Column("factors", JSON, nullable=False),
    Column("variants", JSON, nullable=False),
    Column("retuned", JSON, nullable=False),
    Column("replicates", Integer, nullable=False),
    Column("searches", Integer, nullable=False, default=1),
    Column("finished", Boolean, nullable=False),
    Column("created_at", String(32), nullable=False),
)

arm = Table(
    "arm",
    metadata,
    Column("study", Text, primary_key=True),
    Column("ablation", Text, primary_key=True),
    Column("setting", String(10), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("role", String(20), nullable=False),
    Column("control", Text),
    Column("matched", Text),
    Column("factors", JSON, nullable=False),
    Column("removed", Text),
    Column("step", Integer),
    Column("changes", Hyperparameters(), nullable=False),
    Column("configuration", Hyperparameters()),
    Column("reason", Text, nullable=False),
    Column("added_later", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
    Column("planned_at", String(32), nullable=False),
    Column("withdrawn_at", String(32)),
    ForeignKeyConstraint(["study", "ablation"], ["ablation.study", "ablation.name"]),
)

planned_trial = Table(
    "planned_trial",
    metadata,
    Column("study", Text, primary_key=True),
    Column("ablation", Text, primary_key=True),
    Column("setting", String(10), primary_key=True),
    Column("arm", Text, primary_key=True),
    Column("search", Integer, primary_key=True, autoincrement=False, default=1),
    Column("replicate", Integer, primary_key=True),
    Column("seed", BigInteger, nullable=False),
    Column("trial", String(16)),
    Column("planned_at", String(32), nullable=False),
    ForeignKeyConstraint(
        ["study", "ablation", "setting", "arm"], ["arm.study", "arm.ablation", "arm.setting", "arm.name"]
    ),
)
