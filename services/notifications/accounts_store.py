"""Statements about organisations, users, services, keys and templates; senders, archivings and limits have stores of
their own. One method is one transaction.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import class_row, dict_row

from notifyrules.daily_limits import LimitKind, TemporaryLimit
from notifyrules.email_addresses import format_email_address
from notifyrules.recipients import format_recipient
from notifyrules.statuses import KeyType, NotificationType
from operationskit.audit import Change, differences, record
from servicekit.errors import Conflict, NotFound
from servicekit.ids import new_id
from servicekit.request_context import current_caller, current_reason
from services.notifications.accounts import (
    Agreement,
    ApiKey,
    CallbackKind,
    DailyLimits,
    KeyCredential,
    LetterContact,
    LetterContactChange,
    MemberPermission,
    MemberPermissions,
    Organisation,
    Sender,
    Service,
    ServiceChanges,
    ServiceCredentials,
    ServiceDetails,
    User,
)
from services.notifications.changes import (
    check_version,
    organisation_facts,
    record_service,
    template_facts,
)
from services.notifications.secret_box import SecretBox
from services.notifications.sending_services import Branding, SendingService, TemplateVersion
from services.notifications.transactions import AccountTransactions

_SENDER_TABLES = {"sms": "sms_senders", "email": "email_reply_tos"}

_TEMPLATE_COLUMNS = """
    t.id, t.service_id, t.type, v.name, v.version, v.body, v.subject, v.postage,
    c.value as letter_contact_block, v.is_priority, v.has_unsubscribe_link, v.archived,
    v.letter_welsh_subject, v.letter_welsh_body, v.letter_attachment_id,
    t.hidden, t.created_at, case when v.version > 1 then v.created_at end as updated_at, u.email_address as created_by
from templates t
join template_versions v on v.template_id = t.id
left join letter_contacts c on c.id = v.letter_contact_id
left join users u on u.id = v.created_by
"""


class AccountsStore:
    """Accounts and templates. Changes are recorded in their own transaction."""

    def __init__(self, transactions: AccountTransactions, secrets: SecretBox) -> None:
        self._transactions = transactions
        self._pool = transactions.pool
        self._clock = transactions.clock
        self._secrets = secrets

    async def load_credentials(self, service_id: UUID) -> ServiceCredentials:
        """What requests of a service are checked against. Raises NotFound."""
        async with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute("select * from services where id = %s", (service_id,))
            row = await cursor.fetchone()
            if row is None:
                raise NotFound("service")
            await cursor.execute(
                "select id, key_type, secret_encrypted, revoked_at from api_keys where service_id = %s "
                "order by created_at desc",
                (service_id,),
            )
            keys = await cursor.fetchall()
            temporary = await load_temporary_limits(cursor, service_id, self._clock.now())
        return ServiceCredentials(
            service_id=service_id,
            name=row["name"],
            contact_link=row["contact_link"],
            active=row["active"],
            restricted=row["restricted"],
            rate_limit=row["rate_limit"],
            daily_limits=_limits(row),
            temporary_limits=temporary,
            keys=tuple(
                KeyCredential(
                    id=key["id"],
                    key_type=KeyType(key["key_type"]),
                    secret=self._secrets.decrypt(key["secret_encrypted"]),
                    revoked=key["revoked_at"] is not None,
                )
                for key in keys
            ),
        )

    async def load_sending_service(self, service_id: UUID) -> SendingService:
        """A service as the message path sees it. Raises NotFound."""
        async with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(
                """
                select s.*,
                    array(select m.email_address from users m join service_members sm on sm.user_id = m.id
                          where sm.service_id = s.id) as member_addresses,
                    array(select m.mobile_number from users m join service_members sm on sm.user_id = m.id
                          where sm.service_id = s.id and m.mobile_number is not null) as member_numbers,
                    array(select recipient from guest_list where service_id = s.id) as guests,
                    (select svg from letter_logos where owner_id in (s.id, s.organisation_id)
                     order by owner_id = s.id desc limit 1) as letter_logo_svg
                from services s
                where s.id = %s
                """,
                (service_id,),
            )
            row = await cursor.fetchone()
            if row is None:
                raise NotFound("service")
            senders: dict[str, list[dict[str, Any]]] = {}
            for channel, table in _SENDER_TABLES.items():
                await cursor.execute(
                    f"select id, value, is_default from {table} where service_id = %s and not archived".encode(),  # noqa: S608 -- one of two constants
                    (service_id,),
                )
                senders[channel] = await cursor.fetchall()
            temporary = await load_temporary_limits(cursor, service_id, self._clock.now())
        default_sms = [sender["value"] for sender in senders["sms"] if sender["is_default"]]
        default_reply_to = [sender["value"] for sender in senders["email"] if sender["is_default"]]
        team = [*row["member_addresses"], *row["member_numbers"], *row["guests"]]
        return SendingService(
            id=row["id"],
            name=row["name"],
            active=row["active"],
            restricted=row["restricted"],
            daily_limits={kind: row[f"limit_{kind.value}"] for kind in LimitKind},
            temporary_limits=temporary,
            permissions=frozenset(row["permissions"]),
            prefix_sms=row["prefix_sms"],
            email_sender_name=row["email_sender_name"],
            contact_link=row["contact_link"],
            branding=_branding(row),
            sms_senders={sender["id"]: sender["value"] for sender in senders["sms"]},
            default_sms_sender=default_sms[0] if default_sms else "NOTIFY",
            reply_tos={sender["id"]: sender["value"] for sender in senders["email"]},
            default_reply_to=default_reply_to[0] if default_reply_to else None,
            allowed_recipients=frozenset(format_recipient(recipient) for recipient in team),
            letter_logo_svg=row["letter_logo_svg"],
        )

    async def load_current_template(self, template_id: UUID) -> TemplateVersion:
        """The current version of a template of any service. Raises NotFound."""
        return await self._one_template(
            f"select {_TEMPLATE_COLUMNS} where t.id = %s and v.version = t.current_version", (template_id,)
        )

    async def load_template_version(self, key: tuple[UUID, int]) -> TemplateVersion:
        """A version of a template of any service. Raises NotFound."""
        return await self._one_template(f"select {_TEMPLATE_COLUMNS} where t.id = %s and v.version = %s", key)

    async def list_templates(self, service_id: UUID, type: NotificationType | None) -> list[TemplateVersion]:
        """A service's templates that are not archived, by name and then type."""
        async with (
            self._pool.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            await cursor.execute(
                f"select {_TEMPLATE_COLUMNS} where t.service_id = %s and v.version = t.current_version "
                "and not v.archived and not t.hidden and (%s::text is null or t.type = %s) "
                "order by v.name, t.type, t.id".encode(),
                (service_id, type.value if type else None, type.value if type else None),
            )
            return [_template(row) for row in await cursor.fetchall()]

    async def insert_template(
        self,
        template: TemplateVersion,
        letter_contact_id: UUID | None,
        user_id: UUID | None,
        now: datetime,
    ) -> None:
        """Store a template with its first version; one that is there already stays. Raises NotFound for the
        service.
        """
        async with self._transactions.begin(template.service_id) as connection:
            cursor = await connection.execute(
                "insert into templates (id, service_id, type, current_version, created_at) "
                "values (%s, %s, %s, 1, %s) on conflict (id) do nothing returning id",
                (template.id, template.service_id, template.type.value, now),
            )
            if await cursor.fetchone() is not None:
                await self._check_letter_contact(connection, template.service_id, letter_contact_id)
                await self._insert_version(connection, template, letter_contact_id, user_id, now)
                change = Change(
                    type="template.created",
                    subject=str(template.id),
                    service_id=template.service_id,
                    after=template_facts(template),
                )
                await record(connection, change, now)

    async def insert_hidden_template(self, template: TemplateVersion, now: datetime) -> None:
        """Store a template that is in no list; one that is there already stays. Raises NotFound for the
        service.
        """
        async with self._transactions.begin(template.service_id) as connection:
            cursor = await connection.execute(
                "insert into templates (id, service_id, type, current_version, created_at, hidden) "
                "values (%s, %s, %s, 1, %s, true) on conflict (id) do nothing returning id",
                (template.id, template.service_id, template.type.value, now),
            )
            if await cursor.fetchone() is not None:
                await self._insert_version(connection, template, None, None, now)

    async def load_user_name(self, user_id: UUID) -> str:
        """The name of a person. Raises NotFound."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute("select name from users where id = %s", (user_id,))
            row = await cursor.fetchone()
        if row is None:
            raise NotFound("user")
        return str(row[0])

    async def add_template_version(
        self,
        template: TemplateVersion,
        based_on_version: int,
        user_id: UUID | None,
        now: datetime,
        *,
        letter_contact: LetterContactChange | None = None,
    ) -> None:
        """Store a new version. Raises Conflict when the current one is not that it was based on, and NotFound for a
        letter contact of another service.
        """
        before = await self.load_template_version((template.id, based_on_version))
        was, is_now = differences(template_facts(before), template_facts(template))
        is_archiving = template.archived and not before.archived
        change = Change(
            type="template.archived" if is_archiving else "template.updated",
            subject=str(template.id),
            service_id=template.service_id,
            before=was,
            after=is_now,
        )
        async with self._transactions.begin(template.service_id) as connection:
            cursor = await connection.execute(
                "update templates set current_version = %s where id = %s and service_id = %s "
                "and current_version = %s returning id",
                (template.version, template.id, template.service_id, based_on_version),
            )
            if await cursor.fetchone() is None:
                raise Conflict("The template was changed meanwhile: read it again and repeat the change")
            cursor = await connection.execute(
                "select letter_contact_id from template_versions where template_id = %s and version = %s",
                (template.id, based_on_version),
            )
            found = await cursor.fetchone()
            contact_id = found[0] if found else None
            if letter_contact is not None:
                contact_id = letter_contact.id
                await self._check_letter_contact(connection, template.service_id, contact_id)
            await self._insert_version(connection, template, contact_id, user_id, now)
            await record(connection, change, now)

    async def insert_organisation(self, organisation: Organisation, now: datetime) -> None:
        """Store an organisation; repeating the same changes nothing. Raises Conflict for a name that is
        taken.
        """
        async with self._transactions.begin() as connection:
            cursor = await connection.execute(
                "insert into organisations (id, name, organisation_type, created_at) values (%s, %s, %s, %s) "
                "on conflict (id) do nothing",
                (organisation.id, organisation.name, organisation.organisation_type, now),
            )
            if cursor.rowcount:
                change = Change(
                    type="organisation.created",
                    subject=str(organisation.id),
                    after=organisation_facts(organisation),
                )
                await record(connection, change, now)

    async def list_organisations(self, name: str | None, after: str, limit: int) -> list[Organisation]:
        """Organisations by name."""
        async with (
            self._pool.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            await cursor.execute(
                "select * from organisations "
                "where name > %s and (%s::text is null or name = %s) order by name limit %s",
                (after, name, name, limit),
            )
            return [organisation_from(row) for row in await cursor.fetchall()]

    async def insert_user(self, user: User, now: datetime) -> None:
        """Store a user; repeating the same changes nothing. Raises Conflict for an address that is taken."""
        async with self._transactions.begin() as connection:
            cursor = await connection.execute(
                "insert into users (id, name, email_address, mobile_number, created_at) "
                "values (%s, %s, %s, %s, %s) on conflict (id) do nothing",
                (user.id, user.name, user.email_address, user.mobile_number, now),
            )
            if cursor.rowcount:
                await record(connection, Change(type="user.created", subject=str(user.id), after={}), now)

    async def find_user(self, email_address: str) -> User:
        """A user by email address in any case. Raises NotFound."""
        async with (
            self._pool.connection() as connection,
            connection.cursor(row_factory=class_row(User)) as cursor,
        ):
            await cursor.execute(
                "select id, name, email_address, mobile_number, version from users where email_address = %s",
                (format_email_address(email_address),),
            )
            user = await cursor.fetchone()
        if user is None:
            raise NotFound("user")
        return user

    async def insert_service(self, service: Service, sms_sender: Sender, user_id: UUID | None) -> None:
        """Store a service with its default sender and first member; repeating the same changes nothing."""
        limits = service.daily_limits
        async with self._transactions.begin(service.id) as connection:
            cursor = await connection.execute(
                "insert into services (id, name, active, restricted, permissions, prefix_sms, rate_limit, limit_email, "
                "limit_sms, limit_letter, limit_international_sms, organisation_id, created_at) "
                "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (id) do nothing returning id",
                (
                    service.id,
                    service.name,
                    service.active,
                    service.restricted,
                    list(service.permissions),
                    service.prefix_sms,
                    service.rate_limit,
                    limits.email,
                    limits.sms,
                    limits.letter,
                    limits.international_sms,
                    service.organisation_id,
                    service.created_at,
                ),
            )
            if await cursor.fetchone() is None:
                return
            await connection.execute(
                "insert into sms_senders (id, service_id, value, is_default, created_at) values (%s, %s, %s, true, %s)",
                (sms_sender.id, service.id, sms_sender.value, service.created_at),
            )
            if user_id is not None:
                await connection.execute(
                    "insert into service_members (service_id, user_id, permissions) values (%s, %s, %s)",
                    (service.id, user_id, [permission.value for permission in MemberPermission]),
                )
            await record_service(connection, "service.created", None, service, service.created_at)

    async def update_service(
        self, service_id: UUID, based_on_version: int, changes: ServiceChanges
    ) -> Service:
        """Change a service; a version of 0 means whichever is current. Raises NotFound and Conflict."""
        now = self._clock.now()
        async with self._transactions.begin(service_id) as connection:
            before = await lock_service(connection, service_id, based_on_version)
            changed = _changed(before, changes)
            limits, branding = changed.daily_limits, changed.branding
            await connection.execute(
                "update services set name = %s, active = %s, restricted = %s, permissions = %s, prefix_sms = %s, "
                "contact_link = %s, rate_limit = %s, limit_email = %s, limit_sms = %s, limit_letter = %s, "
                "limit_international_sms = %s, email_sender_name = %s, branding_text = %s, branding_colour = %s, "
                "branding_logo_url = %s, branding_alt_text = %s, branding_banner = %s, organisation_id = %s, "
                "version = %s where id = %s",
                (
                    changed.name,
                    changed.active,
                    changed.restricted,
                    list(changed.permissions),
                    changed.prefix_sms,
                    changed.contact_link,
                    changed.rate_limit,
                    limits.email,
                    limits.sms,
                    limits.letter,
                    limits.international_sms,
                    changed.email_sender_name,
                    branding.text if branding else None,
                    branding.colour if branding else None,
                    branding.logo_url if branding else None,
                    branding.alt_text if branding else None,
                    branding.banner if branding else False,
                    changed.organisation_id,
                    changed.version,
                    service_id,
                ),
            )
            await record_lasting_limits(connection, before, changed, now)
            await record_service(connection, "service.updated", before, changed, now)
        return changed

    async def load_service(
        self, *, service_id: UUID | None = None, name: str | None = None
    ) -> ServiceDetails:
        """A service with all that belongs to it, by id or name. Raises NotFound."""
        async with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(
                "select * from services where id = %(id)s or name = %(name)s",
                {"id": service_id, "name": name},
            )
            row = await cursor.fetchone()
            if row is None:
                raise NotFound("service")
            service = service_from(row)

            async def rows(query: str) -> list[dict[str, Any]]:
                await cursor.execute(query.encode(), (service.id,))
                return await cursor.fetchall()

            return ServiceDetails(
                service=service,
                sms_senders=tuple(
                    map(
                        sender_from, await rows("select * from sms_senders where service_id = %s order by id")
                    )
                ),
                reply_tos=tuple(
                    map(
                        sender_from,
                        await rows("select * from email_reply_tos where service_id = %s order by id"),
                    )
                ),
                letter_contacts=tuple(
                    LetterContact(id=found["id"], value=found["value"])
                    for found in await rows("select * from letter_contacts where service_id = %s order by id")
                ),
                api_keys=tuple(
                    map(
                        _api_key,
                        await rows("select * from api_keys where service_id = %s order by created_at desc"),
                    )
                ),
                members=tuple(
                    user_from(found)
                    for found in await rows(
                        "select u.* from users u join service_members m on m.user_id = u.id "
                        "where m.service_id = %s order by u.name"
                    )
                ),
                guest_list=tuple(
                    found["recipient"]
                    for found in await rows(
                        "select recipient from guest_list where service_id = %s order by position"
                    )
                ),
                callbacks={
                    CallbackKind(found["kind"]): found["url"]
                    for found in await rows(
                        "select kind, url from service_callbacks where service_id = %s order by kind"
                    )
                },
                member_permissions=tuple(
                    MemberPermissions(
                        user_id=found["user_id"],
                        permissions=tuple(found["permissions"]),
                        version=found["version"],
                    )
                    for found in await rows(
                        "select * from service_members where service_id = %s order by user_id"
                    )
                ),
                retentions={
                    NotificationType(found["type"]): found["days"]
                    for found in await rows(
                        "select type, days from service_retention where service_id = %s order by type"
                    )
                },
                guest_list_version=row["guest_list_version"],
            )

    async def list_services(self, after: str, limit: int) -> list[Service]:
        """Services by name."""
        async with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(
                "select * from services where name > %s order by name limit %s", (after, limit)
            )
            return [service_from(row) for row in await cursor.fetchall()]

    async def add_member(self, service_id: UUID, user_id: UUID) -> None:
        """Make a user a member; again changes nothing. Raises NotFound."""
        async with self._transactions.begin(service_id) as connection:
            cursor = await connection.execute(
                "insert into service_members (service_id, user_id) values (%s, %s) on conflict do nothing",
                (service_id, user_id),
            )
            if cursor.rowcount:
                change = Change(type="member.added", subject=str(user_id), service_id=service_id, after={})
                await record(connection, change, self._clock.now())

    async def insert_api_key(self, service_id: UUID, key: ApiKey, secret: str, user_id: UUID | None) -> None:
        """Store a key with its secret encrypted. Raises NotFound, and Conflict for a name that is taken."""
        async with self._transactions.begin(service_id) as connection:
            await connection.execute(
                "insert into api_keys (id, service_id, name, key_type, secret_encrypted, created_by, created_at) "
                "values (%s, %s, %s, %s, %s, %s, %s)",
                (
                    key.id,
                    service_id,
                    key.name,
                    key.key_type.value,
                    self._secrets.encrypt(secret),
                    user_id,
                    key.created_at,
                ),
            )
            facts = {"name": key.name, "key_type": key.key_type.value}
            change = Change(type="api_key.created", subject=str(key.id), service_id=service_id, after=facts)
            await record(connection, change, key.created_at)

    async def revoke_api_key(self, service_id: UUID, key_id: UUID, now: datetime) -> ApiKey:
        """Revoke a key; again changes nothing. Raises NotFound."""
        async with (
            self._transactions.begin(service_id) as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            await cursor.execute(
                "update api_keys set revoked_at = coalesce(revoked_at, %s) "
                "where id = %s and service_id = %s returning *",
                (now, key_id, service_id),
            )
            row = await cursor.fetchone()
            if row is None:
                raise NotFound("api_key")
            if row["revoked_at"] == now:
                change = Change(
                    type="api_key.revoked",
                    subject=str(key_id),
                    service_id=service_id,
                    before={"name": row["name"], "revoked": False},
                    after={"name": row["name"], "revoked": True},
                )
                await record(connection, change, now)
        return _api_key(row)

    async def insert_letter_contact(self, service_id: UUID, contact: LetterContact, now: datetime) -> None:
        """Store a letter contact. Raises NotFound."""
        async with self._transactions.begin(service_id) as connection:
            await connection.execute(
                "insert into letter_contacts (id, service_id, value, created_at) values (%s, %s, %s, %s)",
                (contact.id, service_id, contact.value, now),
            )
            change = Change(
                type="letter_contact.created", subject=str(contact.id), service_id=service_id, after={}
            )
            await record(connection, change, now)

    async def replace_guest_list(
        self, service_id: UUID, recipients: Sequence[str], based_on_version: int = 0
    ) -> None:
        """Replace the guest list. Raises NotFound and Conflict."""
        async with self._transactions.begin(service_id) as connection:
            cursor = await connection.execute(
                "select guest_list_version, (select count(*) from guest_list where service_id = services.id) "
                "from services where id = %s for update",
                (service_id,),
            )
            row = await cursor.fetchone()
            if row is None:
                raise NotFound("service")
            check_version("guest list", based_on_version, row[0])
            await connection.execute(
                "update services set guest_list_version = guest_list_version + 1 where id = %s", (service_id,)
            )
            await connection.execute("delete from guest_list where service_id = %s", (service_id,))
            async with connection.cursor() as many:
                await many.executemany(
                    "insert into guest_list (service_id, position, recipient) values (%s, %s, %s)",
                    [(service_id, position, recipient) for position, recipient in enumerate(recipients)],
                )
            change = Change(
                type="guest_list.replaced",
                subject=str(service_id),
                service_id=service_id,
                before={"guests": row[1]},
                after={"guests": len(recipients)},
            )
            await record(connection, change, self._clock.now())

    @staticmethod
    async def _check_letter_contact(
        connection: psycopg.AsyncConnection[Any], service_id: UUID, letter_contact_id: UUID | None
    ) -> None:
        if letter_contact_id is None:
            return
        cursor = await connection.execute(
            "select 1 from letter_contacts where id = %s and service_id = %s", (letter_contact_id, service_id)
        )
        if await cursor.fetchone() is None:
            raise NotFound("letter_contact")

    @staticmethod
    async def _insert_version(
        connection: psycopg.AsyncConnection[Any],
        template: TemplateVersion,
        letter_contact_id: UUID | None,
        user_id: UUID | None,
        now: datetime,
    ) -> None:
        await connection.execute(
            "insert into template_versions (template_id, version, name, body, subject, postage, letter_contact_id, "
            "is_priority, has_unsubscribe_link, archived, letter_welsh_subject, letter_welsh_body, "
            "letter_attachment_id, created_by, created_at) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                template.id,
                template.version,
                template.name,
                template.body,
                template.subject,
                template.postage,
                letter_contact_id,
                template.is_priority,
                template.has_unsubscribe_link,
                template.archived,
                template.letter_welsh_subject,
                template.letter_welsh_body,
                template.letter_attachment_id,
                user_id,
                now,
            ),
        )

    async def _one_template(self, query: str, parameters: tuple[Any, ...]) -> TemplateVersion:
        return _template(await self._one_row("template", query, parameters))

    async def _one_row(self, kind: str, query: str, parameters: tuple[Any, ...]) -> dict[str, Any]:
        async with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(query.encode(), parameters)
            row = await cursor.fetchone()
        if row is None:
            raise NotFound(kind)
        return row


async def lock_service(
    connection: psycopg.AsyncConnection[Any], service_id: UUID, based_on_version: int
) -> Service:
    """A service that nobody else changes until the transaction ends. Raises NotFound and Conflict."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute("select * from services where id = %s for update", (service_id,))
        row = await cursor.fetchone()
    if row is None:
        raise NotFound("service")
    check_version("service", based_on_version, row["version"])
    return service_from(row)


async def load_temporary_limits(
    cursor: psycopg.AsyncCursor[dict[str, Any]], service_id: UUID, now: datetime
) -> tuple[TemporaryLimit, ...]:
    """The limits of a service that end after `now`, newest first."""
    await cursor.execute(
        "select kind, value, ends_at from limit_changes "
        "where service_id = %s and ends_at > %s and ends_at is not null and ended_at is null order by id desc",
        (service_id, now),
    )
    return tuple(
        TemporaryLimit(name=row["kind"], value=row["value"], ends_at=row["ends_at"])
        for row in await cursor.fetchall()
    )


async def record_lasting_limits(
    connection: psycopg.AsyncConnection[Any], before: Service, after: Service, now: datetime
) -> None:
    """Keep what limits were before they were set for good."""
    old, new = lasting_limits(before), lasting_limits(after)
    caller = current_caller()
    for kind, value in new.items():
        if value != old[kind]:
            await connection.execute(
                "insert into limit_changes (id, service_id, kind, old_value, value, changed_by, reason, changed_at) "
                "values (%s, %s, %s, %s, %s, %s, %s, %s)",
                (
                    new_id(),
                    after.id,
                    kind,
                    old[kind],
                    value,
                    "system" if caller is None else caller.name,
                    current_reason(),
                    now,
                ),
            )


def lasting_limits(service: Service) -> dict[str, int]:
    """A service's limits for good, by name."""
    limits = service.daily_limits
    return {
        "rate": service.rate_limit,
        "email": limits.email,
        "sms": limits.sms,
        "letter": limits.letter,
        "international_sms": limits.international_sms,
    }


def user_from(row: dict[str, Any]) -> User:
    """A row of users."""
    return User(
        id=row["id"],
        name=row["name"],
        email_address=row["email_address"],
        mobile_number=row["mobile_number"],
        version=row["version"],
    )


def organisation_from(row: dict[str, Any]) -> Organisation:
    """A row of organisations."""
    agreement = None
    if row["agreement_version"] is not None:
        agreement = Agreement(
            version=row["agreement_version"],
            signed_by=row["agreement_signed_by"],
            on_behalf_of=row["agreement_on_behalf_of"],
            signed_at=row["agreement_signed_at"],
        )
    return Organisation(
        id=row["id"],
        name=row["name"],
        organisation_type=row["organisation_type"],
        version=row["version"],
        agreement=agreement,
    )


def _limits(row: dict[str, Any]) -> DailyLimits:
    return DailyLimits(
        email=row["limit_email"],
        sms=row["limit_sms"],
        letter=row["limit_letter"],
        international_sms=row["limit_international_sms"],
    )


def _branding(row: dict[str, Any]) -> Branding | None:
    if row["branding_text"] is None:
        return None
    return Branding(
        text=row["branding_text"],
        colour=row["branding_colour"] or "",
        logo_url=row["branding_logo_url"] or "",
        alt_text=row["branding_alt_text"] or "",
        banner=row["branding_banner"],
    )


def service_from(row: dict[str, Any]) -> Service:
    """A row of services."""
    return Service(
        id=row["id"],
        name=row["name"],
        active=row["active"],
        restricted=row["restricted"],
        permissions=tuple(row["permissions"]),
        prefix_sms=row["prefix_sms"],
        contact_link=row["contact_link"],
        rate_limit=row["rate_limit"],
        daily_limits=_limits(row),
        organisation_id=row["organisation_id"],
        email_sender_name=row["email_sender_name"],
        branding=_branding(row),
        version=row["version"],
        created_at=row["created_at"],
        archived_at=row["archived_at"],
        went_live_at=row["went_live_at"],
    )


def _changed(service: Service, changes: ServiceChanges) -> Service:
    given = {
        name: value
        for name in ServiceChanges.__dataclass_fields__
        if (value := getattr(changes, name)) is not None and name != "organisation"
    }
    if changes.organisation is not None:
        given["organisation_id"] = changes.organisation.organisation_id
    for removable in ("contact_link", "email_sender_name"):
        if given.get(removable) == "":
            given[removable] = None
    return replace(service, **given, version=service.version + 1)


def sender_from(row: dict[str, Any]) -> Sender:
    """A row of text senders or reply-to addresses."""
    return Sender(
        id=row["id"],
        value=row["value"],
        is_default=row["is_default"],
        archived=row["archived"],
        version=row["version"],
    )


def _api_key(row: dict[str, Any]) -> ApiKey:
    return ApiKey(
        id=row["id"],
        name=row["name"],
        key_type=KeyType(row["key_type"]),
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
    )


def _template(row: dict[str, Any]) -> TemplateVersion:
    return TemplateVersion(**{**row, "type": NotificationType(row["type"])})
