"""Resting weights and rules in the providers' history, and counts of how providers do."""

from providerkit.schema import CREATE_PROVIDER_COUNTS
from servicekit.migrations import execute_sql

revision = "0004"
down_revision = "0003"
phase = "pre"


def upgrade() -> None:
    """Add the columns and create the tables."""
    execute_sql(
        """
        ALTER TABLE providers ADD COLUMN is_automatic boolean NOT NULL DEFAULT false;
        ALTER TABLE provider_history ADD COLUMN resting_weight smallint;
        ALTER TABLE provider_history ADD COLUMN is_automatic boolean NOT NULL DEFAULT false;
        """
    )
    execute_sql(CREATE_PROVIDER_COUNTS)
