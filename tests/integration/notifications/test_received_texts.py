"""Received texts and the numbers that take them, on a real database."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from servicekit.clock import FixedClock
from servicekit.errors import Conflict, InvalidRequest, NotFound
from servicekit.ids import bucket_in, bucket_of, new_id
from services.notifications.accounts import CallbackKind, ServiceChanges
from services.notifications.numbers_store import NumbersStore
from services.notifications.received_texts import (
    ArrivedText,
    InboundNumbers,
    ReceivedTextOutcome,
    ReceivedTexts,
)
from services.notifications.received_texts_store import InboundNumber, ReceivedTextsStore
from services.notifications.transactions import AccountTransactions
from tests.integration.notifications.callback_world import SECRETS, World, callback_world
from tests.integration.notifications.conftest import System

NUMBER = "07700900777"
SENT_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
STORED, REPEATED, NOT_WANTED = ReceivedTextOutcome
WINDOW = timedelta(hours=24)


class Inbox:
    """Received texts of a system with one service that has a number."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.clock = FixedClock(system.clock.now())
        store = ReceivedTextsStore(system.pool, SECRETS)
        self.callbacks_queued = 0
        self.texts = ReceivedTexts(
            store, clock=self.clock, repeats_known_for=WINDOW, callbacks_queued=self._count_callback
        )
        self.numbers = InboundNumbers(NumbersStore(AccountTransactions(system.pool)))

    def _count_callback(self) -> None:
        self.callbacks_queued += 1

    async def receive(self, **changes: object) -> tuple[ReceivedTextOutcome, UUID | None]:
        values: dict[str, object] = {
            "provider": "mmg",
            "provider_reference": "r-1",
            "sender_number": "447700900800",
            "recipient_number": NUMBER,
            "content": "hello",
            "sent_at": SENT_AT,
            **changes,
        }
        return await self.texts.record(ArrivedText(**values))  # type: ignore[arg-type]  # the names are its own

    async def contents(self, service_id: UUID | None = None, older_than: UUID | None = None) -> list[str]:
        found = await self.texts.list(service_id or self.system.service_id, older_than=older_than, limit=250)
        return [text.content for text in found]


@pytest.fixture
async def inbox(system: System) -> Inbox:
    made = Inbox(system)
    await allow(system, system.service_id, "inbound_sms")
    await made.numbers.add(NUMBER, "mmg", system.service_id)
    return made


async def allow(system: System, service_id: UUID, *permissions: str) -> None:
    await system.accounts.update_service(service_id, 0, ServiceChanges(permissions=permissions))


async def test_the_whole_of_a_stored_text(inbox: Inbox) -> None:
    outcome, id = await inbox.receive()
    (text,) = await inbox.texts.list(inbox.system.service_id, older_than=None, limit=250)
    assert outcome is STORED
    assert id == text.id
    assert bucket_in(text.id) == bucket_of(inbox.system.service_id)
    assert (text.notify_number, text.user_number, text.content, text.sent_at) == (
        NUMBER,
        "447700900800",
        "hello",
        SENT_AT,
    )


@pytest.mark.parametrize("written", ["447700900777", "+44 7700 900777", "07700 900 777"])
async def test_our_number_may_come_in_any_form(inbox: Inbox, written: str) -> None:
    assert (await inbox.receive(recipient_number=written))[0] is STORED


async def test_the_same_text_again_changes_nothing(inbox: Inbox) -> None:
    outcomes = [(await inbox.receive())[0] for _ in range(3)]
    assert outcomes == [STORED, REPEATED, REPEATED]
    assert await inbox.contents() == ["hello"]


async def test_the_same_text_at_the_same_moment_is_stored_once(inbox: Inbox) -> None:
    results = await asyncio.gather(*(inbox.receive() for _ in range(10)))
    assert sorted(outcome for outcome, _ in results) == [*[REPEATED] * 9, STORED]
    assert await inbox.contents() == ["hello"]


async def test_a_repeat_queues_no_second_callback(inbox: Inbox) -> None:
    async with callback_world(inbox.system) as world:
        await world.listen("/inbound", kind=CallbackKind.INBOUND_SMS)
        for _ in range(2):
            await inbox.receive()
    assert await inbox.system.count("callbacks") == 1
    assert inbox.callbacks_queued == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"content": "other"},
        {"sender_number": "447700900801"},
        {"provider": "firetext"},
        {"provider_reference": "r-2"},
    ],
)
async def test_another_text_is_stored_although_something_is_the_same(
    inbox: Inbox, changes: dict[str, object]
) -> None:
    await inbox.receive()
    assert (await inbox.receive(**changes))[0] is STORED


async def test_texts_without_a_reference_are_all_stored(inbox: Inbox) -> None:
    outcomes = [(await inbox.receive(provider="firetext", provider_reference=None))[0] for _ in range(2)]
    assert outcomes == [STORED, STORED]


async def test_a_reference_is_known_for_a_time(inbox: Inbox) -> None:
    await inbox.receive()
    inbox.clock.advance(WINDOW - timedelta(seconds=1))
    assert (await inbox.receive())[0] is REPEATED
    inbox.clock.advance(timedelta(seconds=2))
    assert (await inbox.receive())[0] is STORED


async def test_references_are_forgotten_after_that_time(inbox: Inbox) -> None:
    await inbox.receive()
    await inbox.texts.purge_marks()
    assert await inbox.system.count("received_text_marks") == 1
    inbox.clock.advance(WINDOW + timedelta(seconds=1))
    await inbox.texts.purge_marks()
    assert await inbox.system.count("received_text_marks") == 0


async def test_content_and_sender_are_encrypted_at_rest(inbox: Inbox) -> None:
    await inbox.receive(content="a private matter")
    async with inbox.system.pool.connection() as connection:
        cursor = await connection.execute(
            "select user_number_encrypted, content_encrypted from received_texts"
        )
        row = await cursor.fetchone()
    assert row is not None
    assert b"447700900800" not in row[0]
    assert b"private" not in row[1]


async def test_the_callback_of_a_text_is_the_contracts(inbox: Inbox) -> None:
    async with callback_world(inbox.system) as world:
        await world.listen("/inbound", kind=CallbackKind.INBOUND_SMS)
        _, id = await inbox.receive(content="été £5 🙂")
        call = await first_call(world)
    assert call == {
        "id": str(id),
        "source_number": "447700900800",
        "destination_number": NUMBER,
        "message": "été £5 🙂",
        "date_received": "2026-01-02T03:04:05.000000Z",
    }


async def first_call(world: World) -> object:
    world.advance(timedelta(seconds=5))
    (call,) = await world.work("/inbound", 1)
    return call.json


async def test_a_number_that_nobody_has_is_not_wanted(inbox: Inbox) -> None:
    assert await inbox.receive(recipient_number="07700900999") == (NOT_WANTED, None)
    assert await inbox.receive(recipient_number="nonsense") == (NOT_WANTED, None)


async def test_a_service_without_the_permission_gets_nothing(inbox: Inbox) -> None:
    await allow(inbox.system, inbox.system.service_id, "sms")
    assert (await inbox.receive())[0] is NOT_WANTED


async def test_an_archived_service_gets_nothing(inbox: Inbox) -> None:
    await inbox.system.accounts.update_service(inbox.system.service_id, 0, ServiceChanges(active=False))
    assert (await inbox.receive())[0] is NOT_WANTED


async def test_texts_are_listed_newest_first_and_from_any_one_on(inbox: Inbox) -> None:
    ids = [(await inbox.receive(provider_reference=None, content=str(number)))[1] for number in range(4)]
    assert await inbox.contents() == ["3", "2", "1", "0"]
    assert await inbox.contents(older_than=ids[2]) == ["1", "0"]
    assert await inbox.contents(older_than=ids[0]) == []


async def test_an_unknown_id_and_another_services_give_an_empty_page(inbox: Inbox) -> None:
    _, id = await inbox.receive()
    other = await inbox.system.add_service("Other")
    assert await inbox.contents(older_than=new_id()) == []
    assert await inbox.contents(other, older_than=id) == []
    assert await inbox.contents(other) == []


async def test_a_number_is_added_once_however_it_is_written(inbox: Inbox) -> None:
    again = await inbox.numbers.add("+44 7700 900777", "mmg", inbox.system.service_id)
    assert again == InboundNumber(NUMBER, "mmg", inbox.system.service_id)
    assert await inbox.system.count("inbound_numbers") == 1


async def test_a_number_that_another_service_has_cannot_be_taken(inbox: Inbox) -> None:
    other = await inbox.system.add_service("Other")
    with pytest.raises(Conflict):
        await inbox.numbers.add(NUMBER, "mmg", other)
    with pytest.raises(Conflict):
        await inbox.numbers.assign(NUMBER, other)


async def test_a_number_is_taken_away_and_given_to_another(inbox: Inbox) -> None:
    other = await inbox.system.add_service("Other")
    assert (await inbox.numbers.assign("447700900777", None)).service_id is None
    assert (await inbox.numbers.assign("07700 900777", other)).service_id == other


async def test_numbers_are_listed(inbox: Inbox) -> None:
    await inbox.numbers.add("60006", "firetext", None)
    every = await inbox.numbers.list(service_id=None, free_only=False, after="", limit=10)
    free = await inbox.numbers.list(service_id=None, free_only=True, after="", limit=10)
    own = await inbox.numbers.list(service_id=inbox.system.service_id, free_only=False, after="", limit=10)
    following = await inbox.numbers.list(service_id=None, free_only=False, after=NUMBER, limit=10)
    assert [number.number for number in every] == [NUMBER, "60006"]
    assert [number.number for number in free] == ["60006"]
    assert [number.number for number in own] == [NUMBER]
    assert [number.number for number in following] == ["60006"]


async def test_what_cannot_be_added_or_assigned(inbox: Inbox) -> None:
    with pytest.raises(InvalidRequest):
        await inbox.numbers.add(NUMBER, "pigeon", None)
    with pytest.raises(InvalidRequest):
        await inbox.numbers.add("nobody", "mmg", None)
    with pytest.raises(NotFound):
        await inbox.numbers.add("60007", "mmg", new_id())
    with pytest.raises(NotFound):
        await inbox.numbers.assign("60008", inbox.system.service_id)
