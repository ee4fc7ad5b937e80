"""How a database of an older schema becomes one of today's: Alembic's scripts, one a version, run by `upgrade`."""
