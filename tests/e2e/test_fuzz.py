"""Fuzzing: whatever is sent to the public API, the answer is one that the API's own OpenAPI document allows, and never
a fault of ours.

Requests are made of the document by schemathesis, good ones and bad ones; and by hypothesis at the edge, where they
need not look like the API at all. They are the same each time, so that nothing fails by chance. For a search, set
NOTIFY_FUZZ_SECONDS to the seconds that each of the two may take: then they are new ones.
"""

import base64
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from clients.notifyctl.tokens import mint, parse_full_key
from clients.python.notify_client import NewService, NewTemplate, NewText, NotificationType, NotifyClient
from tests.e2e import fuzz_hooks
from tests.e2e.stack import System, wait_for

SEARCH_S = int(os.environ.get("NOTIFY_FUZZ_SECONDS", "0"))
EXAMPLES = 30
"""Requests of each kind for each endpoint when this is no search."""
EDGE_EXAMPLES = 1_000
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

PERMISSIONS = ("sms", "email", "letter", "international_sms", "sms_to_uk_landlines", "inbound_sms")

pytestmark = pytest.mark.timeout(180 + 2 * SEARCH_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A service of its own, that everything is sent for."""

    api_key: str
    ids: Mapping[str, str]
    """What exists: templates by channel, a notification, a job."""


@pytest.fixture(scope="module")
def target(system: System) -> Target:
    stack = system.stack
    with NotifyClient(stack.state.target("notifications"), caller_keys=stack.caller_keys) as notify:
        new = NewService(name=f"Fuzzed {uuid.uuid4()}", permissions=PERMISSIONS)
        service_id = notify.create_service(new).id
        templates = {
            kind: notify.create_template(
                NewTemplate(
                    service_id=service_id,
                    type=kind,
                    name="Fuzzed",
                    body="Hello ((name))((flag??, yes))",
                    subject=None if kind is NotificationType.SMS else "To ((name))",
                )
            ).id
            for kind in (NotificationType.SMS, NotificationType.EMAIL)
        }
        text = NewText(
            service_id=service_id,
            template_id=templates[NotificationType.SMS],
            phone_number="07700900158",
            personalisation={"name": "Grace", "flag": "no"},
        )
        ids: dict[str, str] = {kind.value: found for kind, found in templates.items()}
        ids["notification"] = notify.send_text(text).id
        api_key = notify.create_key(service_id, "fuzz").full_key
    rows = [["phone number", "name", "flag"], ["07700900158", "Grace", "no"]]
    batch = {"template_id": ids["sms"], "name": "Fuzzed", "rows": rows}
    with system.client(api_key) as client:
        ids["job"] = client.post("/v2/notifications/bulk", data=batch)["id"]
    return Target(api_key=api_key, ids=ids)


def test_every_answer_is_one_that_the_document_allows(system: System, target: Target, tmp_path: Path) -> None:
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
            fuzz_hooks.API_KEY: target.api_key,
            fuzz_hooks.IDS: json.dumps(target.ids),
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S + SEARCH_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Selected: 0/" not in done.stdout


def test_every_message_that_was_accepted_reaches_its_end(system: System, target: Target) -> None:
    with system.client(target.api_key) as client:
        assert wait_for(lambda: not client.get_all_notifications(status="accepted")["notifications"])
        assert client.get_all_notifications(status="technical-failure")["notifications"] == []


NAMES = st.sampled_from(
    ["content-type", "content-encoding", "expect", "accept", "x-forwarded-host", "x-request-id", "cookie", "range",
     "upgrade", "connection", "te", "idempotency-key", "if-none-match", "authorization", "host", "traceparent"]
)  # fmt: skip
VISIBLE = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60)
HEADERS = st.lists(
    st.tuples(NAMES | st.from_regex(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,20}", fullmatch=True), VISIBLE), max_size=6
)
METHODS = st.sampled_from(
    [*["POST"] * 6, *["GET"] * 4, "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "TRACE", "BREW", "get"]
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
PROVIDER = f"Basic {base64.b64encode(b'simulator:simulator').decode()}"
WHO = ["", "Bearer TOKEN", "Bearer TOKEN", PROVIDER]
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


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # of a long request that failed
def test_nothing_that_comes_in_at_the_edge_is_a_fault_of_ours(system: System, target: Target) -> None:
    host, port = system.stack.rest_url.removeprefix("http://").split(":")
    key = parse_full_key(target.api_key)
    real = st.sampled_from(list(target.ids.values()))

    @settings(
        max_examples=EDGE_EXAMPLES,
        derandomize=not SEARCH_S,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(METHODS, PATHS, real | PARTS, PARTS, QUERIES, HEADERS, BODIES, FRAMINGS, st.sampled_from(WHO))
    def look(method: str, path: str, one: str, two: str, query: str, headers: list[tuple[str, str]], body: bytes,
             framing: str, who: str) -> None:  # fmt: skip
        target = path.replace("{}", one, 1).replace("{}", two, 1) + query
        if who:
            headers = [("authorization", who.replace("TOKEN", mint(key))), *headers]
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

    ends_at = time.monotonic() + SEARCH_S
    look()
    while time.monotonic() < ends_at:
        look()


def test_bytes_that_are_no_request_are_no_fault_of_ours(system: System) -> None:
    host, port = system.stack.rest_url.removeprefix("http://").split(":")

    @settings(max_examples=60, derandomize=not SEARCH_S, database=None, deadline=None)
    @given(st.binary(min_size=1, max_size=300).map(lambda noise: noise + b"\r\n\r\n"))
    def look(noise: bytes) -> None:
        assert all(status < 500 for status in statuses((host, int(port)), noise)), noise

    look()
