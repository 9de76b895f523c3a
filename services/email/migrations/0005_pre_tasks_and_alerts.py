"""Scheduled tasks, with their queue and the record of their runs, and alerts. Nothing existing is touched."""

from operationskit.schema import CREATE_TASKS_AND_ALERTS
from servicekit.migrations import execute_sql

revision = "0005"
down_revision = "0004"
phase = "pre"


def upgrade() -> None:
    """Create the tables."""
    execute_sql(CREATE_TASKS_AND_ALERTS)
