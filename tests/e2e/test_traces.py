"""What becomes of a message is one trace, whose id is the message's; a collector that is away changes nothing."""

import re
import uuid
from collections.abc import Iterator

import pytest
import requests

from clients.notifyctl.connection import Clients, with_clients
from clients.notifyctl.tokens import parse_full_key
from notify.notifications.v1 import accounts_pb2
from tests.e2e.collector import Collector, Span
from tests.e2e.rest import TEXT_PATH, Rest
from tests.e2e.stack import System, final_status, wait_for

NUMBER = "07700900158"
CLIENT_TRACE = "0af7651916cd43dd8448eb211c80319c"
_PROVIDER = re.compile(r"(?<=^send to) \w+|(?<=^receipt from) \w+")
TRACEPARENT = f"00-{CLIENT_TRACE}-b7ad6b7169203331-01"


@pytest.fixture(autouse=True)
def callbacks(system: System, collector: Collector) -> Iterator[None]:
    """The service is told at the collector, which keeps the headers."""
    _set_callback(system, f"{collector.url}/service")
    yield
    _set_callback(system, "")


def _set_callback(system: System, url: str) -> None:
    request = accounts_pb2.SetCallbackRequest(
        service_id=system.demo.service_id,
        kind=accounts_pb2.CALLBACK_KIND_DELIVERY_STATUS,
        url=url,
        bearer_token=f"token-{uuid.uuid4()}",
    )

    async def change(clients: Clients) -> None:
        await clients.channel.call(clients.accounts.SetCallback, request)

    with_clients(system.stack.home, change)


def rest(system: System) -> Rest:
    """The API as the demo service sees it."""
    key = parse_full_key(system.demo.api_key)
    return Rest(url=system.stack.rest_url, service_id=key.service_id, secret=key.secret)


def a_text(system: System) -> dict[str, object]:
    return {
        "phone_number": NUMBER,
        "template_id": system.demo.sms_template_id,
        "personalisation": {"name": "Ada"},
    }


STEPS = {
    "accept": "notify-notifications",
    "deliver sms": "notify-sms",
    "send to": "notify-sms",
    "record result": "notify-notifications",
    "receipt from": "notify-sms",
    "change status": "notify-notifications",
    "callback delivery_status": "notify-notifications",
}
"""Of a text, with who records them; less the name of the provider."""


def steps_of(collector: Collector, notification_id: str, wanted: set[str]) -> dict[str, Span]:
    """The spans of a message by name, once all that are wanted have come. They come from several processes, each in its
    own time.
    """

    def found() -> dict[str, Span]:
        spans = {_PROVIDER.sub("", span.name): span for span in collector.of_message(notification_id)}
        return spans if wanted <= set(spans) else {}

    steps = wait_for(found)
    assert steps, sorted(span.name for span in collector.of_message(notification_id))
    return steps


def test_a_text_is_one_trace_from_the_request_to_the_callback(system: System, collector: Collector) -> None:
    answer = rest(system).send("POST", TEXT_PATH, json=a_text(system), headers={"traceparent": TRACEPARENT})
    id, request = answer.json()["id"], f"POST {TEXT_PATH}"
    spans = steps_of(collector, id, {request, *STEPS})

    assert {name: span.service for name, span in spans.items()} == {request: "notify-api-gateway", **STEPS}
    root, sent = spans[request], spans["send to"]
    assert root.parent_id == ""
    assert CLIENT_TRACE in root.links
    assert sent.parent_id == spans["deliver sms"].span_id
    assert {span.parent_id for span in spans.values() if span not in (root, sent)} == {root.span_id}
    assert len({span.span_id for span in spans.values()}) == len(spans)
    assert all(span.end_ns >= span.start_ns for span in spans.values())
    told = f"00-{id.replace('-', '')}-{spans['callback delivery_status'].span_id}-01"
    assert told in [headers.get("traceparent") for headers in collector.others]


def test_an_email_is_one_trace_up_to_its_callback(system: System, collector: Collector) -> None:
    with system.client() as client:
        id = client.send_email_notification(
            "traced@simulator.notify", system.demo.email_template_id, {"name": "Ada"}
        )["id"]
    spans = steps_of(collector, id, {"deliver email", *STEPS} - {"deliver sms"})
    assert spans["send to"].parent_id == spans["deliver email"].span_id
    assert spans["send to"].service == spans["receipt from"].service == "notify-email"


def test_a_row_of_a_batch_begins_its_own_trace(system: System, collector: Collector) -> None:
    api, reference = rest(system), str(uuid.uuid4())
    rows = [["phone number", "name", "reference"], [NUMBER, "Ada", reference]]
    body = {"template_id": system.demo.sms_template_id, "name": "Traced", "rows": rows}
    assert api.post("/v2/notifications/bulk", body).status_code == 201
    listed = f"/v2/notifications?reference={reference}&include_jobs=true"
    (message,) = wait_for(lambda: api.get(listed).json()["notifications"])
    spans = steps_of(collector, message["id"], {"accept row of job", *STEPS} - {"accept"})
    assert spans["accept row of job"].parent_id == ""
    assert spans["deliver sms"].parent_id == spans["accept row of job"].span_id


def test_a_request_that_sends_nothing_is_a_trace_with_its_calls(system: System, collector: Collector) -> None:
    path = "/v2/templates"
    before = len(collector.spans)
    assert rest(system).send("GET", path, headers={"traceparent": TRACEPARENT}).status_code == 200

    def calls() -> list[Span]:
        for root in (span for span in collector.spans[before:] if span.name == f"GET {path}"):
            below = [span for span in collector.of_trace(root.trace_id) if span.parent_id == root.span_id]
            if below:
                assert root.trace_id != CLIENT_TRACE
                return below
        return []

    below = wait_for(calls)
    assert "notify.notifications.v1.TemplatesService/ListTemplates" in {span.name for span in below}
    assert {span.attributes["notify.caller"] for span in below} == {"api_gateway"}


def test_a_message_arrives_while_the_collector_is_away(system: System, collector: Collector) -> None:
    collector.is_away, collector.refused = True, 0
    try:
        with system.client() as client:
            id = client.send_sms_notification(NUMBER, system.demo.sms_template_id, {"name": "Ada"})["id"]
            assert final_status(client, id) == "delivered"
        assert wait_for(lambda: collector.refused > 0)
    finally:
        collector.is_away = False
    url = next(
        process.health_url for name, process in system.stack.state.processes.items() if name == "api_gateway"
    )
    assert url is not None
    page = requests.get(url.replace("/healthz", "/metrics"), timeout=10).text
    assert "notify_trace_spans_lost_total" in page
