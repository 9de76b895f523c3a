"""Scheduled tasks and alerts, and for how many minutes each provider has been slow."""

from operationskit.schema import CREATE_TASKS_AND_ALERTS
from servicekit.migrations import execute_sql

revision = "0003"
down_revision = "0002"
phase = "pre"


def upgrade() -> None:
    """Create the tables."""
    execute_sql(CREATE_TASKS_AND_ALERTS)
    execute_sql(
        """
        CREATE TABLE slow_minutes (
            provider text PRIMARY KEY REFERENCES providers (name),
            -- In a row, up to the one that was counted last.
            minutes integer NOT NULL CHECK (minutes >= 0),
            counted_at timestamptz NOT NULL
        );
        COMMENT ON TABLE slow_minutes IS 'For how many minutes in a row a provider has been slow';
        """
    )
