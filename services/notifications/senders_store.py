"""Statements about what messages come from: text senders and reply-to addresses, which are one shape in two tables, and
the checks of reply-to addresses. Their history is the record of changes. One method is one transaction.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from operationskit.audit import Change, Values, differences, record
from servicekit.errors import Conflict, NotFound, RuleBroken
from services.notifications.accounts import Sender
from services.notifications.accounts_store import lock_service, sender_from
from services.notifications.changes import check_version
from services.notifications.transactions import AccountTransactions


class SenderKind(StrEnum):
    """Which kind of sender, by the word that events have for it."""

    SMS = "sms_sender"
    EMAIL_REPLY_TO = "email_reply_to"


_TABLES = {SenderKind.SMS: "sms_senders", SenderKind.EMAIL_REPLY_TO: "email_reply_tos"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderChanges:
    """What is to change; None leaves a field as it is."""

    value: str | None = None
    is_default: bool | None = None
    archived: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """A check of a reply-to address."""

    id: UUID
    service_id: UUID
    value: str
    is_default: bool
    notification_id: UUID
    email_reply_to_id: UUID | None  # once the email arrived


class SendersStore:
    """Text senders and reply-to addresses."""

    def __init__(self, transactions: AccountTransactions) -> None:
        self._transactions = transactions

    async def insert(self, kind: SenderKind, service_id: UUID, sender: Sender) -> None:
        """Store a sender; a new default replaces the old. Raises NotFound."""
        async with self._transactions.begin(service_id) as connection:
            await lock_service(connection, service_id, 0)  # so that two defaults wait for each other
            await self._insert(connection, kind, service_id, sender)

    async def update(
        self,
        kind: SenderKind,
        service_id: UUID,
        sender_id: UUID,
        based_on_version: int,
        changes: SenderChanges,
    ) -> Sender:
        """Change a sender; one that is as wanted already stays. Raises NotFound, Conflict and RuleBroken."""
        now = self._transactions.clock.now()
        async with self._transactions.begin(service_id) as connection:
            await lock_service(connection, service_id, 0)
            before = await _sender(connection, kind, service_id, sender_id)
            check_version("sender", based_on_version, before.version)
            after = _changed(kind, before, changes)
            if after == before:
                return before
            if after.is_default and not before.is_default:
                await _drop_default(connection, kind, service_id)
            await connection.execute(
                f"update {_TABLES[kind]} set value = %s, is_default = %s, archived = %s, version = %s "  # noqa: S608 -- one of two constants
                "where id = %s".encode(),
                (after.value, after.is_default, after.archived, after.version, sender_id),
            )
            was, is_now = differences(_facts(kind, before), _facts(kind, after))
            change = Change(
                type=f"{kind.value}.{'archived' if after.archived else 'updated'}",
                subject=str(sender_id),
                service_id=service_id,
                before=was,
                after=is_now,
            )
            await record(connection, change, now)
        return after

    async def start_verification(self, verification: Verification, now: datetime) -> Verification:
        """Store a check; one of this id stays as it is. Gives the one that is there. Raises NotFound, and Conflict when
        the id is another check's.
        """
        async with self._transactions.begin() as connection:
            cursor = await connection.execute(
                "insert into reply_to_verifications (id, service_id, value, is_default, notification_id, started_at) "
                "values (%s, %s, %s, %s, %s, %s) on conflict (id) do nothing",
                (
                    verification.id,
                    verification.service_id,
                    verification.value,
                    verification.is_default,
                    verification.notification_id,
                    now,
                ),
            )
            stored = await _verification(connection, verification.id, b"")
            if cursor.rowcount:
                change = Change(
                    type="email_reply_to.check_begun",
                    subject=str(verification.id),
                    service_id=verification.service_id,
                    after={"default": verification.is_default},
                )
                await record(connection, change, now)
        if (stored.service_id, stored.value) != (verification.service_id, verification.value):
            raise Conflict("The request id was used for another address")
        return stored

    async def finish_verification(self, id: UUID, sender: Sender) -> Sender:
        """Add the address of a check whose email arrived; again gives the one that was added. Raises NotFound."""
        async with self._transactions.pool.connection() as connection:
            service_id = (await _verification(connection, id, b"")).service_id
        async with self._transactions.begin(service_id) as connection:
            await lock_service(connection, service_id, 0)
            verification = await _verification(connection, id, b" for update")
            if verification.email_reply_to_id is not None:
                return await _sender(
                    connection, SenderKind.EMAIL_REPLY_TO, service_id, verification.email_reply_to_id
                )
            await self._insert(connection, SenderKind.EMAIL_REPLY_TO, service_id, sender)
            await connection.execute(
                "update reply_to_verifications set email_reply_to_id = %s where id = %s", (sender.id, id)
            )
        return sender

    async def _insert(
        self, connection: psycopg.AsyncConnection[Any], kind: SenderKind, service_id: UUID, sender: Sender
    ) -> None:
        now = self._transactions.clock.now()
        if sender.is_default:
            await _drop_default(connection, kind, service_id)
        await connection.execute(
            f"insert into {_TABLES[kind]} (id, service_id, value, is_default, created_at) "  # noqa: S608 -- one of two constants
            "values (%s, %s, %s, %s, %s)".encode(),
            (sender.id, service_id, sender.value, sender.is_default, now),
        )
        change = Change(
            type=f"{kind.value}.created",
            subject=str(sender.id),
            service_id=service_id,
            after=_facts(kind, sender),
        )
        await record(connection, change, now)


def _changed(kind: SenderKind, before: Sender, changes: SenderChanges) -> Sender:
    after = replace(
        before,
        value=before.value if changes.value is None else changes.value,
        is_default=before.is_default if changes.is_default is None else changes.is_default,
        archived=before.archived if changes.archived is None else changes.archived,
    )
    if before.archived and after != before:
        raise RuleBroken("CONFLICT", "It is archived: make a new one")
    if kind is SenderKind.SMS and before.is_default and (after.archived or not after.is_default):
        raise RuleBroken(
            "CONFLICT", "A service must have a default text sender: make another one the default first"
        )
    if after.archived:
        after = replace(after, is_default=False)
    return before if after == before else replace(after, version=before.version + 1)


def _facts(kind: SenderKind, sender: Sender) -> Values:
    """A reply-to address is personal data, and a text sender may be somebody's number."""
    shown = kind is SenderKind.SMS and any(character.isalpha() for character in sender.value)
    return {
        "value": sender.value if shown else "set",
        "is_default": sender.is_default,
        "archived": sender.archived,
    }


async def _drop_default(connection: psycopg.AsyncConnection[Any], kind: SenderKind, service_id: UUID) -> None:
    await connection.execute(
        f"update {_TABLES[kind]} set is_default = false, version = version + 1 "  # noqa: S608 -- one of two constants
        "where service_id = %s and is_default".encode(),
        (service_id,),
    )


async def _sender(
    connection: psycopg.AsyncConnection[Any], kind: SenderKind, service_id: UUID, sender_id: UUID
) -> Sender:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            f"select * from {_TABLES[kind]} where id = %s and service_id = %s".encode(),  # noqa: S608 -- one of two constants
            (sender_id, service_id),
        )
        row = await cursor.fetchone()
    if row is None:
        raise NotFound("sender")
    return sender_from(row)


async def _verification(connection: psycopg.AsyncConnection[Any], id: UUID, lock: bytes) -> Verification:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            b"select id, service_id, value, is_default, notification_id, email_reply_to_id "
            b"from reply_to_verifications where id = %s" + lock,
            (id,),
        )
        row = await cursor.fetchone()
    if row is None:
        raise NotFound("verification")
    return Verification(**row)
