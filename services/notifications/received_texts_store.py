"""Every statement about received texts and the numbers that take them. One method is one statement.

Who wrote and what is encrypted at rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import psycopg
from psycopg.rows import args_row

from servicekit.database import Pool
from servicekit.errors import Conflict, NotFound
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

    async def insert_inbound_number(
        self, number: str, provider: str, service_id: UUID | None, now: datetime
    ) -> InboundNumber:
        """Store a number; one that the same service has already stays. Raises NotFound and Conflict."""
        try:
            added = await self._one_number(
                "insert into inbound_numbers as known (id, number, provider, service_id, created_at) "
                "values (%s, %s, %s, %s, %s) on conflict (number) do update set number = excluded.number "
                "where known.service_id is not distinct from excluded.service_id "
                "returning number, provider, service_id",
                (new_id(), number, provider, service_id, now),
            )
        except psycopg.errors.ForeignKeyViolation as err:
            raise NotFound("service") from err
        if added is None:
            raise Conflict("The number is there already, and is not this service's")
        return added

    async def assign_inbound_number(self, number: str, service_id: UUID | None) -> InboundNumber:
        """Give a free number to a service, or take it away. Raises NotFound and Conflict."""
        try:
            assigned = await self._one_number(
                "update inbound_numbers set service_id = %(service_id)s where number = %(number)s "
                "and (%(service_id)s::uuid is null or service_id is null or service_id = %(service_id)s) "
                "returning number, provider, service_id",
                {"number": number, "service_id": service_id},
            )
        except psycopg.errors.ForeignKeyViolation as err:
            raise NotFound("service") from err
        if assigned is not None:
            return assigned
        if await self._one_number(
            "select number, provider, service_id from inbound_numbers where number = %s", (number,)
        ):
            raise Conflict("Another service has the number: take it away from it first")
        raise NotFound("inbound_number")

    async def list_inbound_numbers(
        self, *, service_id: UUID | None, free_only: bool, after: str, limit: int
    ) -> Sequence[InboundNumber]:
        """Numbers in order."""
        async with (
            self._pool.connection() as connection,
            connection.cursor(row_factory=args_row(InboundNumber)) as cursor,
        ):
            await cursor.execute(
                "select number, provider, service_id from inbound_numbers where number > %(after)s "
                "and (%(service_id)s::uuid is null or service_id = %(service_id)s) "
                "and (not %(free_only)s or service_id is null) order by number limit %(limit)s",
                {"after": after, "service_id": service_id, "free_only": free_only, "limit": limit},
            )
            return await cursor.fetchall()

    async def _one_number(
        self, query: str, parameters: tuple[object, ...] | dict[str, object]
    ) -> InboundNumber | None:
        async with (
            self._pool.connection() as connection,
            connection.cursor(row_factory=args_row(InboundNumber)) as cursor,
        ):
            await cursor.execute(query.encode(), parameters)
            return await cursor.fetchone()
