"""Refused requests of a rare status are found without a look at all the others of the week.

Made without stopping anybody; it can be made again after a failure half-way.
"""

from alembic import op

from servicekit.migrations import execute_sql

revision = "0024"
down_revision = "0023"
phase = "pre"

INDEXES = {
    "refused_requests_by_status": "refused_requests (status, id desc)",
    "refused_requests_of_service_by_status": "refused_requests (service_id, status, id desc)",
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for index, columns in INDEXES.items():
            execute_sql(f"drop index concurrently if exists {index};")
            execute_sql(f"create index concurrently {index} on {columns};")
