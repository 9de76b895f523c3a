"""A rate that processes share, with a real Valkey."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from providerkit.token_bucket import USED_SHARE, TokenBucket
from servicekit.clock import monotonic
from servicekit.valkey import make_valkey
from tests.valkey import start_valkey

RATE = 100


@pytest.fixture
async def valkey(valkey_url: str) -> AsyncIterator[Redis]:
    client = make_valkey(valkey_url)
    await client.flushdb()
    yield client
    await client.aclose()


def a_bucket(valkey: Redis, processes: int = 2) -> TokenBucket:
    return TokenBucket("mmg", per_second=RATE, valkey=valkey, processes=lambda: processes)


async def take_for(bucket: TokenBucket, seconds: float) -> list[float]:
    """When each token was got."""
    taken: list[float] = []
    until = monotonic() + seconds
    while monotonic() < until:
        grant = await bucket.take(10)
        taken += [monotonic()] * grant.tokens
        await asyncio.sleep(max(grant.wait_s, 0.001))
    return taken


async def test_two_processes_together_get_the_rate_and_no_more(valkey: Redis) -> None:
    taken = await asyncio.gather(*(take_for(a_bucket(valkey), 1.5) for _ in range(2)))

    times = sorted([*taken[0], *taken[1]])
    assert len(times) >= 1.5 * RATE * USED_SHARE * 0.7
    # A tenth more is what a test's own pauses may press together; without sharing it would be twice as many.
    assert max(sum(1 for at in times if begin <= at < begin + 1) for begin in times) <= RATE * 1.1


async def test_an_idle_rate_does_not_pile_up(valkey: Redis) -> None:
    bucket = a_bucket(valkey)
    await bucket.take(1)
    await asyncio.sleep(0.5)

    assert (await bucket.take(1_000)).tokens <= RATE * 0.04 + 1


async def test_without_valkey_each_process_has_its_part() -> None:
    server = start_valkey()
    client = make_valkey(server.url)
    bucket = a_bucket(client, processes=4)
    try:
        await bucket.take(1)
        server.stop()

        taken = await take_for(bucket, 1.0)
    finally:
        await client.aclose()
        server.stop()

    assert RATE * USED_SHARE / 4 * 0.5 <= len(taken) <= RATE / 4 + 2
