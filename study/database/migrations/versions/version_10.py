"""Searches that spend epochs, and searches that no timing changes: their limits, and the turns of a trial."""

import sqlalchemy as sa
from alembic import op

revision = "10"
down_revision = "9"


def upgrade() -> None:
    """Add the columns; no search so far had a budget of epochs or was decided in turns."""
    op.add_column("plan", sa.Column("epoch_budget", sa.Integer))
    op.add_column("plan", sa.Column("reproducible", sa.Integer))
    op.add_column("trial", sa.Column("turns", sa.JSON))
