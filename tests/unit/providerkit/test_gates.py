"""How much a provider is asked at once, and in a second."""

import asyncio

import pytest

from providerkit.gates import Gate
from providerkit.token_bucket import SAVED_S, USED_SHARE, Grant, TokenBucket


class Tokens(TokenBucket):
    """A rate whose tokens a test hands out."""

    def __init__(self, *grants: Grant, share: float = 40.0) -> None:
        self.grants = list(grants)
        self.asked: list[int] = []
        self.share = share

    @property
    def share_per_second(self) -> float:
        return self.share

    async def take(self, wanted: int) -> Grant:
        self.asked.append(wanted)
        return self.grants.pop(0) if self.grants else Grant(0, 0.001)


async def test_no_more_are_let_through_at_once_than_there_are_places() -> None:
    gate = Gate("mmg", max_in_flight=2)

    entered = [await gate.enter(0) for _ in range(3)]

    assert entered == [True, True, False]
    gate.leave()
    assert await gate.enter(0)


async def test_whoever_waits_gets_the_place_that_becomes_free() -> None:
    gate = Gate("mmg", max_in_flight=1)
    await gate.enter(0)
    waiting = asyncio.create_task(gate.enter(5))
    await asyncio.sleep(0)

    gate.leave()

    assert await waiting


async def test_waiting_ends_with_patience_and_takes_nothing() -> None:
    gate = Gate("mmg", max_in_flight=1)
    await gate.enter(0)

    assert not await gate.enter(0.01)

    gate.leave()
    assert await gate.enter(0)


async def test_nobody_overtakes_the_line() -> None:
    gate = Gate("mmg", max_in_flight=5, bucket=Tokens())
    waiting = asyncio.create_task(gate.enter(0.05))
    await asyncio.sleep(0.005)

    assert not await gate.enter(0)
    assert not await waiting


async def test_the_line_takes_its_tokens_together() -> None:
    tokens = Tokens(Grant(0, 0.001), Grant(3, 0.0))
    gate = Gate("mmg", max_in_flight=5, bucket=tokens)

    entered = await asyncio.gather(*(gate.enter(1) for _ in range(3)))

    assert entered == [True, True, True]
    assert tokens.asked[-1] == 3
    assert len(tokens.asked) <= 3


async def test_without_a_token_the_place_is_free_again() -> None:
    gate = Gate("mmg", max_in_flight=1, bucket=Tokens(Grant(0, 0.0), Grant(1, 0.0)))

    assert [await gate.enter(0), await gate.enter(0)] == [False, True]


async def test_a_message_that_is_cancelled_in_line_holds_nothing() -> None:
    gate = Gate("mmg", max_in_flight=1)
    await gate.enter(0)
    waiting = asyncio.create_task(gate.enter(5))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    gate.leave()

    assert await gate.enter(0)


async def test_there_is_use_for_what_is_under_way_and_a_quarter_of_a_seconds_tokens() -> None:
    gate = Gate("mmg", max_in_flight=30, bucket=Tokens(*[Grant(1, 0.0)] * 25))
    before = gate.capacity
    for _ in range(25):
        await gate.enter(0)

    assert (before, gate.capacity, Gate("mmg", max_in_flight=7).capacity) == (10, 30, 7)


class Time:
    """A time that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("per_second", "processes"), [(50, 1), (50, 3), (1, 1), (5_000, 2)])
async def test_in_no_second_more_is_taken_than_agreed(per_second: int, processes: int) -> None:
    time = Time()
    buckets = [
        TokenBucket("mmg", per_second=per_second, valkey=None, processes=lambda: processes, now=time)
        for _ in range(processes)
    ]
    taken: list[tuple[float, int]] = []
    while time.now < 104:
        for bucket in buckets:
            taken.append((time.now, (await bucket.take(100)).tokens))
        time.now += 0.0031

    seconds = [
        sum(count for at, count in taken if begin <= at < begin + 1) for begin, _ in taken if begin < 103
    ]
    # Each process may begin a token of its own before the first interval is over.
    assert max(seconds) <= per_second + processes - 1
    assert min(seconds) >= int(per_second * USED_SHARE * 0.97) - processes
    assert SAVED_S * per_second + per_second * USED_SHARE <= per_second


async def test_a_bucket_says_when_the_next_token_is_there() -> None:
    time = Time()
    bucket = TokenBucket("mmg", per_second=10 / USED_SHARE, valkey=None, processes=lambda: 1, now=time)
    await bucket.take(1)

    grant = await bucket.take(1)
    time.now += grant.wait_s + 0.0001

    assert grant.tokens == 0
    assert 0 < grant.wait_s <= 0.1
    assert (await bucket.take(1)).tokens == 1
