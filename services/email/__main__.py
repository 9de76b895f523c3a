"""The email service: wiring, and nothing else. `python -m services.email`; see `servicekit.lifecycle` for
options."""

from deliverykit.client import DeliveriesClient
from deliverykit.kept_store import KeptReceiptsStore
from deliverykit.leasing import Leasing, new_worker_id
from deliverykit.receipts import StatusReporter
from deliverykit.types import ReportResult, StatusReport
from notify.email.v1 import email_pb2_grpc
from notifyrules.statuses import NotificationType
from operationskit.callers import OPERATIONS_CALLERS
from operationskit.revoking import asking, start_revoking
from operationskit.starting import open_operations
from providerkit.callers import PROVIDERS_CALLERS
from providerkit.limits import ProviderLimits
from providerkit.wiring import ProvidersSetup, open_providers, provider_tasks
from servicekit.access import only, reads
from servicekit.clock import SystemClock
from servicekit.database import make_pool, ping
from servicekit.grpc_client import make_channel
from servicekit.grpc_server import ServiceRegistration, make_server
from servicekit.lifecycle import Lifecycle, service_main
from servicekit.logs import get_logger
from servicekit.valkey import make_valkey
from services.email.clients.ses import SesAccount, open_ses
from services.email.clients.sns import SnsClient, TrustedHosts, open_session
from services.email.complaint_teller import ComplaintTeller
from services.email.complaints import Complaints
from services.email.config import EmailSettings
from services.email.matching import PROVIDER, Matching, note_result
from services.email.receipts import Receipts
from services.email.rendering import Renderer
from services.email.sending import Sender
from services.email.sent_emails import SentEmails, purge
from services.email.service import EmailServicer
from services.email.sns import Verifier
from services.email.store import Store

_log = get_logger()

SCHEMA = "email"
READERS = reads("api_gateway", "notifications", "notifyctl")
ALLOWED_CALLERS = {
    "notify.email.v1.EmailService/HandleReceipts": only("api_gateway"),
    "notify.email.v1.EmailService/PreviewEmail": READERS,
    **PROVIDERS_CALLERS,
    **OPERATIONS_CALLERS,
}


async def main(lifecycle: Lifecycle, settings: EmailSettings) -> None:
    """Start everything; what stops first is entered last."""
    clock = SystemClock()
    tokens = settings.caller_tokens("email")
    pool = await lifecycle.enter(
        make_pool(
            settings.need_database_url(),
            schema=SCHEMA,
            application_name="email",
            min_size=settings.database_pool_min,
            max_size=settings.database_pool_max,
            statement_timeout_ms=settings.database_statement_timeout_ms,
        )
    )
    store = Store(pool)
    channel = await lifecycle.enter(
        make_channel(
            settings.notifications_target, caller=tokens, default_timeout_s=settings.request_timeout_s
        )
    )
    await start_revoking(lifecycle, tokens, asking(channel))
    deliveries = DeliveriesClient(channel)
    valkey = None
    if settings.redis_url is not None:
        valkey = make_valkey(settings.redis_url.get_secret_value())
        lifecycle.on_close(valkey.aclose)
    worker_id = new_worker_id("email")
    setup = ProvidersSetup(
        channel=NotificationType.EMAIL, process_name=worker_id, limits=provider_limits(settings)
    )
    providers = await open_providers(lifecycle, pool, setup, valkey=valkey, clock=clock)
    gate = providers.gates[PROVIDER]
    ses = await lifecycle.enter(open_ses(_ses_account(settings), max_connections=settings.max_in_flight))
    session = await lifecycle.enter(open_session())

    sent_emails = SentEmails(store.insert_sent_emails, patience_s=settings.record_patience_s)
    lifecycle.on_close(sent_emails.close)
    lifecycle.start_periodic("late sent emails", 1.0, sent_emails.write_late)
    lifecycle.start_periodic(
        "purge", 600.0, lambda: purge(store.delete_sent_emails, clock, settings.sent_emails_kept)
    )
    renderer = Renderer(cache_characters=settings.template_cache_characters)
    lifecycle.on_close(renderer.close)
    sender = Sender(
        provider=ses,
        renderer=renderer,
        sent_emails=sent_emails,
        gate=gate,
        caps=providers.caps,
        measurements=providers.measurements,
        clock=clock,
    )
    leasing = Leasing(
        deliveries,
        NotificationType.EMAIL,
        worker_id=worker_id,
        capacity=settings.max_in_flight,
        provider_capacity=lambda: gate.capacity,
        deliver=sender.deliver,
        clock=clock,
    )
    lifecycle.start_loop("deliveries", leasing.run)
    lifecycle.on_stopping(leasing.stop)

    def note(report: StatusReport, result: ReportResult) -> None:
        providers.measurements.note_result(report, result)
        note_result(report, result)

    reporter = StatusReporter(deliveries, KeptReceiptsStore(pool), clock=clock, on_result=note)
    lifecycle.start_loop("kept receipts", reporter.run_kept)
    lifecycle.on_stopping(reporter.stop)
    complaints = Complaints(store, ComplaintTeller(channel), clock)
    lifecycle.start_loop("complaints", complaints.run)
    lifecycle.on_stopping(complaints.stop)
    matching = Matching(store, reporter, clock, record_complaints=complaints.record)
    lifecycle.start_periodic("unmatched receipts", 5.0, matching.try_again)
    trusted = TrustedHosts(hosts=settings.certificate_hosts, plain_loopback=settings.is_development)
    if not settings.topic_arns:
        _log.warning("sns_topics_missing")
    sns = SnsClient(session, trusted, clock)
    receipts = Receipts(
        verifier=Verifier(settings.topic_arns, sns), confirm=sns.confirm, apply=matching.apply, clock=clock
    )
    operations = await open_operations(
        lifecycle, settings.need_database_url(), schema=SCHEMA, name="email", clock=clock
    )
    await lifecycle.serve(
        make_server(
            [
                ServiceRegistration(
                    add=email_pb2_grpc.add_EmailServiceServicer_to_server,
                    servicer=EmailServicer(receipts, renderer),
                    quiet=frozenset({"HandleReceipts"}),
                ),
                providers.registration,
                *operations.start(lifecycle, provider_tasks(providers, operations.alerts)),
            ],
            domain="email.notify",
            listen=settings.grpc_listen,
            tokens=tokens,
            allowed_callers=ALLOWED_CALLERS,
            reflection=settings.is_development,
            checks={"database": lambda: ping(pool)},
        )
    )


def provider_limits(settings: EmailSettings) -> dict[str, ProviderLimits]:
    """What SES takes at most."""
    return {
        PROVIDER: ProviderLimits(
            max_per_second=settings.ses_max_per_second,
            max_in_flight=settings.max_in_flight,
            monthly_cap=settings.ses_monthly_cap,
        )
    }


def _ses_account(settings: EmailSettings) -> SesAccount:
    secret = settings.aws_secret_access_key
    return SesAccount(
        region=settings.aws_region,
        endpoint_url=settings.ses_endpoint_url or None,
        access_key_id=settings.aws_access_key_id or None,
        secret_access_key=None if secret is None else secret.get_secret_value() or None,
    )


if __name__ == "__main__":
    service_main("email", EmailSettings, main, package="services.email", schema=SCHEMA)
