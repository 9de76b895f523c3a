"""Statements that change organisations and users. One method is one transaction; `accounts_store` reads them."""

from dataclasses import dataclass, replace
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from operationskit.audit import Change, differences, record
from servicekit.errors import NotFound
from services.notifications.accounts import Agreement, Organisation, User
from services.notifications.accounts_store import organisation_from, user_from
from services.notifications.changes import check_version, organisation_facts, presence
from services.notifications.transactions import AccountTransactions


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationChanges:
    """What is to change; None leaves a field as it is."""

    name: str | None = None
    organisation_type: str | None = None
    agreement: Agreement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChanges:
    """What is to change; None leaves a field as it is."""

    name: str | None = None
    email_address: str | None = None
    mobile_number: str | None = None  # empty: removed


class OrganisationsStore:
    """Changes organisations and users."""

    def __init__(self, transactions: AccountTransactions) -> None:
        self._transactions = transactions

    async def load(self, organisation_id: UUID) -> Organisation:
        """An organisation. Raises NotFound."""
        async with self._transactions.pool.connection() as connection:
            return await _organisation(connection, organisation_id, b"")

    async def update(
        self, organisation_id: UUID, based_on_version: int, changes: OrganisationChanges
    ) -> Organisation:
        """Change an organisation. Raises NotFound and Conflict."""
        now = self._transactions.clock.now()
        async with self._transactions.begin() as connection:
            before = await _organisation(connection, organisation_id, b" for update")
            check_version("organisation", based_on_version, before.version)
            after = replace(
                before,
                name=changes.name or before.name,
                organisation_type=changes.organisation_type or before.organisation_type,
                agreement=changes.agreement or before.agreement,
                version=before.version + 1,
            )
            if changes.agreement is not None:
                await _check_user(connection, changes.agreement.signed_by)
            agreement = after.agreement
            await connection.execute(
                "update organisations set name = %s, organisation_type = %s, version = %s, agreement_version = %s, "
                "agreement_signed_by = %s, agreement_on_behalf_of = %s, agreement_signed_at = %s where id = %s",
                (
                    after.name,
                    after.organisation_type,
                    after.version,
                    None if agreement is None else agreement.version,
                    None if agreement is None else agreement.signed_by,
                    None if agreement is None else agreement.on_behalf_of,
                    None if agreement is None else agreement.signed_at,
                    organisation_id,
                ),
            )
            was, is_now = differences(organisation_facts(before), organisation_facts(after))
            type = "organisation.updated" if changes.agreement is None else "organisation.agreement_signed"
            await record(
                connection, Change(type=type, subject=str(organisation_id), before=was, after=is_now), now
            )
        return after

    async def list_users(self, after: str, limit: int) -> list[User]:
        """Users by email address."""
        async with (
            self._transactions.pool.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            await cursor.execute(
                "select * from users where email_address > %s order by email_address limit %s", (after, limit)
            )
            return [user_from(row) for row in await cursor.fetchall()]

    async def update_user(self, user_id: UUID, based_on_version: int, changes: UserChanges) -> User:
        """Change a user. Their services see it at once. Raises NotFound and Conflict."""
        now = self._transactions.clock.now()
        async with self._transactions.begin() as connection:
            async with connection.cursor(row_factory=dict_row) as cursor:
                await cursor.execute("select * from users where id = %s for update", (user_id,))
                row = await cursor.fetchone()
            if row is None:
                raise NotFound("user")
            before = user_from(row)
            check_version("user", based_on_version, before.version)
            number = before.mobile_number if changes.mobile_number is None else changes.mobile_number or None
            after = replace(
                before,
                name=changes.name or before.name,
                email_address=changes.email_address or before.email_address,
                mobile_number=number,
                version=before.version + 1,
            )
            await connection.execute(
                "update users set name = %s, email_address = %s, mobile_number = %s, version = %s where id = %s",
                (after.name, after.email_address, after.mobile_number, after.version, user_id),
            )
            changed = [
                field
                for field in ("name", "email_address", "mobile_number")
                if getattr(before, field) != getattr(after, field)
            ]
            change = Change(
                type="user.updated",
                subject=str(user_id),
                before={field: presence(getattr(before, field)) for field in changed},
                after={field: presence(getattr(after, field)) for field in changed},
            )
            await record(connection, change, now)
        return after


async def _organisation(
    connection: psycopg.AsyncConnection[tuple[object, ...]], organisation_id: UUID, lock: bytes
) -> Organisation:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(b"select * from organisations where id = %s" + lock, (organisation_id,))
        row = await cursor.fetchone()
    if row is None:
        raise NotFound("organisation")
    return organisation_from(row)


async def _check_user(connection: psycopg.AsyncConnection[tuple[object, ...]], user_id: UUID) -> None:
    cursor = await connection.execute("select 1 from users where id = %s", (user_id,))
    if await cursor.fetchone() is None:
        raise NotFound("user")
