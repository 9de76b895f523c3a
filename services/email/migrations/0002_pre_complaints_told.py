"""Which complaints the notifications service was told of. The index is made without stopping anybody, and
again after a failure half-way.
"""

from alembic import op

from servicekit.migrations import execute_sql

revision = "0002"
down_revision = "0001"
phase = "pre"


def upgrade() -> None:
    """Add the column and its index."""
    execute_sql("ALTER TABLE complaints ADD COLUMN IF NOT EXISTS told_at timestamptz;")
    with op.get_context().autocommit_block():
        execute_sql("DROP INDEX CONCURRENTLY IF EXISTS complaints_untold;")
        execute_sql(
            "CREATE INDEX CONCURRENTLY complaints_untold ON complaints (received_at) WHERE told_at IS NULL;"
        )
