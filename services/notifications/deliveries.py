"""What the delivery queue holds and what senders report, as plain values. Rules are in `delivering` and
`completing`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from types import MappingProxyType
from uuid import UUID

import msgspec

from notifyrules.postage import Postage
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from services.notifications.sending_services import Branding


class Lane(IntEnum):
    """Which queue of a channel; lower goes first."""

    PRIORITY = 1
    NORMAL = 2
    BULK = 3


class TextContent(msgspec.Struct, frozen=True, kw_only=True):
    """A text, ready to be sent."""

    phone_number: str  # E.164 digits
    sender: str
    body: str  # with the service's name in front where it wants that
    international: bool


class EmailContent(msgspec.Struct, frozen=True, kw_only=True):
    """An email, to be rendered by the email service."""

    email_address: str
    from_name: str
    from_address: str
    reply_to_address: str | None
    subject_template: str
    body_template: str
    personalisation: str  # JSON object
    one_click_unsubscribe_url: str | None
    show_unsubscribe_link: bool
    branding: Branding | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatedLetter:
    """Where a letter's pages come from: a template, to be rendered by the letters service."""

    subject_template: str
    body_template: str
    contact_block_template: str | None
    personalisation: str  # JSON object, the address lines among its values
    welsh_subject_template: str | None = None  # with the body: a letter in two languages
    welsh_body_template: str | None = None
    logo_svg: str | None = field(default=None, repr=False)
    attachment_id: UUID | None = None  # pages that the letters service keeps


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterContent:
    """A letter, to be made into a PDF that can be printed."""

    reference: str  # the printer's name of it
    postage: Postage
    allow_international: bool
    wants_pretend_receipt: bool
    templated: TemplatedLetter | None  # None: the letters service has it as a PDF


MessageContent = TextContent | EmailContent | LetterContent


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A leased delivery."""

    notification_id: UUID
    attempt: int  # of this lease; names it in results
    service_id: UUID
    key_type: KeyType
    leased_until: datetime
    possible_duplicate: bool
    failed_providers: tuple[str, ...]
    content: MessageContent


@dataclass(frozen=True, slots=True)
class ClaimedRow:
    """A delivery that was claimed from the table, with its notification; in the order of the query's columns."""

    notification_id: UUID
    attempt: int
    possible_duplicate: bool
    failed_providers: list[str]
    lane: int
    run_at: datetime
    service_id: UUID
    template_id: UUID
    template_version: int
    type: str
    key_type: str
    normalised_recipient: str
    personalisation: str
    sender: str | None
    international: bool
    unsubscribe_url: str | None


NO_SERVICE = UUID(int=0)
"""Before all services, where they have an order."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a claim came to."""

    rows: list[ClaimedRow]
    is_all: bool
    """Whether nothing else was ready. What was ready and is not wanted any more, or somebody else's by now, is not
    among the rows."""


@dataclass(frozen=True, slots=True)
class LetterDetails:
    """What only letters have; in the order of the query's columns."""

    notification_id: UUID
    reference: str
    is_precompiled: bool
    page_count: int | None
    failure_reason: str | None
    invalid_pages: list[int]


@dataclass(frozen=True, slots=True)
class LetterInQueue:
    """What a claimed letter has beside its `ClaimedRow`; in the order of the query's columns."""

    notification_id: UUID
    reference: str
    is_precompiled: bool
    postage: str
    status: str


class Outcome(StrEnum):
    """What became of a delivery, as the SQL knows it."""

    DONE = "done"
    RETRY = "retry"
    DEAD = "dead"
    RELEASE = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterOutcome:
    """What making a letter ready for print showed."""

    failed_status: NotificationStatus | None  # None: it is ready
    failure_reason: str | None = None
    invalid_pages: tuple[int, ...] = ()
    page_count: int | None = None
    sheets: int = 0
    postage: Postage | None = None  # None: as it was
    address_lines: tuple[str, ...] = ()  # read from an uploaded PDF


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRequest:
    """A provider that was asked within a lease and did not take the message, or did not say so."""

    provider: str
    started_at: datetime
    duration: timedelta
    error_code: str
    may_be_out: bool  # the request went out and no clear answer came


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryResult:
    """What a sender reports about one leased delivery."""

    notification_id: UUID
    attempt: int
    worker_id: str
    outcome: Outcome
    status: NotificationStatus | None = None  # where the outcome is DONE
    provider: str | None = None
    started_at: datetime | None = None  # when the provider was called
    duration: timedelta | None = None  # how long it took
    error_code: str | None = None
    delay: timedelta | None = None  # RETRY: instead of the channel's rule
    counted: bool = True  # RETRY: False where nothing is wrong with this message
    letter: LetterOutcome | None = None  # DONE: of a letter
    may_be_out: bool = False  # RETRY: the provider may have it although it did not say so
    failed_requests: tuple[FailedRequest, ...] = ()  # to other providers, within the same lease

    @property
    def is_doubtful(self) -> bool:
        """Some provider of this lease may have the message although it did not say so."""
        return self.may_be_out or any(failed.may_be_out for failed in self.failed_requests)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOverMessage:
    """A message that a provider has, although its delivery waits: as a sender's log says after a restore."""

    notification_id: UUID
    provider: str
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often and when a channel tries again (the original's deliver_* tasks)."""

    max_failures: int  # this many may be followed by another try
    first_delay: timedelta  # after the first failure
    later_delay: timedelta  # after each further one


RETRY_POLICIES: Mapping[NotificationType, RetryPolicy] = MappingProxyType(
    {
        NotificationType.SMS: RetryPolicy(
            max_failures=48, first_delay=timedelta(0), later_delay=timedelta(seconds=300)
        ),
        NotificationType.EMAIL: RetryPolicy(
            max_failures=48, first_delay=timedelta(seconds=300), later_delay=timedelta(seconds=300)
        ),
        NotificationType.LETTER: RetryPolicy(
            # Making the PDF: handing it over to the printer has retries of its own, in the letters service.
            max_failures=15,
            first_delay=timedelta(seconds=300),
            later_delay=timedelta(seconds=300),
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStatistics:
    """What waits in one channel and lane."""

    channel: NotificationType
    lane: Lane
    ready: int
    leased: int
    waiting: int  # for their next try
    oldest_ready_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadDelivery:
    """A delivery whose retries ended."""

    notification_id: UUID
    service_id: UUID
    channel: NotificationType
    attempts: int
    last_error: str
    died_at: datetime
