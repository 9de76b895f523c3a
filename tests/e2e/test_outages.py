"""What goes on while a part of the system, or a provider, is away, and how it recovers."""

import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row

from clients.notifyctl.connection import Clients, with_clients
from notify.notifications.v1 import accounts_pb2, notifications_pb2, templates_pb2, types_pb2
from simulators.client import SimulatorsClient
from simulators.control import Change, Mode
from tests.bench import load as loads
from tests.bench.load import Outcome
from tests.bench.system import TEXT, System, fresh_system
from tests.e2e.leaks import find_leaks
from tests.e2e.reconciling import wait_for
from tests.e2e.rest import EMAIL_PATH, TEXT_PATH, Rest
from tests.e2e.stack import hurry

pytestmark = [pytest.mark.kill, pytest.mark.timeout(180)]

PROVIDERS = ("mmg", "firetext", "ses")
PROVIDER_TIMEOUT_S = 1.0
SETTINGS = {"sms": {"PROVIDER_TIMEOUT_S": str(PROVIDER_TIMEOUT_S)}}
RATE = 30.0
LOST_ANSWER = "07700900018"
"""Each provider takes a text to this number and breaks the connection before it answers."""


@pytest.fixture(scope="module")
def breakable() -> Iterator[System]:
    """A system of their own, with a provider's patience shortened."""
    with fresh_system(settings=SETTINGS) as running:
        yield running


@pytest.fixture
def rest(breakable: System) -> Rest:
    return Rest(
        url=breakable.stack.rest_url, service_id=breakable.service.id, secret=breakable.service.secret
    )


@pytest.fixture
def simulators(breakable: System) -> Iterator[SimulatorsClient]:
    with breakable.simulators as client:
        client.clear()
        yield client


@pytest.fixture(autouse=True)
def all_is_well_again(breakable: System) -> Iterator[None]:
    """Puts right whatever a test broke."""
    yield
    for name in breakable.stack.process_names:
        breakable.stack.process(name).start()
    for name in breakable.stack.process_names:
        breakable.stack.wait_healthy(name)
    with breakable.simulators as client:
        for provider in PROVIDERS:
            client.change(provider, Change(mode=Mode.OK, receipts="on", receipt_delay_ms=50))


def a_text(system: System, number: str = "07700000123") -> dict[str, Any]:
    values = {"name": "Ada Lovelace", "code": "482915"}
    return {
        "phone_number": number,
        "template_id": system.service.sms_template_id,
        "personalisation": values,
    }


def an_email(system: System) -> dict[str, Any]:
    values = {"name": "Ada Lovelace", "code": "482915"}
    return {
        "email_address": "somebody@example.com",
        "template_id": system.service.email_template_id,
        "personalisation": values,
    }


def send_texts(system: System, *, duration_s: float, rate: float = RATE) -> Outcome:
    load = system.texts(connections=16, duration_s=duration_s, rate=rate, keep_ids=True)
    outcome = loads.run(load)
    assert outcome.statuses == {"201": int(duration_s * rate)}
    return outcome


def arrived(simulators: SimulatorsClient, outcome: Outcome) -> dict[str, float]:
    """By id of those that reached a provider, when (Unix time)."""
    sent = dict(outcome.accepted)
    return {
        row.reference: row.first_received_at_us / 1e6
        for row in simulators.references()
        if row.reference in sent
    }


def wait_until_arrived(simulators: SimulatorsClient, outcome: Outcome) -> dict[str, float]:
    wait_for(lambda: len(arrived(simulators, outcome)) == len(outcome.accepted), "the arrival of all texts")
    return arrived(simulators, outcome)


def waiting_delivery(system: System, notification_id: str) -> dict[str, Any]:
    """A row of the queue; empty when it has none."""
    with psycopg.connect(system.stack.database_url, row_factory=dict_row) as connection:
        query = (
            "select *, run_at > now() as is_later from notifications.deliveries where notification_id = %s"
        )
        return connection.execute(query, [UUID(notification_id)]).fetchone() or {}


# The cache


def test_without_the_cache_nothing_is_refused_or_slow(breakable: System) -> None:
    breakable.stack.process("valkey").stop()
    outcome = send_texts(breakable, duration_s=3)
    assert outcome.percentile_ms(0.99) < 1_000


def test_cache_that_hangs_slows_nothing(breakable: System) -> None:
    with stopped(breakable, "valkey"):
        outcome = send_texts(breakable, duration_s=3)
    assert outcome.percentile_ms(0.99) < 1_000


@contextmanager
def stopped(system: System, process: str) -> Iterator[None]:
    """A process that is there and does nothing."""
    pid = system.stack.process(process).pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_without_the_cache_limits_are_open_and_come_back_with_it(breakable: System) -> None:
    limited, template_id = with_clients(
        breakable.stack.home, lambda clients: make_limited(clients, breakable)
    )
    body = {**a_text(breakable), "template_id": template_id}

    def is_limited() -> bool:
        return 429 in {limited.post(TEXT_PATH, body).status_code for _ in range(4)}

    wait_for(is_limited, "the limit")
    breakable.stack.process("valkey").stop()
    assert [limited.post(TEXT_PATH, body).status_code for _ in range(10)] == [201] * 10
    breakable.stack.process("valkey").start()
    wait_for(is_limited, "the limit's return")


async def make_limited(clients: Clients, system: System) -> tuple[Rest, str]:
    """A service that may send three texts a minute, and its template."""
    call, accounts = clients.channel.call, clients.accounts
    made = await call(accounts.CreateService, accounts_pb2.CreateServiceRequest(name="Limited"))
    service_id = made.service.id
    await call(accounts.UpdateService, accounts_pb2.UpdateServiceRequest(service_id=service_id, rate_limit=3))
    key = await call(
        accounts.CreateApiKey,
        accounts_pb2.CreateApiKeyRequest(service_id=service_id, name="key", type=types_pb2.KEY_TYPE_NORMAL),
    )
    template = await call(
        clients.templates.CreateTemplate,
        templates_pb2.CreateTemplateRequest(
            service_id=service_id, type=types_pb2.NOTIFICATION_TYPE_SMS, name="A text", body=TEXT
        ),
    )
    rest = Rest(url=system.stack.rest_url, service_id=service_id, secret=key.secret)
    return rest, template.template.id


# Providers


@pytest.mark.parametrize("mode", [Mode.FAIL, Mode.TIMEOUT])
def test_while_one_provider_is_down_the_other_has_every_text_at_once(
    breakable: System, simulators: SimulatorsClient, mode: Mode
) -> None:
    simulators.set_mode("mmg", mode)
    outcome = send_texts(breakable, duration_s=4)
    arrivals = wait_until_arrived(simulators, outcome)
    assert {row.provider for row in simulators.references()} == {"firetext"}
    took = sorted(arrivals[id] - sent_at for id, sent_at in outcome.accepted)
    assert took[int(len(took) * 0.95)] < PROVIDER_TIMEOUT_S + 1
    assert took[-1] < 10


def test_while_both_providers_are_down_texts_wait_and_leave_when_the_first_returns(
    breakable: System, simulators: SimulatorsClient
) -> None:
    for provider in ("mmg", "firetext"):
        simulators.set_mode(provider, Mode.FAIL)
    outcome = send_texts(breakable, duration_s=2)
    wait_for(lambda: tried_and_waiting(breakable) == len(outcome.accepted), "a try of all texts")
    simulators.set_mode("firetext", Mode.OK)
    returned_at = time.time()
    arrivals = wait_until_arrived(simulators, outcome)
    assert max(arrivals.values()) - returned_at < 10


def tried_and_waiting(system: System) -> int:
    """Texts that some provider was asked for or should have been, and that still wait."""
    query = "select count(*) from notifications.deliveries where channel = 'sms' and last_error is not null"
    with psycopg.connect(system.stack.database_url) as connection:
        row = connection.execute(query).fetchone()
        return int(row[0]) if row else 0


def test_text_whose_answers_get_lost_goes_out_once_by_each_provider_at_most(
    breakable: System, simulators: SimulatorsClient, rest: Rest
) -> None:
    id = rest.accepted(TEXT_PATH, a_text(breakable, LOST_ANSWER))
    wait_for(lambda: rest.has_status(id, "delivered"), "the delivery")
    wait_for(lambda: not waiting_delivery(breakable, id), "the end of its tries")
    assert simulators.wait_for_reference(id).count <= 2
    told = with_clients(breakable.stack.home, explaining(id))
    assert told.notification.possible_duplicate
    assert [event.party for event in told.events if "may be out" in event.detail]


def explaining(
    id: str,
) -> Callable[[Clients], Awaitable[notifications_pb2.ExplainNotificationResponse]]:
    async def ask(clients: Clients) -> notifications_pb2.ExplainNotificationResponse:
        request = notifications_pb2.ExplainNotificationRequest(notification_id=id)
        return await clients.channel.call(clients.notifications.ExplainNotification, request)

    return ask


def test_email_that_ses_throttled_is_tried_again(
    breakable: System, simulators: SimulatorsClient, rest: Rest
) -> None:
    simulators.set_mode("ses", Mode.THROTTLE, next_requests=1)
    id = rest.accepted(EMAIL_PATH, an_email(breakable))
    wait_for(lambda: waiting_delivery(breakable, id).get("last_error") == "throttled", "the throttling")
    assert waiting_delivery(breakable, id)["is_later"]
    hurry(breakable.stack)
    wait_for(lambda: rest.has_status(id, "delivered"), "the delivery")


# Our own processes


def test_while_notifications_is_down_clients_are_told_to_come_back(breakable: System, rest: Rest) -> None:
    assert rest.post(TEXT_PATH, a_text(breakable)).status_code == 201
    breakable.stack.process("notifications").stop()
    began = time.monotonic()
    answer = rest.post(TEXT_PATH, a_text(breakable))
    took_s = time.monotonic() - began
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.json()["status_code"] == 503
    assert took_s < 5
    breakable.stack.process("notifications").start()
    wait_for(lambda: rest.post(TEXT_PATH, a_text(breakable)).status_code == 201, "the recovery")


def test_while_notifications_hangs_clients_are_told_so_in_the_end(breakable: System, rest: Rest) -> None:
    assert rest.post(TEXT_PATH, a_text(breakable)).status_code == 201
    with stopped(breakable, "notifications"):
        began = time.monotonic()
        answer = rest.post(TEXT_PATH, a_text(breakable))
        took_s = time.monotonic() - began
    assert answer.status_code in {503, 504}
    assert took_s < 20
    wait_for(lambda: rest.post(TEXT_PATH, a_text(breakable)).status_code == 201, "the recovery")


def test_while_the_database_is_down_clients_are_told_to_come_back(breakable: System, rest: Rest) -> None:
    breakable.stack.process("postgres").stop()
    began = time.monotonic()
    answer = rest.post(TEXT_PATH, a_text(breakable))
    took_s = time.monotonic() - began
    assert answer.status_code in {503, 504}
    assert took_s < 12
    breakable.stack.process("postgres").start()
    wait_for(lambda: rest.post(TEXT_PATH, a_text(breakable)).status_code == 201, "the recovery")


def test_text_accepted_before_a_restart_of_the_database_is_delivered(breakable: System, rest: Rest) -> None:
    breakable.stack.process("sms").stop()
    id = rest.accepted(TEXT_PATH, a_text(breakable))
    breakable.stack.process("postgres").restart()
    breakable.stack.process("sms").start()
    wait_for(lambda: rest.get(f"/v2/notifications/{id}").status_code == 200, "the database's return")
    wait_for(lambda: rest.has_status(id, "delivered"), "the delivery")


# Receipts


def receipt_of(provider: str, reference: str) -> dict[str, Any]:
    """What the provider posts about a delivered text, as arguments of `Rest.send`."""
    if provider == "mmg":
        return {"json": {"CID": reference, "MSISDN": "447700000123", "status": "3", "substatus": "5"}}
    return {"data": {"reference": reference, "mobile": "447700000123", "status": "0", "code": "000"}}


@pytest.mark.parametrize("provider", ["mmg", "firetext"])
def test_receipt_of_a_text_that_comes_while_notifications_is_down_is_applied_later(
    breakable: System, simulators: SimulatorsClient, rest: Rest, provider: str
) -> None:
    for name in ("mmg", "firetext"):
        simulators.change(name, Change(mode=Mode.OK if name == provider else Mode.FAIL, receipts="off"))
    id = rest.accepted(TEXT_PATH, a_text(breakable))
    wait_for(lambda: rest.has_status(id, "sending"), "the sending")
    breakable.stack.process("notifications").stop()
    answer = rest.send("POST", f"/notifications/sms/{provider}", **receipt_of(provider, id))
    assert answer.status_code == 200
    breakable.stack.process("notifications").start()
    breakable.stack.wait_healthy("notifications")
    wait_for(lambda: rest.get(f"/v2/notifications/{id}").status_code == 200, "the recovery")
    wait_for(lambda: rest.has_status(id, "delivered"), "the receipt's application")


def test_receipt_of_an_email_that_comes_while_notifications_is_down_is_applied_later(
    breakable: System, simulators: SimulatorsClient, rest: Rest
) -> None:
    simulators.change("ses", Change(receipt_delay_ms=3_000))
    id = rest.accepted(EMAIL_PATH, an_email(breakable))
    wait_for(lambda: rest.has_status(id, "sending"), "the sending")
    breakable.stack.process("notifications").stop()
    simulators.wait_for_reference(id, receipts=1, timeout_s=30)
    breakable.stack.process("notifications").start()
    wait_for(lambda: rest.get(f"/v2/notifications/{id}").status_code == 200, "the recovery")
    wait_for(lambda: rest.has_status(id, "delivered"), "the receipt's application")


def test_receipt_that_nobody_can_take_is_repeated_until_somebody_does(
    breakable: System, simulators: SimulatorsClient, rest: Rest
) -> None:
    for name in ("mmg", "firetext"):
        simulators.change(name, Change(receipt_delay_ms=2_000))
    id = rest.accepted(TEXT_PATH, a_text(breakable))
    wait_for(lambda: rest.has_status(id, "sending"), "the sending")
    breakable.stack.process("sms").stop()
    wait_for(lambda: receipt_attempts(simulators, id) > 0, "a try of the receipt")
    breakable.stack.process("sms").start()
    wait_for(lambda: rest.has_status(id, "delivered"), "the receipt's application")


def receipt_attempts(simulators: SimulatorsClient, reference: str) -> int:
    found = simulators.find_reference(reference)
    receipts = [receipt for message in found.messages for receipt in message.receipts] if found else []
    return sum(receipt.attempts for receipt in receipts)


def test_outages_put_no_personal_data_into_logs_and_metrics(breakable: System) -> None:
    assert find_leaks(breakable.stack, [breakable.service.secret]) == []
