"""The email service: wiring, and nothing else. `python -m services.email`; see `servicekit.lifecycle` for
options."""

from deliverykit.client import DeliveriesClient
from deliverykit.kept_store import KeptReceiptsStore
from deliverykit.leasing import Leasing, new_worker_id
from deliverykit.receipts import StatusReporter
from notify.email.v1 import email_pb2_grpc
from notifyrules.statuses import NotificationType
from operationskit.revoking import asking, start_revoking
from servicekit.access import only, reads
from servicekit.clock import SystemClock
from servicekit.database import make_pool, ping
from servicekit.grpc_client import make_channel
from servicekit.grpc_server import ServiceRegistration, make_server
from servicekit.lifecycle import Lifecycle, service_main
from servicekit.logs import get_logger
from services.email.clients.ses import SesAccount, open_ses
from services.email.clients.sns import SnsClient, TrustedHosts, open_session
from services.email.complaint_teller import ComplaintTeller
from services.email.complaints import Complaints
from services.email.config import EmailSettings
from services.email.matching import Matching, note_result
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
    sender = Sender(provider=ses, renderer=renderer, sent_emails=sent_emails, clock=clock)
    leasing = Leasing(
        deliveries,
        NotificationType.EMAIL,
        worker_id=new_worker_id("email"),
        capacity=settings.max_in_flight,
        deliver=sender.deliver,
        clock=clock,
    )
    lifecycle.start_loop("deliveries", leasing.run)
    lifecycle.on_stopping(leasing.stop)

    reporter = StatusReporter(deliveries, KeptReceiptsStore(pool), clock=clock, on_result=note_result)
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
    await lifecycle.serve(
        make_server(
            [
                ServiceRegistration(
                    add=email_pb2_grpc.add_EmailServiceServicer_to_server,
                    servicer=EmailServicer(receipts, renderer),
                    quiet=frozenset({"HandleReceipts"}),
                )
            ],
            domain="email.notify",
            listen=settings.grpc_listen,
            tokens=tokens,
            allowed_callers=ALLOWED_CALLERS,
            reflection=settings.is_development,
            checks={"database": lambda: ping(pool)},
        )
    )


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
