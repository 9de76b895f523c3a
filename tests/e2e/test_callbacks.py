"""Services are told at their own URLs, and operators see it and send it again."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import requests

from clients.notifyctl.connection import Clients, with_clients
from clients.notifyctl.stack.services import INBOUND_PASSWORD, INBOUND_USERNAME, ROOT
from notify.notifications.v1 import accounts_pb2
from simulators.client import SimulatorsClient
from tests.e2e.stack import System, wait_for

MARK = uuid4().hex[:12]
NUMBER = "07700900778"
KINDS = ("delivery_status", "inbound_sms", "complaint")


@pytest.fixture(scope="module", autouse=True)
def endpoints(system: System) -> Iterator[None]:
    """The demo service takes texts, and is told of everything at sinks of its own."""
    with_clients(system.stack.home, lambda clients: _take_texts(clients, system.demo.service_id))
    for kind in KINDS:
        url = f"{system.stack.simulators_url}/callbacks/{sink(kind)}"
        made = notifyctl(system, "callbacks", "set", "--kind", kind, "--url", url, "--token", f"token-{MARK}")
        assert made["signing_secret"].startswith("whsec_")
    yield
    for kind in KINDS:
        notifyctl(system, "callbacks", "set", "--kind", kind, "--url", "")


async def _take_texts(clients: Clients, service_id: str) -> None:
    call, accounts = clients.channel.call, clients.accounts
    found = await call(accounts.GetService, accounts_pb2.GetServiceRequest(service_id=service_id))
    permissions = accounts_pb2.PermissionSet(permissions=[*found.service.permissions, "inbound_sms"])
    await call(
        accounts.UpdateService,
        accounts_pb2.UpdateServiceRequest(service_id=service_id, permissions=permissions),
    )
    await call(
        accounts.AddInboundNumber,
        accounts_pb2.AddInboundNumberRequest(number="+44 7700 900778", provider="mmg", service_id=service_id),
    )


def sink(kind: str) -> str:
    return f"{kind}-{MARK}"


def notifyctl(system: System, *arguments: str, about_service: bool = True) -> dict[str, Any]:
    """A command about the demo service; answers what it prints as JSON."""
    service = ["--service", system.demo.service_id] if about_service else []
    home = ["--home", str(system.stack.home)]
    command = [sys.executable, "-m", "clients.notifyctl", *arguments, *service, *home, "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_delivery_receipt_is_told_seen_and_sent_again(system: System) -> None:
    with system.client() as client:
        sent = client.send_sms_notification("07700900158", system.demo.sms_template_id, {"name": "Grace"})
    with SimulatorsClient(system.stack.simulators_url) as simulators:
        told = simulators.wait_for_callback(sink("delivery_status"), sent["id"])
        assert told.authorization == f"Bearer token-{MARK}"
        assert json.loads(told.body)["status"] == "delivered"
        listed = wait_for(
            lambda: notifyctl(system, "callbacks", "list", "--notification", sent["id"], about_service=False)[
                "attempts"
            ]
        )
        (attempt,) = listed
        assert (attempt["result"], attempt["outcome"], attempt["about"]) == ("200", "taken", sent["id"])
        replayed = notifyctl(system, "callbacks", "replay", attempt["callback_id"], about_service=False)
        assert replayed == {"replayed": 1}
        assert wait_for(lambda: len(simulators.callbacks(sink("delivery_status"), reference=sent["id"])) == 2)


def test_a_failed_callback_is_sent_again_by_time(system: System) -> None:
    name = f"callbacks/{sink('delivery_status')}"
    with SimulatorsClient(system.stack.simulators_url) as simulators:
        # Not for one request only: callbacks about messages of other tests come to this sink as well.
        simulators.set_mode(name, "fail")
        with system.client() as client:
            sent = client.send_sms_notification("07700900159", system.demo.sms_template_id, {"name": "Grace"})

        def failed() -> bool:
            attempts = notifyctl(system, "callbacks", "list", "--failed", "--since", "5m")["attempts"]
            return any(attempt["about"] == sent["id"] for attempt in attempts)

        assert wait_for(failed)
        simulators.set_mode(name, "ok")
        assert notifyctl(system, "callbacks", "replay", "--since", "5m", "--all", "--yes")["replayed"] >= 1
        assert wait_for(
            lambda: any(
                call.answer == 200
                for call in simulators.callbacks(sink("delivery_status"), reference=sent["id"])
            )
        )


def test_a_received_text_is_told_and_listed(system: System) -> None:
    body = {
        "MSISDN": "447700900800",
        "Number": "447700900778",
        "Message": f"hello+{MARK}",
        "ID": f"text-{MARK}",
        "DateRecieved": "2026-01-02+03%3A04%3A05",
    }
    url = f"{system.stack.rest_url}/notifications/sms/receive/mmg"
    answers = [
        requests.post(url, json=body, auth=(INBOUND_USERNAME, INBOUND_PASSWORD), timeout=10) for _ in range(2)
    ]
    assert [answer.json() for answer in answers] == [{"status": "ok"}] * 2
    with system.client() as client:
        received = client.get_received_texts()["received_text_messages"]
    (text,) = [text for text in received if text["content"] == f"hello {MARK}"]
    assert (text["notify_number"], text["user_number"]) == (NUMBER, "447700900800")
    with SimulatorsClient(system.stack.simulators_url) as simulators:
        told = json.loads(simulators.wait_for_callback(sink("inbound_sms"), text["id"]).body)
    assert told == {
        "id": text["id"],
        "source_number": "447700900800",
        "destination_number": NUMBER,
        "message": f"hello {MARK}",
        "date_received": "2026-01-02T03:04:05.000000Z",
    }


def test_a_complaint_is_told(system: System) -> None:
    address = f"complaint+{MARK}@simulator.notify"
    with system.client() as client:
        sent = client.send_email_notification(address, system.demo.email_template_id, {"name": "Grace"})
    with SimulatorsClient(system.stack.simulators_url) as simulators:
        told = json.loads(simulators.wait_for_callback(sink("complaint"), sent["id"]).body)
    assert (told["notification_id"], told["to"], told["reference"]) == (sent["id"], address, None)
    assert set(told) == {"notification_id", "complaint_id", "reference", "to", "complaint_date"}


def test_endpoints_show_how_they_are(system: System) -> None:
    shown = notifyctl(system, "callbacks", "endpoints")["endpoints"]
    assert {endpoint["kind"]: endpoint["secrets"] for endpoint in shown} == dict.fromkeys(KINDS, 1)
    secret = notifyctl(system, "callbacks", "rotate-secret", "--kind", "complaint")["signing_secret"]
    assert secret.startswith("whsec_")
    assert notifyctl(system, "callbacks", "retire-secret", "--kind", "complaint") == {"retired": True}
