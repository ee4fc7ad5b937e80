"""Where migrations begin: the tables as the first program with promotion and several objectives made them."""

revision = "3"
down_revision = None


def upgrade() -> None:
    """Nothing: the tables are there."""
