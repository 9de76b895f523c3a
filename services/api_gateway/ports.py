"""What the endpoints ask of other services. `clients` asks by gRPC; unit tests answer themselves.

All methods raise `servicekit.errors` as the services do, and Unavailable or DeadlineExceeded.
"""

from collections.abc import Sequence
from enum import Enum, auto
from typing import Protocol

from notify.notifications.v1 import notifications_pb2, templates_pb2
from services.api_gateway.messages import NotificationsFilter


class NotificationsPort(Protocol):
    """The notifications service: messages."""

    async def create(self, item: notifications_pb2.NewNotification) -> notifications_pb2.CreatedNotification:
        """Store and queue one notification. Raises whatever refuses it."""
        ...

    async def get(self, service_id: str, notification_id: str) -> notifications_pb2.Notification:
        """Raises NotFound."""
        ...

    async def page(self, wanted: NotificationsFilter) -> Sequence[notifications_pb2.Notification]:
        """At most 250, newest first."""
        ...


class TemplatesPort(Protocol):
    """The notifications service: templates."""

    async def get(self, service_id: str, template_id: str, version: int) -> templates_pb2.Template:
        """Version 0 is the current one. Raises NotFound."""
        ...

    async def all(self, request: templates_pb2.ListTemplatesRequest) -> Sequence[templates_pb2.Template]:
        """Those that are not archived, by name and then type."""
        ...

    async def preview(
        self, service_id: str, template_id: str, personalisation_json: str
    ) -> templates_pb2.PreviewTemplateResponse:
        """Raises NotFound, RuleBroken MISSING_PERSONALISATION."""
        ...


class SmsProvider(Enum):
    """Who sends receipts for texts."""

    MMG = auto()
    FIRETEXT = auto()


class EmailReceiptOutcome(Enum):
    """What became of a message of the email provider."""

    ACCEPTED = auto()
    MALFORMED = auto()
    FORBIDDEN = auto()


class SmsPort(Protocol):
    """The sms service."""

    async def hand_receipt(self, provider: SmsProvider, body: bytes) -> Sequence[str]:
        """Hand a receipt over; answers what is wrong with it, nothing when it was accepted."""
        ...


class EmailPort(Protocol):
    """The email service."""

    async def hand_receipt(self, body: bytes) -> EmailReceiptOutcome:
        """Hand an SNS message over."""
        ...


class LettersPort(Protocol):
    """The letters service."""

    async def hand_receipt(self, body: bytes, token: str) -> None:
        """Raises NotAuthenticated when the token is not ours, InvalidRequest, Unimplemented."""
        ...

    async def pdf(self, service_id: str, notification_id: str) -> bytes:
        """Raises NotFound, RuleBroken when it is not ready, Unimplemented."""
        ...


class HealthPort(Protocol):
    """The health of the notifications service."""

    async def is_serving(self) -> bool:
        """Whether it answers, and says that it is well."""
        ...
