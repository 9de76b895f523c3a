"""Statements that take a service live, archive it and bring it back, and those about its members and retention.

What an archiving changed is kept in `service_archivings`; undoing it changes that and nothing else: a template that was
archived before stays archived, a key that was revoked before stays revoked. One method is one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from notifyrules.statuses import NotificationType
from operationskit.audit import Change, record
from servicekit.errors import NotFound, RuleBroken
from servicekit.ids import new_id
from services.notifications.accounts import LIVE_LIMITS, TRIAL_LIMITS, DailyLimits, MemberPermissions, Service
from services.notifications.accounts_store import lock_service, record_lasting_limits
from services.notifications.changes import check_version, record_service
from services.notifications.transactions import AccountTransactions

# A new version of each template, the same but for one field.
_NEXT_VERSIONS = """
with next as (
    update templates set current_version = current_version + 1 where id = any (%(ids)s) returning id, current_version
)
insert into template_versions (template_id, version, name, body, subject, postage, letter_contact_id, is_priority,
    has_unsubscribe_link, archived, letter_welsh_subject, letter_welsh_body, letter_attachment_id,
    created_by, created_at)
select next.id, next.current_version, v.name, v.body, v.subject, v.postage, v.letter_contact_id, v.is_priority,
    v.has_unsubscribe_link, %(archived)s, v.letter_welsh_subject, v.letter_welsh_body, v.letter_attachment_id,
    null, %(now)s
from next
join template_versions v on v.template_id = next.id and v.version = next.current_version - 1
returning template_id, version
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """What archiving or bringing back did, or would do."""

    service: Service
    templates: int
    api_keys: int


class ArchivingStore:
    """Takes services live, archives and restores them."""

    def __init__(self, transactions: AccountTransactions) -> None:
        self._transactions = transactions

    async def go_live(self, service_id: UUID, based_on_version: int) -> Service:
        """Take a service out of trial mode; again changes nothing. Raises NotFound, Conflict, RuleBroken."""
        now = self._transactions.clock.now()
        async with self._transactions.begin(service_id) as connection:
            before = await lock_service(connection, service_id, based_on_version)
            if not before.restricted:
                return before
            if before.archived_at is not None:
                raise RuleBroken("CONFLICT", "The service is archived: unarchive it first")
            await _check_agreement(connection, before)
            limits = _live_limits(before.daily_limits)
            after = replace(
                before, restricted=False, daily_limits=limits, went_live_at=now, version=before.version + 1
            )
            await connection.execute(
                "update services set restricted = false, went_live_at = %s, version = %s, limit_email = %s, "
                "limit_sms = %s, limit_letter = %s, limit_international_sms = %s where id = %s",
                (
                    now,
                    after.version,
                    limits.email,
                    limits.sms,
                    limits.letter,
                    limits.international_sms,
                    service_id,
                ),
            )
            await record_lasting_limits(connection, before, after, now)
            await record_service(connection, "service.went_live", before, after, now)
        return after

    async def archive(self, service_id: UUID, based_on_version: int, *, dry_run: bool) -> Archived:
        """Archive a service; again changes nothing. Raises NotFound and Conflict."""
        now = self._transactions.clock.now()
        async with self._transactions.begin(service_id) as connection:
            before = await lock_service(connection, service_id, based_on_version)
            if before.archived_at is not None:
                return Archived(service=before, templates=0, api_keys=0)
            template_ids = await _live_templates(connection, service_id)
            key_ids = await _live_keys(connection, service_id)
            counts = {"templates": len(template_ids), "api_keys": len(key_ids)}
            if dry_run:
                return Archived(service=before, templates=len(template_ids), api_keys=len(key_ids))
            after = replace(
                before,
                # The time keeps it unlike any other; the name is free from now on.
                name=f"_archived_{now:%Y-%m-%d_%H%M%S%f}_{before.name}",
                active=False,
                archived_at=now,
                version=before.version + 1,
            )
            await _write(connection, after)
            versions = await _next_versions(connection, template_ids, archived=True, now=now)
            await connection.execute(
                "update api_keys set revoked_at = %s where id = any (%s)", (now, key_ids)
            )
            await connection.execute(
                "insert into service_archivings (id, service_id, archived_at, name, was_active, template_ids, "
                "template_versions, api_key_ids) values (%s, %s, %s, %s, %s, %s, %s, %s)",
                (
                    new_id(),
                    service_id,
                    now,
                    before.name,
                    before.active,
                    list(versions),
                    list(versions.values()),
                    key_ids,
                ),
            )
            await record_service(connection, "service.archived", before, after, now, counts)
        return Archived(service=after, templates=len(template_ids), api_keys=len(key_ids))

    async def unarchive(self, service_id: UUID, based_on_version: int, *, dry_run: bool) -> Archived:
        """Undo the archiving of a service. Raises NotFound, RuleBroken where it is not archived, Conflict where its
        name was taken meanwhile.
        """
        now = self._transactions.clock.now()
        async with self._transactions.begin(service_id) as connection:
            before = await lock_service(connection, service_id, based_on_version)
            archiving = await _open_archiving(connection, service_id)
            if archiving is None:
                raise RuleBroken("CONFLICT", "The service is not archived")
            # What was changed by hand since then stays as it is.
            template_ids = await _untouched_templates(connection, archiving)
            key_ids = await _untouched_keys(connection, archiving)
            counts = {"templates": len(template_ids), "api_keys": len(key_ids)}
            if dry_run:
                return Archived(service=before, templates=len(template_ids), api_keys=len(key_ids))
            after = replace(
                before,
                name=archiving["name"],
                active=archiving["was_active"],
                archived_at=None,
                version=before.version + 1,
            )
            await _write(connection, after)
            await _next_versions(connection, template_ids, archived=False, now=now)
            await connection.execute("update api_keys set revoked_at = null where id = any (%s)", (key_ids,))
            await connection.execute(
                "update service_archivings set undone_at = %s where id = %s", (now, archiving["id"])
            )
            await record_service(connection, "service.unarchived", before, after, now, counts)
        return Archived(service=after, templates=len(template_ids), api_keys=len(key_ids))

    async def set_retention(
        self, service_id: UUID, based_on_version: int, type: NotificationType, days: int
    ) -> Service:
        """Set for how long messages of a channel are kept. Raises NotFound and Conflict."""
        now = self._transactions.clock.now()
        async with self._transactions.begin(service_id) as connection:
            before = await lock_service(connection, service_id, based_on_version)
            cursor = await connection.execute(
                "select days from service_retention where service_id = %s and type = %s",
                (service_id, type.value),
            )
            row = await cursor.fetchone()
            await connection.execute(
                "insert into service_retention (service_id, type, days) values (%s, %s, %s) "
                "on conflict (service_id, type) do update set days = excluded.days",
                (service_id, type.value, days),
            )
            after = replace(before, version=before.version + 1)
            await connection.execute(
                "update services set version = %s where id = %s", (after.version, service_id)
            )
            change = Change(
                type="service.retention_set",
                subject=str(service_id),
                service_id=service_id,
                before={type.value: row[0] if row else None},
                after={type.value: days},
            )
            await record(connection, change, now)
        return after

    async def set_member_permissions(
        self, service_id: UUID, user_id: UUID, based_on_version: int, permissions: Sequence[str]
    ) -> MemberPermissions:
        """Set what a member may do. Raises NotFound and Conflict."""
        async with self._transactions.begin(service_id) as connection:
            cursor = await connection.execute(
                "select permissions, version from service_members where service_id = %s and user_id = %s for update",
                (service_id, user_id),
            )
            row = await cursor.fetchone()
            if row is None:
                raise NotFound("member")
            check_version("member", based_on_version, row[1])
            await connection.execute(
                "update service_members set permissions = %s, version = %s where service_id = %s and user_id = %s",
                (list(permissions), row[1] + 1, service_id, user_id),
            )
            change = Change(
                type="member.permissions_set",
                subject=str(user_id),
                service_id=service_id,
                before={"permissions": sorted(row[0])},
                after={"permissions": sorted(permissions)},
            )
            await record(connection, change, self._transactions.clock.now())
        return MemberPermissions(user_id=user_id, permissions=tuple(permissions), version=row[1] + 1)

    async def remove_member(self, service_id: UUID, user_id: UUID) -> None:
        """Take a user out of a service; again changes nothing. Raises NotFound for the service."""
        async with self._transactions.begin(service_id) as connection:
            await lock_service(connection, service_id, 0)
            cursor = await connection.execute(
                "delete from service_members where service_id = %s and user_id = %s", (service_id, user_id)
            )
            if cursor.rowcount:
                change = Change(type="member.removed", subject=str(user_id), service_id=service_id, before={})
                await record(connection, change, self._transactions.clock.now())


def _live_limits(limits: DailyLimits) -> DailyLimits:
    """Limits of a service that goes live: those of the trial are raised, those that somebody set stay."""

    def live(kind: str) -> int:
        own: int = getattr(limits, kind)
        live_limit: int = getattr(LIVE_LIMITS, kind)
        return live_limit if own == getattr(TRIAL_LIMITS, kind) else own

    return DailyLimits(
        email=live("email"),
        sms=live("sms"),
        letter=live("letter"),
        international_sms=live("international_sms"),
    )


async def _check_agreement(connection: psycopg.AsyncConnection[Any], service: Service) -> None:
    if service.organisation_id is None:
        raise RuleBroken("CONFLICT", "The service has no organisation: give it one first")
    cursor = await connection.execute(
        "select agreement_version from organisations where id = %s", (service.organisation_id,)
    )
    row = await cursor.fetchone()
    if row is None or row[0] is None:
        raise RuleBroken("CONFLICT", "The service's organisation has not signed the agreement")


async def _write(connection: psycopg.AsyncConnection[Any], service: Service) -> None:
    await connection.execute(
        "update services set name = %s, active = %s, archived_at = %s, version = %s where id = %s",
        (service.name, service.active, service.archived_at, service.version, service.id),
    )


async def _live_templates(connection: psycopg.AsyncConnection[Any], service_id: UUID) -> list[UUID]:
    cursor = await connection.execute(
        "select t.id from templates t "
        "join template_versions v on v.template_id = t.id and v.version = t.current_version "
        "where t.service_id = %s and not v.archived order by t.id for update of t",
        (service_id,),
    )
    return [row[0] for row in await cursor.fetchall()]


async def _live_keys(connection: psycopg.AsyncConnection[Any], service_id: UUID) -> list[UUID]:
    cursor = await connection.execute(
        "select id from api_keys where service_id = %s and revoked_at is null order by id for update",
        (service_id,),
    )
    return [row[0] for row in await cursor.fetchall()]


async def _next_versions(
    connection: psycopg.AsyncConnection[Any], template_ids: list[UUID], *, archived: bool, now: datetime
) -> dict[UUID, int]:
    cursor = await connection.execute(_NEXT_VERSIONS, {"ids": template_ids, "archived": archived, "now": now})
    return dict(await cursor.fetchall())


async def _open_archiving(
    connection: psycopg.AsyncConnection[Any], service_id: UUID
) -> dict[str, Any] | None:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(
            "select * from service_archivings where service_id = %s and undone_at is null", (service_id,)
        )
        return await cursor.fetchone()


async def _untouched_templates(
    connection: psycopg.AsyncConnection[Any], archiving: dict[str, Any]
) -> list[UUID]:
    """Those whose current version is still the one that the archiving made."""
    cursor = await connection.execute(
        "select t.id from templates t "
        "join unnest(%s::uuid[], %s::integer[]) as made (id, version) "
        "on made.id = t.id and made.version = t.current_version "
        "order by t.id for update of t",
        (archiving["template_ids"], archiving["template_versions"]),
    )
    return [row[0] for row in await cursor.fetchall()]


async def _untouched_keys(connection: psycopg.AsyncConnection[Any], archiving: dict[str, Any]) -> list[UUID]:
    """Those that the archiving revoked, unless a new key has taken the name."""
    cursor = await connection.execute(
        "select id from api_keys k where id = any (%s) and revoked_at = %s and not exists ("
        "select 1 from api_keys other where other.service_id = k.service_id and other.revoked_at is null "
        "and lower(other.name) = lower(k.name)) order by id for update",
        (archiving["api_key_ids"], archiving["archived_at"]),
    )
    return [row[0] for row in await cursor.fetchall()]
