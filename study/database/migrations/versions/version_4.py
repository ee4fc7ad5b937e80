"""Time limits, notes on the data, skipped and retried trials; names of any length."""

import sqlalchemy as sa
from alembic import op

from study.database.migrations.columns import add_promoted_to

revision = "4"
down_revision = "3"

_PLAN = (
    sa.Column("class_counts", sa.JSON),
    sa.Column("skip_unreadable", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("left_out", sa.JSON),
    sa.Column("dataset_notes", sa.JSON),
    sa.Column("notes", sa.JSON),
    sa.Column("total_timeout_seconds", sa.Float),
    sa.Column("total_seconds", sa.Float, nullable=False, server_default="0"),
    sa.Column("trial_timeout_seconds", sa.Float),
    sa.Column("patience", sa.Integer),
)
_NAMES = {
    "plan": (
        *("study", "space", "family", "dataset", "objective", "direction", "device", "code_version"),
        *("parent", "variant", "owner"),
    ),
    "environment": ("python", "code_version", "git_commit"),
    "trial": ("study", "variant", "device"),
    "ablation": ("study", "name"),
    "arm": ("study", "ablation", "name", "control", "matched"),
    "cell": ("study", "ablation", "arm"),
}
"""Columns that were bounded, and hold any text now."""


def upgrade() -> None:
    """Add what is new, with the values that the older program meant."""
    for column in _PLAN:
        op.add_column("plan", column)
    op.add_column("trial", sa.Column("skip", sa.Boolean, nullable=False, server_default=sa.false()))
    add_promoted_to()
    op.create_table(
        "failure",
        sa.Column("trial", sa.String(16), sa.ForeignKey("trial.id"), primary_key=True),
        sa.Column("attempt", sa.Integer, primary_key=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("type", sa.Text),
        sa.Column("message", sa.Text),
        sa.Column("traceback", sa.Text),
        sa.Column("recorded_at", sa.String(32), nullable=False),
    )
    if op.get_context().dialect.name != "sqlite":  # SQLite keeps no bound
        for table, columns in _NAMES.items():
            for name in columns:
                op.alter_column(table, name, type_=sa.Text)
