"""The window of failed requests that all processes share, with a real Valkey."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from servicekit.clock import FixedClock
from servicekit.valkey import make_valkey
from services.sms.balancing import ErrorWindow
from services.sms.clients.provider import ProviderName
from tests.valkey import Valkey, start_valkey

MMG, FIRETEXT = ProviderName.MMG, ProviderName.FIRETEXT


@pytest.fixture
async def valkey(valkey_url: str) -> AsyncIterator[Redis]:
    client = make_valkey(valkey_url)
    await client.flushdb()
    yield client
    await client.aclose()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 2, 12, 0, tzinfo=UTC))


@pytest.fixture
def mortal_valkey() -> Iterator[Valkey]:
    server = start_valkey()
    yield server
    server.stop()


async def test_failures_of_all_processes_are_added_up(valkey: Redis, clock: FixedClock) -> None:
    one, other = ErrorWindow(valkey, clock), ErrorWindow(valkey, clock)
    for _ in range(30):
        one.note(MMG)
        other.note(MMG)
    other.note(FIRETEXT)

    await one.counts()

    assert await other.counts() == {MMG: 60, FIRETEXT: 1}


async def test_failures_are_written_once(valkey: Redis, clock: FixedClock) -> None:
    window = ErrorWindow(valkey, clock)
    window.note(MMG)

    await window.counts()

    assert (await window.counts())[MMG] == 1


async def test_failures_leave_the_window_after_a_minute(valkey: Redis, clock: FixedClock) -> None:
    window = ErrorWindow(valkey, clock)
    window.note(MMG)
    await window.counts()
    clock.advance(timedelta(seconds=59))
    window.note(MMG)

    before = (await window.counts())[MMG]
    clock.advance(timedelta(seconds=1))
    after = (await window.counts())[MMG]

    assert (before, after) == (2, 1)


async def test_keys_do_not_stay(valkey: Redis, clock: FixedClock) -> None:
    window = ErrorWindow(valkey, clock)
    window.note(MMG)
    await window.counts()

    [key] = await valkey.keys("sms:failed:*")

    assert 0 < await valkey.ttl(key) <= 120


async def test_without_the_store_each_process_counts_for_itself(
    mortal_valkey: Valkey, clock: FixedClock
) -> None:
    client = make_valkey(mortal_valkey.url)
    window = ErrorWindow(client, clock)
    mortal_valkey.kill()
    for _ in range(51):
        window.note(MMG)

    assert await window.counts() == {MMG: 51}
    await client.aclose()
