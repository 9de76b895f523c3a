"""The rules of single fields: what a value must be, and what is said when it is not. In the public contract's words.

`schemas` puts them together. A rule is marked with the JSON Schema of what it lets pass, for the documentation.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from notifyrules.email_addresses import MESSAGE as NOT_AN_EMAIL_ADDRESS
from notifyrules.email_addresses import InvalidEmailAddress, parse_email_address
from notifyrules.phone_numbers import InvalidPhoneNumber, parse_phone_number
from servicekit.clock import Clock
from servicekit.ids import parse_id
from services.api_gateway.json_body import is_storable, printed
from services.api_gateway.openapi_fields import accepts

MAX_REFERENCE_CHARACTERS: Final = 1_000

Check = Callable[[str, Any], Sequence[str]]
"""Takes a field's name and value; answers what is wrong with it, mostly nothing."""

_FINE: Final[Sequence[str]] = ()
_CANONICAL_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
# RFC 3986's characters, so that the link can stand in a mail header as it is.
_HTTPS_URL: Final = re.compile(r"https:(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*", re.ASCII)
DATE_FORMAT_FAULT: Final = "datetime format is invalid. It must be a valid ISO8601 date time format, https://en.wikipedia.org/wiki/ISO_8601"
_MAX_AHEAD: Final = timedelta(hours=24)


@accepts({"type": "string"})
def is_text(name: str, value: Any) -> Sequence[str]:
    """A text of any length."""
    return _FINE if isinstance(value, str) else (f"{name} {printed(value)} is not of type string",)


@accepts({"type": "string", "maxLength": MAX_REFERENCE_CHARACTERS})
def is_reference(name: str, value: Any) -> Sequence[str]:
    """A sender's own reference."""
    if isinstance(value, str) and len(value) > MAX_REFERENCE_CHARACTERS:
        return (f"{name} {printed(value)} is too long",)
    return is_text(name, value)


@accepts({"type": "string", "format": "uuid"})
def is_id(name: str, value: Any) -> Sequence[str]:
    """A UUID in any form."""
    if isinstance(value, str):
        if _CANONICAL_ID.fullmatch(value):
            return _FINE
        try:
            parse_id(value)
        except ValueError:
            pass
        else:
            return _FINE
    return (f"{name} is not a valid UUID",)


def canonical_id(value: str) -> str:
    """An id that was checked, in lower case with hyphens."""
    return value if _CANONICAL_ID.fullmatch(value) else str(parse_id(value))


@accepts({"type": "object"})
def is_object(name: str, value: Any) -> Sequence[str]:
    """A JSON object."""
    return _FINE if isinstance(value, dict) else (f"{name} {printed(value)} is not of type object",)


@accepts({"type": "string", "format": "uri", "pattern": "^https:"})
def is_https_url(name: str, value: Any) -> Sequence[str]:
    """A link that a mail header may hold."""
    if isinstance(value, str) and _HTTPS_URL.fullmatch(value):
        return _FINE
    return (f"{name} is not a valid https url",)


@accepts({"type": ["array", "null"], "items": {"type": "string"}})
def is_list_of_names(name: str, value: Any) -> Sequence[str]:
    """Names of placeholders, or null."""
    if value is None:
        return _FINE
    if not isinstance(value, list):
        return (f"{name} {printed(value)} is not of type array, null",)
    return [f"{name} {printed(item)} is not of type string" for item in value if not isinstance(item, str)]


def is_one_of(*allowed: str) -> Check:
    """A check for one value of a closed set."""
    shown = ", ".join(allowed)

    @accepts({"type": "string", "enum": list(allowed)})
    def check(name: str, value: Any) -> Sequence[str]:
        return _FINE if value in allowed else (f"{name} {printed(value)} is not one of [{shown}]",)

    return check


def each_is_one_of(*allowed: str) -> Check:
    """A check for a query value that may be repeated: each of a closed set."""
    is_allowed = is_one_of(*allowed)

    @accepts({"type": "string", "enum": list(allowed)})
    def check(name: str, value: Any) -> Sequence[str]:
        values = value if isinstance(value, list) else [value]
        return [fault for each in values for fault in is_allowed(name, each)]

    return check


def is_time_soon(clock: Clock) -> Check:
    """A check for a time within the next day, or null."""

    @accepts({"type": ["string", "null"], "format": "date-time"})
    def check(name: str, value: Any) -> Sequence[str]:
        if value is None:
            return _FINE
        if not isinstance(value, str):
            return (f"{name} {printed(value)} is not of type string, null",)
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return (f"{name} {DATE_FORMAT_FAULT}",)
        at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
        now = clock.now()
        if at < now:
            return (f"{name} datetime can not be in the past",)
        if at > now + _MAX_AHEAD:
            return (f"{name} datetime can only be 24 hours in the future",)
        return _FINE

    return check


def is_phone_number(name: str, value: str) -> Sequence[str]:
    """The format of a phone number; the notifications service checks the same when nothing else is wrong."""
    try:
        parse_phone_number(value)
    except InvalidPhoneNumber as refused:
        return (f"{name} {refused.error.api_message}",)
    return _FINE


def is_email_address(name: str, value: str) -> Sequence[str]:
    """The format of an email address, likewise."""
    try:
        parse_email_address(value)
    except InvalidEmailAddress:
        return (f"{name} {NOT_AN_EMAIL_ADDRESS}",)
    return _FINE


@accepts({"type": "string", "enum": ["first", "second", "economy"]})
def is_postage(_name: str, value: Any) -> Sequence[str]:
    """The postage class of a letter that is a PDF already."""
    if value in ("first", "second", "economy"):
        return _FINE
    return ("postage invalid. It must be either first, second or economy.",)


@accepts({"type": "string"})
def is_storable_text(name: str, value: str) -> Sequence[str]:
    """A value of a query that is looked for among stored ones."""
    return _FINE if is_storable(value) else (f"{name} has characters that cannot be stored: NUL",)
