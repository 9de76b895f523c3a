"""Magic numbers and addresses: what each makes a provider do."""

import json
from pathlib import Path
from urllib.parse import parse_qs

import aiohttp
import pytest

import simulators
from simulators.client import AsyncSimulatorsClient
from simulators.outcomes import (
    DESCRIPTIONS,
    NUMBERS,
    Outcome,
    outcome_by_name,
    outcome_for_address,
    outcome_for_number,
)
from simulators.server import Running
from tests.unit.simulators.builders import FakeGateway, SendText

README = Path(simulators.__file__).parent / "README.md"


@pytest.mark.parametrize(
    ("digits", "mmg", "firetext"),
    [
        ("123", ["3"], ["0"]),
        ("002", ["5"], ["1 101"]),
        ("003", ["4"], ["1 102"]),
        ("010", ["3"], ["0"]),
        ("011", ["3", "3"], ["0", "0"]),
        ("012", ["3", "4"], ["0", "2", "1 102"]),
        ("013", ["3"], ["2", "0"]),
        ("014", ["4"], ["2", "1"]),
        ("016", ["99"], ["7"]),
        ("017", ["3"], ["0"]),
        ("019", ["3"], ["0"]),
    ],
)
async def test_a_number_decides_the_receipts(
    digits: str, mmg: list[str], firetext: list[str], send_text: SendText, gateway: FakeGateway
) -> None:
    await send_text("mmg", to=f"447700900{digits}")
    assert [json.loads((await gateway.next_receipt()).body)["status"] for _ in mmg] == mmg

    await send_text("firetext", to=f"447700900{digits}")
    forms = [parse_qs((await gateway.next_receipt()).body.decode()) for _ in firetext]
    codes = [" ".join(form["status"] + [c for c in form.get("code", []) if c != "000"]) for form in forms]
    assert codes == firetext
    assert not gateway.has_more()


@pytest.mark.parametrize(
    ("digits", "mmg", "firetext"),
    [("020", (500, None), (500, 99)), ("022", (429, None), (429, 98)), ("024", (400, None), (200, 6))],
)
async def test_a_number_decides_how_a_text_is_refused(
    digits: str,
    mmg: tuple[int, int | None],
    firetext: tuple[int, int],
    send_text: SendText,
    client: AsyncSimulatorsClient,
) -> None:
    for provider, expected in (("mmg", mmg), ("firetext", firetext)):
        answer = await send_text(provider, to=f"447700900{digits}")
        assert (answer.status, answer.json().get("code")) == expected
    assert await client.messages() == []


@pytest.mark.parametrize("provider", ["mmg", "firetext"])
async def test_garbage_is_a_success_that_is_not_json(provider: str, send_text: SendText) -> None:
    answer = await send_text(provider, to="447700900023")

    assert answer.status == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


async def test_a_dropped_text_is_not_kept(send_text: SendText, client: AsyncSimulatorsClient) -> None:
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await send_text("mmg", to="447700900025")

    assert (await client.stats()).providers["mmg"].accepted == 0


async def test_a_lost_answer_makes_a_duplicate_when_retried(
    send_text: SendText, client: AsyncSimulatorsClient
) -> None:
    for provider in ("mmg", "firetext"):
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await send_text(provider, to="447700900018")

    (row,) = await client.references(min_count=2)
    assert (row.provider, row.count) == ("mmg", 2)


async def test_a_request_that_times_out_gets_no_answer_and_is_not_kept(
    simulators: Running, client: AsyncSimulatorsClient
) -> None:
    hasty = aiohttp.ClientTimeout(total=0.2)
    body = {"reqType": "BULK", "MSISDN": "447700900021", "msg": "Hi", "sender": "GOVUK", "cid": "a"}
    async with aiohttp.ClientSession(timeout=hasty, headers={"Authorization": "Basic k"}) as http:
        with pytest.raises(TimeoutError):
            await http.post(f"{simulators.url}/mmg", json=body)

    assert (await client.stats()).providers["mmg"].accepted == 0


async def test_a_number_that_fails_once_is_accepted_the_second_time(send_text: SendText) -> None:
    first = await send_text("mmg", to="447700900026")
    second = await send_text("mmg", to="447700900026")

    assert (first.status, second.status) == (500, 200)


async def test_an_early_receipt_comes_before_the_answer(send_text: SendText, gateway: FakeGateway) -> None:
    answer = await send_text("mmg", to="447700900017")

    assert gateway.has_more()
    assert answer.status == 200


async def test_a_text_without_receipt_is_kept(send_text: SendText, client: AsyncSimulatorsClient) -> None:
    await send_text("mmg", to="447700900015")

    (message,) = await client.messages()
    assert message.receipts == []


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        ("447700900002", Outcome.PERMANENT_FAILURE),
        ("447700900999", Outcome.DELIVERED),
        ("447700901002", Outcome.DELIVERED),
        ("33700900002", Outcome.DELIVERED),
    ],
)
def test_only_the_drama_range_is_magic(number: str, outcome: Outcome) -> None:
    assert outcome_for_number(number) is outcome


@pytest.mark.parametrize(
    ("address", "outcome"),
    [
        ("perm-fail@simulator.notify", Outcome.PERMANENT_FAILURE),
        ("perm-fail+7@simulator.notify", Outcome.PERMANENT_FAILURE),
        ("Temp-Fail@Simulator.Notify", Outcome.TEMPORARY_FAILURE),
        ("someone@simulator.notify", Outcome.DELIVERED),
        ("perm-fail@example.com", Outcome.DELIVERED),
        ("success@simulator.amazonses.com", Outcome.DELIVERED),
        ("bounce@simulator.amazonses.com", Outcome.PERMANENT_FAILURE),
        ("bounce+label@simulator.amazonses.com", Outcome.PERMANENT_FAILURE),
        ("complaint@simulator.amazonses.com", Outcome.COMPLAINT),
    ],
)
def test_an_address_decides(address: str, outcome: Outcome) -> None:
    assert outcome_for_address(address) is outcome


def test_every_outcome_is_described_and_in_the_readme() -> None:
    readme = README.read_text()
    digits = {outcome: last_three for last_three, outcome in NUMBERS.items()}

    for outcome in Outcome:
        number = digits.get(outcome, "")
        row = f"| {f'`{number}`' if number else ''} | `{outcome.value}` | {DESCRIPTIONS[outcome]} |"
        assert row.replace("|  |", "| |") in readme
        assert outcome_by_name(outcome.value) is outcome
