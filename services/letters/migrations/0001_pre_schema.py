"""The schema itself, which migrating makes; no tables yet."""

revision = "0001"
down_revision = None
phase = "pre"


def upgrade() -> None:
    """Nothing to make."""
