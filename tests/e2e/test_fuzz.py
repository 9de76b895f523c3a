"""Fuzzing: whatever is sent to the public API, the answer is one that the API's own OpenAPI document allows, and never
a fault of ours.

Requests are made of the document by schemathesis, good ones and bad ones; and by hypothesis at the edge, where they
need not look like the API at all. They are the same each time, so that nothing fails by chance. For a search, set
NOTIFY_FUZZ_SECONDS to the seconds that each of the two may take: then they are new ones.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from clients.notifyctl.tokens import mint, parse_full_key
from tests.e2e import fuzz_hooks
from tests.e2e.stack import System

SEARCH_S = int(os.environ.get("NOTIFY_FUZZ_SECONDS", "0"))
EXAMPLES = 60
"""Requests of each kind for each endpoint when this is no search."""
EDGE_EXAMPLES = 1_500
PATIENCE_S = 100.0
CHECKS = (
    "no_fault_of_ours",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "ignored_auth",
)
"""What is looked at. Not `positive_data_acceptance`: what fits the document may break a rule that no schema can say,
such as a placeholder without a value. Not `unsupported_method`: GET /v2/notifications/sms reads the message with that
id."""

pytestmark = pytest.mark.timeout(180 + 2 * SEARCH_S)


@pytest.fixture(scope="module")
def ids(system: System) -> dict[str, str]:
    """Templates and messages that exist."""
    with system.client() as client:
        sent = client.send_sms_notification("07700900158", system.demo.sms_template_id, {"name": "Grace"})
    demo = system.demo
    return {"sms": demo.sms_template_id, "email": demo.email_template_id, "notification": sent["id"]}


def test_every_answer_is_one_that_the_document_allows(
    system: System, ids: dict[str, str], tmp_path: Path
) -> None:
    done = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            *("--config-file", os.devnull, "run", f"{system.stack.rest_url}/openapi.json"),
            *("--phases", "examples,coverage,fuzzing", "--checks", ",".join(CHECKS), "--warnings", "off"),
            *(
                "--continue-on-failure",
                "--no-color",
                "--generation-database",
                "none",
                "--output-truncate",
                "false",
            ),
            *(
                ("--max-time", str(SEARCH_S))
                if SEARCH_S
                else ("--max-examples", str(EXAMPLES), "--seed", "1")
            ),
        ],
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": fuzz_hooks.__name__,
            "PYTHONPATH": str(Path(__file__).parents[2]),
            fuzz_hooks.API_KEY: system.demo.api_key,
            fuzz_hooks.IDS: json.dumps(ids),
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S + SEARCH_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Selected: 0/" not in done.stdout


NAMES = st.sampled_from(
    ["content-type", "content-encoding", "expect", "accept", "x-forwarded-host", "x-request-id", "cookie", "range",
     "upgrade", "connection", "te", "idempotency-key", "if-none-match", "authorization", "host", "traceparent"]
)  # fmt: skip
VISIBLE = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60)
HEADERS = st.lists(
    st.tuples(NAMES | st.from_regex(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,20}", fullmatch=True), VISIBLE), max_size=6
)
METHODS = st.sampled_from(
    ["GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "TRACE", "BREW", "get"]
)
PATHS = st.sampled_from(
    [
        "/v2/notifications/sms",
        "/v2/notifications/email",
        "/v2/notifications/letter",
        "/v2/notifications/bulk",
        "/v2/notifications",
        "/v2/templates",
        "/v2/received-text-messages",
        "/v2/template/{}/preview",
        "/v2/template/{}/version/{}",
        "/v2/notifications/{}",
        "/v2/notifications/{}/pdf",
        "/v2/jobs/{}",
        "/unsubscribe/{}/{}",
        "/notifications/sms/mmg",
        "/notifications/sms/firetext",
        "/notifications/sms/receive/mmg",
        "/notifications/sms/receive/firetext",
        "/notifications/email/ses",
        "/notifications/letter/status?token={}",
        "/_status",
        "/",
        "/{}",
        "*",
        "http://elsewhere.example/v2/templates",
    ]
)
PARTS = st.sampled_from(
    [
        "",
        ".",
        "..",
        "%00",
        "%2F",
        "%2e%2e",
        "%ff%fe",
        "%",
        "%zz",
        "9" * 5_000,
        "-1",
        "0",
        "٣",
        "null",
        "a" * 200,
    ]
) | st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), max_size=20)
QUERIES = st.sampled_from(
    [
        "",
        "?",
        "?status=",
        "?status=%00",
        "?older_than=%ff",
        "?template_type=sms&template_type=x",
        "?reference=%ED%A0%80",
        "?&&&==",
        "?a[]=1",
        "?status=" + "x" * 3_000,
        "?" + "&".join(f"x{n}=1" for n in range(1_500)),
        "?simple=1",
    ]
)
BODIES = (
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
        max_leaves=10,
    ).map(lambda value: json.dumps(value).encode())
    | st.sampled_from(
        [
            b"[" * 20_000,
            b'{"a":' * 20_000,
            b"1" * 6_000,
            b"1e999999",
            b'{"template_id": NaN}',
            b'{"personalisation": {"\\ud800": "\\u0000"}, "template_id": "\\ud800", "phone_number": "\\ud800"}',
            json.dumps({"phone_number": "07700900123"}).encode("utf-16"),
            json.dumps({"phone_number": "07700900123"}).encode("utf-32-le"),
            b"\xef\xbb\xbf{}",
            b"\x1f\x8b\x08\x00\x00",
            b"Type=Notification&MessageId=x",
            b'{"Type": "SubscriptionConfirmation", "SubscribeURL": "http://127.0.0.1:1/"}',
            b'{"CID": 5, "status": [], "reference": {}}',
            b"mobile=1&status=0&reference=%00&time=x",
            b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>',
        ]
    )
)
FRAMINGS = st.sampled_from(
    ["length", "length", "length", "chunked", "none", "wrong", "negative", "twice", "both"]
)


def framed(framing: str, body: bytes) -> tuple[bytes, bytes]:
    """The headers that say where a body ends, and the body as it goes out."""
    length = b"content-length: %d\r\n" % len(body)
    match framing:
        case "chunked":
            return b"transfer-encoding: chunked\r\n", b"%x\r\n%s\r\n0\r\n\r\n" % (
                len(body),
                body,
            ) if body else b"0\r\n\r\n"
        case "none":
            return b"", b""
        case "wrong":
            return b"content-length: 5x\r\n", body
        case "negative":
            return b"content-length: -5\r\n", body
        case "twice":
            return length + b"content-length: 0\r\n", body
        case "both":
            return length + b"transfer-encoding: chunked\r\n", body
        case _:
            return length, body


def statuses(address: tuple[str, int], request: bytes) -> list[int]:
    """The status of every answer that comes before the server closes the connection, or says nothing for a while."""
    received = b""
    with socket.create_connection(address, timeout=10) as connection:
        with contextlib.suppress(OSError):  # it may close before it has read everything
            connection.sendall(request)
        connection.settimeout(1)
        with contextlib.suppress(OSError):
            while piece := connection.recv(65_536):
                received += piece
    lines = [line for line in received.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
    return [int(line.split(b" ")[1]) for line in lines]


def test_nothing_that_comes_in_at_the_edge_is_a_fault_of_ours(system: System, ids: dict[str, str]) -> None:
    host, port = system.stack.rest_url.removeprefix("http://").split(":")
    key = parse_full_key(system.demo.api_key)
    real = st.sampled_from(list(ids.values()))
    ends_at = time.monotonic() + (SEARCH_S or PATIENCE_S)

    @settings(
        max_examples=1_000_000 if SEARCH_S else EDGE_EXAMPLES,
        derandomize=not SEARCH_S,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(METHODS, PATHS, real | PARTS, PARTS, QUERIES, HEADERS, BODIES, FRAMINGS, st.booleans())
    def look(method: str, path: str, one: str, two: str, query: str, headers: list[tuple[str, str]], body: bytes,
             framing: str, with_token: bool) -> None:  # fmt: skip
        if time.monotonic() > ends_at:
            return
        target = path.replace("{}", one, 1).replace("{}", two, 1) + query
        if with_token:
            headers = [("authorization", f"Bearer {mint(key)}"), *headers]
        lines = b"".join(f"{name}: {value}\r\n".encode("latin-1") for name, value in headers)
        framing_lines, framed_body = framed(framing, body)
        head = (
            f"{method} ".encode()
            + target.encode()
            + b" HTTP/1.1\r\nhost: notify.example\r\nconnection: close\r\n"
        )
        request = head + lines + framing_lines + b"\r\n" + framed_body
        answers = statuses((host, int(port)), request)
        assert all(status < 500 or status == 501 for status in answers), request

    look()


def test_bytes_that_are_no_request_are_no_fault_of_ours(system: System) -> None:
    host, port = system.stack.rest_url.removeprefix("http://").split(":")

    @settings(max_examples=60, derandomize=not SEARCH_S, database=None, deadline=None)
    @given(st.binary(min_size=1, max_size=300).map(lambda noise: noise + b"\r\n\r\n"))
    def look(noise: bytes) -> None:
        assert all(status < 500 for status in statuses((host, int(port)), noise)), noise

    look()
