"""The field's words: a model, no longer a family; planned trials, no longer cells. And what files of version 4 lack."""

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
    plan = sa.table("plan", sa.column("study"), sa.column("definition", sa.JSON))
    connection = op.get_bind()
    for study, definition in connection.execute(sa.select(plan.c.study, plan.c.definition)).all():
        renamed = {("model" if key == "family" else key): value for key, value in definition.items()}
        connection.execute(sa.update(plan).where(plan.c.study == study).values(definition=renamed))
