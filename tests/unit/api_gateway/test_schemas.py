"""The shape of requests: each fault's wording, and the order in which they are told."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.clock import FixedClock
from servicekit.errors import InvalidRequest
from services.api_gateway.schemas import (
    LETTER,
    NOTIFICATIONS_QUERY,
    PRECOMPILED_LETTER,
    PREVIEW,
    Schema,
    check_body,
    check_values,
    email_schema,
    query_values,
    sms_schema,
)
from tests.unit.api_gateway.fakes import NOW, TEMPLATE_ID

CLOCK = FixedClock(NOW)
SMS = sms_schema(CLOCK)
EMAIL = email_schema(CLOCK)
GOOD_SMS = {"phone_number": "07700900123", "template_id": TEMPLATE_ID}
GOOD_EMAIL = {"email_address": "a@example.gov.uk", "template_id": TEMPLATE_ID}
DATE_FORMAT = (
    "scheduled_for datetime format is invalid. It must be a valid ISO8601 date time format, "
    "https://en.wikipedia.org/wiki/ISO_8601"
)


def faults(schema: Schema, body: dict[str, Any]) -> list[str]:
    try:
        check_body(schema, json.dumps(body).encode(), body)
    except InvalidRequest as refused:
        return [violation.message for violation in refused.violations]
    return []


def sms_faults(**fields: object) -> list[str]:
    return faults(SMS, {**GOOD_SMS, **fields})


def email_faults(**fields: object) -> list[str]:
    return faults(EMAIL, {**GOOD_EMAIL, **fields})


def test_every_fault_of_a_text_in_order() -> None:
    assert faults(SMS, {"foo": 1, "sms_sender_id": "x", "phone_number": "x", "reference": 5}) == [
        "reference 5 is not of type string",
        "phone_number Must not contain letters or symbols",
        "sms_sender_id is not a valid UUID",
        "template_id is a required property",
        "Additional properties are not allowed (foo was unexpected)",
    ]


def test_every_fault_of_an_email_in_order() -> None:
    body = {
        "one_click_unsubscribe_url": "x",
        "email_reply_to_id": "x",
        "personalisation": [],
        "template_id": "x",
        "email_address": "x",
        "sanitise_content_for": "x",
    }
    assert faults(EMAIL, body) == [
        "email_address Not a valid email address",
        "template_id is not a valid UUID",
        "personalisation [] is not of type object",
        "email_reply_to_id is not a valid UUID",
        "one_click_unsubscribe_url is not a valid https url",
        "sanitise_content_for x is not of type array, null",
    ]


def test_every_fault_of_a_letter_in_order() -> None:
    assert faults(LETTER, {"template_id": "x", "reference": 1, "foo": 2}) == [
        "reference 1 is not of type string",
        "template_id is not a valid UUID",
        "personalisation is a required property",
        "Additional properties are not allowed (foo was unexpected)",
    ]


@pytest.mark.parametrize(
    ("schema", "body"),
    [
        (SMS, {"phone_number": "nonsense", "template_id": TEMPLATE_ID}),
        (EMAIL, {"email_address": "nonsense", "template_id": TEMPLATE_ID}),
    ],
)
def test_a_recipients_format_is_left_to_the_notifications_service_when_all_else_is_well(
    schema: Schema, body: dict[str, Any]
) -> None:
    assert faults(schema, body) == []


def test_two_extra_fields_are_named_in_order() -> None:
    assert sms_faults(foo=1, bar=2) == ["Additional properties are not allowed (bar, foo were unexpected)"]


@pytest.mark.parametrize("template_id", [TEMPLATE_ID, TEMPLATE_ID.upper(), TEMPLATE_ID.replace("-", "")])
def test_ids_in_any_form(template_id: str) -> None:
    assert sms_faults(template_id=template_id) == []


@pytest.mark.parametrize(
    "value", ["foo", "", f"{TEMPLATE_ID} ", f"{TEMPLATE_ID}\n", TEMPLATE_ID[:-3], None, 5, [], {}]
)
def test_what_is_no_id(value: object) -> None:
    assert sms_faults(template_id=value) == ["template_id is not a valid UUID"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("a" * 1000, None),
        ("", None),
        ("a" * 1001, f"reference {'a' * 1001} is too long"),
        (None, "reference None is not of type string"),
        ({"a": "b"}, "reference {a: b} is not of type string"),
    ],
)
def test_references(value: object, message: str | None) -> None:
    assert sms_faults(reference=value) == ([] if message is None else [message])


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "None"), (7700900123, "7700900123"), ([], "[]"), ({}, "{}"), (True, "True")]
)
def test_a_number_must_be_text(value: object, shown: str) -> None:
    assert sms_faults(phone_number=value) == [f"phone_number {shown} is not of type string"]


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(hours=1), timedelta(hours=24)])
@pytest.mark.parametrize(
    "form", ["%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%fZ", "%Y-%m-%d %H:%M:%S.%f+00:00"]
)
def test_a_time_within_a_day_is_fine(ahead: timedelta, form: str) -> None:
    assert sms_faults(scheduled_for=(NOW + ahead).strftime(form)) == []


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, None),
        ("2026-03-04T13:00+01:00", "scheduled_for datetime can not be in the past"),
        ("2026-03-04T13:00-01:00", None),
        ("2026-03-04 10:30", "scheduled_for datetime can not be in the past"),
        ("2026-03-05 12:31", "scheduled_for datetime can only be 24 hours in the future"),
        ("9999-12-31T23:59:59-23:00", "scheduled_for datetime can only be 24 hours in the future"),
        ("0001-01-01T00:00:00+23:00", "scheduled_for datetime can not be in the past"),
        ("tomorrow", DATE_FORMAT),
        ("2017-31-12 13:00:00", DATE_FORMAT),
        ("", DATE_FORMAT),
        (5, "scheduled_for 5 is not of type string, null"),
    ],
)
def test_scheduled_times(value: object, message: str | None) -> None:
    assert sms_faults(scheduled_for=value) == ([] if message is None else [message])


@pytest.mark.parametrize(
    "url", ["https://www.example.com/leave?id=1", "https://example.com", "https://a/%20b"]
)
def test_links_for_unsubscribing(url: str) -> None:
    assert email_faults(one_click_unsubscribe_url=url) == []


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example",
        "www.a.example",
        "HTTPS://a.example",
        "https://a b",
        "https://a\r\nb",
        "https",
        "",
        None,
        5,
    ],
)
def test_what_is_no_link_for_unsubscribing(url: object) -> None:
    assert email_faults(one_click_unsubscribe_url=url) == [
        "one_click_unsubscribe_url is not a valid https url"
    ]


@pytest.mark.parametrize(
    ("value", "messages"),
    [
        (None, []),
        ([], []),
        (["a"], []),
        ({"a": 1}, ["sanitise_content_for {a: 1} is not of type array, null"]),
        ([1, "a", None], [f"sanitise_content_for {v} is not of type string" for v in ("1", "None")]),
    ],
)
def test_names_to_sanitise(value: object, messages: list[str]) -> None:
    assert email_faults(sanitise_content_for=value) == messages


@pytest.mark.parametrize("postage", ["third", "europe", "", "First", None, 5, []])
def test_postage_that_does_not_exist(postage: object) -> None:
    body = {"reference": "x", "content": "AAAA", "postage": postage}
    assert faults(PRECOMPILED_LETTER, body) == [
        "postage invalid. It must be either first, second or economy."
    ]


def test_text_that_cannot_be_stored_names_its_field() -> None:
    said = "has characters that cannot be stored: NUL or half of a surrogate pair"
    assert sms_faults(reference="\x00", personalisation={"a": ["\ud800"]}) == [
        f"reference {said}",
        f"personalisation {said}",
    ]


def test_in_a_preview_only_known_fields_count() -> None:
    assert faults(PREVIEW, {"id": TEMPLATE_ID, "foo": "\x00", "reference": 5}) == []
    assert faults(PREVIEW, {"id": "x", "personalisation": 5}) == [
        "id is not a valid UUID",
        "personalisation 5 is not of type object",
    ]


def test_a_query_keeps_all_statuses_and_the_first_of_everything_else() -> None:
    pairs = [("status", "sent"), ("reference", "a"), ("status", "created"), ("reference", "b")]
    assert query_values(pairs) == {"status": ["sent", "created"], "reference": "a"}


def test_faults_of_a_query_in_order() -> None:
    values = query_values(
        [
            ("older_than", ""),
            ("page", "1"),
            ("include_jobs", "yes"),
            ("template_type", "SMS"),
            ("status", "elephant"),
            ("status", "created"),
            ("reference", "\x00"),
        ]
    )
    with pytest.raises(InvalidRequest) as refused:
        check_values(NOTIFICATIONS_QUERY, values)
    statuses = (
        "cancelled, created, sending, sent, delivered, pending, failed, technical-failure, temporary-failure, "
        "permanent-failure, pending-virus-check, validation-failed, virus-scan-failed, returned-letter, accepted, "
        "received"
    )
    assert [violation.message for violation in refused.value.violations] == [
        "reference has characters that cannot be stored: NUL",
        f"status elephant is not one of [{statuses}]",
        "template_type SMS is not one of [sms, email, letter]",
        "include_jobs yes is not one of [true, True]",
        "older_than is not a valid UUID",
        "Additional properties are not allowed (page was unexpected)",
    ]


TEXTS = st.text(st.characters(exclude_categories=[]), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
NAMES = (
    st.sampled_from([field.name for field in (*SMS.fields, *EMAIL.fields, *PRECOMPILED_LETTER.fields)])
    | TEXTS
)


@given(st.sampled_from([SMS, EMAIL, LETTER, PRECOMPILED_LETTER, PREVIEW]), st.dictionaries(NAMES, VALUES))
def test_no_object_breaks_the_checks(schema: Schema, body: dict[str, Any]) -> None:
    faults(schema, body)
