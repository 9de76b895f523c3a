"""The record of changes."""

from operationskit.audit import AUDIT_EVENTS_DDL
from servicekit.migrations import execute_sql

revision = "0004"
down_revision = "0003"
phase = "pre"


def upgrade() -> None:
    """Create the table of events."""
    execute_sql(AUDIT_EVENTS_DDL)
