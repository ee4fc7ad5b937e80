"""Any training, and a study that lives on: what a training of its own does not tell, and what became of a plan."""

import sqlalchemy as sa
from alembic import op

from study.database.migrations.columns import allow_null

revision = "7"
down_revision = "6"


def upgrade() -> None:
    """Let a row lack what a model that trains itself does not tell, and add what a study that goes on keeps."""
    for table, name in (
        ("epoch", "train_loss"),
        ("epoch", "learning_rate"),
        ("test_result", "loss"),
        ("test_result", "predictions"),
    ):
        allow_null(table, name)
    op.add_column("plan", sa.Column("name", sa.Text))
    op.add_column("plan", sa.Column("files", sa.Text))
    op.add_column("plan", sa.Column("own_training", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("arm", sa.Column("withdrawn_at", sa.String(32)))
    op.create_table(
        "plan_change",
        sa.Column("study", sa.Text, sa.ForeignKey("plan.study"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("changed_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "tried",
        sa.Column("study", sa.Text, sa.ForeignKey("plan.study"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("given", sa.JSON, nullable=False),
        sa.Column("prune", sa.Boolean, nullable=False),
        sa.Column("trial", sa.String(16)),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("asked_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "final",
        sa.Column("study", sa.Text, sa.ForeignKey("plan.study"), primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("configuration", sa.JSON, nullable=False),
        sa.Column("epochs", sa.Integer, nullable=False),
        sa.Column("replicates", sa.Integer, nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("planned_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "log",
        sa.Column("trial", sa.String(16), sa.ForeignKey("trial.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.String(32), nullable=False),
    )
