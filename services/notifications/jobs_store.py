"""Every statement about jobs. Those about their rows take whole lots."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
import psycopg
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from notifyrules.statuses import NotificationStatus, NotificationType
from operationskit.audit import Change, Values, made_by_hand, record
from servicekit.database import Pool, Queries
from servicekit.ids import bucket_of, first_id_at, new_id, time_of
from services.notifications.deliveries import Lane
from services.notifications.idempotency_store import Claim, IdempotencyStore
from services.notifications.jobs import FailedLot, Job, JobStatus, MadeLot, RowFaults
from services.notifications.jobs_checking import LOT_ROWS, Lot
from services.notifications.preparing_letters import new_reference

_LOTS_IN_A_STATEMENT: Final = 40
"""Some five megabytes."""
_CLOCK_MARGIN: Final = timedelta(seconds=10)
_COLUMNS: Final = ", ".join(field.name for field in fields(Job))


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A row of a job that is stored; in the order of the query's columns."""

    row: int
    recipient: str  # as given
    status: NotificationStatus | None  # None: its notification is not made yet
    notification_id: UUID | None
    lot: int | None  # in which it waits


class _TakenError(Exception):
    """The key or the id of a job is somebody else's: its transaction must leave nothing."""


class JobsStore:
    """Jobs on one pool."""

    def __init__(
        self,
        pool: Pool,
        queries: Queries,
        keys: IdempotencyStore,
        *,
        test_letter_status: NotificationStatus = NotificationStatus.DELIVERED,
    ) -> None:
        """`test_letter_status`: what letters of test keys begin with, which are never printed."""
        self._test_letter_status = test_letter_status
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
                if made_by_hand():
                    await record(connection, _created(job), now)
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
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                self._queries.count_job_statuses, {"job_id": job_id, "first_id": _oldest_of(job_id)}
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
            return await self._end(connection, job_id, status, now)

    async def cancel(self, service_id: UUID, job_id: UUID, now: datetime) -> tuple[int, int] | None:
        """End a job because somebody wants it, and record who. Gives what `end` does."""
        async with self._pool.connection() as connection, connection.transaction():
            job = await self._lock(connection, service_id, job_id)
            left = await self._end(connection, job_id, JobStatus.CANCELLED, now)
            if job is not None and left is not None:
                after = replace(job, status=JobStatus.CANCELLED, paused_at=None)
                await record(connection, _change("job.cancelled", job, after), now)
        return left

    async def _end(
        self, connection: AsyncConnection[Any], job_id: UUID, status: JobStatus, now: datetime
    ) -> tuple[int, int] | None:
        cursor = await connection.execute(
            self._queries.end_job, {"id": job_id, "status": status.value, "now": now}
        )
        row = await cursor.fetchone()
        return (row[1], row[2]) if row is not None else None

    async def set_paused(
        self, service_id: UUID, job_id: UUID, paused_at: datetime | None, now: datetime
    ) -> Job | None:
        """Let a job rest since a time, or go on (None), and record who did. Gives the job as it is then: one that
        has ended, or is so already, is not changed. None where there is no such job.
        """
        async with self._pool.connection() as connection, connection.transaction():
            job = await self._lock(connection, service_id, job_id)
            if job is None or job.ended_at is not None or (job.paused_at is None) == (paused_at is None):
                return job
            await connection.execute(
                self._queries.set_job_paused, {"id": job_id, "paused_at": paused_at, "now": now}
            )
            after = replace(job, paused_at=paused_at)
            type = "job.resumed" if paused_at is None else "job.paused"
            await record(connection, _change(type, job, after), now)
        return after

    async def _lock(self, connection: AsyncConnection[Any], service_id: UUID, job_id: UUID) -> Job | None:
        """A job of a service, kept for the rest of the transaction: no lot of it is being made."""
        query = f"select {_COLUMNS} from jobs where id = %s and service_id = %s for update"  # noqa: S608 -- constants
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(query.encode(), (job_id, service_id))
            row = await cursor.fetchone()
        return msgspec.convert(row, Job) if row is not None else None

    async def read_rows(self, job_id: UUID, after_row: int, after_lot: int, limit: int) -> list[KeptRow]:
        """The next rows of a job in their order; none at the end. `limit`: of those that were made, beside which
        there may be a lot of those that wait.
        """
        parameters = {
            "job_id": job_id,
            "first_id": _oldest_of(job_id),
            "after_row": after_row,
            "after_lot": after_lot,
            "max": limit,
        }
        async with self._pool.connection() as connection:
            cursor = await connection.execute(self._queries.read_job_rows, parameters)
            return [
                KeptRow(row, recipient, None if status is None else NotificationStatus(status), id, lot)
                for row, recipient, status, id, lot in await cursor.fetchall()
            ]

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
                ids = [new_id(bucket=bucket) for _ in range(LOT_ROWS)]
                parameters: dict[str, Any] = {
                    "job_id": job_id,
                    "ids": ids,
                    "lane": int(Lane.BULK),
                    "now": now,
                }
                query = self._queries.make_job_lot
                if channel == NotificationType.LETTER:
                    query = self._queries.make_letter_job_lot
                    parameters["letter_references"] = [new_reference() for _ in range(LOT_ROWS)]
                    parameters["test_status"] = self._test_letter_status
                cursor = await connection.execute(query, parameters)
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
        return MadeLot(
            job_id=job_id, type=NotificationType(channel), ids=tuple(ids[:count]), status=JobStatus(status)
        )

    async def _postpone(self, job_id: UUID, now: datetime) -> None:
        async with self._pool.connection() as connection:
            await connection.execute(b"update jobs set worked_at = %s where id = %s", (now, job_id))

    async def _jobs(self, condition: str, parameters: dict[str, Any]) -> list[Job]:
        query = f"select {_COLUMNS} from jobs {condition}"  # noqa: S608 -- only constants are put together
        async with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(query.encode(), parameters)
            return [msgspec.convert(row, Job) for row in await cursor.fetchall()]


def _oldest_of(job_id: UUID) -> UUID:
    """No notification of a job has a lower id: it spares older partitions."""
    return first_id_at(time_of(job_id) - _CLOCK_MARGIN)


def _created(job: Job) -> Change:
    after = {"status": job.status.value, "template_id": str(job.template_id), "rows": job.row_count}
    return Change(type="job.created", subject=str(job.id), service_id=job.service_id, after=after)


def _change(type: str, before: Job, after: Job) -> Change:
    return Change(
        type=type,
        subject=str(after.id),
        service_id=after.service_id,
        before=_facts(before),
        after=_facts(after),
    )


def _facts(job: Job) -> Values:
    return {"status": job.status.value, "paused": job.paused_at is not None, "made_count": job.made_count}
