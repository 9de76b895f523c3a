"""POST /v2/notifications/…: what reaches the notifications service, what comes back, and the order of
checks."""

import base64
import json
from typing import Any
from uuid import UUID

import pytest

from notify.notifications.v1 import types_pb2
from servicekit.errors import (
    DeadlineExceeded,
    InvalidRequest,
    RuleBroken,
    ServiceError,
    Unavailable,
    Violation,
)
from servicekit.ids import bucket_in, bucket_of
from tests.unit.api_gateway.fakes import (
    SECRETS,
    SERVICE_ID,
    TEMPLATE_ID,
    Gateway,
    a_token,
    invalid,
    v2_error,
)

SMS = {"phone_number": "07700900123", "template_id": TEMPLATE_ID}
EMAIL = {"email_address": "a@example.gov.uk", "template_id": TEMPLATE_ID}
LETTER = {"template_id": TEMPLATE_ID, "personalisation": {"address_line_1": "A"}}
BAD_JSON = v2_error(400, ("BadRequestError", "Invalid JSON supplied in POST data"))
SENDER_ID = "5d0a1b9e-2c3d-4e5f-8a9b-0c1d2e3f4a5b"


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


async def test_the_answer_to_a_text(gateway: Gateway) -> None:
    response = await gateway.post(
        "/v2/notifications/sms", {**SMS, "reference": "ŵ 🙂", "scheduled_for": None}
    )
    made = gateway.notifications.created[0].id
    assert response.status == 201
    assert response.json == {
        "id": made,
        "reference": "ŵ 🙂",
        "content": {"body": "Hello Ada", "from_number": "GOVUK"},
        "uri": f"https://api.example/v2/notifications/{made}",
        "template": {
            "id": TEMPLATE_ID,
            "version": 3,
            "uri": f"https://api.example/services/{SERVICE_ID}/templates/{TEMPLATE_ID}",
        },
        "scheduled_for": None,
    }


async def test_the_answer_to_an_email(gateway: Gateway) -> None:
    url = "https://example.com/leave"
    answer = (await gateway.post("/v2/notifications/email", {**EMAIL, "one_click_unsubscribe_url": url})).json
    assert (answer["reference"], answer["sanitised_content"]) == (None, {})
    assert answer["content"] == {
        "from_email": "a.service@notify.example",
        "subject": "A subject",
        "body": "Hello Ada",
        "one_click_unsubscribe_url": url,
    }


async def test_what_the_notifications_service_gets_for_a_text(gateway: Gateway) -> None:
    body = {
        **SMS,
        "template_id": TEMPLATE_ID.upper(),
        "sms_sender_id": SENDER_ID,
        "personalisation": {"a": 1.5},
    }
    await gateway.post("/v2/notifications/sms", body, token=a_token(SECRETS["test"]))
    (item,) = gateway.notifications.created
    assert bucket_in(UUID(item.id)) == bucket_of(UUID(SERVICE_ID))
    assert (item.service_id, item.api_key_id, item.key_type) == (
        SERVICE_ID,
        "key-test",
        types_pb2.KEY_TYPE_TEST,
    )
    assert (item.template_id, item.recipient, item.sms_sender_id) == (TEMPLATE_ID, "07700900123", SENDER_ID)
    assert (item.personalisation_json, item.HasField("reference")) == ('{"a":1.5}', False)


async def test_what_the_notifications_service_gets_for_an_email(gateway: Gateway) -> None:
    body = {**EMAIL, "email_reply_to_id": SENDER_ID, "sanitise_content_for": ["a", "b"], "reference": ""}
    await gateway.post("/v2/notifications/email", body)
    (item,) = gateway.notifications.created
    assert (item.type, item.email_reply_to_id) == (types_pb2.NOTIFICATION_TYPE_EMAIL, SENDER_ID)
    assert (list(item.sanitise_content_for), item.personalisation_json) == (["a", "b"], "")
    assert (item.HasField("reference"), item.HasField("one_click_unsubscribe_url")) == (True, False)


@pytest.mark.parametrize("number", ["NaN", "1e999", "-1e999", "123456789012345678901234567890", "1.0"])
async def test_odd_numbers_are_passed_on(gateway: Gateway, number: str) -> None:
    body = f'{{"phone_number": "07700900123", "template_id": "{TEMPLATE_ID}", "personalisation": {{"n": {number}}}}}'
    assert (await gateway.post("/v2/notifications/sms", body.encode())).status == 201
    passed_on = json.loads(gateway.notifications.created[0].personalisation_json)["n"]
    assert str(passed_on) == str(json.loads(number))


@pytest.mark.parametrize("kind", ["sms", "email", "letter"])
@pytest.mark.parametrize("body", [b"", b"{", b"not json", b'{"a":' * 5_000])
async def test_what_is_no_json(gateway: Gateway, kind: str, body: bytes) -> None:
    response = await gateway.post(f"/v2/notifications/{kind}", body)
    assert (response.status, response.json) == (400, BAD_JSON)


@pytest.mark.parametrize("kind", ["sms", "email", "letter"])
async def test_json_that_is_no_object(gateway: Gateway, kind: str) -> None:
    response = await gateway.post(f"/v2/notifications/{kind}", b'["content"]')
    assert (response.status, response.json) == (400, invalid("[content] is not of type object"))


@pytest.mark.parametrize("pieces", [1, 2, 50])
async def test_a_body_that_comes_in_pieces(gateway: Gateway, pieces: int) -> None:
    raw = json.dumps(SMS).encode()
    size = -(-len(raw) // pieces)
    body = [raw[at : at + size] for at in range(0, len(raw), size)]
    assert (await gateway.call("POST", "/v2/notifications/sms", body=body, token=a_token())).status == 201


async def test_a_client_that_leaves_gets_no_answer(gateway: Gateway) -> None:
    response = await gateway.call("POST", "/v2/notifications/sms", body=[], token=a_token())
    assert (response.status, gateway.notifications.created) == (0, [])


TOO_LARGE = v2_error(
    413, ("BadRequestError", "Request body is too large. It must be no more than 100000 bytes.")
)


@pytest.mark.parametrize(
    "body", [b" " * 100_001, [b" " * 60_000] * 2, [b" " * 200_000], [b" " * 100] * 1_001]
)
async def test_a_body_that_is_too_large(gateway: Gateway, body: Any) -> None:
    response = await gateway.call("POST", "/v2/notifications/sms", body=body, token=a_token())
    assert (response.status, response.json) == (413, TOO_LARGE)


async def test_a_declared_length_is_enough_to_refuse(gateway: Gateway) -> None:
    response = await gateway.call(
        "POST", "/v2/notifications/sms", body=[], token=a_token(), headers={"content-length": "100001"}
    )
    assert (response.status, response.json) == (413, TOO_LARGE)


async def test_the_largest_body(gateway: Gateway) -> None:
    raw = json.dumps(SMS).encode()
    assert (await gateway.post("/v2/notifications/sms", raw + b" " * (100_000 - len(raw)))).status == 201


async def test_the_token_comes_before_the_body(gateway: Gateway) -> None:
    response = await gateway.call(
        "POST", "/v2/notifications/sms", body=b"{", headers={"authorization": "Basic x"}
    )
    said = "Unauthorized: authentication bearer scheme must be used"
    assert (response.status, response.json) == (401, v2_error(401, ("AuthError", said)))


async def test_all_faults_come_in_one_answer(gateway: Gateway) -> None:
    response = await gateway.post("/v2/notifications/sms", {"phone_number": "x", "foo": 1})
    assert response.json == invalid(
        "phone_number Must not contain letters or symbols",
        "template_id is a required property",
        "Additional properties are not allowed (foo was unexpected)",
    )


async def test_text_that_cannot_be_stored_is_refused_by_name(gateway: Gateway) -> None:
    body = json.dumps({**SMS, "reference": "\x00", "personalisation": {"a": "\ud800"}, "\ud800": 1}).encode()
    response = await gateway.post("/v2/notifications/sms", body)
    assert response.status == 400
    assert [error["message"].split()[0] for error in response.json["errors"]] == [
        "Additional",
        "reference",
        "personalisation",
    ]


@pytest.mark.parametrize(
    ("failure", "status", "error", "message"),
    [
        (
            RuleBroken("TEMPLATE_NOT_FOUND", "Template not found"),
            400,
            "BadRequestError",
            "Template not found",
        ),
        (
            RuleBroken("LANDLINE_NOT_ALLOWED", "Not a UK mobile number"),
            400,
            "InvalidPhoneError",
            "Not a UK mobile number",
        ),
        (
            InvalidRequest([Violation("phone_number", "phone_number Not enough digits")]),
            400,
            "ValidationError",
            "phone_number Not enough digits",
        ),
        (Unavailable("x"), 503, "Exception", "Service is temporarily unavailable, try again later"),
        (DeadlineExceeded(), 504, "EventletTimeout", "Timeout serving request"),
        (ZeroDivisionError("07700900123"), 500, "Exception", "Internal server error"),
    ],
)
async def test_what_the_notifications_service_refuses(
    gateway: Gateway, failure: ServiceError, status: int, error: str, message: str
) -> None:
    gateway.notifications.failure = failure
    response = await gateway.post("/v2/notifications/sms", SMS)
    assert (response.status, response.json) == (status, v2_error(status, (error, message)))


UPLOAD = {"reference": "x", "content": "JVBERg=="}


async def test_a_letter_from_a_template(gateway: Gateway) -> None:
    answer = (await gateway.post("/v2/notifications/letter", LETTER)).json
    assert answer["content"] == {"subject": "A subject", "body": "Hello Ada"}
    assert json.loads(gateway.notifications.created[0].personalisation_json) == LETTER["personalisation"]


@pytest.mark.parametrize(("given", "postage"), [({}, "second"), ({"postage": "economy"}, "economy")])
async def test_an_uploaded_letter_is_handed_over_before_its_notification_is_made(
    gateway: Gateway, given: dict[str, str], postage: str
) -> None:
    response = await gateway.post("/v2/notifications/letter", UPLOAD | given)
    made = gateway.notifications.created[0]
    assert (response.status, response.json) == (201, {"id": made.id, "reference": "x", "postage": postage})
    assert gateway.letters.uploads == [(made.id, b"%PDF")]
    assert made.precompiled.postage == postage


async def test_a_large_upload_arrives_whole(gateway: Gateway) -> None:
    content = b"%PDF" + bytes(9_000_000)
    upload = {"reference": "x", "content": base64.b64encode(content).decode()}
    assert (await gateway.post("/v2/notifications/letter", upload)).status == 201
    assert gateway.letters.uploads[0][1] == content


@pytest.mark.parametrize("content", ["a", "abc", "abcde", "é"])
async def test_content_that_is_no_base64(gateway: Gateway, content: str) -> None:
    response = await gateway.post("/v2/notifications/letter", UPLOAD | {"content": content})
    refusal = ("BadRequestError", "Cannot decode letter content (invalid base64 encoding)")
    assert (response.status, response.json) == (400, v2_error(400, refusal))
    assert gateway.notifications.created == []


async def test_whether_letters_may_be_sent_comes_before_what_was_uploaded(gateway: Gateway) -> None:
    message = "Cannot send letters with a team api key"
    gateway.notifications.letter_refusal = RuleBroken("LETTER_NOT_ALLOWED", message)
    response = await gateway.post("/v2/notifications/letter", UPLOAD | {"content": "a"})
    assert (response.status, response.json) == (403, v2_error(403, ("BadRequestError", message)))
    assert gateway.letters.uploads == []


async def test_an_upload_that_is_repeated_is_taken_in_once(gateway: Gateway) -> None:
    headers = {"idempotency-key": "a key"}
    first = await gateway.post("/v2/notifications/letter", UPLOAD, headers=headers)
    again = await gateway.post("/v2/notifications/letter", UPLOAD, headers=headers)
    assert again.json == first.json
    assert again.headers["idempotent-replayed"] == "true"
    assert len(gateway.letters.uploads) == 1


async def test_a_qr_code_that_says_too_much_is_shown_with_its_size(gateway: Gateway) -> None:
    facts = {"data": "x" * 505, "num_bytes": "505", "max_bytes": "504"}
    message = "Cannot create a usable QR code - the link is too long"
    gateway.notifications.failure = RuleBroken("QR_CODE_TOO_LONG", message, metadata=facts)
    shown = {
        "error": "ValidationError",
        "message": message,
        "data": "x" * 505,
        "num_bytes": 505,
        "max_bytes": 504,
    }
    response = await gateway.post("/v2/notifications/letter", LETTER)
    assert response.json == {"status_code": 400, "errors": [shown]}


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        ({}, ["template_id is a required property", "personalisation is a required property"]),
        ({"content": None}, ["content None is not of type string", "reference is a required property"]),
        (
            {"reference": "x", "content": "AAAA", "template_id": TEMPLATE_ID},
            ["Additional properties are not allowed (template_id was unexpected)"],
        ),
    ],
)
async def test_the_shape_of_letters_is_checked(gateway: Gateway, body: object, messages: list[str]) -> None:
    assert (await gateway.post("/v2/notifications/letter", body)).json == invalid(*messages)


async def test_links_begin_with_the_public_url_where_one_is_set() -> None:
    gateway = Gateway(public_url="https://api.public.example")
    answer = (await gateway.post("/v2/notifications/sms", SMS)).json
    assert answer["uri"].startswith("https://api.public.example/v2/notifications/")


async def test_without_a_host_the_servers_address_is_used(gateway: Gateway) -> None:
    response = await gateway.call(
        "POST", "/v2/notifications/sms", body=json.dumps(SMS).encode(), token=a_token(), headers={"host": ""}
    )
    assert response.json["uri"].startswith("https://127.0.0.1:6011/v2/")
