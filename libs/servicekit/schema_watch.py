"""Shows, as metrics of every process of a service, whether its schema is what its code needs.

A Job that migrates is gone before anybody could ask it; what it left in the database is there for all. Started by
`lifecycle.service_main`.
"""

import asyncio
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from servicekit import migrations
from servicekit.metrics import gauge
from servicekit.migration_runs import Outcome, kind_of

WATCHED_EVERY_S: Final = 60.0

_failed = gauge(
    "notify_schema_migration_failed", "1 when the last run of the schema's migrations failed", ["schema"]
)
_waiting = gauge(
    "notify_schema_revisions_waiting", "Migrations of this release that have not run", ["schema", "phase"]
)
_log = structlog.get_logger()


async def watch_schema(database_url: str, package: str, schema: str) -> None:
    """Look once. A database that does not answer leaves the metrics as they are: others tell of that."""
    try:
        state = await asyncio.to_thread(migrations.state, database_url, package, schema)
    except SQLAlchemyError as err:
        _log.warning("schema_not_seen", schema=schema, kind=kind_of(err))
        return
    has_failed = state.last_run is not None and state.last_run.outcome is Outcome.FAILED
    _failed.labels(schema).set(has_failed)
    _waiting.labels(schema, "pre").set(len(state.pre))
    _waiting.labels(schema, "post").set(len(state.post))
