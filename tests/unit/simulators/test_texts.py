"""MMG and Firetext on the wire: requests, answers, receipts."""

import base64
import json
from urllib.parse import parse_qs

import aiohttp
import pytest

from simulators.client import AsyncSimulatorsClient
from simulators.provider import receipt_target
from simulators.server import Running
from simulators.times import uk_local
from tests.unit.simulators.builders import FakeGateway, SendText

REFERENCE = "6f1c2d3e-0000-7000-8000-000000000001"


async def test_mmg_answers_with_its_own_reference(send_text: SendText) -> None:
    answer = await send_text("mmg")

    assert answer.status == 200
    assert answer.content_type == "application/json"
    assert len(answer.json()["Reference"]) == 8


async def test_firetext_answers_with_code_0(send_text: SendText) -> None:
    answer = await send_text("firetext")

    assert answer.status == 200
    assert answer.json() == {"code": 0, "description": "SMS successfully queued", "responseData": 1}


@pytest.mark.parametrize("provider", ["mmg", "firetext"])
async def test_an_accepted_text_can_be_read_back(
    provider: str, send_text: SendText, client: AsyncSimulatorsClient
) -> None:
    await send_text(provider, text="Prices: £5 & “more” 😀")

    (message,) = await client.messages()
    assert (message.channel, message.provider, message.reference) == ("sms", provider, REFERENCE)
    assert (message.recipient, message.sender) == ("447700900123", "GOVUK")
    assert message.body == "Prices: £5 & “more” 😀"
    assert message.received_at.endswith("Z")


async def test_mmg_receipt_is_json_with_the_senders_reference(
    send_text: SendText, gateway: FakeGateway
) -> None:
    await send_text("mmg")

    receipt = await gateway.next_receipt()
    assert (receipt.method, receipt.path) == ("POST", "/notifications/sms/mmg")
    assert receipt.header(b"content-type") == "application/json"
    body = json.loads(receipt.body)
    assert len(body.pop("reference")) == 8
    assert len(body.pop("deliverytime")) == len("2026-01-02 03:04:05")
    assert body == {"CID": REFERENCE, "MSISDN": "447700900123", "status": "3", "substatus": "5"}


async def test_firetext_receipt_is_a_form_with_the_senders_reference(
    send_text: SendText, gateway: FakeGateway
) -> None:
    await send_text("firetext")

    receipt = await gateway.next_receipt()
    assert (receipt.method, receipt.path) == ("POST", "/notifications/sms/firetext")
    assert receipt.header(b"content-type") == "application/x-www-form-urlencoded"
    body = parse_qs(receipt.body.decode())
    assert len(body.pop("time")[0]) == len("2026-01-02 03:04:05")
    assert body == {"reference": [REFERENCE], "status": ["0"], "code": ["000"], "mobile": ["447700900123"]}


@pytest.mark.parametrize(
    ("time_us", "expected"),
    [(1_767_323_045_000_000, "2026-01-02 03:04:05"), (1_782_961_445_000_000, "2026-07-02 04:04:05")],
)
def test_receipts_have_uk_local_time(time_us: int, expected: str) -> None:
    assert uk_local(time_us) == expected


@pytest.mark.parametrize("provider", ["mmg", "firetext"])
async def test_receipt_goes_to_the_path_and_credentials_that_came_with_the_text(
    provider: str, send_text: SendText, gateway: FakeGateway
) -> None:
    await send_text(provider, receipt_url="https://user:pass%40word@api.example.com/receipts/here?x=1")

    receipt = await gateway.next_receipt()
    assert f"{receipt.path}?{receipt.query}" == "/receipts/here?x=1"
    scheme, _, credentials = receipt.header(b"authorization").partition(" ")
    assert (scheme, base64.b64decode(credentials)) == ("Basic", b"user:pass@word")


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("", "/default"),
        ("https://api.example.com", "/default"),
        ("http://[", "/default"),
        ("https://api.example.com/quittung/für/mich?a=b%20c", "/quittung/f%C3%BCr/mich?a=b%20c"),
        ("https://api.example.com/a\r\nX-Injected: b", "/aX-Injected:%20b"),
    ],
)
def test_any_receipt_url_gives_a_path_that_can_be_sent(url: str, target: str) -> None:
    assert receipt_target(url, "/default") == (target, "")


MMG_BODY = {"reqType": "BULK", "MSISDN": "447700900123", "msg": "Hi", "sender": "GOVUK", "cid": REFERENCE}


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, json.dumps(MMG_BODY), 401),
        ({"Authorization": "Basic k"}, "{not json", 400),
        ({"Authorization": "Basic k"}, json.dumps({**MMG_BODY, "MSISDN": "+447700900123"}), 400),
        ({"Authorization": "Basic k"}, json.dumps({**MMG_BODY, "cid": ""}), 400),
        ({"Authorization": "Basic k"}, json.dumps({k: v for k, v in MMG_BODY.items() if k != "msg"}), 400),
    ],
)
async def test_mmg_refuses_a_wrong_request(
    headers: dict[str, str], body: str, status: int, simulators: Running, http: aiohttp.ClientSession
) -> None:
    async with http.post(f"{simulators.url}/mmg", data=body, headers=headers) as answer:
        assert answer.status == status
    assert simulators.outbox.counts["mmg"].refused == 1
    assert simulators.outbox.counts["mmg"].accepted == 0


FIRETEXT_FORM = {
    "apiKey": "k",
    "from": "GOVUK",
    "to": "447700900123",
    "message": "Hi",
    "reference": REFERENCE,
}


@pytest.mark.parametrize(
    ("change", "code"),
    [({"apiKey": ""}, 1), ({"message": ""}, 2), ({"reference": ""}, 2), ({"to": "+447700900123"}, 3)],
)
async def test_firetext_refuses_a_wrong_request_with_a_code_other_than_0(
    change: dict[str, str], code: int, simulators: Running, http: aiohttp.ClientSession
) -> None:
    async with http.post(f"{simulators.url}/firetext", data={**FIRETEXT_FORM, **change}) as answer:
        assert (answer.status, (await answer.json())["code"]) == (200, code)
    assert simulators.outbox.counts["firetext"].refused == 1
