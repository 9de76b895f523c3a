"""Indexes of the print run. They are made without stopping anybody, and again after a failure half-way."""

from alembic import op

from servicekit.migrations import execute_sql

revision = "0004"
down_revision = "0003"
phase = "pre"

_INDEXES = {
    # What is to be handed over, in the order in which it is.
    "letters_print_queue": "(print_rank, created_at) WHERE state IN ('ready', 'requested') "
    "AND print_run_id IS NOT NULL",
    "letters_print_run": "(print_run_id) WHERE print_run_id IS NOT NULL",
    # Letters of test keys whose printer's report is still to be pretended.
    "letters_pretend_reports": "(print_next_at) WHERE state = 'pretended' AND print_next_at IS NOT NULL",
}


def upgrade() -> None:
    """Make the indexes."""
    with op.get_context().autocommit_block():
        for name, columns in _INDEXES.items():
            execute_sql(f"DROP INDEX CONCURRENTLY IF EXISTS {name};")
            execute_sql(f"CREATE INDEX CONCURRENTLY {name} ON letters {columns};")
