"""What Alembic runs: the scripts of `versions` on the connection handed to it. Optuna has Alembic's usual table."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], version_table="study_revision")
with context.begin_transaction():
    context.run_migrations()
