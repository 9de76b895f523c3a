"""What the hot path needs to know of a sending service and its templates, ready for use.

Loaded by `store`, kept for seconds by `caches`, used by `creating` and `delivering`. Changing accounts and
templates is in `accounts` and `templates`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

from notifyrules.daily_limits import LimitKind, TemporaryLimit, value_at
from notifyrules.names import email_local_part
from notifyrules.phone_numbers import InvalidPhoneNumber, parse_phone_number
from notifyrules.statuses import NotificationType
from notifyrules.templates import EmailTemplate, LetterTemplate, SmsTemplate


class Permission(StrEnum):
    """What a service may do (public contract, section 3)."""

    EMAIL = "email"
    SMS = "sms"
    LETTER = "letter"
    INTERNATIONAL_SMS = "international_sms"
    INBOUND_SMS = "inbound_sms"
    EMAIL_AUTH = "email_auth"
    EDIT_FOLDER_PERMISSIONS = "edit_folder_permissions"
    INTERNATIONAL_LETTERS = "international_letters"
    SMS_TO_UK_LANDLINES = "sms_to_uk_landlines"


@dataclass(frozen=True, slots=True, kw_only=True)
class Branding:
    """How a service's emails look."""

    text: str
    colour: str  # "#rrggbb" or empty
    logo_url: str  # https or empty
    alt_text: str
    banner: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingService:
    """A sending service as the hot path sees it."""

    id: UUID
    name: str
    active: bool
    restricted: bool  # trial mode
    daily_limits: Mapping[LimitKind, int]
    permissions: frozenset[str]
    prefix_sms: bool
    email_sender_name: str | None
    contact_link: str | None  # where recipients of files can ask
    branding: Branding | None
    sms_senders: Mapping[UUID, str]  # those that may be used, as typed
    default_sms_sender: str
    reply_tos: Mapping[UUID, str]
    default_reply_to: str | None
    allowed_recipients: frozenset[str]  # team and guest list, normalised
    temporary_limits: tuple[TemporaryLimit, ...] = ()  # beside daily_limits, until their ends
    letter_logo_svg: str | None = field(default=None, repr=False)  # its own, or its organisation's

    def daily_limit(self, kind: LimitKind, now: datetime) -> int:
        """Its own limit at a moment."""
        return value_at(kind.value, self.daily_limits[kind], self.temporary_limits, now)

    @property
    def sms_prefix(self) -> str | None:
        """The name in front of texts, where the service wants that."""
        return self.name if self.prefix_sms else None

    @property
    def from_name(self) -> str:
        """The name that its emails come from."""
        return self.email_sender_name or self.name

    def from_address(self, email_domain: str) -> str:
        """The address that its emails come from."""
        return f"{email_local_part(self.from_name)}@{email_domain}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateVersion:
    """One version of a template; never changes."""

    id: UUID
    service_id: UUID
    type: NotificationType
    name: str
    version: int
    body: str
    subject: str | None
    postage: str | None
    letter_contact_block: str | None
    is_priority: bool
    has_unsubscribe_link: bool
    archived: bool
    created_at: datetime  # of version 1
    updated_at: datetime | None  # of this version; None for version 1
    created_by: str | None  # email address
    hidden: bool = False  # stands for letters uploaded as PDFs
    letter_welsh_subject: str | None = None  # with the body: a letter in two languages
    letter_welsh_body: str | None = None
    letter_attachment_id: UUID | None = None  # kept by the letters service


@lru_cache(maxsize=4_096)
def compiled_sms(body: str, prefix: str | None) -> SmsTemplate:
    """A text template ready to render; the same content is compiled once."""
    return SmsTemplate(body, prefix)


@lru_cache(maxsize=4_096)
def compiled_email(subject: str, body: str) -> EmailTemplate:
    """An email template ready to render."""
    return EmailTemplate(subject, body)


@lru_cache(maxsize=1_024)
def _compiled_letter(
    subject: str, body: str, contact_block: str | None, welsh_subject: str | None, welsh_body: str | None
) -> LetterTemplate:
    return LetterTemplate(subject, body, contact_block, welsh_subject=welsh_subject, welsh_content=welsh_body)


def compiled_letter(template: TemplateVersion) -> LetterTemplate:
    """A letter template ready to render."""
    return _compiled_letter(
        template.subject or "",
        template.body,
        template.letter_contact_block,
        template.letter_welsh_subject,
        template.letter_welsh_body,
    )


def compiled(template: TemplateVersion) -> SmsTemplate | EmailTemplate | LetterTemplate:
    """The template ready to render, without a name in front."""
    match template.type:
        case NotificationType.SMS:
            return compiled_sms(template.body, None)
        case NotificationType.EMAIL:
            return compiled_email(template.subject or "", template.body)
        case NotificationType.LETTER:
            return compiled_letter(template)


@lru_cache(maxsize=4_096)
def shown_sms_sender(value: str) -> str:
    """A text sender as it is shown and sent: a phone number in international form without the plus sign."""
    if value.isalpha():
        return value
    try:
        return parse_phone_number(value).normalised
    except InvalidPhoneNumber:
        return value
