"""What the endpoints ask of other services. `clients` asks by gRPC; unit tests answer themselves.

All methods raise `servicekit.errors` as the services do, and Unavailable or DeadlineExceeded.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Protocol

from notify.notifications.v1 import jobs_pb2, notifications_pb2, received_texts_pb2, templates_pb2
from notifyrules.statuses import KeyType
from services.api_gateway.auth import Caller
from services.api_gateway.bulk import NewJob
from services.api_gateway.idempotency import RequestKey
from services.api_gateway.messages import NotificationsFilter


class NotificationsPort(Protocol):
    """The notifications service: messages."""

    async def create(self, item: notifications_pb2.NewNotification) -> notifications_pb2.CreatedNotification:
        """Store and queue one notification. Raises whatever refuses it."""
        ...

    async def check_letter_upload(self, service_id: str, key_type: KeyType) -> None:
        """Raises RuleBroken where no letters may be sent with this kind of key."""
        ...

    async def kept_answer(self, service_id: str, key: RequestKey) -> notifications_pb2.CreatedNotification:
        """What the first request with a key was answered. Raises NotFound."""
        ...

    async def get(self, service_id: str, notification_id: str) -> notifications_pb2.Notification:
        """Raises NotFound."""
        ...

    async def page(self, wanted: NotificationsFilter) -> Sequence[notifications_pb2.Notification]:
        """At most 250, newest first."""
        ...


class JobsPort(Protocol):
    """The notifications service: many messages at once."""

    async def create(self, job: NewJob, caller: Caller) -> jobs_pb2.CreateJobResponse:
        """Store a job. Raises whatever refuses it; rows that refuse it are in the answer."""
        ...

    async def get(self, service_id: str, job_id: str) -> jobs_pb2.Job:
        """Raises NotFound."""
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


class InboundAnswer(Enum):
    """What a provider that hands over a received text is told."""

    OK = auto()
    RECEIVED = auto()
    """And no more: nobody wants it."""
    NO_CREDENTIALS = auto()
    WRONG_CREDENTIALS = auto()
    MALFORMED = auto()


@dataclass(frozen=True, slots=True)
class InboundResult:
    """What became of a received text, with its faults when it is malformed."""

    answer: InboundAnswer
    faults: Sequence[str] = ()


class UnsubscribeOutcome(Enum):
    """What became of a click on an unsubscribe link."""

    ACCEPTED = auto()
    BAD_TOKEN = auto()
    UNKNOWN_NOTIFICATION = auto()


class ReceivedTextsPort(Protocol):
    """The notifications service: received texts."""

    async def page(
        self, service_id: str, older_than: str | None
    ) -> Sequence[received_texts_pb2.ReceivedText]:
        """At most 250, newest first; an unknown `older_than` gives none."""
        ...


class UnsubscribePort(Protocol):
    """The notifications service: unsubscribe links."""

    async def unsubscribe(self, notification_id: str, token: str) -> UnsubscribeOutcome:
        """Take a click on the link that has this id and token, whatever they are."""
        ...


class SmsPort(Protocol):
    """The sms service."""

    async def hand_receipt(self, provider: SmsProvider, body: bytes) -> Sequence[str]:
        """Hand a receipt over; answers what is wrong with it, nothing when it was accepted."""
        ...

    async def hand_inbound(
        self, provider: SmsProvider, body: bytes, authorization: str | None
    ) -> InboundResult:
        """Hand a received text over, with the Authorization header that it came with."""
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

    async def upload(self, service_id: str, notification_id: str, content: bytes) -> None:
        """Take the PDF of a letter in, before its notification is made. Raises InvalidRequest."""
        ...

    async def pdf(self, service_id: str, notification_id: str) -> bytes:
        """Raises RuleBroken when it is not ready, or has a virus."""
        ...


class DocumentState(Enum):
    """What can be done with a file that was sent by email."""

    AVAILABLE = auto()
    EXPIRED = auto()
    BLOCKED = auto()
    CONFIRMATION_NEEDED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file to be stored; its shape was checked."""

    service_id: str
    content: bytes = field(repr=False)
    file_name: str | None = field(repr=False)
    is_csv: bool
    confirmation_email: str | None = field(repr=False)
    """The address that must be confirmed before a download; None: none."""
    retention_weeks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file that was stored."""

    document_id: str
    url: str = field(repr=False)
    """What its recipient gets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLink:
    """What a link to a file says."""

    service_id: str
    document_id: str
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDescription:
    """What a link leads to."""

    state: DocumentState
    file_name: str = field(repr=False)
    mime_type: str
    size_bytes: int
    expires_at: datetime
    confirmation_needed: bool


class ConfirmOutcome(Enum):
    """What became of a try to confirm an address."""

    CONFIRMED = auto()
    WRONG = auto()
    LOCKED = auto()
    NOT_ASKED_FOR = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What became of a try to confirm an address, with a pass when it is the address."""

    outcome: ConfirmOutcome
    pass_token: str = field(default="", repr=False)
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDownload:
    """A download: pieces come where it is available."""

    state: DocumentState
    file_name: str = field(repr=False)
    mime_type: str
    size_bytes: int
    pieces: AsyncGenerator[bytes, None]
    """To be closed by whoever got it."""


class DocumentsPort(Protocol):
    """The documents service."""

    async def store(self, file: NewFile) -> StoredFile:
        """Store a file. Raises RuleBroken when it may not be sent."""
        ...

    async def delete(self, service_id: str, document_id: str) -> None:
        """Delete a file whose email was refused after all."""
        ...

    async def describe(self, link: FileLink) -> FileDescription:
        """Raises NotFound, also when the key is another one."""
        ...

    async def confirm(self, link: FileLink, email_address: str) -> Confirmation:
        """Take a try to confirm the address. Raises NotFound."""
        ...

    async def download(self, link: FileLink, pass_token: str) -> FileDownload:
        """Begin a download. Raises NotFound."""
        ...


class HealthPort(Protocol):
    """The health of the notifications service."""

    async def is_serving(self) -> bool:
        """Whether it answers, and says that it is well."""
        ...
