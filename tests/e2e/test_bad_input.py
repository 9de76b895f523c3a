"""Whatever comes in at the edge of a running system is answered with a clear 4xx, and nothing of it is stored."""

import contextlib
import gzip
import json
import re
import socket
import time
import uuid
import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import jwt
import psycopg
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.warnings import InsecureKeyLengthWarning

from clients.notifyctl.connection import Clients, with_clients
from clients.notifyctl.tokens import parse_full_key
from notify.notifications.v1 import accounts_pb2, types_pb2
from tests.e2e.rest import EMAIL_PATH, TEXT_PATH, Rest
from tests.e2e.stack import System, wait_for

UNKNOWN_ID = "3f1b7c9e-52d8-4a06-9b1d-c4e07a685f23"
"""Nobody's; the same in every worker, so that they find the same tests."""
MEBIBYTE = 1024 * 1024
DEEP = 100_000
ALL_PATHS = (TEXT_PATH, EMAIL_PATH)


@pytest.fixture(scope="module")
def rest(system: System) -> Rest:
    key = parse_full_key(system.demo.api_key)
    return Rest(url=system.stack.rest_url, service_id=key.service_id, secret=key.secret)


@pytest.fixture
def text(system: System) -> dict[str, Any]:
    """A body with nothing wrong in it."""
    return {
        "phone_number": "07700900166",
        "template_id": system.demo.sms_template_id,
        "personalisation": {"name": "Ada"},
    }


@pytest.fixture(autouse=True)
def nothing_is_stored(system: System) -> Iterator[None]:
    before = stored(system)
    yield
    assert stored(system) == before


@pytest.fixture(autouse=True, scope="module")
def nothing_crashes(system: System) -> Iterator[None]:
    before = {name: system.stack.process(name).pid for name in system.stack.process_names}
    yield
    assert {name: system.stack.process(name).pid for name in system.stack.process_names} == before


def stored(system: System) -> int:
    """Notifications in the database."""
    with psycopg.connect(system.stack.database_url) as connection:
        row = connection.execute("select count(*) from notifications.notifications").fetchone()
        return int(row[0]) if row else 0


def assert_refused(answer: requests.Response, *statuses: int) -> None:
    """The status is one of those, and the body has the public form of errors."""
    assert answer.status_code in statuses, answer.text[:500]
    body = answer.json()
    assert body["status_code"] == answer.status_code
    assert body["errors"]
    assert all(set(error) == {"error", "message"} and error["message"] for error in body["errors"])


# Tokens


def make_token(rest: Rest, **changes: Any) -> str:
    """A token that is good but for the changes; None takes a claim away. `secret` and `alg` are not claims."""
    secret, algorithm = changes.pop("secret", rest.secret), changes.pop("alg", "HS256")
    claims = {"iss": rest.service_id, "iat": int(time.time()), **changes}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InsecureKeyLengthWarning)
        return jwt.encode({k: value for k, value in claims.items() if value is not None}, secret, algorithm)


def rs256_token(rest: Rest) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return make_token(rest, secret=key, alg="RS256")


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("", 401),
        ("Basic dXNlcjpwYXNz", 401),
        ("Bearer", 401),
        ("Bearer ", 403),
        ("Bearer x", 403),
        ("Bearer a.b.c", 403),
        ("Bearer ....", 403),
        ("Bearer eyJhbGciOiJIUzI1NiJ9.bnVsbA.x", 403),
        ("Bearer eyJhbGciOiJIUzI1NiJ9.W10.x", 403),
        ("Bearer " + "A" * 20_000, 403),
        ("Bearer \xff\xfe", 403),
    ],
)
def test_authorization_that_is_no_token_is_refused(
    rest: Rest, text: dict[str, Any], authorization: str, status: int
) -> None:
    headers = {"Authorization": authorization.encode("latin-1").decode("latin-1")}
    assert_refused(rest.send("POST", TEXT_PATH, json=text, headers=headers), status)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"secret": UNKNOWN_ID}, "API key not found"),
        ({"alg": "none", "secret": None}, "algorithm used is not HS256"),
        ({"alg": "HS512"}, "algorithm used is not HS256"),
        ({"iat": 0}, "within 30 seconds"),
        ({"iat": 9_999_999_999}, "within 30 seconds"),
        ({"iat": "soon"}, "within 30 seconds"),
        ({"iat": None}, "API key not found"),
        ({"iss": None}, "iss field not provided"),
        ({"iss": "somebody"}, "service id is not the right data type"),
        ({"iss": UNKNOWN_ID}, "service not found"),
        ({"exp": 1}, "make sure your API token matches the example"),
    ],
    ids=str,
)
def test_token_that_is_not_right_is_refused(
    rest: Rest, text: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    token = make_token(rest, **changes)
    answer = rest.send("POST", TEXT_PATH, json=text, headers={"Authorization": f"Bearer {token}"})
    assert_refused(answer, 403)
    assert message in answer.json()["errors"][0]["message"]


def test_token_signed_with_another_algorithm_is_refused(rest: Rest, text: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {rs256_token(rest)}"}
    assert_refused(rest.send("POST", TEXT_PATH, json=text, headers=headers), 403)


def test_key_of_another_service_is_refused(system: System, rest: Rest, text: dict[str, Any]) -> None:
    other = parse_full_key(with_clients(system.stack.home, lambda clients: make_key(clients, None)))
    token = make_token(rest, secret=other.secret)
    assert_refused(rest.send("POST", TEXT_PATH, json=text, headers={"Authorization": f"Bearer {token}"}), 403)


def test_key_of_another_service_does_not_reach_this_ones_template(
    system: System, rest: Rest, text: dict[str, Any]
) -> None:
    other = parse_full_key(with_clients(system.stack.home, lambda clients: make_key(clients, None)))
    stranger = Rest(url=rest.url, service_id=other.service_id, secret=other.secret)
    assert_refused(stranger.post(TEXT_PATH, text), 400)
    assert_refused(stranger.get(f"/v2/template/{system.demo.sms_template_id}"), 404)


def test_revoked_key_is_refused(system: System, rest: Rest, text: dict[str, Any]) -> None:
    full_key = with_clients(
        system.stack.home, lambda clients: make_key(clients, rest.service_id, revoked=True)
    )
    revoked = Rest(url=rest.url, service_id=rest.service_id, secret=parse_full_key(full_key).secret)
    wait_for(lambda: "not found" not in revoked.post(TEXT_PATH, text).text)  # keys are kept for two seconds
    answer = revoked.post(TEXT_PATH, text)
    assert_refused(answer, 403)
    assert answer.json()["errors"][0]["message"] == "Invalid token: API key revoked"


async def make_key(clients: Clients, service_id: str | None, *, revoked: bool = False) -> str:
    """A full key of a service, or of a new one."""
    call, accounts = clients.channel.call, clients.accounts
    name = f"bad input {uuid.uuid4()}"
    if service_id is None:
        made = await call(accounts.CreateService, accounts_pb2.CreateServiceRequest(name=name))
        service_id = made.service.id
    request = accounts_pb2.CreateApiKeyRequest(
        service_id=service_id, name=name, type=types_pb2.KEY_TYPE_NORMAL
    )
    key = await call(accounts.CreateApiKey, request)
    if revoked:
        revoke = accounts_pb2.RevokeApiKeyRequest(service_id=service_id, api_key_id=key.api_key.id)
        await call(accounts.RevokeApiKey, revoke)
    return key.full_key


# Bodies


NOT_JSON = {
    "nothing": b"",
    "words": b"hello",
    "half an object": b'{"phone_number": "077009',
    "comma too many": b'{"phone_number": "07700900166",}',
    "single quotes": b"{'phone_number': '07700900166'}",
    "two objects": b"{}{}",
    "invalid UTF-8": b'{"phone_number": "\xff\xfe"}',
    "cut UTF-8": b'{"phone_number": "\xe2\x82"}',
    "raw NUL": b'{"phone_number": "0770\x000900166"}',
    "form": b"phone_number=07700900166&template_id=1",
    "gzip": gzip.compress(b"{}"),
    "5,000 digits": b'{"personalisation": {"name": ' + b"9" * 5_000 + b"}}",
    "arrays in arrays": b"[" * DEEP,
    "closed arrays in arrays": b"[" * DEEP + b"]" * DEEP,
    "objects in objects": b'{"personalisation":' * DEEP + b"1" + b"}" * DEEP,
}


@pytest.mark.parametrize("path", ALL_PATHS)
@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_body_that_is_no_json_is_refused(rest: Rest, path: str, body: bytes) -> None:
    answer = rest.send("POST", path, data=body, headers={"Content-Type": "application/json"})
    assert_refused(answer, 400)
    assert answer.json()["errors"] == [
        {"error": "BadRequestError", "message": "Invalid JSON supplied in POST data"}
    ]


@pytest.mark.parametrize("body", [b"[1]", b'"text"', b"1", b"-1e999", b"true", b"NaN", b"null", b"{}", b"[]"])
def test_json_that_is_no_message_is_refused(rest: Rest, body: bytes) -> None:
    assert_refused(rest.send("POST", TEXT_PATH, data=body), 400)


BAD_VALUES: dict[str, list[Any]] = {
    "reference": [5, [], {}, None, "x" * 1_001, "x" * MEBIBYTE, "a\x00b", "\ud800", "x\udfffy"],
    "phone_number": [
        None, 7700900166, [], {}, "", " ", "1", "07700 900 166 167 168", "+", "a" * MEBIBYTE,
        "0" * MEBIBYTE, "07700\x00900166", "\ud83d", "07700900166\udc00", "٠٧٧٠٠٩٠٠١٦٦", "<script>", "'; drop table",
        "+999999999999", "09098790000",
    ],
    "template_id": [None, 1, [], "", "x", str(uuid.UUID(int=0)), UNKNOWN_ID, "\x00", "\udabc", "0" * MEBIBYTE],
    "personalisation": [
        None, 1, "x", [], [{}], {}, {"name": None}, {"nam": "Ada"}, {"name": "a\x00b"}, {"name": "\ud800"},
        {"name": ["a", "\udfff"]}, {"name": "Ada", "\ud800": "x"}, {"name": "Ada", "more": {"deep": ["\x00"]}},
        {"name": "x" * 919}, {"name": "x" * MEBIBYTE}, {"name": int("9" * 4_000)},
    ],
    "scheduled_for": [1, [], "", "yesterday", "2000-01-01T00:00:00", "9999-12-31T23:59:59Z", "\x00", "1e400"],
    "sms_sender_id": [None, 1, "", "x", UNKNOWN_ID, "\x00"],
    "email_address": ["not for texts"],
    "\ud800": ["extra"],
    "extra": ["extra"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"),
    [(field, value) for field, values in BAD_VALUES.items() for value in values],
    ids=lambda value: ascii(value)[:30],
)
def test_wrong_value_of_a_field_of_a_text_is_refused(
    rest: Rest, text: dict[str, Any], field: str, value: object
) -> None:
    body = json.dumps({**text, field: value}).encode("ascii")
    assert_refused(rest.send("POST", TEXT_PATH, data=body), 400)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email_address", ""),
        ("email_address", "ada@"),
        ("email_address", "ada@example"),
        ("email_address", "ada@example.com\r\nBcc: eve@example.com"),
        ("email_address", "ada\x00@example.com"),
        ("email_address", "ada@\ud800.com"),
        ("email_address", "a" * MEBIBYTE + "@example.com"),
        ("email_address", "ada@" + "a." * 500_000 + "com"),
        ("email_reply_to_id", UNKNOWN_ID),
        ("one_click_unsubscribe_url", "http://example.com"),
        ("one_click_unsubscribe_url", "https://example.com/\r\nX: y"),
        ("one_click_unsubscribe_url", "https://example.com/\ud800"),
        ("sanitise_content_for", "name"),
        ("sanitise_content_for", [1]),
        ("personalisation", {"name": "x" * (2 * MEBIBYTE)}),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_wrong_value_of_a_field_of_an_email_is_refused(
    system: System, rest: Rest, field: str, value: object
) -> None:
    email = {
        "email_address": "ada@example.com",
        "template_id": system.demo.email_template_id,
        "personalisation": {"name": "Ada"},
    }
    body = json.dumps({**email, field: value}).encode("ascii")
    assert_refused(rest.send("POST", EMAIL_PATH, data=body), 400)


@pytest.mark.parametrize("path", ALL_PATHS)
@pytest.mark.parametrize("size", [9 * MEBIBYTE, 20 * MEBIBYTE])
def test_body_that_is_too_large_is_refused(rest: Rest, path: str, size: int) -> None:
    assert_refused(rest.send("POST", path, data=b'{"reference": "' + b"x" * size + b'"}'), 413)


def test_body_that_is_too_large_is_refused_although_its_length_was_not_told(rest: Rest) -> None:
    pieces = (b"x" * MEBIBYTE for _ in range(20))
    assert_refused(rest.send("POST", TEXT_PATH, data=pieces), 413)


def test_large_body_without_sense_is_refused(rest: Rest) -> None:
    assert_refused(rest.send("POST", TEXT_PATH, data=b"x" * (5 * MEBIBYTE)), 400, 413)


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "\xff", "", "a" * 9_000],
)  # fmt: skip
def test_content_type_makes_no_json_of_what_is_none(rest: Rest, content_type: str) -> None:
    headers = {"Content-Type": content_type.encode("latin-1").decode("latin-1")}
    assert_refused(rest.send("POST", TEXT_PATH, data=b"phone_number=07700900166", headers=headers), 400)


# Reading


@pytest.mark.parametrize(
    "path",
    [
        "/v2/notifications/x",
        "/v2/notifications/%00",
        "/v2/notifications/%ff%fe",
        "/v2/notifications/" + "0" * 9_000,
        f"/v2/notifications/{uuid.UUID(int=0)}%0a",
        f"/v2/notifications/{UNKNOWN_ID}",
        f"/v2/notifications/{UNKNOWN_ID}/pdf",
        "/v2/notifications?older_than=x",
        "/v2/notifications?status=%00",
        "/v2/notifications?status=%ff",
        "/v2/notifications?reference=%00",
        "/v2/notifications?template_type=' or 1=1",
        "/v2/notifications?" + "&".join(f"status={n}" for n in range(2_000)),
        "/v2/notifications?%00=%00",
        "/v2/template/x",
        f"/v2/template/{UNKNOWN_ID}",
        f"/v2/template/{uuid.UUID(int=0)}/version/{'9' * 5_000}",
        "/v2/templates?type=fax",
        "/v2/received-text-messages?older_than=%00",
    ],
    ids=lambda path: path[:40],
)
def test_nonsense_in_a_path_or_query_is_refused(rest: Rest, path: str) -> None:
    assert_refused(rest.get(path), 400, 404)


@pytest.mark.parametrize(
    "path", ["/v2", "/v2/", "/%00", "/v2/notifications/sms/x", "//v2/notifications", "/..%2f"]
)
def test_unknown_path_is_not_found(rest: Rest, path: str) -> None:
    answer = rest.get(path)
    assert (answer.status_code, answer.json()["result"]) == (404, "error")


# What providers may send us


@pytest.mark.parametrize("path", ["/notifications/sms/mmg", "/notifications/sms/firetext"])
@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"\xff", b"[" * DEEP, b"null", b'{"CID": null, "status": []}', b"reference=&status=", b"=" * MEBIBYTE],
    ids=lambda body: ascii(body)[:20],
)  # fmt: skip
def test_nonsense_as_a_receipt_of_a_text_is_refused(rest: Rest, path: str, body: bytes) -> None:
    answer = rest.send("POST", path, data=body, headers={"Authorization": ""})
    assert answer.status_code == 400, answer.text
    assert answer.json()["result"] == "error"


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"\xff", b"[" * DEEP, b"null",
        b'{"Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:1:x", "Message": "{}"}',
        b'{"Type": "SubscriptionConfirmation", "SubscribeURL": "http://127.0.0.1:1/"}',
    ],
    ids=lambda body: ascii(body)[:20],
)  # fmt: skip
def test_nonsense_as_a_receipt_of_an_email_is_refused(rest: Rest, body: bytes) -> None:
    answer = rest.send("POST", "/notifications/email/ses", data=body, headers={"Authorization": ""})
    assert answer.status_code in {400, 403}, answer.text
    assert answer.json()["result"] == "error"


def test_receipt_about_nothing_of_ours_changes_nothing(rest: Rest) -> None:
    body = {"CID": str(uuid.uuid4()), "status": "3"}
    assert rest.send("POST", "/notifications/sms/mmg", json=body).status_code == 200


@pytest.mark.parametrize("token", ["", "x", "%00", "a.b.c"])
def test_nonsense_as_an_unsubscribe_link_is_refused(rest: Rest, token: str) -> None:
    assert rest.send("POST", f"/unsubscribe/{uuid.uuid4()}/{token}").status_code == 404


# What is hardly HTTP


def raw_answer(rest: Rest, request: bytes) -> bytes:
    """What is answered to these bytes: one whole answer, or less where the other side closes before."""
    parts = urlsplit(rest.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        answer = b""
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            connection.sendall(request)
            while not is_whole(answer) and (piece := connection.recv(65_536)):
                answer += piece
        return answer


def is_whole(answer: bytes) -> bool:
    head, ended, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    return bool(ended) and length is not None and len(body) >= int(length[1])


def a_request(rest: Rest, *lines: bytes, body: bytes = b"{}") -> bytes:
    """A POST with a good token and other lines of its head."""
    head = [
        b"POST /v2/notifications/sms HTTP/1.1",
        b"Host: localhost",
        b"Authorization: Bearer " + rest.token().encode(),
        *lines,
    ]
    return b"\r\n".join([*head, b"", body])


HEADS: dict[str, list[bytes]] = {
    "negative length": [b"Content-Length: -1"],
    "length that is no number": [b"Content-Length: two"],
    "huge length": [b"Content-Length: 99999999999999999999999999"],
    "two lengths": [b"Content-Length: 2", b"Content-Length: 3"],
    "length and chunks": [b"Content-Length: 2", b"Transfer-Encoding: chunked"],
    "unknown coding": [b"Transfer-Encoding: rot13"],
    "chunk that is none": [b"Transfer-Encoding: chunked"],
    "line without a colon": [b"what is this", b"Content-Length: 2"],
    "name with a space": [b"X Y: z", b"Content-Length: 2"],
    "name with a NUL": [b"X\x00Y: z", b"Content-Length: 2"],
    "value with a NUL": [b"X: a\x00b", b"Content-Length: 2"],
    "value that is no ASCII": [b"X: \xff\xfe\x80", b"Content-Length: 2"],
    "folded line": [b"X: a", b" b", b"Content-Length: 2"],
    "long head": [b"X: " + b"y" * 200_000, b"Content-Length: 2"],
    "many headers": [*(b"X-%d: y" % number for number in range(10_000)), b"Content-Length: 2"],
}


@pytest.mark.parametrize("lines", HEADS.values(), ids=HEADS.keys())
def test_odd_head_is_refused(rest: Rest, lines: list[bytes]) -> None:
    answer = raw_answer(rest, a_request(rest, *lines))
    assert answer.startswith(b"HTTP/1.1 4"), answer[:300]


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x00" * 100,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 200,
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"FROBNICATE / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"DELETE /v2/notifications HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=lambda request: ascii(request)[:30],
)
def test_bytes_that_are_hardly_http_are_refused(rest: Rest, request_bytes: bytes) -> None:
    answer = raw_answer(rest, request_bytes)
    assert answer.startswith(b"HTTP/1.1 4"), answer[:300]


def test_half_a_request_is_nobodys(rest: Rest) -> None:
    parts = urlsplit(rest.url)
    for _ in range(20):
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
            connection.sendall(a_request(rest, b"Content-Length: 1000"))
    assert rest.send("GET", "/_status").status_code == 200
