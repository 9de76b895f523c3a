"""Starts the gateway: settings, then channels, clients and limits, then routes, then the HTTP server."""

from uuid import UUID

from servicekit.clock import SystemClock
from servicekit.grpc_client import make_channel
from servicekit.identity import CallerTokens
from servicekit.invalidation import Invalidations
from servicekit.lifecycle import Lifecycle, service_main
from servicekit.valkey import make_valkey
from services.api_gateway import clients, document_clients, incoming_clients, job_clients, record_clients
from services.api_gateway.app import App
from services.api_gateway.auth import Authenticator
from services.api_gateway.config import GatewaySettings
from services.api_gateway.credentials import CredentialsCache
from services.api_gateway.http import RequestOptions
from services.api_gateway.http_server import HttpServer, listen
from services.api_gateway.large_bodies import LargeBodies
from services.api_gateway.limits import Limits
from services.api_gateway.recording import TELL_EVERY_S, Recorder
from services.api_gateway.status import Build
from services.api_gateway.wiring import Ports, make_routes


async def main(lifecycle: Lifecycle, settings: GatewaySettings) -> None:
    """Set everything up; what was entered first is closed last."""
    clock = SystemClock()
    tokens = CallerTokens("api_gateway", settings.caller_keys)
    notifications_channel, sms_channel, email_channel, letters_channel, documents_channel = [
        await lifecycle.enter(
            make_channel(target, caller=tokens, default_timeout_s=settings.request_timeout_s)
        )
        for target in (
            settings.notifications_target,
            settings.sms_target,
            settings.email_target,
            settings.letters_target,
            settings.documents_target,
        )
    ]
    valkey = None if settings.redis_url is None else make_valkey(settings.redis_url.get_secret_value())
    if valkey is not None:
        lifecycle.on_close(valkey.aclose)

    limits = Limits(valkey, clock)
    notifications = clients.Notifications(notifications_channel)
    sms = clients.Sms(sms_channel, clock)
    email = clients.Email(email_channel, clock)
    for batched in (limits, notifications, sms, email):
        lifecycle.on_close(batched.close)

    ports = Ports(
        notifications=notifications,
        jobs=job_clients.Jobs(notifications_channel),
        templates=clients.Templates(notifications_channel),
        received_texts=incoming_clients.ReceivedTexts(notifications_channel),
        unsubscribing=incoming_clients.Unsubscribing(notifications_channel),
        sms=sms,
        email=email,
        letters=clients.Letters(letters_channel),
        documents=document_clients.Documents(documents_channel),
        health=clients.NotificationsHealth(notifications_channel),
    )
    cache = CredentialsCache(
        clients.Accounts(notifications_channel),
        life_s=settings.credentials_life_s,
        stale_s=settings.credentials_stale_s,
    )

    def forget(_kind: str, key: str) -> None:
        """What the gateway keeps of services; templates it asks for each time."""
        try:
            cache.forget(UUID(key))
        except ValueError:
            cache.forget_all()

    invalidations = Invalidations(valkey, drop=forget)
    if valkey is not None:
        lifecycle.on_stopping(invalidations.stop)
        lifecycle.start_loop("hear of changes", invalidations.run_listening)
    build = Build(git_commit=settings.git_commit, build_time=settings.build_time)
    routes = make_routes(
        ports,
        Authenticator(cache, clock),
        limits,
        clock,
        build,
        large_bodies=LargeBodies(settings.large_bodies_bytes),
        services=cache,
        is_stopping=lifecycle.stopping.is_set,
    )
    options = RequestOptions(
        max_body_bytes=settings.max_body_bytes,
        max_bulk_body_bytes=settings.max_bulk_body_bytes,
        max_letter_body_bytes=settings.max_letter_body_bytes,
        max_email_body_bytes=settings.max_email_body_bytes,
        public_url=settings.public_url,
    )
    recorder = Recorder(record_clients.RequestRecords(notifications_channel), clock)
    lifecycle.on_close(recorder.tell)
    lifecycle.start_periodic("request records", TELL_EVERY_S, recorder.tell)
    server = HttpServer(
        App(routes, options, recorder),
        listen(settings.http_listen),
        keep_alive_s=settings.keep_alive_s,
        upload_timeout_s=settings.upload_timeout_s,
        grace_s=settings.shutdown_grace_s,
    )
    lifecycle.on_stopping(lambda: server.drain(settings.drain_s))
    lifecycle.start_loop("http", server.run)


if __name__ == "__main__":
    service_main("api_gateway", GatewaySettings, main)
