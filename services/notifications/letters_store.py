"""Every statement about letters that is no hot one, and the one that puts another system's messages in place.

The statements are in `letters.sql`. One method is one transaction.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from notifyrules.postage import Postage
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from operationskit.audit import Change, record, record_all
from servicekit.database import Pool, load_queries
from servicekit.ids import new_id

QUERIES = load_queries(Path(__file__).with_name("letters.sql"))


@dataclass(frozen=True, slots=True)
class RecordedReturns:
    """What a list of returned letters did."""

    new: frozenset[str]
    """References that were recorded now."""
    repeated: frozenset[str]
    """Those that were recorded before."""
    callbacks_queued: bool


@dataclass(frozen=True, slots=True)
class ReturnedLetter:
    """A letter that came back; in the order of the query's columns."""

    notification_id: UUID
    letter_reference: str
    client_reference: str | None
    reported_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRow:
    """A message of another system, as it is stored."""

    id: UUID
    service_id: UUID
    template_id: UUID
    template_version: int
    type: NotificationType
    key_type: KeyType
    status: NotificationStatus
    recipient: str
    normalised_recipient: str
    personalisation: str
    reference: str | None
    billable_units: int
    rate_multiplier: int
    international: bool
    postage: Postage | None
    job_id: UUID | None
    job_row: int | None
    created_by: UUID | None
    provider: str | None
    sent_at: datetime | None
    updated_at: datetime | None
    letter_reference: str | None  # of letters
    is_precompiled: bool


class LettersStore:
    """Letters on one pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def statuses(self, service_id: UUID, ids: Sequence[UUID]) -> dict[UUID, NotificationStatus]:
        """The statuses of those ids that are letters of a service."""
        fetched = await self._pool.fetch(
            QUERIES.letters_to_cancel, {"ids": list(ids), "service_id": service_id}
        )
        return {id: NotificationStatus(status) for id, status in fetched}

    async def cancel(self, service_id: UUID, ids: Sequence[UUID], now: datetime) -> dict[UUID, KeyType]:
        """Cancel letters of a service that were not printed, and record it; gives those that are cancelled now, with
        the kind of their keys.
        """
        async with self._pool.connection() as connection, connection.transaction():
            cursor = await connection.execute(QUERIES.cancel_letters, {"ids": sorted(ids), "now": now})
            cancelled = {id: KeyType(key_type) for id, key_type in await cursor.fetchall()}
            for id in cancelled:
                change = Change(type="letter.cancelled", subject=str(id), service_id=service_id)
                await record(connection, change, now)
        return cancelled

    async def record_returned(self, references: Sequence[str], now: datetime) -> RecordedReturns:
        """Record letters as returned, with who said so, and queue their callbacks."""
        parameters = {
            "references": list(references),
            "callback_ids": [new_id() for _ in references],
            "now": now,
        }
        async with self._pool.connection() as connection, connection.transaction():
            cursor = await connection.execute(QUERIES.record_returned_letters, parameters)
            fetched = await cursor.fetchall()
            new = frozenset(reference for reference, is_new, _ in fetched if is_new)
            if new:
                change = Change(
                    type="letter.returns_recorded", subject="letters", after={"letters": len(new)}
                )
                await record(connection, change, now)
        return RecordedReturns(
            new=new,
            repeated=frozenset(reference for reference, is_new, _ in fetched if not is_new),
            callbacks_queued=any(queued for *_, queued in fetched),
        )

    async def list_returned(
        self, service_id: UUID, before: tuple[datetime, UUID] | None, limit: int
    ) -> list[ReturnedLetter]:
        """A service's letters that came back, those reported last first."""
        fetched = await self._pool.fetch(
            QUERIES.list_returned_letters,
            {
                "service_id": service_id,
                "before_at": before[0] if before else None,
                "before_id": before[1] if before else None,
                "max": limit,
            },
        )
        return [ReturnedLetter(*row) for row in fetched]

    async def import_notifications(self, rows: Sequence[ImportedRow], now: datetime) -> set[UUID]:
        """Store messages of another system; gives the ids that are new."""
        parameters = {
            "ids": [row.id for row in rows],
            "service_ids": [row.service_id for row in rows],
            "template_ids": [row.template_id for row in rows],
            "template_versions": [row.template_version for row in rows],
            "types": [row.type.value for row in rows],
            "key_types": [row.key_type.value for row in rows],
            "statuses": [row.status.value for row in rows],
            "recipients": [row.recipient for row in rows],
            "normalised_recipients": [row.normalised_recipient for row in rows],
            "personalisations": [row.personalisation for row in rows],
            "references": [row.reference for row in rows],
            "billable_units": [row.billable_units for row in rows],
            "rate_multipliers": [row.rate_multiplier for row in rows],
            "internationals": [row.international for row in rows],
            "postages": [row.postage.value if row.postage else None for row in rows],
            "job_ids": [row.job_id for row in rows],
            "job_rows": [row.job_row for row in rows],
            "created_bys": [row.created_by for row in rows],
            "providers": [row.provider for row in rows],
            "sent_ats": [row.sent_at for row in rows],
            "updated_ats": [row.updated_at for row in rows],
            "letter_references": [row.letter_reference for row in rows],
            "are_precompiled": [row.is_precompiled for row in rows],
            "now": now,
        }
        async with self._pool.connection() as connection, connection.transaction():
            cursor = await connection.execute(QUERIES.import_notifications, parameters)
            new = {id for (id,) in await cursor.fetchall()}
            counts = Counter(row.service_id for row in rows if row.id in new)
            changes = [
                Change(
                    type="notification.imported",
                    subject="notifications",
                    service_id=id,
                    after={"count": count},
                )
                for id, count in counts.items()
            ]
            await record_all(connection, changes, now)
        return new
