"""The shape of requests: which fields there may be, of which type, and what is said when they are not.

Wordings and their order are the public contract's (section 1; fields in sections 5 to 7, 10 and 12): fields
in the schema's order, then missing ones, then extra ones. A recipient's format is checked here only when
something else is wrong, so that all faults come in one answer; otherwise the notifications service checks
it, once. The rules of single fields are in `field_rules`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from notifyrules.statuses import FILTER_VALUES, NotificationType
from servicekit.clock import Clock
from servicekit.errors import InvalidRequest, Violation
from services.api_gateway.field_rules import (
    Check,
    canonical_id,
    each_is_one_of,
    is_email_address,
    is_https_url,
    is_id,
    is_list_of_names,
    is_object,
    is_one_of,
    is_phone_number,
    is_postage,
    is_reference,
    is_storable_text,
    is_text,
    is_time_soon,
)
from services.api_gateway.json_body import printed, unstorable_fields

TYPE_VALUES: Final = tuple(kind.value for kind in NotificationType)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field that a request may have."""

    name: str
    check: Check
    required: bool = False
    format: Check | None = None
    """A further check of values that `check` passed, made only when something else in the request is
    wrong."""
    description: str = ""
    """What it means, for the API's documentation."""
    example: Any = None
    """A value for the documentation's examples; None leaves the field out of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """All fields of one kind of request, in the order in which their faults are told."""

    fields: tuple[Field, ...]
    extra_allowed: bool = False


def check_body(schema: Schema, raw: bytes, body: Mapping[str, Any]) -> None:
    """Check a JSON body. `raw` is what it was read from. Raises InvalidRequest with all that is wrong."""
    faults = _faults(schema, body, with_formats=False)
    faults += [
        (name, f"{name} has characters that cannot be stored: NUL or half of a surrogate pair")
        for name in unstorable_fields(raw, body)
        if not schema.extra_allowed or name in {known.name for known in schema.fields}
    ]
    if faults:
        at_least_these = _faults(schema, body, with_formats=True)
        raise invalid(at_least_these + [fault for fault in faults if fault not in at_least_these])


def check_values(schema: Schema, values: Mapping[str, Any]) -> None:
    """Check the values of a query. Raises InvalidRequest with all that is wrong."""
    faults = _faults(schema, values, with_formats=False)
    if faults:
        raise invalid(faults)


def invalid(faults: Iterable[tuple[str, str]]) -> InvalidRequest:
    """The exception for faults: pairs of field and whole message."""
    return InvalidRequest([Violation(name, message) for name, message in faults])


def _faults(schema: Schema, body: Mapping[str, Any], *, with_formats: bool) -> list[tuple[str, str]]:
    faults: list[tuple[str, str]] = []
    present = 0
    missing: list[str] = []
    for field in schema.fields:
        name = field.name
        if name in body:
            present += 1
            value = body[name]
            found = field.check(name, value)
            if not found and with_formats and field.format is not None:
                found = field.format(name, value)
            if found:
                faults += [(name, message) for message in found]
        elif field.required:
            missing.append(name)
    faults += [(name, f"{name} is a required property") for name in missing]
    if present != len(body) and not schema.extra_allowed:
        faults.append(_extra(schema, body))
    return faults


def _extra(schema: Schema, body: Mapping[str, Any]) -> tuple[str, str]:
    known = {field.name for field in schema.fields}
    names = sorted(name for name in body if name not in known)
    were = "was" if len(names) == 1 else "were"
    shown = ", ".join(printed(name) for name in names)
    return "", f"Additional properties are not allowed ({shown} {were} unexpected)"


_REFERENCE: Final = Field(
    name="reference",
    check=is_reference,
    description="Your own reference for the message, or for a batch of messages. It need not be unique.",
    example="order-4711",
)
_TEMPLATE_ID: Final = Field(
    name="template_id",
    check=is_id,
    required=True,
    description="The template to fill in.",
    example="0197c2f4-6a0e-7c4b-9d3e-5b8f21a60c11",
)
_PERSONALISATION: Final = Field(
    name="personalisation",
    check=is_object,
    description="A value for each ((placeholder)) of the template. A list of values is filled in as a list.",
    example={"name": "Ada"},
)


def _scheduled_for(clock: Clock) -> Field:
    return Field(
        name="scheduled_for",
        check=is_time_soon(clock),
        description="A time within the next 24 hours. It is checked, and the message is sent at once all the same.",
    )


def sms_schema(clock: Clock) -> Schema:
    """POST /v2/notifications/sms."""
    return Schema(
        fields=(
            _REFERENCE,
            Field(
                name="phone_number",
                check=is_text,
                format=is_phone_number,
                required=True,
                description="Who gets the text. A number without a country code is taken as one in the UK.",
                example="07700 900123",
            ),
            _TEMPLATE_ID,
            _PERSONALISATION,
            _scheduled_for(clock),
            Field(
                name="sms_sender_id",
                check=is_id,
                description="Which of your senders the text comes from. Left out: your default sender.",
            ),
        )
    )


def email_schema(clock: Clock) -> Schema:
    """POST /v2/notifications/email."""
    return Schema(
        fields=(
            _REFERENCE,
            Field(
                name="email_address",
                check=is_text,
                format=is_email_address,
                required=True,
                description="Who gets the email.",
                example="ada@example.gov.uk",
            ),
            _TEMPLATE_ID,
            _PERSONALISATION,
            _scheduled_for(clock),
            Field(
                name="email_reply_to_id",
                check=is_id,
                description="Which of your addresses replies go to. Left out: your default address.",
            ),
            Field(
                name="one_click_unsubscribe_url",
                check=is_https_url,
                description="An https address of yours that takes a POST when somebody unsubscribes with one click.",
            ),
            Field(
                name="sanitise_content_for",
                check=is_list_of_names,
                description="Names in `personalisation` whose values are not to be trusted: links and Markdown in "
                "them are made harmless.",
            ),
        )
    )


LETTER: Final = Schema(
    fields=(
        _REFERENCE,
        _TEMPLATE_ID,
        Field(
            name="personalisation",
            check=is_object,
            required=True,
            description="The address, as `address_line_1` to `address_line_7`, and a value for each ((placeholder)).",
            example={
                "address_line_1": "Ada Lovelace",
                "address_line_2": "12 St James’s Square",
                "address_line_3": "London SW1Y 4JH",
                "name": "Ada",
            },
        ),
    )
)
"""POST /v2/notifications/letter, from a template."""

PRECOMPILED_LETTER: Final = Schema(
    fields=(
        Field(
            name="reference",
            check=is_text,
            required=True,
            description="Your own reference for the letter.",
            example="order-4711",
        ),
        Field(
            name="content",
            check=is_text,
            required=True,
            description="The PDF in base64.",
            example="JVBERi0xLjcK",
        ),
        Field(
            name="postage",
            check=is_postage,
            description="How it is posted. Left out: second class.",
            example="second",
        ),
    )
)
"""POST /v2/notifications/letter with a field `content`: the letter is a PDF already."""

PREVIEW: Final = Schema(
    fields=(Field(name="id", check=is_id, description="The template."), _PERSONALISATION), extra_allowed=True
)
"""POST /v2/template/<id>/preview; the id comes from the path."""

NOTIFICATIONS_QUERY: Final = Schema(
    fields=(
        Field(
            name="reference", check=is_storable_text, description="Only messages with exactly this reference."
        ),
        Field(
            name="status",
            check=each_is_one_of(*FILTER_VALUES),
            description="Only messages in this status. It may be given several times.",
            example="delivered",
        ),
        Field(
            name="template_type",
            check=each_is_one_of(*TYPE_VALUES),
            description="Only messages of this type. It may be given several times.",
            example="sms",
        ),
        Field(
            name="include_jobs",
            check=each_is_one_of("true", "True"),
            description="Also messages that were sent from a list of recipients.",
        ),
        Field(
            name="older_than",
            check=is_id,
            description="Only messages that are older than the one with this id: how the next page is asked for.",
        ),
    )
)
"""GET /v2/notifications."""

TEMPLATES_QUERY: Final = Schema(
    fields=(
        Field(
            name="type",
            check=is_one_of(*TYPE_VALUES),
            description="Only templates of this type.",
            example="sms",
        ),
    )
)
"""GET /v2/templates."""

RECEIVED_TEXTS_QUERY: Final = Schema(
    fields=(
        Field(
            name="older_than",
            check=is_id,
            description="Only texts that are older than the one with this id: how the next page is asked for.",
        ),
    )
)
"""GET /v2/received-text-messages."""

REPEATABLE: Final = frozenset({"status", "template_type"})


def query_values(pairs: Iterable[tuple[str, str]]) -> dict[str, str | list[str]]:
    """A query as the schemas take it: lists for what may repeat, the first value of everything else."""
    values: dict[str, str | list[str]] = {}
    for name, value in pairs:
        if name in REPEATABLE:
            kept = values.setdefault(name, [])
            if isinstance(kept, list):
                kept.append(value)
        else:
            values.setdefault(name, value)
    return values


def check_path_id(name: str, value: str) -> str:
    """The id in a path, in lower case with hyphens. Raises InvalidRequest."""
    if is_id(name, value):
        raise invalid([(name, f"{name} is not a valid UUID")])
    return canonical_id(value)
