"""Every statement of looking after letters (`letter_care.sql`). Called by `letter_care` and `letter_checks`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from notifyrules.statuses import NotificationStatus
from operationskit.audit import Change, record
from servicekit.database import Pool, load_queries
from services.notifications.deliveries import Lane

LETTER_CARE_QUERIES: Final = load_queries(Path(__file__).with_name("letter_care.sql"))
_EVENTS: Final = {
    NotificationStatus.DELIVERED: "letter.marked_delivered",
    NotificationStatus.PERMANENT_FAILURE: "letter.marked_failed",
}


@dataclass(frozen=True, slots=True)
class FoundLetter:
    """A letter that was looked for; in the order of the query's columns."""

    id: UUID
    service_id: UUID
    reference: str
    status: str
    postage: str | None
    sent_at: datetime | None
    has_delivery: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSpan:
    """Which letters one statement looks for."""

    after: UUID
    before: UUID
    statuses: Sequence[NotificationStatus]
    service_id: UUID | None = None
    job_id: UUID | None = None
    sent_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class LetterStanding:
    """Whose a letter is, and how it stands; in the order of the query's columns."""

    service_id: UUID
    status: NotificationStatus


class LetterCareStore:
    """See the module."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def find(self, span: LetterSpan, limit: int) -> list[FoundLetter]:
        """Letters of a span, the oldest first."""
        parameters = {
            "after": span.after,
            "before": span.before,
            "statuses": [status.value for status in span.statuses],
            "service_id": span.service_id,
            "job_id": span.job_id,
            "sent_before": span.sent_before,
            "max": limit,
        }
        async with self._pool.connection() as connection:
            cursor = await connection.execute(LETTER_CARE_QUERIES.find_letters, parameters)
            return [FoundLetter(*row) for row in await cursor.fetchall()]

    async def standings(self, ids: Sequence[UUID]) -> dict[UUID, LetterStanding]:
        """Those ids that are letters."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(LETTER_CARE_QUERIES.letters_to_end, {"ids": list(ids)})
            return {
                id: LetterStanding(service_id, NotificationStatus(status))
                for id, service_id, status in await cursor.fetchall()
            }

    async def end(
        self, seen: Mapping[UUID, NotificationStatus], status: NotificationStatus, now: datetime
    ) -> set[UUID]:
        """Give letters a status, where they still have the one that was seen, and record it; gives those that
        changed.
        """
        ids = sorted(seen)
        parameters = {
            "ids": ids,
            "seen_statuses": [seen[id].value for id in ids],
            "status": status.value,
            "now": now,
        }
        async with self._pool.connection() as connection, connection.transaction():
            cursor = await connection.execute(LETTER_CARE_QUERIES.end_letters, parameters)
            ended = await cursor.fetchall()
            for id, service_id, before in ended:
                change = Change(
                    type=_EVENTS[status],
                    subject=str(id),
                    service_id=service_id,
                    before={"status": before},
                    after={"status": status.value},
                )
                await record(connection, change, now)
        return {id for id, *_ in ended}

    async def queue_lost(self, ids: Sequence[UUID], now: datetime) -> int:
        """Queue letters that wait for the letters service and are in no queue; gives how many there were."""
        parameters: dict[str, Any] = {
            "ids": list(ids),
            "now": now,
            "normal_lane": Lane.NORMAL.value,
            "bulk_lane": Lane.BULK.value,
        }
        async with self._pool.connection() as connection:
            cursor = await connection.execute(LETTER_CARE_QUERIES.queue_lost_letters, parameters)
            return len(await cursor.fetchall())
