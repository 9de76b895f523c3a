"""Counts with a limit, in a real Valkey."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from servicekit.counters import Counters
from servicekit.valkey import make_valkey
from tests.valkey import Valkey, start_valkey


@pytest.fixture
async def valkey(valkey_url: str) -> AsyncIterator[Redis]:
    client = a_patient_client(valkey_url)
    yield client
    await client.aclose()


def a_patient_client(url: str) -> Redis:
    client = make_valkey(url)
    client.connection_pool.connection_kwargs |= {"socket_timeout": 10, "socket_connect_timeout": 10}
    return client


@pytest.fixture
def name() -> str:
    return f"test:{uuid4()}"


async def test_as_many_places_as_are_left(valkey: Redis, name: str) -> None:
    counters = Counters(valkey)
    taken = [(await counters.reserve(name, amount, 10)).places for amount in (4, 4, 4, 1)]
    assert (taken, await valkey.get(name)) == ([4, 4, 2, 0], b"10")


async def test_all_places_or_none(valkey: Redis, name: str) -> None:
    counters = Counters(valkey)
    taken = [(await counters.reserve_all(name, amount, 10)).places for amount in (8, 3, 2)]
    assert (taken, await valkey.get(name)) == ([8, 0, 2], b"10")


@pytest.mark.parametrize("limit", [0, -5])
async def test_a_limit_of_nought_has_no_places(valkey: Redis, name: str, limit: int) -> None:
    counters = Counters(valkey)
    assert (await counters.reserve(name, 1, limit)).places == 0
    assert await valkey.exists(name) == 0


async def test_a_limit_that_was_lowered_below_the_count(valkey: Redis, name: str) -> None:
    counters = Counters(valkey)
    await counters.reserve(name, 10, 10)
    assert (await counters.reserve(name, 1, 5)).places == 0


async def test_two_processes_never_take_more_than_the_limit(valkey: Redis, name: str) -> None:
    processes = [Counters(valkey), Counters(valkey)]
    taken = await asyncio.gather(*(processes[turn % 2].reserve(name, 3, 100) for turn in range(60)))
    assert sum(reservation.places for reservation in taken) == 100


async def test_places_that_are_given_back_can_be_taken_again(valkey: Redis, name: str) -> None:
    counters = Counters(valkey)
    reservation = await counters.reserve(name, 10, 10)
    await counters.give_back(reservation, 4)
    assert (await counters.reserve(name, 10, 10)).places == 4


async def test_a_count_that_was_lost_does_not_go_below_nought(valkey: Redis, name: str) -> None:
    counters = Counters(valkey)
    reservation = await counters.reserve(name, 10, 10)
    await valkey.delete(name)
    await counters.give_back(reservation)
    assert await valkey.exists(name) == 0
    await counters.reserve(name, 2, 10)
    await counters.give_back(reservation)
    assert await valkey.get(name) == b"0"


async def test_a_count_lives_for_a_day(valkey: Redis, name: str) -> None:
    counters = Counters(valkey)
    await counters.reserve(name, 1, 10)
    await valkey.expire(name, 100)
    await counters.reserve(name, 1, 10)
    assert 0 < await valkey.ttl(name) <= 100


async def test_without_a_store_everything_passes() -> None:
    counters = Counters(None)
    reservation = await counters.reserve_all("any", 5, 0)
    await counters.give_back(reservation)
    assert (reservation.places, reservation.is_counted) == (5, False)


async def test_what_passed_while_the_store_was_away_is_not_given_back() -> None:
    server: Valkey = start_valkey()
    client = a_patient_client(server.url)
    counters = Counters(client)
    try:
        server.kill()
        passed = await counters.reserve("name", 5, 3)
        server.start()
        counters._guard._closed_until = 0
        await counters.reserve("name", 2, 3)
        await counters.give_back(passed)
        assert (passed.places, await client.get("name")) == (5, b"2")
    finally:
        await client.aclose()
        server.stop()
