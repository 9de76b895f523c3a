"""What is remembered of accepted messages, and how much."""

import uuid
from typing import Any

import aiohttp
import pytest

from simulators.client import AsyncSimulatorsClient
from simulators.outbox import KEPT_PDFS, Channel, Message, Outbox, References
from simulators.outcomes import Outcome
from simulators.server import Running
from tests.unit.simulators.builders import FakeGateway, SendText


def a_message(**fields: Any) -> Message:
    defaults: dict[str, Any] = {
        "channel": Channel.SMS,
        "provider": "mmg",
        "reference": str(uuid.uuid4()),
        "provider_reference": "1",
        "recipient": "447700900123",
        "sender": "GOVUK",
        "received_at_us": 1_767_323_045_000_000,
        "outcome": Outcome.DELIVERED,
    }
    return Message(**(defaults | fields))


def test_old_messages_are_forgotten_but_their_references_are_not() -> None:
    outbox = Outbox(keep_messages=3, keep_references=100)
    for index in range(5):
        outbox.accept(a_message(reference=f"text-{index}"))

    assert [message.reference for message in outbox.newest_first()] == ["text-4", "text-3", "text-2"]
    assert len(outbox.references) == 5


def test_a_reference_accepted_by_two_providers_is_a_duplicate() -> None:
    outbox = Outbox(keep_messages=10, keep_references=100)
    outbox.accept(a_message(reference="twice", provider="mmg"))
    outbox.accept(a_message(reference="twice", provider="firetext"))

    assert [message.copy for message in outbox.newest_first()] == [2, 1]
    assert (outbox.counts["mmg"].distinct, outbox.counts["mmg"].duplicates) == (1, 0)
    assert (outbox.counts["firetext"].distinct, outbox.counts["firetext"].duplicates) == (0, 1)


def test_references_keep_count_and_first_arrival() -> None:
    references = References(limit=10)
    references.add("a", "mmg", 100)
    references.add("b", "firetext", 200)
    references.add("a", "firetext", 300)

    assert [
        (seen.reference, seen.provider, seen.count, seen.first_received_at_us) for seen in references
    ] == [
        ("a", "mmg", 2, 100),
        ("b", "firetext", 1, 200),
    ]


def test_references_say_when_there_were_too_many() -> None:
    references = References(limit=1)
    references.add("a", "mmg", 100)
    before = references.is_full
    references.add("b", "mmg", 100)

    assert (before, references.is_full, len(references)) == (False, True, 1)


def test_only_the_newest_pdfs_are_kept() -> None:
    outbox = Outbox(keep_messages=1_000, keep_references=1_000)
    for _ in range(KEPT_PDFS + 5):
        outbox.accept(a_message(channel=Channel.LETTER, pdf=b"%PDF-"))

    assert sum(bool(message.pdf) for message in outbox.newest_first()) == KEPT_PDFS


async def test_messages_can_be_asked_for_since_the_last_time(
    send_text: SendText, simulators: Running, http: aiohttp.ClientSession, client: AsyncSimulatorsClient
) -> None:
    await send_text("mmg", reference="first")
    async with http.get(f"{simulators.url}/messages") as answer:
        next_since = (await answer.json())["next_since"]
    await send_text("mmg", reference="second")

    assert [message.reference for message in await client.messages(since=next_since)] == ["second"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=1", ["c"]),
        ("channel=sms", ["c", "b", "a"]),
        ("channel=email", []),
        ("reference=b", ["b"]),
        ("recipient=447700900124", ["c"]),
        ("since=rubbish", ["c", "b", "a"]),
    ],
)
async def test_messages_can_be_chosen(
    query: str, expected: list[str], send_text: SendText, simulators: Running, http: aiohttp.ClientSession
) -> None:
    for reference, number in (("a", "447700900123"), ("b", "447700900123"), ("c", "447700900124")):
        await send_text("mmg", reference=reference, to=number)

    async with http.get(f"{simulators.url}/messages?{query}") as answer:
        assert [message["reference"] for message in (await answer.json())["messages"]] == expected


async def test_a_reference_can_be_waited_for_with_its_receipts(
    send_text: SendText, client: AsyncSimulatorsClient
) -> None:
    await send_text("mmg", reference="waited-for", to="447700900011")

    found = await client.wait_for_reference("waited-for", receipts=2)

    assert found.count == 1
    assert [(receipt.report, receipt.state) for receipt in found.messages[0].receipts] == [
        ("delivered", "sent"),
        ("delivered", "sent"),
    ]


async def test_a_wait_that_is_in_vain_ends(client: AsyncSimulatorsClient) -> None:
    with pytest.raises(TimeoutError):
        await client.wait_for_reference("never", timeout_s=0)


async def test_everything_can_be_forgotten(
    send_text: SendText, gateway: FakeGateway, client: AsyncSimulatorsClient
) -> None:
    await send_text("mmg", reference="forgotten")
    await client.wait_for_reference("forgotten", receipts=1)

    await client.clear()

    assert await client.messages() == []
    assert await client.references() == []
    assert (await client.stats()).providers["mmg"].requests == 0
