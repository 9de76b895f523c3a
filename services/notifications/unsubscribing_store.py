"""Every statement about unsubscribe requests. One method is one statement. Addresses are encrypted at rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.rows import args_row

from operationskit.audit import Change, record
from servicekit.database import Pool
from servicekit.ids import bucket_of, first_id_at, new_id, time_of
from services.notifications.secret_box import SecretBox


@dataclass(frozen=True, slots=True)
class UnsubscribableEmail:
    """An email that was sent; in the order of the query's columns."""

    id: UUID
    service_id: UUID
    template_id: UUID
    template_version: int
    recipient: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsubscribeRequest:
    """Somebody who wants no more emails of a service."""

    id: UUID
    notification_id: UUID
    template_id: UUID
    template_version: int
    email_address: str
    closed_at: datetime | None

    @property
    def created_at(self) -> datetime:
        """When the link was followed."""
        return time_of(self.id)


class UnsubscribingStore:
    """Unsubscribe requests on one pool."""

    def __init__(self, pool: Pool, secrets: SecretBox) -> None:
        self._pool = pool
        self._secrets = secrets

    async def find_email(self, notification_id: UUID) -> UnsubscribableEmail | None:
        """An email of any service."""
        async with (
            self._pool.connection() as connection,
            connection.cursor(row_factory=args_row(UnsubscribableEmail)) as cursor,
        ):
            await cursor.execute(
                "select id, service_id, template_id, template_version, recipient from notifications "
                "where id = %s and type = 'email'",
                (notification_id,),
            )
            return await cursor.fetchone()

    async def add_request(self, email: UnsubscribableEmail, now: datetime) -> None:
        """Store a request about an email, unless one is open."""
        async with self._pool.connection() as connection:
            await connection.execute(
                "insert into unsubscribe_requests (id, notification_id, service_id, template_id, template_version, "
                "email_address_encrypted) values (%s, %s, %s, %s, %s, %s) "
                "on conflict (notification_id) where processed_at is null do nothing",
                (
                    new_id(at=now, bucket=bucket_of(email.service_id)),
                    email.id,
                    email.service_id,
                    email.template_id,
                    email.template_version,
                    self._secrets.encrypt(email.recipient),
                ),
            )

    async def has_open_request(self, notification_id: UUID) -> bool:
        """Whether a request about a message is open."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "select 1 from unsubscribe_requests where notification_id = %s and processed_at is null",
                (notification_id,),
            )
            return await cursor.fetchone() is not None

    async def list_requests(
        self, service_id: UUID, *, include_closed: bool, before: UUID | None, limit: int
    ) -> Sequence[UnsubscribeRequest]:
        """A page of a service's requests, newest first."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "select id, notification_id, template_id, template_version, email_address_encrypted, processed_at "
                "from unsubscribe_requests where service_id = %s and (%s or processed_at is null) "
                "and (%s::uuid is null or id < %s) order by id desc limit %s",
                (service_id, include_closed, before, before, limit),
            )
            rows = await cursor.fetchall()
        return [
            UnsubscribeRequest(
                id=id,
                notification_id=notification_id,
                template_id=template_id,
                template_version=template_version,
                email_address=self._secrets.decrypt(encrypted),
                closed_at=closed_at,
            )
            for id, notification_id, template_id, template_version, encrypted, closed_at in rows
        ]

    async def close_requests(self, service_id: UUID, until: datetime, now: datetime) -> int:
        """Close a service's requests up to a time, to the millisecond; gives how many were open."""
        async with self._pool.connection() as connection, connection.transaction():
            cursor = await connection.execute(
                "update unsubscribe_requests set processed_at = %s "
                "where service_id = %s and processed_at is null and id < %s",
                (now, service_id, first_id_at(until + timedelta(milliseconds=1))),
            )
            if cursor.rowcount:
                change = Change(
                    type="unsubscribe_requests.closed",
                    subject=str(service_id),
                    service_id=service_id,
                    after={"requests": cursor.rowcount},
                )
                await record(connection, change, now)
            return cursor.rowcount
