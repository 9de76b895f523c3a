"""Jobs that rest: apart from their status, so that resuming finds it as it was."""

from servicekit.migrations import execute_sql

revision = "0017"
down_revision = "0016"
phase = "pre"


def upgrade() -> None:
    execute_sql("alter table jobs add column paused_at timestamptz;")
