"""Requests that send many messages at once: which fields they may have, and reading them.

A request may be tens of megabytes long. Its table is cut out and passed on as it came: what is in it is the
notifications service's to check, away from whoever waits for a single message.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from servicekit.errors import InvalidRequest, RuleBroken, Violation
from services.api_gateway.errors import INVALID_JSON
from services.api_gateway.field_rules import (
    DATE_FORMAT_FAULT,
    canonical_id,
    is_id,
    is_one_of,
    is_reference,
    is_text,
)
from services.api_gateway.http import Request
from services.api_gateway.idempotency import RequestKey, checked_key
from services.api_gateway.json_body import INVALID_MESSAGE, parse_object, printed
from services.api_gateway.openapi_fields import accepts
from services.api_gateway.schemas import Field, Schema, check_body, invalid

MAX_NAME_CHARACTERS: Final = 255
_LONGEST_SHOWN: Final = 10_000
"""Values that are longer are not repeated in what is said of them."""
_SCALARS: Final = (str, int, float, bool, type(None))

_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """Many messages that somebody wants sent; its shape was checked, its table was not."""

    template_id: str
    name: str
    is_csv: bool
    table: bytes
    """CSV or JSON, in UTF-8."""
    reference: str | None
    scheduled_for: datetime | None
    skip_bad_rows: bool
    sms_sender_id: str | None
    email_reply_to_id: str | None
    key: RequestKey | None


@accepts({"type": "string", "minLength": 1, "maxLength": MAX_NAME_CHARACTERS})
def is_job_name(name: str, value: Any) -> Sequence[str]:
    """What people call a job."""
    if isinstance(value, str) and not value:
        return (f"{name} can not be empty",)
    if isinstance(value, str) and len(value) > MAX_NAME_CHARACTERS:
        return (f"{name} {printed(value[:_LONGEST_SHOWN])} is too long",)
    return is_text(name, value)


@accepts(
    {
        "type": "array",
        "items": {"type": "array", "items": {"type": ["string", "number", "boolean", "null"]}},
    }
)
def is_table(name: str, value: Any) -> Sequence[str]:
    """Rows of cells. Of a request only the first brackets are looked at here."""
    if isinstance(value, list) and all(
        isinstance(row, list) and all(isinstance(cell, _SCALARS) for cell in row) for row in value
    ):
        return ()
    return (f"{name} is not of type array",)


@accepts({"type": ["string", "null"], "format": "date-time"})
def is_time(name: str, value: Any) -> Sequence[str]:
    """A time, or null. How far ahead it may lie is the notifications service's to say."""
    if value is None:
        return ()
    if not isinstance(value, str):
        return (f"{name} {printed(value)} is not of type string, null",)
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return (f"{name} {DATE_FORMAT_FAULT}",)
    return ()


BULK: Final = Schema(
    fields=(
        Field(
            name="template_id",
            check=is_id,
            required=True,
            description="The template to fill in; it says whether texts, emails or letters are sent.",
            example="0197c2f4-6a0e-7c4b-9d3e-5b8f21a60c11",
        ),
        Field(
            name="name",
            check=is_job_name,
            required=True,
            description="What you call this batch of messages.",
            example="Reminders for March",
        ),
        Field(
            name="rows",
            check=is_table,
            description="The recipients: a header row, then a row for each message. The header names the column "
            "`phone number` or `email address`, or for letters three or more of `address line 1` to "
            "`address line 7` and `postcode`, and the template's placeholders; a column `reference` gives each "
            "message its own. At most 100,000 rows.",
            example=[["phone number", "name"], ["07700 900123", "Ada"]],
        ),
        Field(name="csv", check=is_text, description="The same as CSV, instead of `rows`."),
        Field(
            name="reference",
            check=is_reference,
            description="The reference of all messages, where there is no column `reference`.",
        ),
        Field(
            name="scheduled_for",
            check=is_time,
            description="When to send them: a time within the next seven days. Left out: at once.",
        ),
        Field(
            name="on_error",
            check=is_one_of("refuse", "skip"),
            description="What happens when rows are wrong. `refuse`, or left out: nothing is sent. `skip`: the other "
            "rows are sent.",
        ),
        Field(
            name="sms_sender_id",
            check=is_id,
            description="Texts: which of your senders they come from. Left out: your default sender.",
        ),
        Field(
            name="email_reply_to_id",
            check=is_id,
            description="Emails: which of your addresses replies go to. Left out: your default address.",
        ),
    )
)
"""POST /v2/notifications/bulk."""


def read_bulk(request: Request, raw: bytes) -> NewJob:
    """Read a body. Raises RuleBroken for what is no JSON, InvalidRequest with all that is wrong."""
    key = checked_key(request)
    pieces = _pieces(raw)
    body = {name: _value(name, piece) for name, piece in pieces.items()}
    small = b" ".join(bytes(piece) for name, piece in pieces.items() if name not in ("rows", "csv"))
    check_body(BULK, small, body)
    if ("rows" in body) is ("csv" in body):
        fault = "rows and csv can not be given together" if "rows" in body else "rows is a required property"
        raise invalid([("rows", fault)])
    is_csv = "csv" in body
    return NewJob(
        template_id=canonical_id(body["template_id"]),
        name=body["name"],
        is_csv=is_csv,
        table=body["csv"].encode() if is_csv else bytes(pieces["rows"]),
        reference=body.get("reference"),
        scheduled_for=_moment(body.get("scheduled_for")),
        skip_bad_rows=body.get("on_error") == "skip",
        sms_sender_id=_optional_id(body, "sms_sender_id"),
        email_reply_to_id=_optional_id(body, "email_reply_to_id"),
        key=None if key is None else RequestKey(key, _fingerprint(request.path, pieces), request.root),
    )


def _pieces(raw: bytes) -> dict[str, msgspec.Raw]:
    """The fields of a body, each as the JSON that it came in."""
    try:
        return _decode_fields(raw)
    except msgspec.ValidationError:
        if len(raw) > _LONGEST_SHOWN:
            raise InvalidRequest([Violation("", "Body is not of type object")]) from None
        # JSON, but no object: what is false in Python counts as an empty one.
        parse_object(raw)
        return {}
    except (msgspec.DecodeError, RecursionError) as err:
        raise RuleBroken(INVALID_JSON, INVALID_MESSAGE) from err


def _value(name: str, piece: msgspec.Raw) -> Any:
    """The value of a field; of a table none of its rows."""
    if name == "rows" and bytes(memoryview(piece)[:1]) == b"[":
        return []
    try:
        return msgspec.json.decode(piece)
    except (msgspec.DecodeError, RecursionError) as err:
        raise RuleBroken(INVALID_JSON, INVALID_MESSAGE) from err


def _moment(value: str | None) -> datetime | None:
    if value is None:
        return None
    at = datetime.fromisoformat(value)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _optional_id(body: Mapping[str, Any], name: str) -> str | None:
    return canonical_id(body[name]) if name in body else None


def _fingerprint(path: str, pieces: Mapping[str, msgspec.Raw]) -> bytes:
    """Of the endpoint and the fields as they were written, in whatever order."""
    digest = hashlib.sha256(path.encode())
    for name in sorted(pieces):
        digest.update(f"\n{name}=".encode())
        digest.update(memoryview(pieces[name]))
    return digest.digest()
