"""Nothing that was sent shows in a log or on a page of metrics, whichever way the messages went."""

import contextlib
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import requests

from clients.notifyctl.connection import Clients, with_clients
from clients.notifyctl.tokens import parse_full_key
from notify.notifications.v1 import accounts_pb2
from simulators.client import SimulatorsClient
from tests.e2e.leaks import find_leaks
from tests.e2e.rest import EMAIL_PATH, TEXT_PATH, Rest
from tests.e2e.stack import System, wait_for

MARK = uuid4().hex[:12]
NAME = f"Personal{MARK}"
REFERENCE = f"reference-{MARK}"
CALLBACK_TOKEN = f"callback-token-{MARK}"
SINK = f"sink-{MARK}"
NUMBERS = tuple(
    f"077009000{digits}" for digits in ("02", "03", "12", "14", "16", "18", "20", "23", "24", "26", "61")
)
"""Arrives, fails, and all that can go wrong with a provider; see the simulators' table."""
OUTCOMES = (
    "delivered", "perm-fail", "temp-fail", "duplicate", "unknown-status", "lost-answer", "complaint", "forged",
    "error", "throttle", "garbage", "invalid", "drop",
)  # fmt: skip
ADDRESSES = tuple(f"{outcome}+{MARK}@simulator.notify" for outcome in OUTCOMES)
FINAL = frozenset({"delivered", "permanent-failure", "temporary-failure", "technical-failure"})


@pytest.fixture(scope="module")
def rest(system: System) -> Rest:
    key = parse_full_key(system.demo.api_key)
    return Rest(url=system.stack.rest_url, service_id=key.service_id, secret=key.secret)


@pytest.fixture(scope="module", autouse=True)
def callbacks(system: System) -> Iterator[None]:
    """The service is told of each message at a URL that fails at first."""
    url = f"{system.stack.simulators_url}/callbacks/{SINK}"
    with SimulatorsClient(system.stack.simulators_url) as simulators:
        simulators.set_mode(f"callbacks/{SINK}", "fail", next_requests=2)
    with_clients(system.stack.home, lambda clients: set_callback(clients, system.demo.service_id, url))
    yield
    with_clients(system.stack.home, lambda clients: set_callback(clients, system.demo.service_id, ""))


async def set_callback(clients: Clients, service_id: str, url: str) -> None:
    request = accounts_pb2.SetCallbackRequest(
        service_id=service_id,
        kind=accounts_pb2.CALLBACK_KIND_DELIVERY_STATUS,
        url=url,
        bearer_token=CALLBACK_TOKEN,
    )
    await clients.channel.call(clients.accounts.SetCallback, request)


def a_text(system: System, number: str, **changes: Any) -> dict[str, Any]:
    body = {
        "phone_number": number,
        "template_id": system.demo.sms_template_id,
        "personalisation": {"name": NAME},
        "reference": REFERENCE,
    }
    return body | changes


def an_email(system: System, address: str, **changes: Any) -> dict[str, Any]:
    body = {
        "email_address": address,
        "template_id": system.demo.email_template_id,
        "personalisation": {"name": NAME},
        "reference": REFERENCE,
        "one_click_unsubscribe_url": f"https://example.com/{MARK}",
    }
    return body | changes


def test_what_was_accepted_shows_nowhere(system: System, rest: Rest) -> None:
    texts = [rest.post(TEXT_PATH, a_text(system, number)) for number in NUMBERS]
    emails = [rest.post(EMAIL_PATH, an_email(system, address)) for address in ADDRESSES]
    assert {answer.status_code for answer in [*texts, *emails]} == {201}
    ids = [answer.json()["id"] for answer in [*texts, *emails]]
    assert wait_for(lambda: sum(rest.status_of(id) in FINAL for id in ids) >= len(ids) / 2)
    assert wait_for(lambda: all(rest.status_of(id) != "created" or has_failed(system, id) for id in ids))
    for path in (f"?reference={REFERENCE}", *(f"/{id}" for id in ids[:3])):
        assert rest.get(f"/v2/notifications{path}").status_code == 200
    assert wait_for(lambda: calls(system) >= 3)
    assert leaks(system, rest) == []


def has_failed(system: System, notification_id: str) -> bool:
    """Whether a sender has written down that it could not hand this one over."""
    lines = (line for line in system.stack.logs().splitlines() if notification_id in line)
    return any("delivery_finished" in line for line in lines)


def calls(system: System) -> int:
    """How often the service was called at its URL."""
    with SimulatorsClient(system.stack.simulators_url) as simulators:
        return len(simulators.callbacks(SINK))


def test_what_was_refused_shows_nowhere(system: System, rest: Rest) -> None:
    text, email = a_text(system, NUMBERS[0]), an_email(system, ADDRESSES[0])
    for path, body in (
        (TEXT_PATH, {**text, "phone_number": f"{NUMBERS[0]}{MARK}"}),
        (TEXT_PATH, {**text, "phone_number": f"{NUMBERS[0]}999"}),
        (TEXT_PATH, {**text, "personalisation": {NAME: NAME}}),
        (TEXT_PATH, {**text, "personalisation": {"name": f"{NAME}\x00"}}),
        (TEXT_PATH, {**text, "personalisation": {"name": NAME * 100}}),
        (TEXT_PATH, {**text, "personalisation": NAME}),
        (TEXT_PATH, {**text, "reference": REFERENCE * 100}),
        (TEXT_PATH, {**text, "template_id": NAME}),
        (TEXT_PATH, {**text, NAME: NAME}),
        (EMAIL_PATH, {**email, "email_address": f"{ADDRESSES[0]} "[1:] + "@"}),
        (EMAIL_PATH, {**email, "personalisation": {"name": NAME * 200_000}}),
        (EMAIL_PATH, {**email, "one_click_unsubscribe_url": f"http://example.com/{MARK}"}),
        (EMAIL_PATH, {**email, "sanitise_content_for": NAME}),
        (f"/v2/template/{system.demo.email_template_id}/preview", {"personalisation": {NAME: NAME}}),
    ):
        assert 400 <= rest.post(path, body).status_code < 500
    assert leaks(system, rest) == []


def test_what_made_no_sense_shows_nowhere(system: System, rest: Rest) -> None:
    token = rest.token()
    for method, path, more in (
        ("POST", TEXT_PATH, {"data": f'{{"phone_number": "{NUMBERS[0]}", "{NAME}"'}),
        ("POST", TEXT_PATH, {"data": NAME.encode() + b"\xff"}),
        ("POST", TEXT_PATH, {"headers": {"Authorization": f"Bearer {token[:-3]}"}}),
        ("POST", TEXT_PATH, {"headers": {"Authorization": f"Basic {NAME}"}}),
        ("GET", f"/v2/notifications?older_than={NAME}&{NAME}={NAME}", {}),
        ("GET", f"/v2/notifications/{NAME}", {}),
        ("GET", f"/{NAME}/{NUMBERS[0]}", {}),
        ("PUT", f"{TEXT_PATH}?{NAME}", {}),
        ("POST", "/notifications/sms/mmg", {"json": {"CID": NAME, "status": NAME, "MSISDN": NUMBERS[0]}}),
        (
            "POST",
            "/notifications/sms/firetext",
            {"data": {"reference": NAME, "status": NAME, "mobile": NAME}},
        ),
        ("POST", "/notifications/email/ses", {"json": {"Type": NAME, "Message": NAME, "TopicArn": NAME}}),
        ("POST", "/notifications/email/ses", {"data": NAME}),
        ("POST", f"/notifications/letter/status?token={NAME}", {"json": {"data": NAME}}),
        ("POST", f"/unsubscribe/{uuid4()}/{NAME}", {}),
    ):
        with contextlib.suppress(requests.ConnectionError):
            assert rest.send(method, path, **more).status_code < 500
    assert leaks(system, rest) == []


def leaks(system: System, rest: Rest) -> list[str]:
    """Where anything of this test shows."""
    numbers = [number.lstrip("0") for number in NUMBERS]
    return find_leaks(
        system.stack, [MARK, *numbers, rest.secret, system.stack.caller_keys, "through your own"]
    )
