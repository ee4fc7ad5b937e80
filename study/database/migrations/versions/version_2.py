"""Ablations with their arms and planned trainings; labels and pictures of test images; confidences."""

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"


def upgrade() -> None:
    """Add what is new. The labels and confidences of what was tested before are not known."""
    op.add_column("plan", sa.Column("parent", sa.String(200)))
    op.add_column("plan", sa.Column("variant", sa.String(100)))
    op.add_column("test_result", sa.Column("confidences", sa.LargeBinary))
    _create_test_tables()
    _create_ablation_tables()


def _create_test_tables() -> None:
    op.create_table(
        "test_split",
        sa.Column("dataset_hash", sa.String(64), primary_key=True),
        sa.Column("labels", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "test_image",
        sa.Column("dataset_hash", sa.String(64), sa.ForeignKey("test_split.dataset_hash"), primary_key=True),
        sa.Column("image", sa.Integer, primary_key=True),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("pixels", sa.LargeBinary, nullable=False),
    )


def _create_ablation_tables() -> None:
    op.create_table(
        "ablation",
        sa.Column("study", sa.String(200), sa.ForeignKey("plan.study"), primary_key=True),
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("design", sa.String(20), nullable=False),
        sa.Column("reference", sa.String(10), nullable=False),
        sa.Column("factors", sa.JSON, nullable=False),
        sa.Column("variants", sa.JSON, nullable=False),
        sa.Column("retuned", sa.JSON, nullable=False),
        sa.Column("replicates", sa.Integer, nullable=False),
        sa.Column("finished", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "arm",
        sa.Column("study", sa.String(200), primary_key=True),
        sa.Column("ablation", sa.String(200), primary_key=True),
        sa.Column("setting", sa.String(10), primary_key=True),
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("control", sa.String(200)),
        sa.Column("matched", sa.String(200)),
        sa.Column("factors", sa.JSON, nullable=False),
        sa.Column("step", sa.Integer),
        sa.Column("changes", sa.JSON, nullable=False),
        sa.Column("configuration", sa.JSON),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("added_later", sa.Boolean, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("planned_at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["study", "ablation"], ["ablation.study", "ablation.name"]),
    )
    op.create_table(
        "cell",
        sa.Column("study", sa.String(200), primary_key=True),
        sa.Column("ablation", sa.String(200), primary_key=True),
        sa.Column("setting", sa.String(10), primary_key=True),
        sa.Column("arm", sa.String(200), primary_key=True),
        sa.Column("replicate", sa.Integer, primary_key=True),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("trial", sa.String(16)),
        sa.Column("planned_at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["study", "ablation", "setting", "arm"], ["arm.study", "arm.ablation", "arm.setting", "arm.name"]
        ),
    )
