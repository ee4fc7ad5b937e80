"""Promotion and several objectives, which need no new column; and what version 2 got without a new number."""

import sqlalchemy as sa
from alembic import op

from study.database.migrations.columns import add_missing_column, has_column

revision = "3"
down_revision = "2"


def upgrade() -> None:
    """Add what the first files of version 2 lack, whose tables of ablations no program filled: it had no command."""
    add_missing_column("ablation", sa.Column("retuned", sa.JSON, nullable=False, server_default="[]"))
    add_missing_column("ablation", sa.Column("finished", sa.Boolean, nullable=False, server_default=sa.false()))
    add_missing_column("arm", sa.Column("position", sa.Integer, nullable=False, server_default="0"))
    if has_column("ablation", "retune"):
        op.drop_column("ablation", "retune")
