"""Verdicts from few seeds: the smallest effect of interest, several searches an arm, and processor time."""

import sqlalchemy as sa
from alembic import op

revision = "8"
down_revision = "7"

_KEY = ("study", "ablation", "setting", "arm")


def upgrade() -> None:
    """Add the columns; what was planned and searched so far belongs to an arm's first search."""
    op.add_column("plan", sa.Column("smallest_effect", sa.Float))
    op.add_column("plan", sa.Column("search", sa.Integer))
    op.execute("UPDATE plan SET search = 1 WHERE parent IS NOT NULL")
    op.add_column("ablation", sa.Column("searches", sa.Integer, nullable=False, server_default="1"))
    op.add_column("epoch", sa.Column("processor_seconds", sa.Float))
    _plan_by_search()


def _plan_by_search() -> None:
    """Make the table of planned trials anew, since the search belongs to its key."""
    op.rename_table("planned_trial", "planned_trial_7")
    op.create_table(
        "planned_trial",
        sa.Column("study", sa.Text, primary_key=True),
        sa.Column("ablation", sa.Text, primary_key=True),
        sa.Column("setting", sa.String(10), primary_key=True),
        sa.Column("arm", sa.Text, primary_key=True),
        sa.Column("search", sa.Integer, primary_key=True),
        sa.Column("replicate", sa.Integer, primary_key=True),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("trial", sa.String(16)),
        sa.Column("planned_at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(_KEY, ["arm.study", "arm.ablation", "arm.setting", "arm.name"]),
    )
    kept = (*_KEY, "replicate", "seed", "trial", "planned_at")
    listed = ", ".join(kept)
    op.execute(f"INSERT INTO planned_trial (search, {listed}) SELECT 1, {listed} FROM planned_trial_7")
    op.drop_table("planned_trial_7")
