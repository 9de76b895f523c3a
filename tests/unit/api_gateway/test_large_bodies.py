"""Room for large bodies: never more than there is, in order, and given back whatever happens."""

import asyncio

import pytest

from services.api_gateway.large_bodies import LargeBodies

KB = 1024


async def hold(bodies: LargeBodies, size_bytes: int, held: list[int], go_on: asyncio.Event) -> None:
    async with bodies.room_for(size_bytes):
        held.append(size_bytes)
        await go_on.wait()


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_bodies_wait_in_order_until_there_is_room() -> None:
    bodies, held, first, rest = LargeBodies(1_000 * KB), list[int](), asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(hold(bodies, 700 * KB, held, first))
        for size in (500, 400, 300):
            group.create_task(hold(bodies, size * KB, held, rest))
        await settled()
        assert held == [700 * KB]
        first.set()
        await settled()
        assert held == [700 * KB, 500 * KB, 400 * KB]
        rest.set()
    assert held[-1] == 300 * KB


async def test_small_bodies_never_wait_and_huge_ones_get_all_there_is() -> None:
    bodies, held, go_on = LargeBodies(1_000 * KB), list[int](), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for size in (5_000, 300, 256, 1):
            group.create_task(hold(bodies, size * KB, held, go_on))
        await settled()
        assert held == [5_000 * KB, 256 * KB, KB]
        go_on.set()


@pytest.mark.parametrize("had_its_turn", [False, True])
async def test_a_client_that_leaves_while_it_waits_takes_no_room(had_its_turn: bool) -> None:
    bodies, held, first, go_on = LargeBodies(1_000 * KB), list[int](), asyncio.Event(), asyncio.Event()
    one = asyncio.ensure_future(hold(bodies, 900 * KB, held, first))
    await settled()
    leaving = asyncio.ensure_future(hold(bodies, 800 * KB, held, go_on))
    last = asyncio.ensure_future(hold(bodies, 700 * KB, held, go_on))
    await settled()
    if had_its_turn:
        first.set()
        await asyncio.sleep(0)
    leaving.cancel()
    first.set()
    await settled()
    assert held[-1] == 700 * KB
    go_on.set()
    await asyncio.gather(one, last)
    async with bodies.room_for(1_000 * KB):
        pass
