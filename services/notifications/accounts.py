"""Organisations, users, services, keys, senders, guest lists and callbacks: what may be made and changed, and
the rules of it.

Called by the accounts servicer; the SQL is in `accounts_store`. What the message path sees of a service is
`sending_services.SendingService`.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit
from uuid import UUID

from notifyrules.daily_limits import TemporaryLimit
from notifyrules.email_addresses import InvalidEmailAddress, parse_email_address
from notifyrules.phone_numbers import InvalidPhoneNumber, parse_phone_number
from notifyrules.statuses import KeyType, NotificationType
from servicekit.errors import InvalidRequest, Violation
from services.notifications.sending_services import Branding, Permission

DEFAULT_RATE_LIMIT = 3000
"""Requests a minute for each type of key (public contract, section 4)."""
MAX_SMS_SENDER_CHARACTERS = 11
MAX_GUESTS_OF_A_KIND = 5
MIN_CALLBACK_TOKEN_CHARACTERS = 10
MAX_NAME_CHARACTERS = 255

_KEY_NAME = re.compile(r"[\w \-']{1,255}")
_SENDER_NAME = re.compile(r"[a-zA-Z0-9 &.\-_'#]{1,11}")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
ORGANISATION_TYPES = frozenset(
    {
        "central",
        "local",
        "nhs_central",
        "nhs_local",
        "nhs_gp",
        "nhs_notify",
        "emergency_service",
        "school_or_college",
        "other",
    }
)


MIN_RETENTION_DAYS, MAX_RETENTION_DAYS = 3, 90


class MemberPermission(StrEnum):
    """What a member of a service may do in tools that people use."""

    SEND_TEXTS = "send_texts"
    SEND_EMAILS = "send_emails"
    SEND_LETTERS = "send_letters"
    MANAGE_TEMPLATES = "manage_templates"
    MANAGE_SETTINGS = "manage_settings"
    MANAGE_USERS = "manage_users"
    MANAGE_API_KEYS = "manage_api_keys"
    VIEW_ACTIVITY = "view_activity"


class CallbackKind(StrEnum):
    """What a service is told about at its own URL."""

    DELIVERY_STATUS = "delivery_status"
    INBOUND_SMS = "inbound_sms"
    COMPLAINT = "complaint"
    RETURNED_LETTER = "returned_letter"


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyLimits:
    """Messages a day, by channel."""

    email: int
    sms: int
    letter: int
    international_sms: int


LIVE_LIMITS = DailyLimits(email=250_000, sms=250_000, letter=20_000, international_sms=100)
TRIAL_LIMITS = DailyLimits(email=50, sms=50, letter=50, international_sms=50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """That an organisation agreed to the terms."""

    version: str
    signed_by: UUID
    on_behalf_of: str | None
    signed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """An organisation that services belong to."""

    id: UUID
    name: str
    organisation_type: str
    version: int = 1
    agreement: Agreement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person."""

    id: UUID
    name: str
    email_address: str
    mobile_number: str | None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A sending service with its settings."""

    id: UUID
    name: str
    active: bool
    restricted: bool
    permissions: tuple[str, ...]
    prefix_sms: bool
    contact_link: str | None
    rate_limit: int
    daily_limits: DailyLimits
    organisation_id: UUID | None
    email_sender_name: str | None
    branding: Branding | None
    version: int
    created_at: datetime
    archived_at: datetime | None = None
    went_live_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrganisationChange:
    """That a service goes to another organisation."""

    organisation_id: UUID | None  # None: to none


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceChanges:
    """What is to change; None leaves a field as it is."""

    name: str | None = None
    active: bool | None = None
    restricted: bool | None = None
    permissions: tuple[str, ...] | None = None
    prefix_sms: bool | None = None
    contact_link: str | None = None  # empty: removed
    rate_limit: int | None = None
    daily_limits: DailyLimits | None = None
    email_sender_name: str | None = None  # empty: removed
    branding: Branding | None = None
    organisation: OrganisationChange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key without its secret."""

    id: UUID
    name: str
    key_type: KeyType
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCredential:
    """A key as the gateway needs it."""

    id: UUID
    key_type: KeyType
    secret: str
    revoked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCredentials:
    """What a request of a service is checked against."""

    service_id: UUID
    name: str
    contact_link: str | None
    active: bool
    restricted: bool
    rate_limit: int
    daily_limits: DailyLimits
    keys: tuple[KeyCredential, ...]
    temporary_limits: tuple[TemporaryLimit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A text sender or a reply-to address."""

    id: UUID
    value: str
    is_default: bool
    archived: bool
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterContactChange:
    """Another letter contact of a template, or none."""

    id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterContact:
    """A sender's address for letters."""

    id: UUID
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPermissions:
    """What a member of a service may do."""

    user_id: UUID
    permissions: tuple[str, ...]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDetails:
    """A service with all that belongs to it."""

    service: Service
    sms_senders: tuple[Sender, ...]
    reply_tos: tuple[Sender, ...]
    letter_contacts: tuple[LetterContact, ...]
    api_keys: tuple[ApiKey, ...]
    members: tuple[User, ...]
    guest_list: tuple[str, ...]
    callbacks: Mapping[CallbackKind, str]
    member_permissions: tuple[MemberPermissions, ...]
    retentions: Mapping[NotificationType, int]
    """Days, where they are not the default."""
    guest_list_version: int


def new_secret() -> str:
    """A secret of an API key: a random UUID, as the official clients cut keys at its 36 characters."""
    return str(uuid.uuid4())


def full_key(name: str, service_id: UUID, secret: str) -> str:
    """A key as it is given out: name, service id, secret."""
    return f"{name}-{service_id}-{secret}"


def default_sms_sender(service_name: str) -> str:
    """A text sender made from a service's name."""
    letters = re.sub(r"[^a-zA-Z0-9]", "", service_name)[:MAX_SMS_SENDER_CHARACTERS]
    return letters if len(letters) >= 3 else "NOTIFY"


def checked_name(field: str, name: str) -> str:
    """A name, stripped. Raises InvalidRequest when nothing or too much is left, or it has control characters."""
    stripped = " ".join(name.split())
    if not stripped or len(stripped) > MAX_NAME_CHARACTERS or not stripped.isprintable():
        raise _invalid(field, f"must have 1 to {MAX_NAME_CHARACTERS} printable characters")
    return stripped


def checked_key_name(name: str) -> str:
    """A key's name. Raises InvalidRequest."""
    if not _KEY_NAME.fullmatch(name):
        raise _invalid("name", "may have letters, digits, spaces, hyphens, underscores and apostrophes")
    return name


def checked_organisation_type(value: str) -> str:
    """An organisation's type. Raises InvalidRequest."""
    if value not in ORGANISATION_TYPES:
        raise _invalid("organisation_type", f"must be one of {', '.join(sorted(ORGANISATION_TYPES))}")
    return value


def checked_permissions(values: Sequence[str]) -> tuple[str, ...]:
    """Permissions, each once. Raises InvalidRequest for one that does not exist."""
    known = {permission.value for permission in Permission}
    unknown = sorted(set(values) - known)
    if unknown:
        raise _invalid("permissions", f"{unknown[0]} is not one of {', '.join(sorted(known))}")
    return tuple(dict.fromkeys(values))


def checked_member_permissions(values: Sequence[str]) -> tuple[str, ...]:
    """What a member may do, each once. Raises InvalidRequest for one that does not exist."""
    known = {permission.value for permission in MemberPermission}
    unknown = sorted(set(values) - known)
    if unknown:
        raise _invalid("permissions", f"{unknown[0]} is not one of {', '.join(sorted(known))}")
    return tuple(dict.fromkeys(values))


def checked_retention(days: int) -> int:
    """Days. Raises InvalidRequest for fewer than 3 or more than 90."""
    if not MIN_RETENTION_DAYS <= days <= MAX_RETENTION_DAYS:
        raise _invalid("days", f"must be between {MIN_RETENTION_DAYS} and {MAX_RETENTION_DAYS}")
    return days


def checked_sms_sender(value: str) -> str:
    """A text sender as typed. Raises InvalidRequest."""
    stripped = value.strip()
    try:
        parse_phone_number(stripped)
    except InvalidPhoneNumber:
        if not _SENDER_NAME.fullmatch(stripped) or stripped.isdigit():
            raise _invalid(
                "value", f"must be a name of at most {MAX_SMS_SENDER_CHARACTERS} characters or a phone number"
            ) from None
    return stripped


def checked_email_address(field: str, value: str) -> str:
    """An email address with its case kept. Raises InvalidRequest."""
    try:
        return parse_email_address(value).accepted_as
    except InvalidEmailAddress:
        raise _invalid(field, "is not a valid email address") from None


def checked_guest_list(phone_numbers: Sequence[str], email_addresses: Sequence[str]) -> tuple[str, ...]:
    """A guest list. Raises InvalidRequest."""
    if max(len(phone_numbers), len(email_addresses)) > MAX_GUESTS_OF_A_KIND:
        raise _invalid("guest_list", f"has more than {MAX_GUESTS_OF_A_KIND} of a kind")
    for number in phone_numbers:
        try:
            parse_phone_number(number)
        except InvalidPhoneNumber:
            raise _invalid("phone_numbers", "has an entry that is not a phone number") from None
    for address in email_addresses:
        checked_email_address("email_addresses", address)
    return (*phone_numbers, *email_addresses)


def checked_callback(url: str, bearer_token: str, *, allow_http: bool) -> None:
    """A callback's URL and token. Raises InvalidRequest. Plain http is for development."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    schemes = {"https", "http"} if allow_http else {"https"}
    if parts.scheme not in schemes or not host or parts.username or len(url) > 2_000 or not url.isprintable():
        raise _invalid("url", "must be a valid https URL")
    if len(bearer_token) < MIN_CALLBACK_TOKEN_CHARACTERS or not bearer_token.isprintable():
        raise _invalid("bearer_token", f"must have at least {MIN_CALLBACK_TOKEN_CHARACTERS} characters")


def checked_branding(branding: Branding) -> Branding:
    """A look. Raises InvalidRequest."""
    if branding.colour and not _COLOUR.fullmatch(branding.colour):
        raise _invalid("email_branding.colour", "must look like #1d70b8")
    if branding.logo_url and urlsplit(branding.logo_url).scheme != "https":
        raise _invalid("email_branding.logo_url", "must be an https address")
    return branding


def checked_limits(rate_limit: int | None, limits: DailyLimits | None) -> None:
    """Limits. Raises InvalidRequest for one below zero."""
    if rate_limit is not None and rate_limit < 0:
        raise _invalid("rate_limit", "must not be below 0")
    if limits is not None and min(limits.email, limits.sms, limits.letter, limits.international_sms) < 0:
        raise _invalid("daily_limits", "must not be below 0")


def _invalid(field: str, fault: str) -> InvalidRequest:
    return InvalidRequest([Violation(field, f"{field} {fault}")])
