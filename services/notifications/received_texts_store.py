"""Every statement about received texts. One method is one statement. The numbers that take them: `numbers_store`.

Who wrote and what is encrypted at rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from servicekit.database import Pool
from servicekit.ids import bucket_of, new_id, time_of
from services.notifications.secret_box import SecretBox
from services.notifications.sending_services import Permission

# The text, the note that its reference was seen, and the callback: all or nothing. A reference that was seen
# lately stores nothing; a text whose provider gives no reference has no mark.
_INSERT_RECEIVED_TEXT = """
with noted as (
    insert into received_text_marks as known (mark, seen_at)
    select %(mark)s, %(now)s where %(mark)s::bytea is not null
    on conflict (mark) do update set seen_at = excluded.seen_at where known.seen_at < %(repeats_since)s
    returning mark
), stored as (
    insert into received_texts (
        id, service_id, notify_number, user_number_encrypted, content_encrypted, provider, sent_at)
    select %(id)s, %(service_id)s, %(notify_number)s, %(user_number)s, %(content)s, %(provider)s, %(sent_at)s
    where %(mark)s::bytea is null or exists (select 1 from noted)
    returning id, service_id
), queued as (
    insert into callbacks (id, service_id, kind, received_text_id, run_at)
    select %(callback_id)s, stored.service_id, 'inbound_sms', stored.id, %(now)s
    from stored
    join service_callbacks on service_callbacks.service_id = stored.service_id
        and service_callbacks.kind = 'inbound_sms'
    returning id
), used as (
    -- Only the first text of a number writes here.
    update inbound_numbers set first_used_at = %(now)s
    where number = %(notify_number)s and first_used_at is null and exists (select 1 from stored)
    returning id
)
select stored.id, exists (select 1 from queued) from stored
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReceivedText:
    """A text that is to be stored for a service."""

    service_id: UUID
    notify_number: str
    user_number: str
    content: str
    provider: str
    provider_reference: str | None
    sent_at: datetime

    @property
    def mark_parts(self) -> tuple[str, ...]:
        """What makes it the same text when it comes again. Not the reference alone: nothing says that a
        provider's references are never used again. Not the time either: one that cannot be read differs.
        """
        return (
            self.provider,
            self.provider_reference or "",
            self.notify_number,
            self.user_number,
            self.content,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedText:
    """A stored text."""

    id: UUID
    service_id: UUID
    notify_number: str
    user_number: str
    content: str
    sent_at: datetime

    @property
    def created_at(self) -> datetime:
        """When it came to us."""
        return time_of(self.id)


@dataclass(frozen=True, slots=True)
class StoredText:
    """What storing gave."""

    id: UUID
    callback_queued: bool


@dataclass(frozen=True, slots=True)
class InboundNumber:
    """A number that people can text to; in the order of the queries' columns."""

    number: str
    provider: str
    service_id: UUID | None
    first_used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberStock:
    """How many numbers there are."""

    free: int
    """No service has them, and no text has come to them."""
    assigned: int


class ReceivedTextsStore:
    """Received texts and inbound numbers on one pool."""

    def __init__(self, pool: Pool, secrets: SecretBox) -> None:
        self._pool = pool
        self._secrets = secrets

    async def find_receiver(self, number: str) -> UUID | None:
        """The active service that has an active number and may receive texts."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "select services.id from inbound_numbers join services on services.id = inbound_numbers.service_id "
                "where number = %s and inbound_numbers.active and services.active and %s = any (permissions)",
                (number, Permission.INBOUND_SMS.value),
            )
            found = await cursor.fetchone()
        return found[0] if found else None

    async def insert_received_text(
        self, text: NewReceivedText, now: datetime, *, repeats_since: datetime
    ) -> StoredText | None:
        """Store a text and queue its callback; None when it came before, after `repeats_since`."""
        mark = self._secrets.mark(text.mark_parts) if text.provider_reference else None
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                _INSERT_RECEIVED_TEXT,
                {
                    "id": new_id(bucket=bucket_of(text.service_id)),
                    "service_id": text.service_id,
                    "notify_number": text.notify_number,
                    "user_number": self._secrets.encrypt(text.user_number),
                    "content": self._secrets.encrypt(text.content),
                    "provider": text.provider,
                    "sent_at": text.sent_at,
                    "mark": mark,
                    "repeats_since": repeats_since,
                    "callback_id": new_id(),
                    "now": now,
                },
            )
            stored = await cursor.fetchone()
        return StoredText(*stored) if stored else None

    async def list_received_texts(
        self, service_id: UUID, *, older_than: UUID | None, limit: int
    ) -> Sequence[ReceivedText]:
        """A page of a service's texts, newest first; another service's or an unknown id gives an empty one."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "select id, notify_number, user_number_encrypted, content_encrypted, sent_at from received_texts "
                "where service_id = %(service_id)s and (%(older_than)s::uuid is null or id < ("
                "select id from received_texts where id = %(older_than)s and service_id = %(service_id)s)) "
                "order by id desc limit %(limit)s",
                {"service_id": service_id, "older_than": older_than, "limit": limit},
            )
            rows = await cursor.fetchall()
        return [
            ReceivedText(
                id=id,
                service_id=service_id,
                notify_number=notify_number,
                user_number=self._secrets.decrypt(user_number),
                content=self._secrets.decrypt(content),
                sent_at=sent_at,
            )
            for id, notify_number, user_number, content, sent_at in rows
        ]

    async def delete_marks(self, before: datetime, limit: int) -> int:
        """Forget up to `limit` marks from before a time; gives how many there were."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "delete from received_text_marks where mark in ("
                "select mark from received_text_marks where seen_at < %s order by seen_at limit %s)",
                (before, limit),
            )
            return cursor.rowcount
