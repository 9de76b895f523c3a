"""Deliveries, their outcomes and status reports, as senders see them.

Values, and one object that changes: `Lease`, which a delivery carries. `convert.py` turns them into protobuf
and back. Personal data is left out of every `repr`, so that it cannot reach a log by accident.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from notifyrules.postage import Postage
from notifyrules.statuses import KeyType, NotificationStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class TextContent:
    """A text message, ready to be sent."""

    phone_number: str = field(repr=False)
    """E.164 without the plus sign."""
    sender: str
    """Name or number that it comes from; a number is in international form without the plus sign."""
    body: str = field(repr=False)
    """What is sent, the service's name in front where the service wants that."""
    international: bool
    """The number is abroad, so that only some providers can send to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailBranding:
    """How a service's emails look. An empty text means that the part is absent."""

    text: str
    colour: str
    """Colour of the band, `#rrggbb`."""
    logo_url: str
    alt_text: str
    banner: bool
    """The colour fills a band behind logo and text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailContent:
    """An email that is still to be rendered."""

    email_address: str = field(repr=False)
    from_name: str
    from_address: str
    reply_to_address: str | None
    """None: answers go nowhere."""
    subject_template: str = field(repr=False)
    body_template: str = field(repr=False)
    """Markdown with placeholders."""
    personalisation_json: str = field(repr=False)
    """A JSON object of values, already sanitised where that was asked for."""
    one_click_unsubscribe_url: str | None = field(repr=False)
    show_unsubscribe_link: bool
    """Whether the link is also shown below the text."""
    branding: EmailBranding | None
    """None: the neutral look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatedLetter:
    """A letter that is still to be rendered. Texts are Markdown with placeholders."""

    subject_template: str = field(repr=False)
    body_template: str = field(repr=False)
    contact_block: str = field(repr=False)
    """The sender's address, a line each; empty: none."""
    welsh_subject_template: str | None = field(repr=False)
    welsh_body_template: str | None = field(repr=False)
    """With it, the letter is sent in Welsh first."""
    logo_svg: str | None = field(repr=False)
    attachment_id: UUID | None
    """Pages that go behind the letter."""
    personalisation_json: str = field(repr=False)
    """A JSON object of values, the address included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecompiledLetter:
    """A letter that was uploaded as a PDF, under the notification's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterContent:
    """A letter to be made ready for print."""

    reference: str
    """The printer's name of it: 16 capitals and digits."""
    postage: Postage
    """As asked for; of an uploaded letter, its address may have another say."""
    allow_international: bool
    """The service may send letters abroad."""
    wants_pretend_receipt: bool
    """Of a test key, and shown as with the printer: a report of the printer is to be pretended."""
    letter: TemplatedLetter | PrecompiledLetter


class LeaseLost(Exception):  # noqa: N818 -- says what happened
    """The lease ran out: somebody else may be sending this message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseRef:
    """Names one lease."""

    notification_id: UUID
    attempt: int


@dataclass(slots=True)
class Lease:
    """How a delivery's lease stands. Changed by `Leasing`, and by the sender through `begin_handing_over`."""

    expires_at: datetime
    """Moves while the lease is renewed."""
    handing_over: bool = False
    """A provider may have been reached: from now on the delivery is not cancelled when its lease is lost."""

    def begin_handing_over(self, now: datetime) -> None:
        """To be called just before a provider is. Raises LeaseLost when the lease ran out; let it through."""
        if now >= self.expires_at:
            raise LeaseLost
        self.handing_over = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One notification to hand to a provider, leased to this process."""

    notification_id: UUID
    """Providers get it as the reference."""
    attempt: int
    """Number of this lease, from 1; results name it, so a sender that lost its lease changes nothing."""
    service_id: UUID
    key_type: KeyType
    lease: Lease = field(repr=False, compare=False)
    """`Leasing` renews it while the delivery is under way."""
    possible_duplicate: bool
    """An earlier attempt may have reached the provider."""
    created_at: datetime
    """When the notification was accepted."""
    failed_providers: tuple[str, ...]
    """Providers that failed for this notification before, oldest first; better avoided."""
    content: TextContent | EmailContent | LetterContent


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """The provider took it."""

    provider_reference: str | None = None
    """What the provider calls it."""


PROVIDER_BUSY: Final = "provider_busy"
"""Error code of a message that no provider had room for just now: neither its fault nor the providers'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryLater:
    """It did not work this time."""

    error_code: str
    """A short fixed code such as `http_500`, `timeout`, `throttled`."""
    delay: timedelta | None = None
    """Not before this much time has passed; None: as the channel's rule says."""
    no_provider: bool = False
    """No provider could be asked, so this does not count as an attempt; `Leasing` then slows down, unless they were
    only busy."""
    may_be_out: bool = False
    """The request went out and no clear answer came: the next try may send the message again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """It can never work; the notification becomes a technical failure."""

    error_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pretend:
    """Test keys: what a provider would have reported."""

    status: NotificationStatus
    """A final status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """Nothing was tried; somebody else may have it at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterPrepared:
    """The letter's PDF is made and stored; a live letter waits for the print run, one of a test key is over."""

    page_count: int
    sheets: int
    """Of paper; 0 for templated letters of test keys."""
    postage: Postage
    """As the address made it."""
    address_lines: tuple[str, ...] | None = field(repr=False)
    """What was read from an uploaded PDF; None for a templated letter, whose address is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFailed:
    """The letter can't be printed, for a reason that lies in it."""

    status: NotificationStatus
    """VALIDATION_FAILED, VIRUS_SCAN_FAILED, TECHNICAL_FAILURE, or CANCELLED for one that was cancelled meanwhile."""
    reason_code: str
    """Of the public contract, such as `letter-too-long`."""
    page_count: int | None = None
    """None: they were not counted."""
    invalid_pages: tuple[int, ...] = ()
    """Pages with the fault, from 1."""


Outcome = HandedOver | RetryLater | Refused | Pretend | Released | LetterPrepared | LetterFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRequest:
    """A provider that was asked and did not take the message, or did not say so."""

    provider: str
    started_at: datetime
    duration: timedelta
    error_code: str
    may_be_out: bool
    """The request went out and no clear answer came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryResult:
    """What became of one delivery."""

    outcome: Outcome
    provider: str | None = None
    """Who was asked; None where nobody was."""
    started_at: datetime | None = None
    """When the provider was called."""
    duration: timedelta | None = None
    """How long the provider took."""
    failed_requests: tuple[FailedRequest, ...] = ()
    """Others that were asked within the same lease, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusOverride:
    """Another reading of a report, for notifications that were given to a certain provider."""

    given_to: str
    current_status: NotificationStatus | None
    """The status that the notification must be in; None means any."""
    status: NotificationStatus
    """What the report then means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """One report of a provider about one notification. Holds no personal data."""

    notification_id: UUID
    provider: str
    """Who reports."""
    status: NotificationStatus
    received_at: datetime
    overrides: tuple[StatusOverride, ...] = ()
    """Used instead of `status` where their conditions hold; the first that does counts."""
    detail_code: str = ""
    """The provider's own code, such as `3/5`; never free text."""


class ReportOutcome(StrEnum):
    """What a report did."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"  # the notification already had that status or a final one
    UNKNOWN_NOTIFICATION = "unknown_notification"
    IGNORED = "ignored"  # reports about this destination mean nothing
    KEPT = "kept"  # it is stored here and will be applied later


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportResult:
    """What a report did, and what is known of its notification; all None when unknown or kept."""

    outcome: ReportOutcome
    given_to: str | None = None
    """The provider that the notification was given to."""
    created_at: datetime | None = None
    sent_at: datetime | None = None
    status: NotificationStatus | None = None
    """The status that it has now."""
    key_type: KeyType | None = None
