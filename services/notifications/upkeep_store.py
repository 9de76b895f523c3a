"""Every statement of regular checks and daily counts (`upkeep.sql`). Called by `reconciling`, `counting` and
`checking_up`. Runs on the tasks' own pool.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from notifyrules.statuses import NotificationStatus, NotificationType
from servicekit.database import Pool, load_queries
from services.notifications.deliveries import Lane

UPKEEP_QUERIES: Final = load_queries(Path(__file__).with_name("upkeep.sql"))


@dataclass(frozen=True, slots=True)
class NoticedLot:
    """One lot of the reconciler's walk; in the order of the query's columns."""

    looked_at: int
    last_id: UUID | None
    noticed: int


@dataclass(frozen=True, slots=True)
class OpenNotification:
    """A notification that was not final; in the order of the query's columns."""

    id: UUID
    service_id: UUID | None  # None, and all that follows: it is no longer here
    type: NotificationType | None
    status: NotificationStatus | None
    has_delivery: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySpan:
    """A day in London, as a span of ids."""

    day: date
    first_id: UUID
    end_id: UUID


@dataclass(frozen=True, slots=True)
class SuspiciousService:
    """Texts of a service in a day; in the order of the query's columns."""

    service_id: UUID
    total: int
    failed: int
    to_drama: int


class UpkeepStore:
    """See the module."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def looked_until(self) -> UUID:
        """Up to which id everything is settled or remembered."""
        ((mark,),) = await self._pool.fetch(b"select looked_until from reconciler_mark", {})
        return UUID(str(mark))

    async def notice_open(
        self,
        after: UUID,
        before: UUID,
        types: Sequence[NotificationType],
        statuses: Sequence[NotificationStatus],
        now: datetime,
        limit: int,
    ) -> NoticedLot:
        """Remember what is not final among the next notifications, and move the mark."""
        (row,) = await self._pool.fetch(
            UPKEEP_QUERIES.notice_open_notifications,
            {
                "after": after,
                "before": before,
                "types": [each.value for each in types],
                "open_statuses": [each.value for each in statuses],
                "now": now,
                "max": limit,
            },
        )
        return NoticedLot(*row)

    async def read_open(self, after: UUID, before: UUID, limit: int) -> list[OpenNotification]:
        """What is remembered, in the order of ids."""
        rows = await self._pool.fetch(
            UPKEEP_QUERIES.read_open_notifications, {"after": after, "before": before, "max": limit}
        )
        return [
            OpenNotification(
                id,
                service_id,
                None if type is None else NotificationType(type),
                None if status is None else NotificationStatus(status),
                has_delivery,
            )
            for id, service_id, type, status, has_delivery in rows
        ]

    async def forget_open(self, ids: Sequence[UUID]) -> None:
        """Forget what is settled."""
        async with self._pool.connection() as connection:
            await connection.execute(UPKEEP_QUERIES.forget_open_notifications, {"ids": list(ids)})

    async def queue_lost(self, ids: Sequence[UUID], now: datetime) -> list[NotificationType]:
        """Queue notifications that have no delivery; gives the channel of each that was queued."""
        rows = await self._pool.fetch(
            UPKEEP_QUERIES.queue_lost_deliveries,
            {"ids": list(ids), "now": now, "normal_lane": int(Lane.NORMAL), "bulk_lane": int(Lane.BULK)},
        )
        return [NotificationType(channel) for _, channel in rows]

    async def count_statuses(
        self, span: DaySpan, types: Sequence[NotificationType], *, with_test_keys: bool
    ) -> int:
        """Count a day anew; gives the number of rows that tell of it."""
        parameters = {
            "day": span.day,
            "first_id": span.first_id,
            "end_id": span.end_id,
            "types": [each.value for each in types],
            "with_test_keys": with_test_keys,
        }
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(UPKEEP_QUERIES.delete_statuses_of_day, parameters)
            return (await connection.execute(UPKEEP_QUERIES.insert_statuses_of_day, parameters)).rowcount

    async def count_deliveries(self, span: DaySpan) -> int:
        """Count how fast and where texts and emails of a day went, anew; gives the number of rows that tell of it."""
        parameters = {"day": span.day, "first_id": span.first_id, "end_id": span.end_id}
        async with self._pool.connection() as connection:
            return (await connection.execute(UPKEEP_QUERIES.count_deliveries_of_day, parameters)).rowcount

    async def save_processing_times(self, span: DaySpan) -> tuple[int, int]:
        """Count messages of a day, and those that were handed over within 10 seconds."""
        ((total, within),) = await self._pool.fetch(
            UPKEEP_QUERIES.save_processing_times,
            {"day": span.day, "first_id": span.first_id, "end_id": span.end_id},
        )
        return int(total), int(within)

    async def find_suspicious_services(
        self, first_id: UUID, drama_prefix: str, *, min_texts: int, share: float, min_drama: int
    ) -> list[SuspiciousService]:
        """Services whose texts since an id fail often or go to numbers kept for drama."""
        rows = await self._pool.fetch(
            UPKEEP_QUERIES.find_suspicious_services,
            {
                "first_id": first_id,
                "drama_prefix": drama_prefix,
                "min_texts": min_texts,
                "share": share,
                "min_drama": min_drama,
            },
        )
        return [SuspiciousService(*row) for row in rows]

    async def count_inbound_numbers(self) -> tuple[int, int]:
        """How many numbers are free, and how many there are."""
        ((free, all_),) = await self._pool.fetch(UPKEEP_QUERIES.count_inbound_numbers, {})
        return int(free), int(all_)

    async def find_stalled_jobs(self, before: datetime, limit: int) -> list[tuple[UUID, str]]:
        """Jobs that nobody has worked on since a time, with their statuses."""
        rows = await self._pool.fetch(UPKEEP_QUERIES.find_stalled_jobs, {"before": before, "max": limit})
        return [(id, status) for id, status in rows]

    async def find_jobs_with_missing_rows(
        self, since: datetime, until: datetime, limit: int
    ) -> list[tuple[UUID, int, int]]:
        """Jobs that ended in a span of time, with how many notifications were made and how many there are."""
        rows = await self._pool.fetch(
            UPKEEP_QUERIES.find_jobs_with_missing_rows, {"from": since, "until": until, "max": limit}
        )
        return [(id, made, found) for id, made, found in rows]
