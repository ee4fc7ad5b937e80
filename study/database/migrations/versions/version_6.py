"""Any data, task and metric: scores for accuracies, examples for images, metrics by name, how data is read."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from study.database.migrations.columns import allow_null

revision = "6"
down_revision = "5"

_RENAMED = {
    "plan": {f"{split}_images": f"{split}_examples" for split in ("train", "validation", "test")},
    "epoch": {f"{split}_accuracy": f"{split}_score" for split in ("train", "validation")},
    "test_result": {"accuracy": "score"},
    "test_split": {"labels": "targets"},
}
"""Table -> column, before and after."""
_METRICS = {
    "accuracy": {"name": "accuracy", "direction": "maximize", "unit": "fraction", "label": "accuracy"},
    "parameters": {"name": "parameters", "direction": "minimize", "unit": "number", "label": "parameters"},
    "seconds": {"name": "seconds", "direction": "minimize", "unit": "number", "label": "seconds an epoch"},
}
"""What an objective could be."""
_OBJECTIVES = {"validation_accuracy": "accuracy", "seconds_per_epoch": "seconds"}
"""What objectives were called, where it is another name now."""
_OPTIONS: dict[str, Any] = {
    "skip_unreadable": False,
    "image_size": None,
    "cut_validation": False,
    "grey": False,
    "target": [],
    "task": None,
    "impute": None,
    "group": None,
}
"""How data is read where nothing was asked."""
_PICTURE = [1, 28, 28]
"""What every input was: one grey channel, rows, columns."""


def upgrade() -> None:
    """Rename, then say of every stored study what all were: classifications of grey pictures, ranked by accuracy."""
    for table, columns in _RENAMED.items():
        for before, after in columns.items():
            op.alter_column(table, before, new_column_name=after)
    allow_null("epoch", "train_score")
    op.add_column("test_result", sa.Column("metrics", sa.JSON))
    op.add_column("test_image", sa.Column("channels", sa.Integer, nullable=False, server_default="1"))
    op.add_column("plan", sa.Column("task", sa.String(20), nullable=False, server_default="classification"))
    op.add_column("plan", sa.Column("input_shape", sa.JSON, nullable=False, server_default="[1, 28, 28]"))
    op.add_column("plan", sa.Column("metrics", sa.Text))
    op.add_column("plan", sa.Column("metric_definitions", sa.JSON, nullable=False, server_default="[]"))
    _add_reading()
    names = ("study", "objective", "definition", "input_shape", "metric_definitions")
    kinds = {"definition": sa.JSON, "input_shape": sa.JSON, "metric_definitions": sa.JSON}
    plan = sa.table("plan", *(sa.column(name, kinds.get(name, sa.Text)) for name in names))
    connection = op.get_bind()
    for study, objective, definition in connection.execute(
        sa.select(plan.c.study, plan.c.objective, plan.c.definition)
    ).all():
        objectives = [_OBJECTIVES.get(name.strip(), name.strip()) for name in objective.split(",")]
        values = {
            "objective": ",".join(objectives),
            "definition": _scored(definition),
            "input_shape": _PICTURE,
            "metric_definitions": [_METRICS[name] for name in dict.fromkeys((*objectives, "accuracy"))],
        }
        connection.execute(sa.update(plan).where(plan.c.study == study).values(values))


def _add_reading() -> None:
    """Say how every stored study's data was read and cut: files as grey pictures of 28 x 28, in one fixed cut.

    A final trial learned from the training examples, as many as `train_size` left of them, and all for validation.
    """
    op.add_column("plan", sa.Column("data_options", sa.JSON, nullable=False, server_default="{}"))
    op.add_column("plan", sa.Column("features", sa.JSON))
    op.add_column("plan", sa.Column("picture_ranges", sa.JSON))
    op.add_column("plan", sa.Column("split_seed", sa.String(20), nullable=False, server_default="fixed"))
    op.add_column("plan", sa.Column("final_examples", sa.Integer, nullable=False, server_default="0"))
    op.execute("UPDATE plan SET final_examples = train_examples + validation_examples")
    kinds = {"skip_unreadable": sa.Boolean, "data_options": sa.JSON}
    names = ("study", "dataset_source", "skip_unreadable", "data_options")
    plan = sa.table("plan", *(sa.column(name, kinds.get(name, sa.Text)) for name in names))
    connection = op.get_bind()
    rows = connection.execute(sa.select(plan.c.study, plan.c.dataset_source, plan.c.skip_unreadable)).all()
    for study, source, skip_unreadable in rows:
        files = (
            {"image_size": _PICTURE[1:], "grey": True, "cut_validation": True}
            if "/" in source or "\\" in source
            else {}
        )
        options = {**_OPTIONS, **files, "skip_unreadable": bool(skip_unreadable)}
        connection.execute(sa.update(plan).where(plan.c.study == study).values(data_options=options))
    op.drop_column("plan", "skip_unreadable")


def _scored(definition: dict[str, Any]) -> dict[str, Any]:
    """Return a stored space whose published result is a score, of accuracy."""
    published = definition.get("published")
    if not published or "test_accuracy" not in published:
        return definition
    kept = {key: value for key, value in published.items() if key != "test_accuracy"}
    return {**definition, "published": {**kept, "test_score": published["test_accuracy"], "metric": "accuracy"}}
