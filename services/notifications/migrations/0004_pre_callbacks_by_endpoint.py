"""Indexes for a queue of callbacks for each endpoint, made without stopping anybody.

Each can be made again after a failure half-way: what a failed attempt left behind is dropped first.
"""

from alembic import op

from servicekit.migrations import execute_sql

revision = "0004"
down_revision = "0003"
phase = "pre"

INDEXES = {
    "service_callbacks_paused": "service_callbacks (probe_at) where probe_at is not null",
    "callbacks_of_endpoint": "callbacks (service_id, kind, run_at)",
    "callback_attempts_of_service": "callback_attempts (service_id, attempted_at desc)",
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, columns in INDEXES.items():
            execute_sql(f"drop index concurrently if exists {name};")
            execute_sql(f"create index concurrently {name} on {columns};")
        execute_sql("drop index concurrently if exists callbacks_due;")
