"""The table of routes: every path of the public API and of the providers' callbacks, and who answers it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from servicekit.clock import Clock
from servicekit.errors import NotAuthenticated
from services.api_gateway import openapi_operations as operations
from services.api_gateway.admission import Door
from services.api_gateway.auth import Authenticator, Caller
from services.api_gateway.documents.endpoints import DocumentPages, ServicesPort
from services.api_gateway.errors import Shape, not_found_answer
from services.api_gateway.http import Answer, Request
from services.api_gateway.inbound import InboundTexts
from services.api_gateway.large_bodies import LargeBodies
from services.api_gateway.limits import Limits
from services.api_gateway.openapi_endpoints import Documentation
from services.api_gateway.openapi_types import Operation
from services.api_gateway.ports import (
    DocumentsPort,
    EmailPort,
    HealthPort,
    JobsPort,
    LettersPort,
    NotificationsPort,
    ReceivedTextsPort,
    SmsPort,
    TemplatesPort,
    UnsubscribePort,
)
from services.api_gateway.provider_callbacks import ProviderCallbacks
from services.api_gateway.routes import Endpoint, Route, Routes
from services.api_gateway.status import Build, Status
from services.api_gateway.unsubscribe import PostUnsubscribe
from services.api_gateway.v2.get_job import GetJob
from services.api_gateway.v2.get_notification import GetNotification
from services.api_gateway.v2.get_notifications import GetNotifications
from services.api_gateway.v2.get_received_texts import GetReceivedTexts
from services.api_gateway.v2.get_template import GetTemplate
from services.api_gateway.v2.post_bulk import PostBulk
from services.api_gateway.v2.post_notification import PostNotification
from services.api_gateway.v2.post_template_preview import PostTemplatePreview

V2Endpoint = Callable[[Request, Caller], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The other services."""

    notifications: NotificationsPort
    jobs: JobsPort
    templates: TemplatesPort
    received_texts: ReceivedTextsPort
    unsubscribing: UnsubscribePort
    sms: SmsPort
    email: EmailPort
    letters: LettersPort
    documents: DocumentsPort
    health: HealthPort


def make_routes(
    ports: Ports,
    authenticator: Authenticator,
    limits: Limits,
    clock: Clock,
    build: Build,
    *,
    large_bodies: LargeBodies,
    services: ServicesPort,
    sending: Door | None = None,
    reading: Door | None = None,
    is_stopping: Callable[[], bool] = lambda: False,
) -> Routes:
    """All routes. `sending`, `reading`: the doors of those that need a token."""
    post = PostNotification(ports.notifications, ports.letters, ports.documents, limits, clock, large_bodies)
    files = DocumentPages(ports.documents, services, clock)
    bulk = PostBulk(ports.jobs, limits)
    job = GetJob(ports.jobs)
    one = GetNotification(ports.notifications, ports.letters)
    many = GetNotifications(ports.notifications)
    templates = GetTemplate(ports.templates)
    preview = PostTemplatePreview(ports.templates)
    status = Status(ports.health, build, is_stopping)
    callbacks = ProviderCallbacks(ports.sms, ports.email, ports.letters)
    inbound = InboundTexts(ports.sms)
    received_texts = GetReceivedTexts(ports.received_texts)
    unsubscribe = PostUnsubscribe(ports.unsubscribing)

    doors = {"POST": sending or Door("sending"), "GET": reading or Door("reading")}

    def v2(method: str, path: str, endpoint: V2Endpoint, operation: Operation | None = None) -> Route:
        checked = with_token(authenticator, endpoint)
        return Route(
            method=method,
            path=path,
            endpoint=checked,
            shape=Shape.V2,
            needs_token=True,
            door=doors[method],
            operation=operation,
        )

    def plain(method: str, path: str, endpoint: Endpoint, operation: Operation | None = None) -> Route:
        return Route(method=method, path=path, endpoint=endpoint, shape=Shape.PLAIN, operation=operation)

    def page(method: str, path: str, endpoint: Endpoint) -> Route:
        return Route(method=method, path=path, endpoint=endpoint, shape=Shape.PLAIN, on_error=files.problem)

    routes = [
        v2("POST", "/v2/notifications/sms", post.sms, operations.SEND_SMS),
        v2("POST", "/v2/notifications/email", post.email, operations.SEND_EMAIL),
        v2("POST", "/v2/notifications/letter", post.letter, operations.SEND_LETTER),
        v2("POST", "/v2/notifications/bulk", bulk.post, operations.SEND_BULK),
        v2("GET", "/v2/jobs/{id}", job.read, operations.GET_JOB),
        v2("GET", "/v2/notifications", many.read, operations.LIST_NOTIFICATIONS),
        v2("GET", "/v2/notifications/{id}", one.read, operations.GET_NOTIFICATION),
        # Sending anything else than the three kinds is not a method that reading lacks: it does not exist.
        plain("POST", "/v2/notifications/{id}", no_such_path),
        v2("GET", "/v2/notifications/{id}/pdf", one.pdf, operations.GET_LETTER_PDF),
        v2("GET", "/v2/templates", templates.every, operations.LIST_TEMPLATES),
        v2("GET", "/v2/template/{id}", templates.current, operations.GET_TEMPLATE),
        v2("GET", "/v2/template/{id}/version/{version}", templates.version, operations.GET_TEMPLATE_VERSION),
        v2("POST", "/v2/template/{id}/preview", preview.preview, operations.PREVIEW_TEMPLATE),
        v2("GET", "/v2/received-text-messages", received_texts.read, operations.LIST_RECEIVED_TEXTS),
        plain("POST", "/notifications/sms/mmg", callbacks.mmg),
        plain("POST", "/notifications/sms/firetext", callbacks.firetext),
        plain("POST", "/notifications/sms/receive/mmg", inbound.mmg),
        plain("POST", "/notifications/sms/receive/firetext", inbound.firetext),
        plain("POST", "/notifications/email/ses", callbacks.ses),
        # The one endpoint outside /v2 whose errors have the other shape: the contract with the printer.
        Route(
            method="POST",
            path="/notifications/letter/status",
            endpoint=callbacks.letter_status,
            shape=Shape.V2,
        ),
        plain("POST", "/unsubscribe/{id}/{token}", unsubscribe.post, operations.UNSUBSCRIBE),
        plain("GET", "/", status.show, operations.STATUS_AT_ROOT),
        plain("GET", "/_status", status.show, operations.STATUS),
        plain("POST", "/_status", status.show, operations.STATUS_BY_POST),
    ]
    routes += [
        page("GET", "/d/style.css", files.style),
        page("GET", "/d/{document}", files.incomplete),
        page("GET", "/d/{service}/{document}", files.landing),
        page("GET", "/d/{service}/{document}/confirm", files.confirm),
        page("POST", "/d/{service}/{document}/confirm", files.check),
        page("GET", "/d/{service}/{document}/download", files.ready),
        page("POST", "/d/{service}/{document}/download", files.download),
        page("GET", "/services/{id}/documents/test-document", files.test),
    ]
    documentation = Documentation()
    routes += [
        plain("GET", "/openapi.json", documentation.document, operations.OPENAPI),
        plain("GET", "/docs", documentation.page, operations.DOCS),
        plain("GET", "/docs/style.css", documentation.style),
    ]
    documentation.describe(routes)
    return Routes(routes)


async def no_such_path(_request: Request) -> Answer:
    """What an unknown path is answered."""
    return not_found_answer()


def with_token(authenticator: Authenticator, endpoint: V2Endpoint) -> Endpoint:
    """An endpoint that is reached with a good token only."""

    async def checked(request: Request) -> Answer:
        authorization = request.header(b"authorization")
        try:
            caller = request.caller = await authenticator.check(authorization)
        except NotAuthenticated:
            request.claimed_service_id = authenticator.claimed_service_id(authorization)
            raise
        return await endpoint(request, caller)

    return checked
