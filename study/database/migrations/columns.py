"""What several scripts do to columns. A file of one version may lack what was added without a new number: they look."""

import sqlalchemy as sa
from alembic import op


def has_column(table: str, name: str) -> bool:
    """Return whether the table has the column now."""
    return any(column["name"] == name for column in sa.inspect(op.get_bind()).get_columns(table))


def add_missing_column(table: str, column: "sa.Column[object]") -> bool:
    """Add the column unless it is there; return whether it was missing."""
    if has_column(table, column.name):
        return False
    op.add_column(table, column)
    return True


def allow_null(table: str, name: str) -> None:
    """Let the column hold NULL, for what is not known; SQLite's table is made anew where it did not."""
    columns = {column["name"]: column for column in sa.inspect(op.get_bind()).get_columns(table)}
    if not columns[name]["nullable"]:
        with op.batch_alter_table(table) as batch:
            batch.alter_column(name, existing_type=columns[name]["type"], nullable=True)


def add_promoted_to() -> None:
    """Add `trial.promoted_to` unless it is there, from where the older program kept it: Optuna's table."""
    missing = add_missing_column("trial", sa.Column("promoted_to", sa.Integer))
    if missing and sa.inspect(op.get_bind()).has_table("trial_user_attributes"):
        op.execute(
            "UPDATE trial SET promoted_to = (SELECT CAST(value_json AS INTEGER) FROM trial_user_attributes "
            "WHERE trial_user_attributes.trial_id = trial.optuna_trial_id AND key = 'promoted_to')"
        )
