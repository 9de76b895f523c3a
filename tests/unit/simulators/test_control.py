"""Setting how a provider behaves while it runs."""

import json

import aiohttp
import pytest

from simulators.client import AsyncSimulatorsClient, SimulatorsError
from simulators.control import Change, Control, Mode, Settings
from simulators.outcomes import Fault
from simulators.server import Running
from tests.unit.simulators.builders import FakeGateway, SendText


@pytest.mark.parametrize(("mode", "status"), [("fail", 500), ("throttle", 429), ("ok", 200)])
@pytest.mark.parametrize("provider", ["mmg", "firetext"])
async def test_a_mode_holds_for_every_request(
    provider: str, mode: str, status: int, send_text: SendText, client: AsyncSimulatorsClient
) -> None:
    await client.set_mode(provider, mode)

    assert [(await send_text(provider)).status for _ in range(2)] == [status, status]
    counts = (await client.stats()).providers[provider]
    assert (counts.requests, counts.accepted) == (2, 2 if status == 200 else 0)


async def test_a_mode_of_one_provider_leaves_the_other_alone(
    send_text: SendText, client: AsyncSimulatorsClient
) -> None:
    await client.set_mode("mmg", "fail")

    assert (await send_text("mmg")).status == 500
    assert (await send_text("firetext")).status == 200


async def test_a_mode_can_hold_for_some_requests_only(
    send_text: SendText, client: AsyncSimulatorsClient
) -> None:
    await client.set_mode("mmg", "fail", next_requests=2)

    assert [(await send_text("mmg")).status for _ in range(3)] == [500, 500, 200]
    assert await client.settings("mmg") == Settings(receipt_delay_ms=0)


async def test_garbage_is_not_json(send_text: SendText, client: AsyncSimulatorsClient) -> None:
    await client.set_mode("mmg", "garbage")

    answer = await send_text("mmg")

    assert answer.status == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


async def test_a_provider_that_times_out_never_answers(
    simulators: Running, client: AsyncSimulatorsClient
) -> None:
    await client.set_mode("mmg", "timeout")

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.2)) as hasty:
        with pytest.raises(TimeoutError):
            await hasty.post(f"{simulators.url}/mmg", data=b"{}")


async def test_receipts_can_be_turned_off_and_on(
    send_text: SendText, client: AsyncSimulatorsClient, gateway: FakeGateway
) -> None:
    await client.change("mmg", Change(receipts="off"))
    await send_text("mmg", reference="quiet")
    await client.change("mmg", Change(receipts="on"))
    await send_text("mmg", reference="heard")

    assert json.loads((await gateway.next_receipt()).body)["CID"] == "heard"


async def test_a_change_leaves_the_other_settings_as_they_are(client: AsyncSimulatorsClient) -> None:
    await client.change("mmg", Change(latency_ms=20, fail_share=0.5))

    after = await client.change("mmg", Change(receipt_delay_ms=70))

    assert after == Settings(latency_ms=20, fail_share=0.5, receipt_delay_ms=70)


@pytest.mark.parametrize(
    "body",
    [b'{"mode": "sulk"}', b'{"latency_ms": -1}', b'{"fail_share": 1.5}', b'{"mood": "ok"}', b"[]", b"{"],
)
async def test_a_wrong_setting_is_refused_and_changes_nothing(
    body: bytes, simulators: Running, http: aiohttp.ClientSession, client: AsyncSimulatorsClient
) -> None:
    before = await client.settings("mmg")

    async with http.put(f"{simulators.url}/control/mmg", data=body) as answer:
        assert answer.status == 400
        assert "error" in await answer.json()

    assert await client.settings("mmg") == before


async def test_there_is_no_control_of_an_unknown_provider(client: AsyncSimulatorsClient) -> None:
    with pytest.raises(SimulatorsError, match="404"):
        await client.set_mode("carrier-pigeon", "fail")


@pytest.mark.parametrize(
    ("settings", "fault", "delay_s"),
    [
        (Settings(), None, 0.0),
        (Settings(latency_ms=250), None, 0.25),
        (Settings(mode=Mode.SLOW), None, 3.0),
        (Settings(mode=Mode.SLOW, latency_ms=100), None, 0.1),
        (Settings(mode=Mode.FAIL, latency_ms=100), Fault.ERROR, 0.1),
        (Settings(fail_share=1.0), Fault.ERROR, 0.0),
        (Settings(mode=Mode.THROTTLE, fail_share=1.0), Fault.THROTTLE, 0.0),
    ],
)
def test_settings_decide_about_a_request(settings: Settings, fault: Fault | None, delay_s: float) -> None:
    verdict = Control(settings).judge()

    assert (verdict.fault, verdict.delay_s) == (fault, delay_s)


def test_a_share_of_requests_fails() -> None:
    control = Control(Settings(fail_share=0.3))

    failed = sum(control.judge().fault is Fault.ERROR for _ in range(2_000))

    assert 450 < failed < 750


def test_no_more_than_so_many_are_taken_in_any_second() -> None:
    now = 0.0
    control = Control(Settings(max_per_second=2), now=lambda: now)
    faults = []
    for now in (0.0, 0.6, 0.9, 1.1, 1.2, 1.7):  # noqa: B007 -- the clock reads it
        faults.append(control.judge().fault)

    assert faults == [None, None, Fault.THROTTLE, None, Fault.THROTTLE, None]
