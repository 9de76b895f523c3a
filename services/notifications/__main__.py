"""The notifications process: `python -m services.notifications`. The only place where its objects meet."""

from datetime import timedelta
from functools import partial

import aiohttp

from notify.notifications.v1 import (
    accounts_pb2_grpc,
    deliveries_pb2_grpc,
    notifications_pb2_grpc,
    templates_pb2_grpc,
)
from notifyrules.statuses import NotificationType
from servicekit.clock import SystemClock
from servicekit.database import make_pool, ping
from servicekit.grpc_server import ServiceRegistration, make_server
from servicekit.identity import CallerTokens
from servicekit.lifecycle import Lifecycle, service_main
from services.notifications.accounts_store import AccountsStore
from services.notifications.caches import TtlCache
from services.notifications.callbacks import Callbacks
from services.notifications.callers import ALLOWED_CALLERS
from services.notifications.completing import Completing
from services.notifications.config import NotificationsSettings
from services.notifications.contents import MessageSettings
from services.notifications.convert.values import DOMAIN
from services.notifications.creating import Creating
from services.notifications.delivering import EXPIRY_CHECK_S, DeliveryQueue
from services.notifications.partitions import CHECK_INTERVAL, ensure_partitions
from services.notifications.reading import Reading
from services.notifications.secret_box import SecretBox
from services.notifications.servicers.accounts import AccountsServicer
from services.notifications.servicers.deliveries import DeliveriesServicer
from services.notifications.servicers.notifications import NotificationsServicer
from services.notifications.servicers.templates import TemplatesServicer
from services.notifications.statuses import Statuses
from services.notifications.store import SCHEMA, Store, hot_url
from services.notifications.templates import Templates

CHANGES_SHOW_AFTER_S = 2.0
"""How late a change to a service or its current template may show (public contract, section 14)."""
VERSIONS_KEPT_S = 30.0


async def main(lifecycle: Lifecycle, settings: NotificationsSettings) -> None:
    """Make everything, start the loops, serve."""
    clock, secrets = SystemClock(), SecretBox(settings.secret_keys)
    lease = timedelta(seconds=settings.lease_s)
    make = partial(
        make_pool,
        schema=SCHEMA,
        min_size=settings.database_pool_min,
        max_size=settings.database_pool_max,
        statement_timeout_ms=settings.database_statement_timeout_ms,
    )
    url = settings.need_database_url()
    pool = await lifecycle.enter(make(hot_url(url), application_name="notifications"))
    accounts_pool = await lifecycle.enter(make(url, application_name="notifications accounts"))
    session = await lifecycle.enter(
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=30))
    )

    store, accounts_store = Store(pool), AccountsStore(accounts_pool, secrets)
    messages = MessageSettings(
        email_domain=settings.email_domain, api_host=settings.api_host, secrets=secrets
    )
    sending_services = TtlCache(accounts_store.load_sending_service, ttl_s=CHANGES_SHOW_AFTER_S)
    current_templates = TtlCache(accounts_store.load_current_template, ttl_s=CHANGES_SHOW_AFTER_S)
    versions = TtlCache(accounts_store.load_template_version, ttl_s=VERSIONS_KEPT_S)

    callbacks = Callbacks(
        store,
        secrets=secrets,
        session=session,
        clock=clock,
        timeout_s=settings.callback_timeout_s,
        retry_after=timedelta(seconds=settings.callback_retry_s),
        max_in_flight=settings.callback_max_in_flight,
    )
    queue = DeliveryQueue(
        store, services=sending_services, templates=versions, settings=messages, clock=clock, lease=lease
    )
    creating = Creating(
        services=sending_services, templates=current_templates, queue=queue, clock=clock, settings=messages
    )
    completing = Completing(store, clock=clock, lease=lease, callbacks_queued=callbacks.wake)
    statuses = Statuses(store, clock=clock, callbacks_queued=callbacks.wake)
    reading = Reading(store, templates=versions, settings=messages)
    for batched in (creating, completing, statuses):
        lifecycle.on_close(batched.close)

    await ensure_partitions(store, clock.now())
    lifecycle.start_periodic(
        "partitions", CHECK_INTERVAL.total_seconds(), lambda: ensure_partitions(store, clock.now())
    )
    lifecycle.on_stopping(queue.stop)
    for channel in NotificationType:
        lifecycle.start_loop(f"claim {channel.value}", partial(queue.claim_for_waiting_polls, channel))
    lifecycle.start_periodic("expired leases", EXPIRY_CHECK_S, queue.return_expired_leases)
    lifecycle.on_stopping(callbacks.stop)
    lifecycle.start_loop("callbacks", callbacks.run)

    registrations = [
        ServiceRegistration(
            add=notifications_pb2_grpc.add_NotificationsServiceServicer_to_server,
            servicer=NotificationsServicer(creating, reading, store),
            quiet=frozenset({"CreateNotifications", "GetNotification"}),
        ),
        ServiceRegistration(
            add=deliveries_pb2_grpc.add_DeliveriesServiceServicer_to_server,
            servicer=DeliveriesServicer(queue, completing, statuses, store, clock),
            quiet=frozenset({"LeaseDeliveries", "CompleteDeliveries", "ExtendLeases", "ApplyStatuses"}),
            waiting=frozenset({"LeaseDeliveries"}),
        ),
        ServiceRegistration(
            add=templates_pb2_grpc.add_TemplatesServiceServicer_to_server,
            servicer=TemplatesServicer(Templates(accounts_store, clock), clock),
        ),
        ServiceRegistration(
            add=accounts_pb2_grpc.add_AccountsServiceServicer_to_server,
            servicer=AccountsServicer(accounts_store, clock, allow_http_callbacks=settings.is_development),
            quiet=frozenset({"GetServiceCredentials"}),
        ),
    ]
    await lifecycle.serve(
        make_server(
            registrations,
            domain=DOMAIN,
            listen=settings.grpc_listen,
            tokens=CallerTokens("notifications", settings.caller_keys),
            allowed_callers=ALLOWED_CALLERS,
            reflection=settings.is_development,
            checks={"database": lambda: ping(pool)},
        )
    )


if __name__ == "__main__":
    service_main(
        "notifications", NotificationsSettings, main, package="services.notifications", schema=SCHEMA
    )
