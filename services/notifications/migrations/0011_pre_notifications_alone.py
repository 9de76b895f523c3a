"""An index for the page that services ask for most: their own single messages of one type of key, newest first.

The index of a service's messages holds jobs' rows as well: behind a job of a million rows a page read all of
them to leave them out. `nulls last`, although no id is null: the page asks for just that order, which no other
index has. The planner would rather walk the primary key, and leave out what is not wanted.

Made without stopping anybody, each partition's index by itself and then attached; it can be made again after a
failure half-way.
"""

from alembic import op
from sqlalchemy import text

from servicekit.migrations import execute_sql

revision = "0011"
down_revision = "0010"
phase = "pre"

INDEX = "notifications_alone"
COLUMNS = "(service_id, key_type, id desc nulls last) where job_id is null"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # On the parent alone nothing is built, and the lock is held for a moment.
        execute_sql(
            "-- squawk-ignore require-concurrent-index-creation\n"
            f"create index if not exists {INDEX} on only notifications {COLUMNS};"
        )
        for partition in _partitions():
            index = f"{partition}_alone"
            execute_sql(f"drop index concurrently if exists {index};")
            execute_sql(f"create index concurrently {index} on {partition} {COLUMNS};")
            execute_sql(f"alter index {INDEX} attach partition {index};")


def _partitions() -> list[str]:
    if op.get_context().as_sql:
        return []
    found = op.get_bind().execute(
        text("select inhrelid::regclass::text from pg_inherits where inhparent = 'notifications'::regclass")
    )
    return [name for (name,) in found]
