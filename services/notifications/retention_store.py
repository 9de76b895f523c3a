"""Every statement of retention: moving notifications to history, dropping partitions, deleting what else is old.

Called by `retention` and `archiving`. Runs on the tasks' own pool: nothing else waits for its connections.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg

from servicekit.database import Pool, load_queries
from servicekit.errors import Conflict

RETENTION_QUERIES: Final = load_queries(Path(__file__).with_name("retention.sql"))
_LOCK_TIMEOUT: Final = b"set local lock_timeout = '2s'"
_SESSION_LOCK_TIMEOUT: Final = b"set lock_timeout = '2s'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoffs:
    """For each number of days that may be kept, before what a message is past it."""

    days: tuple[int, ...]
    times: tuple[datetime, ...]
    ids: tuple[UUID, ...]  # the first ids of the times
    default_days: int

    def parameters(self) -> dict[str, Any]:
        """For the statements."""
        return {
            "days": list(self.days),
            "cutoff_ids": list(self.ids),
            "cutoffs": list(self.times),
            "default_days": self.default_days,
        }


@dataclass(frozen=True, slots=True)
class MovedLot:
    """One lot; in the order of the query's columns."""

    looked_at: int
    last_id: UUID | None
    moved: int
    gone: int  # with those of test keys, which are not kept


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition; in the order of the query's columns."""

    name: str
    detach_pending: bool


class RetentionStore:
    """Retention's statements on one pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def move_lot(self, after: UUID, before: UUID, cutoffs: Cutoffs, limit: int) -> MovedLot:
        """Move what is due of the next notifications by id. Raises Conflict where one got a delivery meanwhile."""
        parameters = cutoffs.parameters() | {"after": after, "before": before, "max": limit}
        async with self._pool.connection() as connection:
            try:
                cursor = await connection.execute(RETENTION_QUERIES.move_lot_to_history, parameters)
            except psycopg.errors.ForeignKeyViolation as err:
                raise Conflict("A message was queued again while it was moved") from err
            row = await cursor.fetchone()
        return MovedLot(*row) if row is not None else MovedLot(0, None, 0, 0)

    async def estimate(self, partitions: Sequence[str]) -> int:
        """About how many rows partitions hold."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                RETENTION_QUERIES.estimate_notifications, {"partitions": list(partitions)}
            )
            row = await cursor.fetchone()
        return int(row[0] or 0) if row is not None else 0

    async def partitions(self, parent: str) -> list[Partition]:
        """The partitions of a table."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(RETENTION_QUERIES.partitions, {"parent": parent})
            return [Partition(*row) for row in await cursor.fetchall()]

    async def loose_partitions(self, pattern: str) -> list[str]:
        """Tables with a partition's name that are none."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(RETENTION_QUERIES.loose_partitions, {"pattern": pattern})
            return [name for (name,) in await cursor.fetchall()]

    async def is_empty(self, partition: str) -> bool:
        """Whether a partition has no row."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(f"select not exists (select 1 from only {partition})".encode())  # noqa: S608 -- a name from the catalogue
            row = await cursor.fetchone()
        return row is not None and bool(row[0])

    async def detach(self, parent: str, partition: str, *, pending: bool) -> None:
        """Take a partition out of its table without stopping anybody. Raises Unavailable when others hold it
        for longer than two seconds: it is tried again the next night. `pending`: it was begun before.
        """
        how = "finalize" if pending else "concurrently"
        async with self._pool.connection() as connection:
            await connection.execute(_SESSION_LOCK_TIMEOUT)
            try:
                await connection.execute(f"alter table {parent} detach partition {partition} {how}".encode())
            finally:
                await connection.execute(b"reset lock_timeout")

    async def drop(self, table: str) -> None:
        """Drop a table that is no partition any more."""
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(_LOCK_TIMEOUT)
            await connection.execute(f"drop table if exists {table}".encode())

    async def create_history_partition(self, name: str, first_id: UUID, end_id: UUID) -> None:
        """Make a partition of history; again changes nothing."""
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(_LOCK_TIMEOUT)
            await connection.execute(b"select pg_advisory_xact_lock(hashtext('history partitions'))")
            cursor = await connection.execute(
                b"select coalesce((select relispartition from pg_class where oid = to_regclass(%s)), false)",
                (name,),
            )
            row = await cursor.fetchone()
            if row is not None and row[0]:
                return
            await connection.execute(
                f"create table {name} partition of notification_history "
                f"for values from ('{first_id}') to ('{end_id}')".encode()
            )

    async def copy_history(
        self, partition: str, first_id: UUID, end_id: UUID, *, with_headings: bool
    ) -> AsyncIterator[bytes]:
        """The rows of a span of a partition, as lines of CSV."""
        async with (
            self._pool.connection() as connection,
            connection.cursor() as cursor,
            cursor.copy(
                f"copy (select * from {partition} where id >= '{first_id}' and id < '{end_id}' order by id) "  # noqa: S608 -- names and ids of our own
                f"to stdout (format csv, header {with_headings})".encode()
            ) as copy,
        ):
            async for chunk in copy:
                yield bytes(chunk)

    async def delete_lot(self, name: str, **parameters: object) -> int:
        """Run one of the statements that delete a lot; gives how many rows went."""
        async with self._pool.connection() as connection:
            return (await connection.execute(RETENTION_QUERIES[name], parameters)).rowcount
