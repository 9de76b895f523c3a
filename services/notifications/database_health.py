"""What Postgres itself says about its health, as this service may see it: for alerts, without an exporter beside.

Every process tells the same. Transactions of other roles show only where this one may see them (`grant
pg_read_all_stats`, docs/deploy/install.md). Called by `__main__` every quarter of a minute.
"""

from dataclasses import dataclass
from typing import Final

from servicekit.database import Pool
from services.notifications import metrics

CHECKED_EVERY_S: Final = 15.0
_QUEUES: Final = ["deliveries", "callbacks"]
"""Tables that are written and emptied all day: dead rows are what makes them slow."""

# Our own transaction is the youngest there is. Replicas' and backups' own show as old ones too, which they are.
_SERVER: Final = b"""
select
    coalesce(max(extract(epoch from clock_timestamp() - xact_start)) filter (where backend_type = 'client backend'), 0)
        ::float8,
    count(*) filter (where backend_type = 'client backend'),
    count(*) filter (where wait_event_type = 'Lock'),
    current_setting('max_connections')::int,
    pg_database_size(current_database())
from pg_stat_activity
"""
_TABLES: Final = b"""
select relname::text, n_live_tup, n_dead_tup
from pg_stat_user_tables
where schemaname = current_schema() and relname = any (%(tables)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRows:
    """A table, as the statistics have it."""

    table: str
    live: int
    dead: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerHealth:
    """What one look showed."""

    oldest_transaction_s: float
    connections: int
    lock_waiters: int
    connections_max: int
    size_bytes: int
    tables: tuple[TableRows, ...]


async def look(pool: Pool) -> ServerHealth:
    """Ask the server. Raises Unavailable."""
    async with pool.connection() as connection:
        server = await (await connection.execute(_SERVER)).fetchone()
        tables = await (await connection.execute(_TABLES, {"tables": _QUEUES})).fetchall()
    if server is None:
        raise AssertionError("aggregates without groups have one row")
    oldest_s, connections, lock_waiters, connections_max, size_bytes = server
    return ServerHealth(
        oldest_transaction_s=oldest_s,
        connections=connections,
        lock_waiters=lock_waiters,
        connections_max=connections_max,
        size_bytes=size_bytes,
        tables=tuple(TableRows(table=name, live=live, dead=dead) for name, live, dead in tables),
    )


async def measure(pool: Pool) -> None:
    """Look, and show what was seen. Raises Unavailable."""
    health = await look(pool)
    metrics.record_server(
        oldest_transaction_s=health.oldest_transaction_s,
        connections=health.connections,
        connections_max=health.connections_max,
        lock_waiters=health.lock_waiters,
        size_bytes=health.size_bytes,
    )
    for rows in health.tables:
        metrics.record_table(rows.table, live=rows.live, dead=rows.dead)
