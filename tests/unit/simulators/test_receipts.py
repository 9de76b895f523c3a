"""Posting receipts: retries, refusals, and what outlives a restart."""

import asyncio
import json
from pathlib import Path

import aiohttp
import pytest

from simulators.client import AsyncSimulatorsClient
from simulators.http_server import Request
from simulators.receipts import ReceiptSender, ReceiptSettings
from simulators.server import Running
from tests.unit.simulators.builders import FakeGateway, SendText, StartSimulators


def cid(receipt: Request) -> str:
    return str(json.loads(receipt.body)["CID"])


@pytest.mark.parametrize("status", [500, 503, 429, 408])
async def test_a_receipt_that_the_gateway_could_not_take_is_sent_again(
    status: int, send_text: SendText, gateway: FakeGateway, client: AsyncSimulatorsClient
) -> None:
    gateway.answers = [status]

    await send_text("mmg", reference="again")

    assert [cid(await gateway.next_receipt()), cid(await gateway.next_receipt())] == ["again", "again"]
    found = await client.wait_for_reference("again", receipts=1)
    assert found.messages[0].receipts[0].attempts == 2
    assert (await client.stats()).providers["mmg"].receipts.retries == 1


@pytest.mark.parametrize("status", [400, 401, 404])
async def test_a_receipt_that_the_gateway_refused_is_not_sent_again(
    status: int, send_text: SendText, gateway: FakeGateway, client: AsyncSimulatorsClient
) -> None:
    gateway.answers = [status]

    await send_text("mmg", reference="refused")
    await send_text("mmg", reference="next")

    assert [cid(await gateway.next_receipt()), cid(await gateway.next_receipt())] == ["refused", "next"]
    await client.wait_for_reference("next", receipts=1)
    receipts = (await client.stats()).providers["mmg"].receipts
    assert (receipts.sent, receipts.refused, receipts.pending) == (1, 1, 0)


async def test_receipts_wait_for_a_gateway_that_is_down(
    send_text: SendText, gateway: FakeGateway, client: AsyncSimulatorsClient
) -> None:
    await gateway.close()
    for index in range(5):
        await send_text("mmg", reference=f"text-{index}")
    assert (await client.stats()).providers["mmg"].receipts.pending == 5

    await gateway.open()

    assert {cid(await gateway.next_receipt()) for _ in range(5)} == {f"text-{index}" for index in range(5)}


async def test_a_restarted_gateway_gets_receipts_over_new_connections(
    send_text: SendText, gateway: FakeGateway
) -> None:
    await send_text("mmg", reference="before")
    await gateway.next_receipt()

    await gateway.close()
    await gateway.open()
    await send_text("mmg", reference="after")

    assert cid(await gateway.next_receipt()) == "after"


async def test_a_receipt_is_given_up_in_the_end(
    start_simulators: StartSimulators, gateway: FakeGateway, http: aiohttp.ClientSession
) -> None:
    simulators: Running = await start_simulators(retry_receipts_for_s=0)
    gateway.answers = [500]
    body = {"reqType": "BULK", "MSISDN": "447700900123", "msg": "Hi", "sender": "GOVUK", "cid": "hopeless"}

    async with http.post(f"{simulators.url}/mmg", json=body, headers={"Authorization": "Basic k"}) as answer:
        assert answer.status == 200
    await gateway.next_receipt()

    async with AsyncSimulatorsClient(simulators.url) as client:
        while (counts := (await client.stats()).providers["mmg"].receipts).pending:
            await asyncio.sleep(0)
    assert (counts.gave_up, counts.sent) == (1, 0)


async def test_receipts_that_were_not_sent_are_sent_after_a_restart(
    start_simulators: StartSimulators, gateway: FakeGateway, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    simulators: Running = await start_simulators(mmg_receipt_delay_ms=600_000)
    body = {"reqType": "BULK", "MSISDN": "447700900123", "msg": "Hi", "sender": "GOVUK", "cid": "kept"}
    async with http.post(f"{simulators.url}/mmg", json=body, headers={"Authorization": "Basic k"}) as answer:
        assert answer.status == 200

    await simulators.stop()
    (unsent,) = tmp_path.glob("unsent*")
    mode = unsent.stat().st_mode & 0o777
    await start_simulators()

    assert cid(await gateway.next_receipt()) == "kept"
    assert mode == 0o600
    assert not unsent.exists()


async def test_no_receipts_are_sent_when_they_are_off(
    start_simulators: StartSimulators, http: aiohttp.ClientSession
) -> None:
    simulators: Running = await start_simulators(receipts="off")
    body = {"reqType": "BULK", "MSISDN": "447700900123", "msg": "Hi", "sender": "GOVUK", "cid": "quiet"}

    async with http.post(f"{simulators.url}/mmg", json=body, headers={"Authorization": "Basic k"}) as answer:
        assert answer.status == 200

    assert simulators.sender.counts_of("mmg").scheduled == 0


@pytest.mark.parametrize("url", ["https://gateway.example", "gateway:6011", "http://"])
def test_a_gateway_that_cannot_be_reached_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="gateway's URL"):
        ReceiptSender(ReceiptSettings(gateway_url=url))
