"""Shows, as metrics of every process of a service, whether its schema is what its code needs.

A Job that migrates is gone before anybody could ask it; what it left in the database is there for all. Started by
`lifecycle.service_main`. Reads the two tables and the names of the files by itself: `migrations` and what it needs
take 23 MB, which each process would keep.
"""

import re
from importlib.resources import files
from typing import Final

import psycopg
import structlog
from psycopg import sql

from servicekit.metrics import gauge

WATCHED_EVERY_S: Final = 60.0

_CONNECT_TIMEOUT_S: Final = 10
_FILE_NAME: Final = re.compile(r"(\d{4})_(pre|post)_\w+\.py")
_VERSIONS: Final = "alembic_version"
_RUNS: Final = "migration_runs"

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
        at, has_failed = await _seen(database_url, schema)
    except psycopg.Error as err:
        _log.warning("schema_not_seen", schema=schema, kind=type(err).__name__)
        return
    pre, post = waiting(package, at)
    _failed.labels(schema).set(has_failed)
    _waiting.labels(schema, "pre").set(pre)
    _waiting.labels(schema, "post").set(post)


def waiting(package: str, at: str | None) -> tuple[int, int]:
    """How many revisions of a service's code a run of the phase `pre` would do, and one of `post` after it, on a schema
    that is at a revision. None where a newer release made the schema.
    """
    found = sorted(
        match.groups()
        for path in files(package).joinpath("migrations").iterdir()
        if (match := _FILE_NAME.fullmatch(path.name)) is not None
    )
    numbers = [number for number, _ in found]
    if at is not None and at not in numbers:
        return 0, 0
    phases = [phase for number, phase in found if at is None or number > at]
    pre = max((place for place, phase in enumerate(phases, start=1) if phase == "pre"), default=0)
    return pre, len(phases) - pre


async def _seen(database_url: str, schema: str) -> tuple[str | None, bool]:
    """The revision that a schema is at, and whether the last run failed."""
    async with await psycopg.AsyncConnection.connect(
        database_url, autocommit=True, connect_timeout=_CONNECT_TIMEOUT_S
    ) as connection:

        async def newest(table: str, column: str, order: str) -> str | None:
            name = sql.Identifier(schema, table)
            cursor = await connection.execute("select to_regclass(%s)", [name.as_string(connection)])
            if (await cursor.fetchone()) == (None,):
                return None
            query = sql.SQL("select {} from {} order by {} desc limit 1").format(
                sql.Identifier(column), name, sql.Identifier(order)
            )
            row = await (await connection.execute(query)).fetchone()
            return None if row is None else str(row[0])

        at = await newest(_VERSIONS, "version_num", "version_num")
        return at, await newest(_RUNS, "outcome", "id") == "failed"
