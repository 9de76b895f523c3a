"""Every statement about jobs. Those about their rows take whole lots."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
import psycopg
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from notifyrules.statuses import NotificationStatus, NotificationType
from servicekit.database import Pool, Queries
from servicekit.ids import bucket_of, first_id_at, new_id, time_of
from services.notifications.deliveries import Lane
from services.notifications.idempotency_store import Claim, IdempotencyStore
from services.notifications.jobs import FailedLot, Job, JobStatus, MadeLot, RowFaults
from services.notifications.jobs_checking import LOT_ROWS, Lot

_LOTS_IN_A_STATEMENT: Final = 40
"""Some five megabytes."""
_CLOCK_MARGIN: Final = timedelta(seconds=10)
_COLUMNS: Final = ", ".join(field.name for field in fields(Job))


class _TakenError(Exception):
    """The key or the id of a job is somebody else's: its transaction must leave nothing."""


class JobsStore:
    """Jobs on one pool."""

    def __init__(self, pool: Pool, queries: Queries, keys: IdempotencyStore) -> None:
        self._pool = pool
        self._queries = queries
        self._keys = keys

    async def insert(
        self, job: Job, lots: Sequence[Lot], row_faults: RowFaults, claim: Claim | None, now: datetime
    ) -> bool:
        """Store a job with its rows, and the key that it was asked for with, in one transaction. False where
        somebody else has the key, or the job is there already: then nothing is stored.
        """
        try:
            async with self._pool.connection() as connection, connection.transaction():
                await self._claim_and_insert(connection, job, row_faults, claim, now)
                await self._insert_lots(connection, job.id, lots)
        except _TakenError:
            return False
        return True

    async def _claim_and_insert(
        self,
        connection: AsyncConnection[Any],
        job: Job,
        row_faults: RowFaults,
        claim: Claim | None,
        now: datetime,
    ) -> None:
        if claim is not None and not await self._keys.claim(connection, [claim], now):
            raise _TakenError
        cursor = await connection.execute(
            self._queries.insert_job,
            {
                **{field.name: getattr(job, field.name) for field in fields(Job)},
                "row_faults": msgspec.json.encode(row_faults).decode(),
            },
        )
        if await cursor.fetchone() is None:
            raise _TakenError

    async def _insert_lots(self, connection: AsyncConnection[Any], job_id: UUID, lots: Sequence[Lot]) -> None:
        for start in range(0, len(lots), _LOTS_IN_A_STATEMENT):
            part = lots[start : start + _LOTS_IN_A_STATEMENT]
            await connection.execute(
                self._queries.insert_job_lots,
                {
                    "job_id": job_id,
                    "lots": list(range(start, start + len(part))),
                    "row_counts": [lot.row_count for lot in part],
                    "abroad_counts": [lot.abroad_count for lot in part],
                    "rows": [lot.rows.decode() for lot in part],
                },
            )

    async def find(self, service_id: UUID, job_id: UUID) -> Job | None:
        """A job of a service."""
        found = await self._jobs(
            "where id = %(id)s and service_id = %(service_id)s", {"id": job_id, "service_id": service_id}
        )
        return found[0] if found else None

    async def row_faults(self, job_id: UUID) -> RowFaults:
        """What is wrong with rows of a job that were left out."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(b"select row_faults from jobs where id = %s", (job_id,))
            row = await cursor.fetchone()
        faults: dict[str, list[int]] = row[0] if row is not None else {}
        return faults

    async def page(self, service_id: UUID, before: UUID | None, limit: int) -> list[Job]:
        """Jobs of a service, newest first."""
        return await self._jobs(
            "where service_id = %(service_id)s and (%(before)s::uuid is null or id < %(before)s) "
            "order by id desc limit %(limit)s",
            {"service_id": service_id, "before": before, "limit": limit},
        )

    async def status_counts(self, job_id: UUID) -> dict[NotificationStatus, int]:
        """How many of a job's notifications are in each status."""
        oldest = first_id_at(time_of(job_id) - _CLOCK_MARGIN)
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                self._queries.count_job_statuses, {"job_id": job_id, "first_id": oldest}
            )
            return {NotificationStatus(status): count for status, count in await cursor.fetchall()}

    async def find_due(self, now: datetime) -> Job | None:
        """A job whose time has come, if there is one."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(self._queries.find_due_job, {"now": now})
            row = await cursor.fetchone()
        if row is None:
            return None
        found = await self._jobs("where id = %(id)s", {"id": row[0]})
        return found[0] if found else None

    async def begin(self, job_id: UUID, now: datetime) -> bool:
        """Say that a job's notifications are being made; False where another process came first."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(self._queries.begin_job, {"id": job_id, "now": now})
            return await cursor.fetchone() is not None

    async def end(self, job_id: UUID, status: JobStatus, now: datetime) -> tuple[int, int] | None:
        """End a job before its time. Gives how many of its messages were not made, and how many of these were
        texts abroad; None where it had ended.
        """
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                self._queries.end_job, {"id": job_id, "status": status.value, "now": now}
            )
            row = await cursor.fetchone()
        return (row[1], row[2]) if row is not None else None

    async def make_lot(self, now: datetime) -> MadeLot | FailedLot | None:
        """Make the notifications of one lot, of the job that has waited longest; None where there is none."""
        job_id: UUID | None = None
        try:
            async with self._pool.connection() as connection, connection.transaction():
                cursor = await connection.execute(self._queries.claim_job)
                row = await cursor.fetchone()
                if row is None:
                    return None
                job_id, service_id, channel = row
                bucket = bucket_of(service_id)
                cursor = await connection.execute(
                    self._queries.make_job_lot,
                    {
                        "job_id": job_id,
                        "ids": [new_id(bucket=bucket) for _ in range(LOT_ROWS)],
                        "lane": int(Lane.BULK),
                        "now": now,
                    },
                )
                made = await cursor.fetchone()
        except (psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError) as failure:
            if job_id is None:
                raise
            await self._postpone(job_id, now)
            return FailedLot(job_id=job_id, error=type(failure).__name__)
        if made is None:
            await self._postpone(job_id, now)
            return FailedLot(job_id=job_id, error="lot_missing")
        count, status = made
        return MadeLot(job_id=job_id, type=NotificationType(channel), count=count, status=JobStatus(status))

    async def _postpone(self, job_id: UUID, now: datetime) -> None:
        async with self._pool.connection() as connection:
            await connection.execute(b"update jobs set worked_at = %s where id = %s", (now, job_id))

    async def _jobs(self, condition: str, parameters: dict[str, Any]) -> list[Job]:
        query = f"select {_COLUMNS} from jobs {condition}"  # noqa: S608 -- only constants are put together
        async with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(query.encode(), parameters)
            return [msgspec.convert(row, Job) for row in await cursor.fetchall()]
