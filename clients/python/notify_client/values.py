"""What the client answers: the system's things as a tool sees them. Times are aware and in UTC."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from notifyrules.statuses import KeyType, NotificationStatus, NotificationType

T = TypeVar("T")


class Lane(StrEnum):
    """Which queue of a channel a message waits in; they are served in this order."""

    PRIORITY = "priority"
    NORMAL = "normal"
    BULK = "bulk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some of a list."""

    items: tuple[T, ...]
    next_page_token: str | None
    """Where the next page begins; None after the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SanitisedValue:
    """A value that was made harmless."""

    name: str
    unsanitised: str
    sanitised: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message that was accepted: stored and queued."""

    id: str
    reference: str | None
    body: str
    """Filled in; of an email with its Markdown."""
    subject: str | None
    """None for texts."""
    sender: str
    """A name or number for texts, an address for emails."""
    template_id: str
    template_version: int
    sanitised_values: tuple[SanitisedValue, ...]
    simulated: bool
    """The recipient is one of the published test recipients: nothing was stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A message, and where it is."""

    id: str
    service_id: str
    type: NotificationType
    key_type: KeyType
    status: NotificationStatus
    reference: str | None
    recipient: str
    template_id: str
    template_version: int
    body: str
    subject: str | None
    created_at: datetime
    sent_at: datetime | None
    """When it was handed to the provider."""
    updated_at: datetime | None
    """When its status last changed."""
    provider: str | None
    billable_units: int
    """Text: fragments; letter: sheets."""
    cost_in_pounds: Decimal
    """0 while it is not known."""
    possible_duplicate: bool
    """It may have been sent twice, because a sender or a provider's answer was lost at the wrong moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened to a message; nothing personal."""

    at: datetime
    kind: str
    """`accepted`, `leased`, `handed_over`, `receipt`, `status_changed` …"""
    party: str | None
    """The provider, or the host of a callback."""
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedDelivery:
    """Where a message waits."""

    lane: Lane
    run_at: datetime
    """Not before."""
    attempts: int
    lease_owner: str | None
    """Who has it now."""
    dead: bool
    """It was given up; an operator may replay it."""
    last_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything that happened to a message, without its recipient and content."""

    notification_id: str
    service_id: str
    type: NotificationType
    status: NotificationStatus
    provider: str | None
    possible_duplicate: bool
    events: tuple[Event, ...]
    """Oldest first."""
    delivery: QueuedDelivery | None
    """None when it is not queued."""


class JobStatus(StrEnum):
    """Where a job is."""

    SCHEDULED = "scheduled"
    PENDING = "pending"
    IN_PROGRESS = "in progress"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    SENDING_LIMITS_EXCEEDED = "sending limits exceeded"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """One reason, and the rows that it keeps from being sent."""

    reason: str
    rows: tuple[int, ...]
    """The first one after the header is 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Many messages that were sent at once."""

    id: str
    service_id: str
    type: NotificationType
    key_type: KeyType
    template_id: str
    template_version: int
    name: str
    reference: str | None
    status: JobStatus
    created_at: datetime
    begins_at: datetime | None
    """Where a time was given."""
    began_at: datetime | None
    ended_at: datetime | None
    row_count: int
    bad_row_count: int
    """Left out."""
    simulated_row_count: int
    """To published test recipients: nothing is stored for them."""
    made_count: int
    status_counts: Mapping[NotificationStatus, int]
    """Of the messages that were made; empty in lists."""
    row_faults: tuple[RowFault, ...]
    """Of the rows that were left out; empty unless they were asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedJob:
    """What became of a table of recipients."""

    job: Job | None
    """None where bad rows kept it from being made."""
    row_faults: tuple[RowFault, ...]
    row_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A version of a template."""

    id: str
    service_id: str
    type: NotificationType
    name: str
    version: int
    body: str
    subject: str | None
    placeholders: tuple[str, ...]
    """In order of appearance, the subject's first."""
    created_at: datetime
    updated_at: datetime | None
    """None for version 1."""
    is_priority: bool
    is_archived: bool
    has_unsubscribe_link: bool
    postage: str | None
    """Of letters, as the fields below."""
    letter_contact_block: str | None
    letter_welsh_subject: str | None
    letter_welsh_body: str | None
    letter_attachment_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatePreview:
    """A template, filled in without being sent."""

    template: Template
    body: str
    subject: str | None
    html: str | None
    """An email's body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyLimits:
    """How many messages a service may send a day."""

    email: int
    sms: int
    letter: int
    international_sms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A team that sends."""

    id: str
    name: str
    active: bool
    restricted: bool
    """In trial mode."""
    permissions: tuple[str, ...]
    rate_limit: int
    """Requests a minute, for each type of key."""
    daily_limits: DailyLimits
    organisation_id: str | None
    version: int
    """Counts changes."""
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key of a service, without its secret."""

    id: str
    name: str
    type: KeyType
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApiKey:
    """A key that was just made. Its secret is not shown again."""

    key: ApiKey
    full_key: str
    """As the public API's clients take it: name, service's id and secret. Not in any text of this value."""

    def __repr__(self) -> str:
        return f"NewApiKey(key={self.key!r}, full_key=…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsSender:
    """A name or number that texts come from."""

    id: str
    value: str
    is_default: bool
    archived: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDetails:
    """A service with what belongs to it."""

    service: Service
    api_keys: tuple[ApiKey, ...]
    sms_senders: tuple[SmsSender, ...]
    guest_list: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What waits in one lane of one channel."""

    channel: NotificationType
    lane: Lane
    ready: int
    """Counted up to 10,000."""
    leased: int
    waiting: int
    """For their next try."""
    oldest_ready_age: timedelta | None
    """None when none is ready."""
