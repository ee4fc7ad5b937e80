"""The field's words; the code that trials were trained by; the claims that a space declares; what an arm lacks."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from study.database.migrations.columns import add_promoted_to, allow_null

revision = "5"
down_revision = "4"

_RENAMED = {"family": "model", "reference": "published"}
"""Keys of a stored space, before and after."""
_NOTEBOOK = ("cnn", "lstm", "search_spaces.cnn:SPACE", "search_spaces.lstm:SPACE")
"""Sources of the spaces whose models the notebook makes claims about."""


def upgrade() -> None:
    """Add what was added without a new number, then rename a column, a table, and keys of the stored spaces."""
    add_promoted_to()
    allow_null("test_result", "confidences")
    op.alter_column("plan", "family", new_column_name="model")
    op.rename_table("cell", "planned_trial")
    _add_code()
    _add_removed()
    plan = sa.table("plan", sa.column("study"), sa.column("space_source"), sa.column("definition", sa.JSON))
    connection = op.get_bind()
    for study, source, definition in connection.execute(
        sa.select(plan.c.study, plan.c.space_source, plan.c.definition)
    ).all():
        values = {"definition": _as_of_today(definition, source)}
        connection.execute(sa.update(plan).where(plan.c.study == study).values(values))


def _as_of_today(definition: dict[str, Any], source: str) -> dict[str, Any]:
    """Return a stored space with today's keys; of the notebook's spaces, with the claims about their models."""
    renamed = {_RENAMED.get(key, key): value for key, value in definition.items()}
    return {"claims": "search_spaces.notebook.claims" if source in _NOTEBOOK else None, **renamed}


def _add_removed() -> None:
    """Add what an arm of a leave-one-out ablation lacks, which its name alone told."""
    op.add_column("arm", sa.Column("removed", sa.Text))
    op.execute(
        "UPDATE arm SET removed = substr(name, 9) WHERE name LIKE 'without %' AND role = 'variant' AND EXISTS ("
        "SELECT 1 FROM ablation WHERE ablation.study = arm.study AND ablation.name = arm.ablation "
        "AND ablation.design = 'leave-one-out')"
    )


def _add_code() -> None:
    """Add what tells changed code; of trials that older programs trained it is not known."""
    op.create_table(
        "code",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("files", sa.JSON, nullable=False),
        sa.Column("training", sa.Integer, nullable=False),
        sa.Column("recorded_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "code_change",
        sa.Column("study", sa.Text, sa.ForeignKey("plan.study"), primary_key=True),
        sa.Column("before", sa.String(64), sa.ForeignKey("code.hash"), primary_key=True),
        sa.Column("after", sa.String(64), sa.ForeignKey("code.hash"), primary_key=True),
        sa.Column("decision", sa.String(20), nullable=False),
        sa.Column("changes", sa.JSON, nullable=False),
        sa.Column("trials", sa.Integer, nullable=False),
        sa.Column("decided_at", sa.String(32), nullable=False),
    )
    op.execute("ALTER TABLE trial ADD COLUMN code VARCHAR(64) REFERENCES code (hash)")  # on SQLite too, without a copy
    op.add_column("trial", sa.Column("stale_at", sa.String(32)))
