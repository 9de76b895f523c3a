"""The notifications service in this process, on a database of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
from pydantic import SecretStr

from notifyrules.statuses import KeyType, NotificationType
from servicekit.clock import SystemClock
from servicekit.counters import Counters
from servicekit.database import Pool, make_pool
from servicekit.ids import bucket_of, new_id
from servicekit.migrations import migrate
from services.notifications.accounts import LIVE_LIMITS, CallbackKind, Sender, Service
from services.notifications.accounts_store import AccountsStore
from services.notifications.caches import TtlCache
from services.notifications.completing import Completing
from services.notifications.contents import MessageSettings
from services.notifications.creating import Creating
from services.notifications.delivering import DeliveryQueue
from services.notifications.idempotency import Idempotency
from services.notifications.new_notifications import NewNotification
from services.notifications.partitions import ensure_partitions
from services.notifications.reading import Reading
from services.notifications.secret_box import SecretBox
from services.notifications.sending_limits import SendingLimits
from services.notifications.sending_services import TemplateVersion
from services.notifications.statuses import Statuses
from services.notifications.store import SCHEMA, Store, hot_url
from services.notifications.templates import Templates
from services.notifications.transactions import AccountTransactions
from tests.conftest import MakeDatabase

PERMISSIONS = ("email", "sms", "letter", "international_sms")


@dataclass(slots=True, kw_only=True)
class System:
    """The parts of the service, wired as in `__main__`, without gRPC and loops."""

    pool: Pool
    store: Store
    accounts: AccountsStore
    templates: Templates
    queue: DeliveryQueue
    creating: Creating
    completing: Completing
    statuses: Statuses
    reading: Reading
    clock: SystemClock
    service_id: UUID = field(default_factory=new_id)
    template_ids: dict[str, UUID] = field(default_factory=dict)

    async def add_service(self, name: str = "A service", *, restricted: bool = False) -> UUID:
        """A live service with a text and an email template."""
        service_id = new_id()
        await self.accounts.insert_service(
            Service(
                id=service_id,
                name=name,
                active=True,
                restricted=restricted,
                permissions=PERMISSIONS,
                prefix_sms=False,
                contact_link=None,
                rate_limit=3000,
                daily_limits=LIVE_LIMITS,
                organisation_id=None,
                email_sender_name=None,
                branding=None,
                version=1,
                created_at=self.clock.now(),
            ),
            Sender(id=new_id(), value="SENDER", is_default=True, archived=False),
            None,
        )
        return service_id

    async def add_template(
        self,
        service_id: UUID,
        type: NotificationType,
        body: str = "Hello ((name))",
        *,
        priority: bool = False,
    ) -> UUID:
        """A template of a service."""
        template_id = new_id()
        await self.templates.create(
            TemplateVersion(
                id=template_id,
                service_id=service_id,
                type=type,
                name=f"{type.value} template",
                version=1,
                body=body,
                subject=None if type is NotificationType.SMS else "Subject for ((name))",
                postage=None,
                letter_contact_block=None,
                is_priority=priority,
                has_unsubscribe_link=False,
                archived=False,
                created_at=self.clock.now(),
                updated_at=None,
                created_by=None,
            ),
            None,
            None,
        )
        return template_id

    async def add_letter_template(self) -> UUID:
        """A letter template of the service that is there already, in second class."""
        template_id = new_id()
        await self.templates.create(
            TemplateVersion(
                id=template_id,
                service_id=self.service_id,
                type=NotificationType.LETTER,
                name="letter template",
                version=1,
                body="Dear ((name))",
                subject="A letter",
                postage="second",
                letter_contact_block=None,
                is_priority=False,
                has_unsubscribe_link=False,
                archived=False,
                created_at=self.clock.now(),
                updated_at=None,
                created_by=None,
            ),
            None,
            None,
        )
        self.template_ids["letter"] = template_id
        return template_id

    async def add_user(self, name: str) -> UUID:
        """A person."""
        user_id = new_id()
        async with self.pool.connection() as connection:
            await connection.execute(
                "insert into users (id, name, email_address, created_at) values (%s, %s, %s, %s)",
                (user_id, name, f"{user_id}@example.gov.uk", self.clock.now()),
            )
        return user_id

    async def add_callback(self, kind: CallbackKind) -> None:
        """A URL of the service that is there already."""
        async with self.pool.connection() as connection:
            await connection.execute(
                "insert into service_callbacks (service_id, kind, url, token_encrypted, updated_at) "
                "values (%s, %s, 'http://nowhere', '', %s)",
                (self.service_id, kind.value, self.clock.now()),
            )

    def a_text(
        self,
        *,
        service_id: UUID | None = None,
        template_id: UUID | None = None,
        recipient: str = "07700900123",
        personalisation: str = '{"name": "Ada"}',
        key_type: KeyType = KeyType.NORMAL,
        id: UUID | None = None,
        reference: str | None = None,
    ) -> NewNotification:
        """A text that is fine unless told otherwise."""
        service = service_id or self.service_id
        return NewNotification(
            id=id or new_id(bucket=bucket_of(service)),
            service_id=service,
            api_key_id=None,
            key_type=key_type,
            type=NotificationType.SMS,
            template_id=template_id or self.template_ids["sms"],
            recipient=recipient,
            personalisation=personalisation,
            reference=reference,
            sms_sender_id=None,
            email_reply_to_id=None,
            one_click_unsubscribe_url=None,
            sanitise_content_for=(),
        )

    def an_email(self, *, recipient: str = "ada@example.com") -> NewNotification:
        """An email that is fine unless told otherwise."""
        return NewNotification(
            id=new_id(bucket=bucket_of(self.service_id)),
            service_id=self.service_id,
            api_key_id=None,
            key_type=KeyType.NORMAL,
            type=NotificationType.EMAIL,
            template_id=self.template_ids["email"],
            recipient=recipient,
            personalisation='{"name": "Ada"}',
            reference=None,
            sms_sender_id=None,
            email_reply_to_id=None,
            one_click_unsubscribe_url=None,
            sanitise_content_for=(),
        )

    async def count(self, table: str) -> int:
        """Rows of a table."""
        async with self.pool.connection() as connection:
            cursor = await connection.execute(f"select count(*) from {table}".encode())
            row = await cursor.fetchone()
            assert row is not None
            return int(row[0])


def build(url: str) -> None:
    """The schema, for the template database."""
    migrate(url, "services.notifications", SCHEMA)

    async def partitions() -> None:
        async with make_pool(url, schema=SCHEMA, application_name="tests") as pool:
            await ensure_partitions(Store(pool), SystemClock().now())

    asyncio.run(partitions())


@pytest.fixture(scope="session")
def built() -> Callable[[str], None]:
    """`build`, in a thread of its own: it runs an event loop."""
    from concurrent.futures import ThreadPoolExecutor

    def run(url: str) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(build, url).result()

    return run


@pytest.fixture
async def system(make_database: MakeDatabase, built: Callable[[str], None]) -> AsyncIterator[System]:
    """The service's parts with one live service and its templates."""
    url = make_database("notifications", built)
    clock, secrets = SystemClock(), SecretBox(SecretStr("a key for tests that is long enough"))
    messages = MessageSettings(
        email_domain="notify.example",
        api_host="http://api",
        admin_host="http://admin",
        download_host="http://files",
        secrets=secrets,
    )
    lease = timedelta(seconds=60)
    async with make_pool(hot_url(url), schema=SCHEMA, application_name="tests") as pool:
        store, accounts = Store(pool), AccountsStore(AccountTransactions(pool), secrets)
        services = TtlCache(accounts.load_sending_service, ttl_s=2.0)
        versions = TtlCache(accounts.load_template_version, ttl_s=30.0)
        queue = DeliveryQueue(
            store, services=services, templates=versions, settings=messages, clock=clock, lease=lease
        )
        templates = Templates(accounts, clock)
        system = System(
            pool=pool,
            store=store,
            accounts=accounts,
            templates=templates,
            queue=queue,
            creating=Creating(
                services=services,
                templates=TtlCache(accounts.load_current_template, ttl_s=2.0),
                queue=queue,
                limits=SendingLimits(Counters(None), clock),
                idempotency=Idempotency(store.keys, clock),
                clock=clock,
                settings=messages,
                make_precompiled_template=templates.make_precompiled,
            ),
            completing=Completing(store, clock=clock, lease=lease, callbacks_queued=lambda: None),
            statuses=Statuses(store, clock=clock, callbacks_queued=lambda: None),
            reading=Reading(
                store,
                templates=versions,
                user_names=TtlCache(accounts.load_user_name, ttl_s=30.0),
                settings=messages,
            ),
            clock=clock,
        )
        system.service_id = await system.add_service()
        for type in (NotificationType.SMS, NotificationType.EMAIL):
            system.template_ids[type.value] = await system.add_template(system.service_id, type)
        yield system
        await system.creating.close()
        await system.completing.close()
        await system.statuses.close()
