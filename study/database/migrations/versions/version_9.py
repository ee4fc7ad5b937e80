"""Trials on many machines: the kinds of machine that each was trained on."""

import sqlalchemy as sa
from alembic import op

revision = "9"
down_revision = "8"


def upgrade() -> None:
    """Add the column; of trials so far the kind is not known beyond their environment."""
    op.add_column("trial", sa.Column("machine_kinds", sa.JSON))
