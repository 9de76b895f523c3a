"""What the client is asked to do: one class for each call that takes more than a few values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from notifyrules.statuses import KeyType, NotificationStatus, NotificationType


@dataclass(frozen=True, slots=True, kw_only=True)
class NewText:
    """A text to send."""

    service_id: str
    template_id: str
    phone_number: str
    personalisation: Mapping[str, Any] = field(default_factory=dict)
    """A value for each placeholder; what JSON can say."""
    reference: str | None = None
    """Your own reference, at most 1,000 characters."""
    sms_sender_id: str | None = None
    """None: the service's default sender."""
    key_type: KeyType = KeyType.NORMAL
    """What the message counts as: TEST is never really sent, TEAM goes to the team and the guest list only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEmail:
    """An email to send."""

    service_id: str
    template_id: str
    email_address: str
    personalisation: Mapping[str, Any] = field(default_factory=dict)
    """A value for each placeholder; what JSON can say."""
    reference: str | None = None
    """Your own reference, at most 1,000 characters."""
    email_reply_to_id: str | None = None
    """None: the service's default address."""
    one_click_unsubscribe_url: str | None = None
    sanitise_content_for: tuple[str, ...] = ()
    """Names of values that are not to be trusted."""
    key_type: KeyType = KeyType.NORMAL
    """What the message counts as: TEST is never really sent, TEAM goes to the team and the guest list only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLetter:
    """A letter to send, from a template. An upload is sent with the public API."""

    service_id: str
    template_id: str
    personalisation: Mapping[str, Any]
    """The address (`address_line_1` to `address_line_6` with `address_line_7` or `postcode`) and a value for each
    placeholder."""
    reference: str | None = None
    """Your own reference, at most 1,000 characters."""
    key_type: KeyType = KeyType.NORMAL
    """What the letter counts as: TEST is never printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterTexts:
    """What a letter template says, before it is saved."""

    subject: str
    body: str
    contact_block: str = ""
    """The sender's address, a line each."""
    welsh_subject: str | None = None
    welsh_body: str | None = None
    """With it, the letter is sent in Welsh first."""
    logo_svg: str | None = None
    attachment_id: str | None = None
    """Pages that go behind the letter; see `upload_attachment`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A table of recipients to send one template to: either `rows` or `csv`."""

    service_id: str
    template_id: str
    name: str
    """What people call it, 1 to 255 characters."""
    rows: Sequence[Sequence[str | int | float | bool | None]] | None = field(default=None, repr=False)
    """A header row, then one row for each message; up to 100,000."""
    csv: str | None = field(default=None, repr=False)
    """The same as a CSV file."""
    reference: str | None = None
    """Of the messages whose row has no column `reference`."""
    begins_at: datetime | None = None
    """Within seven days; None: at once."""
    skip_bad_rows: bool = False
    """Leave bad rows out; otherwise nothing is sent where a single one is bad."""
    sms_sender_id: str | None = None
    email_reply_to_id: str | None = None
    key_type: KeyType = KeyType.NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationFilter:
    """Which messages of a service are wanted. What is left out does not matter."""

    service_id: str
    types: tuple[NotificationType, ...] = ()
    statuses: tuple[NotificationStatus, ...] = ()
    key_type: KeyType | None = None
    reference: str | None = None
    include_jobs: bool = False
    """Also rows of bulk jobs."""
    page_size: int = 250
    """1 to 250."""
    page_token: str | None = None
    """Of the page before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTemplate:
    """A template to make."""

    service_id: str
    type: NotificationType
    name: str
    body: str
    subject: str | None = None
    """Emails and letters need one."""
    is_priority: bool = False
    """Its messages go before others."""
    has_unsubscribe_link: bool = False
    """Email: a link below the text."""
    postage: str | None = None
    """Letter: "first", "second" (where None) or "economy"."""
    letter_contact_id: str | None = None
    """Letter: which of the service's contact blocks it shows."""
    letter_welsh_subject: str | None = None
    """Letter in two languages: given together with `letter_welsh_body`."""
    letter_welsh_body: str | None = None
    letter_attachment_id: str | None = None
    """Letter: pages that go behind it; see `upload_attachment`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateChange:
    """A new version of a template. What is None stays as it is; what a letter has beside its text, "" takes away."""

    service_id: str
    template_id: str
    based_on_version: int
    """The version that this change was made from; Conflict when it is no longer the current one."""
    name: str | None = None
    body: str | None = None
    subject: str | None = None
    is_priority: bool | None = None
    has_unsubscribe_link: bool | None = None
    postage: str | None = None
    letter_contact_id: str | None = None
    letter_welsh_subject: str | None = None
    letter_welsh_body: str | None = None
    letter_attachment_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewService:
    """A service to make."""

    name: str
    """Nobody else may have it."""
    permissions: tuple[str, ...] = ()
    """`sms`, `email`, `letter`, `international_sms` … None given: the first three."""
    restricted: bool = False
    """In trial mode: it may only send to its team."""
    organisation_id: str | None = None
    default_sms_sender: str | None = None
    """1 to 11 characters; None: made from the name."""
