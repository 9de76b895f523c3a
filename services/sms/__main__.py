"""The sms service: wiring, and nothing else. `python -m services.sms`; see `servicekit.lifecycle` for
options."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final

from pydantic import SecretStr

from deliverykit.client import DeliveriesClient
from deliverykit.kept_store import KeptReceiptsStore
from deliverykit.leasing import Leasing, new_worker_id
from deliverykit.receipts import StatusReporter
from deliverykit.types import ReportResult, StatusReport
from notify.sms.v1 import sms_pb2_grpc
from notifyrules.statuses import NotificationType
from operationskit.callers import OPERATIONS_CALLERS
from operationskit.revoking import asking, start_revoking
from operationskit.starting import open_operations
from providerkit.callers import PROVIDERS_CALLERS
from providerkit.limits import ProviderLimits
from providerkit.wiring import ProvidersSetup, open_providers, provider_tasks
from servicekit.access import only
from servicekit.clock import Clock, SystemClock
from servicekit.database import make_pool, ping
from servicekit.grpc_client import make_channel
from servicekit.grpc_server import Check, GrpcServer, ServiceRegistration, make_server
from servicekit.identity import CallerTokens
from servicekit.lifecycle import Lifecycle, service_main
from servicekit.valkey import make_valkey
from services.sms.balancing import Balancing, ErrorWindow
from services.sms.clients.firetext import FiretextClient
from services.sms.clients.http import open_session
from services.sms.clients.mmg import MmgClient
from services.sms.clients.provider import ProviderName, SmsClient
from services.sms.config import SmsSettings
from services.sms.delivery_times import KEPT_FOR, DeliveryTimes
from services.sms.failover import Failover
from services.sms.inbound import FIRETEXT_USERNAME, Credentials, InboundHandler, listed
from services.sms.inbound_recorder import ReceivedTextsClient
from services.sms.receipts import ReceiptHandler, log_result
from services.sms.sending import Sender
from services.sms.service import SmsServicer
from services.sms.slow_delivery import SlowDelivery, sms_tasks
from services.sms.store import Store

SCHEMA: Final = "sms"
ALLOWED_CALLERS: Final = {
    "notify.sms.v1.SmsService/HandleReceipts": only("api_gateway"),
    "notify.sms.v1.SmsService/HandleInbound": only("api_gateway"),
    **PROVIDERS_CALLERS,
    **OPERATIONS_CALLERS,
}


async def main(lifecycle: Lifecycle, settings: SmsSettings) -> None:
    """Start everything; what stops first is entered last."""
    clock = SystemClock()
    tokens = settings.caller_tokens("sms")
    pool = await lifecycle.enter(
        make_pool(
            settings.need_database_url(),
            schema=SCHEMA,
            application_name="sms",
            min_size=settings.database_pool_min,
            max_size=settings.database_pool_max,
            statement_timeout_ms=settings.database_statement_timeout_ms,
        )
    )
    store = Store(pool)
    valkey = None
    if settings.redis_url is not None:
        valkey = make_valkey(settings.redis_url.get_secret_value())
        lifecycle.on_close(valkey.aclose)
    notifications = await lifecycle.enter(make_channel(settings.notifications_target, caller=tokens))
    await start_revoking(lifecycle, tokens, asking(notifications))
    deliveries = DeliveriesClient(notifications)
    worker_id = new_worker_id("sms")
    setup = ProvidersSetup(
        channel=NotificationType.SMS, process_name=worker_id, limits=provider_limits(settings)
    )
    providers = await open_providers(lifecycle, pool, setup, valkey=valkey, clock=clock)

    delivery_times = DeliveryTimes(store.add_delivery_counts)
    lifecycle.on_close(delivery_times.write)
    lifecycle.start_periodic("delivery times", 5.0, delivery_times.write)
    errors = ErrorWindow(valkey, clock)
    balancing = Balancing(
        change_providers=providers.store.change_providers,
        slow_shares=store.slow_shares,
        errors=errors,
        clock=clock,
    )
    start_balancing(lifecycle, store, balancing, clock)

    sender = Sender(
        clients=await open_clients(lifecycle, settings),
        directory=providers.directory,
        failover=Failover(ProviderName),
        gates=providers.gates,
        caps=providers.caps,
        errors=errors,
        delivery_times=delivery_times,
        measurements=providers.measurements,
        clock=clock,
    )
    leasing = Leasing(
        deliveries,
        NotificationType.SMS,
        worker_id=worker_id,
        capacity=settings.max_in_flight,
        provider_capacity=sender.capacity,
        deliver=sender.deliver,
        clock=clock,
    )
    lifecycle.start_loop("deliveries", leasing.run)
    lifecycle.on_stopping(leasing.stop)

    def note_result(report: StatusReport, result: ReportResult) -> None:
        delivery_times.note_result(report, result)
        providers.measurements.note_result(report, result)
        log_result(report, result)

    reporter = StatusReporter(deliveries, KeptReceiptsStore(pool), clock=clock, on_result=note_result)
    lifecycle.start_loop("kept receipts", reporter.run_kept)
    lifecycle.on_stopping(reporter.stop)
    servicer = SmsServicer(
        receipts=ReceiptHandler(reporter),
        inbound=InboundHandler(ReceivedTextsClient(notifications), inbound_credentials(settings)),
    )
    operations = await open_operations(
        lifecycle, settings.need_database_url(), schema=SCHEMA, name="sms", clock=clock
    )
    slow_delivery = SlowDelivery(
        slow_shares=store.slow_shares,
        count_minutes=store.count_slow_minutes,
        alerts=operations.alerts,
        clock=clock,
    )
    tasks = [*sms_tasks(slow_delivery), *provider_tasks(providers, operations.alerts)]
    await lifecycle.serve(
        make_sms_server(
            servicer,
            settings,
            tokens,
            checks={"database": lambda: ping(pool)},
            others=[providers.registration, *operations.start(lifecycle, tasks)],
        )
    )


def make_sms_server(
    servicer: SmsServicer,
    settings: SmsSettings,
    tokens: CallerTokens,
    *,
    checks: Mapping[str, Check],
    others: Sequence[ServiceRegistration],
) -> GrpcServer:
    """The gRPC server with `others` beside the servicer; nothing listens yet."""
    registration = ServiceRegistration(
        add=sms_pb2_grpc.add_SmsServiceServicer_to_server,
        servicer=servicer,
        quiet=frozenset({"HandleReceipts"}),
    )
    return make_server(
        [registration, *others],
        domain="sms.notify",
        listen=settings.grpc_listen,
        tokens=tokens,
        allowed_callers=ALLOWED_CALLERS,
        reflection=settings.is_development,
        checks=checks,
    )


def provider_limits(settings: SmsSettings) -> dict[str, ProviderLimits]:
    """What each provider takes at most."""
    return {
        ProviderName.MMG: ProviderLimits(
            max_per_second=settings.mmg_max_per_second,
            max_in_flight=settings.provider_max_in_flight,
            monthly_cap=settings.mmg_monthly_cap,
        ),
        ProviderName.FIRETEXT: ProviderLimits(
            max_per_second=settings.firetext_max_per_second,
            max_in_flight=settings.provider_max_in_flight,
            monthly_cap=settings.firetext_monthly_cap,
        ),
    }


async def open_clients(lifecycle: Lifecycle, settings: SmsSettings) -> dict[ProviderName, SmsClient]:
    """A client for each provider, with its own connections."""
    connections, timeout_s = settings.provider_max_in_flight, settings.provider_timeout_s
    mmg = MmgClient(
        await lifecycle.enter(open_session(connections=connections, timeout_s=timeout_s)),
        url=settings.mmg_url,
        api_key=settings.mmg_api_key.get_secret_value(),
        receipt_url=_text(settings.mmg_receipt_url),
    )
    api_key = settings.firetext_api_key.get_secret_value()
    firetext = FiretextClient(
        await lifecycle.enter(open_session(connections=connections, timeout_s=timeout_s)),
        url=settings.firetext_url,
        api_key=api_key,
        international_api_key=_text(settings.firetext_international_api_key) or api_key,
        receipt_url=_text(settings.firetext_receipt_url),
    )
    return {ProviderName.MMG: mmg, ProviderName.FIRETEXT: firetext}


def start_balancing(lifecycle: Lifecycle, store: Store, balancing: Balancing, clock: Clock) -> None:
    """The rules that move weights; errors in every process, the others once in the cluster."""
    lifecycle.start_periodic("provider errors", 1.0, balancing.look_at_errors)

    def start_once_in_cluster(name: str, every: timedelta, work: Callable[[], Awaitable[None]]) -> None:
        async def run() -> None:
            if await store.claim_run(name, clock.now(), every):
                await work()

        lifecycle.start_periodic(name, every.total_seconds(), run)

    start_once_in_cluster("slow delivery", timedelta(minutes=1), balancing.look_at_slowness)
    start_once_in_cluster("back to rest", timedelta(minutes=5), balancing.tend_to_rest)
    start_once_in_cluster(
        "purge delivery times",
        timedelta(hours=1),
        lambda: store.delete_delivery_counts(clock.now() - KEPT_FOR),
    )


def inbound_credentials(settings: SmsSettings) -> dict[ProviderName, Credentials]:
    """With what each provider may hand over received texts."""
    return {
        ProviderName.MMG: Credentials(
            listed(settings.mmg_inbound_usernames), listed(settings.mmg_inbound_passwords.get_secret_value())
        ),
        ProviderName.FIRETEXT: Credentials(
            (FIRETEXT_USERNAME,), listed(settings.firetext_inbound_passwords.get_secret_value())
        ),
    }


def _text(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value() or None


if __name__ == "__main__":
    service_main("sms", SmsSettings, main, package="services.sms", schema=SCHEMA)
