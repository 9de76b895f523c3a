"""Providers that take only so many texts a second, or are slow: the others go on, and nothing is lost."""

import asyncio
import time
from collections import Counter

import psycopg
from pydantic import SecretStr

from tests.integration.sms.service_world import World, a_world, eventually
from tests.integration.sms.worlds import a_delivery

RATE = 50
PRESSED = 5
"""A pause of the test's own process presses requests together; what MMG then refuses comes again."""


async def send(world: World, count: int, *, international: bool = False) -> float:
    """Send texts; gives how long it took until the last was reported."""
    began = time.monotonic()
    await world.queue.put(*(a_delivery(international=international) for _ in range(count)))
    await world.queue.all_done()
    return time.monotonic() - began


def sent_by(world: World) -> Counter[str]:
    return Counter(row.results[-1].provider for row in world.queue.rows.values() if row.results)


async def test_a_provider_is_given_no_more_in_a_second_than_it_takes(
    database_url: str, valkey_url: str
) -> None:
    with psycopg.connect(database_url, options="-c search_path=sms") as connection:
        connection.execute("UPDATE providers SET active = name = 'mmg'")
    async with a_world(database_url, mmg_max_per_second=RATE, redis_url=SecretStr(valkey_url)) as world:
        world.mmg.most_in_a_second = RATE
        took_s = await send(world, 100)

        assert (world.mmg.taken, world.mmg.throttled <= PRESSED) == (100, True)
        # What has no turn yet waits in the queue, not in a round of leases.
        assert [len(row.results) for row in world.queue.rows.values()].count(1) > 90
        assert 1.5 < took_s < 10


async def test_the_other_provider_takes_what_is_over_a_providers_rate(database_url: str) -> None:
    async with a_world(database_url, mmg_max_per_second=RATE) as world:
        world.mmg.most_in_a_second = RATE

        took_s = await send(world, 400)

        assert world.mmg.throttled <= PRESSED
        assert sent_by(world)["firetext"] >= 200
        assert took_s < 4  # at MMG's rate its half alone would take that long


async def test_a_slow_provider_holds_its_own_share_alone(database_url: str) -> None:
    async with a_world(database_url, max_in_flight=40, provider_max_in_flight=10) as world:
        world.mmg.delay_s = 1.5
        await world.queue.put(*(a_delivery() for _ in range(400)))
        began = time.monotonic()

        await eventually(lambda: world.firetext.taken >= 350)

        assert world.mmg.most_open <= 10
        # With all places for everybody, 40 texts would wait for it at once, and 200 of them take 7.5 s.
        assert time.monotonic() - began < 5
        await world.queue.all_done()


async def test_texts_that_only_a_full_provider_serves_come_again_when_their_turn_is(
    database_url: str,
) -> None:
    async with a_world(database_url, mmg_max_per_second=RATE) as world:
        world.mmg.most_in_a_second = RATE

        # Texts abroad go by MMG alone, so leasing does not know that there is no room for them.
        took_s = await send(world, 150, international=True)

        assert (world.mmg.taken, world.mmg.throttled <= PRESSED) == (150, True)
        assert sum(len(row.results) for row in world.queue.rows.values()) < 3 * 150
        assert took_s < 12


async def test_texts_for_a_full_provider_do_not_keep_others_waiting(database_url: str) -> None:
    async with a_world(database_url, mmg_max_per_second=5) as world:
        abroad = asyncio.create_task(send(world, 60, international=True))
        await eventually(lambda: world.mmg.taken >= 3)

        texts = await world.queue.put(*(a_delivery() for _ in range(50)))
        began = time.monotonic()
        for text in texts:
            await world.queue.result(text)

        assert time.monotonic() - began < 6  # in a line of abroad texts they would wait for ten
        assert sent_by(world)["firetext"] >= 45
        abroad.cancel()
        await asyncio.gather(abroad, return_exceptions=True)
