"""The field's words: a model, no longer a family; planned trials, no longer cells. The code that trials were trained by."""

import sqlalchemy as sa
from alembic import op

from study.database.migrations.columns import add_promoted_to, allow_null

revision = "5"
down_revision = "4"


def upgrade() -> None:
    """Adds what was added without a new number, then renames a column, a table, and a key of the stored spaces."""
    add_promoted_to()
    allow_null("test_result", "confidences")
    op.alter_column("plan", "family", new_column_name="model")
    op.rename_table("cell", "planned_trial")
    _add_code()
    plan = sa.table("plan", sa.column("study"), sa.column("definition", sa.JSON))
    connection = op.get_bind()
    for study, definition in connection.execute(sa.select(plan.c.study, plan.c.definition)).all():
        renamed = {("model" if key == "family" else key): value for key, value in definition.items()}
        connection.execute(sa.update(plan).where(plan.c.study == study).values(definition=renamed))


def _add_code() -> None:
    """Adds what tells changed code; of trials that older programs trained it is not known."""
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
