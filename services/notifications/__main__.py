"""The notifications process: `python -m services.notifications`. The only place where its objects meet."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import aiohttp

from notify.notifications.v1 import (
    accounts_pb2_grpc,
    caches_pb2_grpc,
    callbacks_pb2_grpc,
    deliveries_pb2_grpc,
    jobs_pb2_grpc,
    letter_care_pb2_grpc,
    letter_logos_pb2_grpc,
    letter_printing_pb2_grpc,
    limits_pb2_grpc,
    notifications_pb2_grpc,
    received_texts_pb2_grpc,
    reports_pb2_grpc,
    requests_pb2_grpc,
    returned_letters_pb2_grpc,
    status_changes_pb2_grpc,
    templates_pb2_grpc,
    unsubscribe_requests_pb2_grpc,
)
from notify.operations.v1 import tokens_pb2_grpc
from notifyrules.statuses import KeyType, NotificationType
from operationskit.revoking import start_revoking
from operationskit.starting import Operations, open_operations
from operationskit.tasks import TaskRun
from servicekit.clock import Clock, SystemClock
from servicekit.counters import Counters
from servicekit.database import Pool, make_pool, ping
from servicekit.grpc_client import Channel, make_channel
from servicekit.grpc_server import ServiceRegistration, make_server
from servicekit.lifecycle import Lifecycle, service_main
from servicekit.valkey import make_valkey
from services.notifications import metrics
from services.notifications.accounts_store import AccountsStore
from services.notifications.archiving import Archiving
from services.notifications.cached_accounts import CachedAccounts
from services.notifications.caches import TtlCache
from services.notifications.callbacks import Callbacks
from services.notifications.callbacks_addresses import AddressPolicy, parse_networks
from services.notifications.callbacks_endpoints import CallbackEndpoints
from services.notifications.callbacks_limits import EndpointLimits
from services.notifications.callbacks_policy import CallbackPolicy, parse_gaps
from services.notifications.callbacks_store import CallbacksStore
from services.notifications.callers import ALLOWED_CALLERS
from services.notifications.cancelling import Cancelling
from services.notifications.checking_up import CheckingUp
from services.notifications.completing import Completing
from services.notifications.config import NotificationsSettings
from services.notifications.contents import MessageSettings
from services.notifications.convert.values import DOMAIN
from services.notifications.counting import Counting
from services.notifications.creating import Creating
from services.notifications.current_rates import REFRESH_EVERY_S, CurrentRates
from services.notifications.database_health import CHECKED_EVERY_S, measure
from services.notifications.delivering import EXPIRY_CHECK_S, DeliveryQueue
from services.notifications.feed import Feed
from services.notifications.feed_store import FeedStore
from services.notifications.idempotency import CLEANING_INTERVAL_S, Idempotency
from services.notifications.importing import Importing
from services.notifications.jobs_accepting import Jobs
from services.notifications.jobs_checker import TableChecker
from services.notifications.jobs_making import JobMaking
from services.notifications.jobs_results import JobResults
from services.notifications.jobs_store import JobsStore
from services.notifications.letter_care import LetterCare
from services.notifications.letter_care_store import LetterCareStore
from services.notifications.letter_checks import LetterChecks
from services.notifications.letter_logos import LetterLogos
from services.notifications.letter_printing import LetterPrinting
from services.notifications.letters_client import Letters
from services.notifications.letters_forgetting import LettersForgetting
from services.notifications.letters_store import LettersStore
from services.notifications.limits import parse_capacities
from services.notifications.limits_store import LimitsStore
from services.notifications.notifications_report import NotificationsReport
from services.notifications.numbers_store import NumbersStore
from services.notifications.partitions import CHECK_INTERVAL, ensure_partitions
from services.notifications.preparing_letters import first_status
from services.notifications.reading import Reading
from services.notifications.received_texts import InboundNumbers, ReceivedTexts
from services.notifications.received_texts_store import ReceivedTextsStore
from services.notifications.reconciling import Reconciling
from services.notifications.reply_to_checks import ReplyToChecks
from services.notifications.reports import Reports
from services.notifications.reports_store import ReportsStore, reports_url
from services.notifications.requests_store import RequestsStore
from services.notifications.retention import Retention
from services.notifications.retention_store import RetentionStore
from services.notifications.returned_letters import ReturnedLetters
from services.notifications.rewriting import Rewriting
from services.notifications.scheduled import Upkeep, notifications_tasks
from services.notifications.secret_box import SecretBox
from services.notifications.senders_store import SendersStore
from services.notifications.sending_limits import SendingLimits
from services.notifications.servicers.accounts import AccountsServicer
from services.notifications.servicers.caches import CachesServicer
from services.notifications.servicers.callbacks import CallbacksServicer
from services.notifications.servicers.deliveries import DeliveriesServicer
from services.notifications.servicers.jobs import JobsServicer
from services.notifications.servicers.letter_care import LetterCareServicer
from services.notifications.servicers.letter_logos import LetterLogosServicer
from services.notifications.servicers.letter_printing import LetterPrintingServicer
from services.notifications.servicers.limits import LimitsServicer
from services.notifications.servicers.notifications import NotificationsServicer
from services.notifications.servicers.received_texts import ReceivedTextsServicer, UnsubscribeRequestsServicer
from services.notifications.servicers.reports import ReportsServicer
from services.notifications.servicers.requests import RequestsServicer
from services.notifications.servicers.returned_letters import ReturnedLettersServicer
from services.notifications.servicers.status_changes import StatusChangesServicer
from services.notifications.servicers.templates import TemplatesServicer
from services.notifications.servicers.tokens import TokensServicer
from services.notifications.statuses import Statuses
from services.notifications.store import QUERIES, SCHEMA, Store, hot_url
from services.notifications.templates import Templates
from services.notifications.tokens_store import TokensStore
from services.notifications.transactions import AccountTransactions
from services.notifications.unsubscribing import Unsubscribing
from services.notifications.unsubscribing_store import UnsubscribingStore
from services.notifications.upkeep_store import UpkeepStore

CHANGES_SHOW_AFTER_S = 2.0
"""How late a change to a service or its current template may show (public contract, section 14)."""
VERSIONS_KEPT_S = 30.0
EXPIRED_CALLBACKS_CHECK_S = 60.0
QUEUE_COUNTED_EVERY_S = 15.0
"""As often as Prometheus asks."""
PURGE_INTERVAL_S = 600.0
_PURGED_AT_ONCE = 5_000
LETTERS_TIMEOUT_S = 5.0
REPORTS_AT_ONCE = 4
"""Statements of reports at a time; more of them wait for one another."""
REPORTS_WAIT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackParts:
    """What callbacks are made of."""

    worker: Callbacks
    endpoints: CallbackEndpoints
    store: CallbacksStore


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
    valkey = None if settings.redis_url is None else make_valkey(settings.redis_url.get_secret_value())
    if valkey is not None:
        lifecycle.on_close(valkey.aclose)

    store = Store(pool)
    # Told of every change, so that no copy outlives it; what keeps the copies is made below, from the store.
    transactions = AccountTransactions(
        accounts_pool, clock=clock, changed=lambda service_id: cached.service_changed(service_id)
    )
    accounts_store = AccountsStore(transactions, secrets)
    messages = MessageSettings(
        email_domain=settings.email_domain,
        api_host=settings.api_host,
        admin_host=settings.admin_host,
        download_host=settings.download_host,
        secrets=secrets,
        pretend_letter_receipts=settings.pretend_letter_receipts,
    )
    sending_services = TtlCache(accounts_store.load_sending_service, ttl_s=CHANGES_SHOW_AFTER_S)
    current_templates = TtlCache(accounts_store.load_current_template, ttl_s=CHANGES_SHOW_AFTER_S)
    versions = TtlCache(accounts_store.load_template_version, ttl_s=VERSIONS_KEPT_S)
    user_names = TtlCache(accounts_store.load_user_name, ttl_s=VERSIONS_KEPT_S)
    templates = Templates(accounts_store, clock)

    cached = CachedAccounts(valkey, services=sending_services, templates=current_templates, versions=versions)
    lifecycle.on_stopping(cached.invalidations.stop)
    lifecycle.start_loop("tell changes", cached.invalidations.run_telling)
    if valkey is not None:
        lifecycle.start_loop("hear of changes", cached.invalidations.run_listening)

    callback_parts = await start_callbacks(
        lifecycle, settings, secrets, clock, pool=pool, rpc_pool=accounts_pool
    )
    callbacks = callback_parts.worker
    queue = DeliveryQueue(
        store, services=sending_services, templates=versions, settings=messages, clock=clock, lease=lease
    )
    limits = SendingLimits(Counters(valkey), clock)
    rates = CurrentRates(await billing_channel(lifecycle, settings))
    lifecycle.start_periodic("rates", REFRESH_EVERY_S, rates.refresh)
    idempotency = Idempotency(store.keys, clock)
    creating = Creating(
        services=sending_services,
        templates=current_templates,
        queue=queue,
        limits=limits,
        idempotency=idempotency,
        clock=clock,
        settings=messages,
        make_precompiled_template=templates.make_precompiled,
        rates=rates.rates,
    )
    jobs_store = JobsStore(pool, QUERIES, store.keys, test_letter_status=first_status(KeyType.TEST, messages))
    making = JobMaking(jobs_store, services=sending_services, limits=limits, clock=clock, made=queue.wake)
    jobs = Jobs(
        jobs_store,
        services=sending_services,
        templates=current_templates,
        checker=TableChecker(),
        limits=limits,
        idempotency=idempotency,
        clock=clock,
        accepted=making.wake,
        rates=rates.rates,
    )
    completing = Completing(store, clock=clock, lease=lease, callbacks_queued=callbacks.wake)
    statuses = Statuses(store, clock=clock, callbacks_queued=callbacks.wake)
    reading = Reading(store, templates=versions, user_names=user_names, settings=messages, rates=rates.rates)
    for batched in (creating, completing, statuses):
        lifecycle.on_close(batched.close)

    await ensure_partitions(store, clock.now())
    lifecycle.start_periodic(
        "partitions", CHECK_INTERVAL.total_seconds(), lambda: ensure_partitions(store, clock.now())
    )
    lifecycle.on_stopping(making.stop)
    lifecycle.start_loop("jobs", making.run)
    lifecycle.start_periodic("old idempotency keys", CLEANING_INTERVAL_S, idempotency.delete_expired)
    lifecycle.on_stopping(queue.stop)
    for channel in NotificationType:
        lifecycle.start_loop(f"claim {channel.value}", partial(queue.claim_for_waiting_polls, channel))
    lifecycle.start_periodic("expired leases", EXPIRY_CHECK_S, queue.return_expired_leases)

    async def count_queue() -> None:
        now = clock.now()
        metrics.record_queue(await store.queue_statistics(now), now)

    lifecycle.start_periodic("counting the queue", QUEUE_COUNTED_EVERY_S, count_queue)
    lifecycle.start_periodic("health of the database", CHECKED_EVERY_S, partial(measure, accounts_pool))
    received_texts_store = ReceivedTextsStore(accounts_pool, secrets)
    received_texts = ReceivedTexts(
        received_texts_store,
        clock=clock,
        repeats_known_for=timedelta(seconds=settings.received_text_repeats_s),
        callbacks_queued=callbacks.wake,
    )
    lifecycle.start_periodic("old received text marks", PURGE_INTERVAL_S, received_texts.purge_marks)
    tokens = settings.caller_tokens("notifications")
    peoples_tokens = TokensStore(accounts_pool)
    revoking = await start_revoking(lifecycle, tokens, lambda: peoples_tokens.revocations(clock.now()))
    letters_store = LettersStore(accounts_pool)
    letters = Letters(
        await lifecycle.enter(
            make_channel(settings.letters_target, caller=tokens, default_timeout_s=LETTERS_TIMEOUT_S)
        )
    )
    feed = Feed(FeedStore(pool), clock=clock, kept_for=timedelta(days=settings.status_changes_kept_days))
    lifecycle.start_periodic("old status changes", PURGE_INTERVAL_S, feed.drop_old)
    unsubscribing = Unsubscribing(UnsubscribingStore(accounts_pool, secrets), secrets, clock)
    operations = await open_operations(lifecycle, url, schema=SCHEMA, name="notifications", clock=clock)
    upkeep = make_upkeep(operations, settings, secrets, queue, callbacks, letters)

    reports_store = ReportsStore(await lifecycle.enter(reports_pool(settings)))

    registrations = [
        ServiceRegistration(
            add=notifications_pb2_grpc.add_NotificationsServiceServicer_to_server,
            servicer=NotificationsServicer(
                creating,
                reading,
                store,
                cancelling=Cancelling(letters_store, letters, limits=limits, clock=clock),
                importing=Importing(
                    letters_store,
                    store,
                    accounts=accounts_store,
                    templates=templates,
                    clock=clock,
                    make_precompiled_template=templates.make_precompiled,
                    rates=rates.rates,
                ),
            ),
            quiet=frozenset({"CreateNotifications", "GetNotification"}),
        ),
        ServiceRegistration(
            add=deliveries_pb2_grpc.add_DeliveriesServiceServicer_to_server,
            servicer=DeliveriesServicer(queue, completing, statuses, upkeep.reconciling, store, clock),
            quiet=frozenset({"LeaseDeliveries", "CompleteDeliveries", "ExtendLeases", "ApplyStatuses"}),
            waiting=frozenset({"LeaseDeliveries"}),
        ),
        ServiceRegistration(
            add=jobs_pb2_grpc.add_JobsServiceServicer_to_server,
            servicer=JobsServicer(jobs, JobResults(jobs_store)),
            waiting=frozenset({"CreateJob"}),
        ),
        ServiceRegistration(
            add=letter_care_pb2_grpc.add_LetterCareServiceServicer_to_server,
            servicer=LetterCareServicer(LetterCare(LetterCareStore(accounts_pool), letters, clock=clock)),
        ),
        ServiceRegistration(
            add=letter_logos_pb2_grpc.add_LetterLogosServiceServicer_to_server,
            servicer=LetterLogosServicer(LetterLogos(transactions)),
        ),
        ServiceRegistration(
            add=letter_printing_pb2_grpc.add_LetterPrintingServiceServicer_to_server,
            servicer=LetterPrintingServicer(LetterPrinting(accounts_pool)),
        ),
        ServiceRegistration(
            add=templates_pb2_grpc.add_TemplatesServiceServicer_to_server,
            servicer=TemplatesServicer(templates, clock),
        ),
        ServiceRegistration(
            add=accounts_pb2_grpc.add_AccountsServiceServicer_to_server,
            servicer=AccountsServicer(
                accounts_store,
                transactions,
                cached=cached,
                callback_endpoints=callback_parts.endpoints,
                inbound_numbers=InboundNumbers(NumbersStore(transactions)),
                reply_to_checks=ReplyToChecks(
                    SendersStore(transactions),
                    store,
                    creating=creating,
                    templates=current_templates,
                    template_id=settings.reply_to_template_id,
                    clock=clock,
                ),
            ),
            quiet=frozenset({"GetServiceCredentials"}),
        ),
        ServiceRegistration(
            add=limits_pb2_grpc.add_LimitsServiceServicer_to_server,
            servicer=LimitsServicer(
                LimitsStore(transactions), clock, parse_capacities(settings.daily_capacities)
            ),
        ),
        ServiceRegistration(
            add=caches_pb2_grpc.add_CachesServiceServicer_to_server,
            servicer=CachesServicer(cached, transactions),
        ),
        ServiceRegistration(
            add=reports_pb2_grpc.add_ReportsServiceServicer_to_server,
            servicer=ReportsServicer(
                Reports(reports_store, clock), NotificationsReport(reports_store), reports_store
            ),
            waiting=frozenset({"ReadNotificationsReport", "ReadUsersReport"}),
        ),
        ServiceRegistration(
            add=requests_pb2_grpc.add_RequestsServiceServicer_to_server,
            servicer=RequestsServicer(RequestsStore(accounts_pool), reports_store),
            quiet=frozenset({"RecordRequests"}),
        ),
        ServiceRegistration(
            add=callbacks_pb2_grpc.add_CallbacksServiceServicer_to_server,
            servicer=CallbacksServicer(
                callback_parts.endpoints, callback_parts.store, clock, callbacks_queued=callbacks.wake
            ),
        ),
        ServiceRegistration(
            add=received_texts_pb2_grpc.add_ReceivedTextsServiceServicer_to_server,
            servicer=ReceivedTextsServicer(received_texts),
        ),
        ServiceRegistration(
            add=returned_letters_pb2_grpc.add_ReturnedLettersServiceServicer_to_server,
            servicer=ReturnedLettersServicer(
                ReturnedLetters(letters_store, clock=clock, callbacks_queued=callbacks.wake)
            ),
        ),
        ServiceRegistration(
            add=status_changes_pb2_grpc.add_StatusChangesServiceServicer_to_server,
            servicer=StatusChangesServicer(feed, lifecycle.stopping),
            quiet=frozenset({"ListStatusChanges"}),
            waiting=frozenset({"WatchNotifications", "ReadNotificationFacts"}),
        ),
        ServiceRegistration(
            add=unsubscribe_requests_pb2_grpc.add_UnsubscribeRequestsServiceServicer_to_server,
            servicer=UnsubscribeRequestsServicer(unsubscribing),
        ),
        ServiceRegistration(
            add=tokens_pb2_grpc.add_TokensServiceServicer_to_server,
            servicer=TokensServicer(peoples_tokens, clock, revoking.refresh),
            quiet=frozenset({"ListRevocations"}),
        ),
        *operations.start(lifecycle, notifications_tasks(upkeep)),
    ]
    await lifecycle.serve(
        make_server(
            registrations,
            domain=DOMAIN,
            listen=settings.grpc_listen,
            tokens=tokens,
            allowed_callers=ALLOWED_CALLERS,
            reflection=settings.is_development,
            checks={"database": lambda: ping(pool)},
        )
    )


def reports_pool(settings: NotificationsSettings) -> Pool:
    """Connections for reports alone, so that nothing that sends waits for them."""
    replica = settings.replica_database_url
    url = settings.need_database_url() if replica is None else replica.get_secret_value()
    return make_pool(
        reports_url(url),
        schema=SCHEMA,
        application_name="notifications reports",
        min_size=0,
        max_size=REPORTS_AT_ONCE,
        statement_timeout_ms=settings.reports_statement_timeout_ms,
        wait_timeout_s=REPORTS_WAIT_S,
    )


async def billing_channel(lifecycle: Lifecycle, settings: NotificationsSettings) -> Channel | None:
    """A connection to the billing service, where there is one."""
    if not settings.billing_target:
        return None
    tokens = settings.caller_tokens("notifications")
    return await lifecycle.enter(make_channel(settings.billing_target, caller=tokens))


def make_upkeep(
    operations: Operations,
    settings: NotificationsSettings,
    secrets: SecretBox,
    queue: DeliveryQueue,
    callbacks: Callbacks,
    letters: Letters,
) -> Upkeep:
    """Make what the scheduled tasks are made of, on a pool of their own."""
    clock, folder = operations.clock, settings.history_archive_folder
    retention_store, upkeep_store = RetentionStore(operations.pool), UpkeepStore(operations.pool)
    care_store = LetterCareStore(operations.pool)
    peoples_tokens = TokensStore(operations.pool)

    async def forget_tokens(run: TaskRun) -> None:
        run.count("forgotten", await peoples_tokens.delete_old(clock.now()))

    return Upkeep(
        forget_tokens=forget_tokens,
        rewriting=Rewriting(operations.pool, secrets),
        retention=Retention(retention_store, clock),
        archiving=Archiving(retention_store, clock, Path(folder) if folder else None),
        reconciling=Reconciling(
            upkeep_store,
            Store(operations.pool),
            alerts=operations.alerts,
            clock=clock,
            queued=queue.wake,
            callbacks_queued=callbacks.wake,
        ),
        counting=Counting(upkeep_store, clock),
        checking_up=CheckingUp(upkeep_store, operations.alerts, clock),
        letter_checks=LetterChecks(
            LetterCare(care_store, letters, clock=clock), care_store, operations.alerts, clock
        ),
        letters_forgetting=LettersForgetting(retention_store, letters),
    )


async def start_callbacks(
    lifecycle: Lifecycle,
    settings: NotificationsSettings,
    secrets: SecretBox,
    clock: Clock,
    *,
    pool: Pool,
    rpc_pool: Pool,
) -> CallbackParts:
    """Make what calls services' URLs, and start its loops. `rpc_pool`: for what people ask for."""
    addresses = AddressPolicy(
        allow_private=settings.is_development,
        allowed_networks=parse_networks(settings.callback_allowed_networks),
    )
    session = await lifecycle.enter(
        # No cookies: they would be one service's, sent to another's URL on the same host.
        aiohttp.ClientSession(connector=addresses.connector(), cookie_jar=aiohttp.DummyCookieJar())
    )
    store, rpc_store = CallbacksStore(pool), CallbacksStore(rpc_pool)
    worker = Callbacks(
        store,
        secrets=secrets,
        session=session,
        clock=clock,
        policy=CallbackPolicy(
            gaps=parse_gaps(settings.callback_retry_gaps_s),
            paused_after=timedelta(seconds=settings.callback_paused_after_s),
            probed_every=timedelta(seconds=settings.callback_probed_every_s),
        ),
        limits=EndpointLimits(
            max_in_flight=settings.callback_max_in_flight, max_per_endpoint=settings.callback_max_per_endpoint
        ),
        timeout_s=settings.callback_timeout_s,
    )
    endpoints = CallbackEndpoints(
        rpc_store,
        secrets=secrets,
        clock=clock,
        addresses=addresses,
        allow_http=settings.is_development,
        callbacks_queued=worker.wake,
    )
    lifecycle.on_close(endpoints.close)
    lifecycle.on_stopping(worker.stop)
    lifecycle.start_loop("callbacks", worker.run)
    lifecycle.start_periodic("expired callbacks", EXPIRED_CALLBACKS_CHECK_S, worker.expire)
    kept = timedelta(days=settings.callback_attempts_kept_days)

    async def purge() -> None:
        while await store.delete_attempts(clock.now() - kept, _PURGED_AT_ONCE) == _PURGED_AT_ONCE:
            pass

    lifecycle.start_periodic("old callback attempts", PURGE_INTERVAL_S, purge)
    return CallbackParts(worker=worker, endpoints=endpoints, store=rpc_store)


if __name__ == "__main__":
    service_main(
        "notifications", NotificationsSettings, main, package="services.notifications", schema=SCHEMA
    )
