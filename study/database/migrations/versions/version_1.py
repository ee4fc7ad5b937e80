"""Where migrations begin: the tables as the first program made them, for searches and their final trainings."""

revision = "1"
down_revision = None


def upgrade() -> None:
    """Do nothing, since the tables are there."""
