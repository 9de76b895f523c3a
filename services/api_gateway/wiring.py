"""The table of routes: every path of the public API and of the providers' callbacks, and who answers it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from servicekit.clock import Clock
from services.api_gateway.auth import Authenticator, Caller
from services.api_gateway.errors import Shape, not_found_answer
from services.api_gateway.http import Answer, Request
from services.api_gateway.limits import Limits
from services.api_gateway.ports import (
    EmailPort,
    HealthPort,
    LettersPort,
    NotificationsPort,
    SmsPort,
    TemplatesPort,
)
from services.api_gateway.provider_callbacks import ProviderCallbacks
from services.api_gateway.routes import Endpoint, Route, Routes
from services.api_gateway.status import Build, Status
from services.api_gateway.unsubscribe import post_unsubscribe
from services.api_gateway.v2.get_notification import GetNotification
from services.api_gateway.v2.get_notifications import GetNotifications
from services.api_gateway.v2.get_received_texts import get_received_texts
from services.api_gateway.v2.get_template import GetTemplate
from services.api_gateway.v2.post_notification import PostNotification
from services.api_gateway.v2.post_template_preview import PostTemplatePreview

V2Endpoint = Callable[[Request, Caller], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The other services."""

    notifications: NotificationsPort
    templates: TemplatesPort
    sms: SmsPort
    email: EmailPort
    letters: LettersPort
    health: HealthPort


def make_routes(
    ports: Ports, authenticator: Authenticator, limits: Limits, clock: Clock, build: Build
) -> Routes:
    """All routes."""
    post = PostNotification(ports.notifications, limits, clock)
    one = GetNotification(ports.notifications, ports.letters)
    many = GetNotifications(ports.notifications)
    templates = GetTemplate(ports.templates)
    preview = PostTemplatePreview(ports.templates)
    status = Status(ports.health, build)
    callbacks = ProviderCallbacks(ports.sms, ports.email, ports.letters)

    def v2(method: str, path: str, endpoint: V2Endpoint) -> Route:
        checked = with_token(authenticator, endpoint)
        return Route(method=method, path=path, endpoint=checked, shape=Shape.V2)

    def plain(method: str, path: str, endpoint: Endpoint) -> Route:
        return Route(method=method, path=path, endpoint=endpoint, shape=Shape.PLAIN)

    return Routes(
        [
            v2("POST", "/v2/notifications/sms", post.sms),
            v2("POST", "/v2/notifications/email", post.email),
            v2("POST", "/v2/notifications/letter", post.letter),
            v2("GET", "/v2/notifications", many.read),
            v2("GET", "/v2/notifications/{id}", one.read),
            # Sending anything else than the three kinds is not a method that reading lacks: it does not exist.
            plain("POST", "/v2/notifications/{id}", no_such_path),
            v2("GET", "/v2/notifications/{id}/pdf", one.pdf),
            v2("GET", "/v2/templates", templates.every),
            v2("GET", "/v2/template/{id}", templates.current),
            v2("GET", "/v2/template/{id}/version/{version}", templates.version),
            v2("POST", "/v2/template/{id}/preview", preview.preview),
            v2("GET", "/v2/received-text-messages", get_received_texts),
            plain("POST", "/notifications/sms/mmg", callbacks.mmg),
            plain("POST", "/notifications/sms/firetext", callbacks.firetext),
            plain("POST", "/notifications/email/ses", callbacks.ses),
            # The one endpoint outside /v2 whose errors have the other shape: the contract with the printer.
            Route(
                method="POST",
                path="/notifications/letter/status",
                endpoint=callbacks.letter_status,
                shape=Shape.V2,
            ),
            plain("POST", "/unsubscribe/{id}/{token}", post_unsubscribe),
            plain("GET", "/", status.show),
            plain("GET", "/_status", status.show),
            plain("POST", "/_status", status.show),
        ]
    )


async def no_such_path(_request: Request) -> Answer:
    """What an unknown path is answered."""
    return not_found_answer()


def with_token(authenticator: Authenticator, endpoint: V2Endpoint) -> Endpoint:
    """An endpoint that is reached with a good token only."""

    async def checked(request: Request) -> Answer:
        caller = request.caller = await authenticator.check(request.header(b"authorization"))
        return await endpoint(request, caller)

    return checked
