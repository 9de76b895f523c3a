"""The batcher: who travels with whom, and who hears of what."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit import request_context
from servicekit.batching import Batcher
from servicekit.errors import InternalError, Unavailable


class Flush:
    """A flush that waits at a gate; keeps the batches it was given."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.began = asyncio.Event()
        self.gate = asyncio.Event()

    async def __call__(self, items: list[int]) -> Sequence[int | Exception]:
        self.batches.append(items)
        self.began.set()
        await self.gate.wait()
        return [ValueError(f"odd {item}") if item % 2 else item * 10 for item in items]


@pytest.fixture
async def flush() -> Flush:
    return Flush()


async def _begun(flush: Flush, *, batches: int) -> None:
    while len(flush.batches) < batches:
        flush.began.clear()
        await flush.began.wait()


async def test_an_item_alone_goes_at_once(flush: Flush) -> None:
    flush.gate.set()

    assert await Batcher(flush, name="test").submit(2) == 20
    assert flush.batches == [[2]]


async def test_a_flush_begins_beside_another_only_for_enough_items(flush: Flush) -> None:
    batcher = Batcher(flush, name="test", max_in_flight=2, min_beside=3)
    async with asyncio.TaskGroup() as group:
        group.create_task(batcher.submit(0))
        await _begun(flush, batches=1)
        for item in (2, 4):
            group.create_task(batcher.submit(item))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        alone = list(flush.batches)
        group.create_task(batcher.submit(6))
        await _begun(flush, batches=2)
        flush.gate.set()

    assert (alone, flush.batches) == ([[0]], [[0], [2, 4, 6]])


async def test_items_that_are_too_few_for_a_flush_beside_another_go_after_it(flush: Flush) -> None:
    batcher = Batcher(flush, name="test", max_in_flight=2, min_beside=3)
    async with asyncio.TaskGroup() as group:
        group.create_task(batcher.submit(0))
        await _begun(flush, batches=1)
        group.create_task(batcher.submit(2))
        await asyncio.sleep(0)
        flush.gate.set()

    assert flush.batches == [[0], [2]]


async def test_items_that_arrive_while_flushes_run_travel_together_next(flush: Flush) -> None:
    batcher = Batcher(flush, name="test", max_in_flight=1)
    async with asyncio.TaskGroup() as group:
        group.create_task(batcher.submit(0))
        await _begun(flush, batches=1)
        later = [group.create_task(batcher.submit(item)) for item in (2, 4, 6)]
        await asyncio.sleep(0)
        flush.gate.set()

    assert flush.batches == [[0], [2, 4, 6]]
    assert [task.result() for task in later] == [20, 40, 60]


async def test_no_more_flushes_run_at_once_than_allowed(flush: Flush) -> None:
    batcher = Batcher(flush, name="test", max_items=1, max_in_flight=2)
    async with asyncio.TaskGroup() as group:
        for item in (0, 2, 4):
            group.create_task(batcher.submit(item))
        await _begun(flush, batches=2)
        assert (batcher.in_flight, batcher.waiting) == (2, 1)
        flush.gate.set()

    assert flush.batches == [[0], [2], [4]]


async def test_a_batch_is_never_larger_than_allowed(flush: Flush) -> None:
    flush.gate.set()
    batcher = Batcher(flush, name="test", max_items=3)

    assert await batcher.submit_many(range(0, 16, 2)) == list(range(0, 160, 20))
    assert flush.batches == [[0, 2, 4], [6, 8, 10], [12, 14]]


async def test_an_exception_among_the_results_reaches_its_own_caller_only(flush: Flush) -> None:
    flush.gate.set()
    batcher = Batcher(flush, name="test")

    results = await asyncio.gather(*(batcher.submit(item) for item in (1, 2)), return_exceptions=True)

    assert [type(results[0]), results[1]] == [ValueError, 20]


async def test_submit_many_raises_after_all_have_ended(flush: Flush) -> None:
    flush.gate.set()

    with pytest.raises(ValueError, match="odd 1"):
        await Batcher(flush, name="test", max_items=1).submit_many([2, 1, 3, 4])

    assert flush.batches == [[2], [1], [3], [4]]


async def test_submit_many_of_nothing_is_nothing(flush: Flush) -> None:
    assert await Batcher(flush, name="test").submit_many([]) == []


async def test_a_flush_that_raises_fails_all_its_items() -> None:
    async def flush(items: list[int]) -> list[int]:
        raise Unavailable("away")

    results = await asyncio.gather(*map(Batcher(flush, name="test").submit, (1, 2)), return_exceptions=True)

    assert [type(result) for result in results] == [Unavailable, Unavailable]


async def test_the_batcher_works_on_after_a_flush_that_raised() -> None:
    outcomes = [Unavailable("away"), None]

    async def flush(items: list[int]) -> list[int]:
        if outcome := outcomes.pop(0):
            raise outcome
        return items

    batcher = Batcher(flush, name="test")
    with pytest.raises(Unavailable):
        await batcher.submit(1)

    assert await batcher.submit(2) == 2


async def test_a_wrong_number_of_results_fails_all_items() -> None:
    async def flush(items: list[int]) -> list[int]:
        return items[1:]

    with pytest.raises(InternalError):
        await Batcher(flush, name="test").submit(1)


async def test_a_cancelled_caller_takes_nothing_from_those_that_travel_with_it(flush: Flush) -> None:
    batcher = Batcher(flush, name="test")
    async with asyncio.TaskGroup() as group:
        leaves = group.create_task(batcher.submit(2))
        stays = group.create_task(batcher.submit(4))
        await _begun(flush, batches=1)
        leaves.cancel()
        await asyncio.wait({leaves})
        flush.gate.set()

    assert (leaves.cancelled(), stays.result(), flush.batches) == (True, 40, [[2, 4]])


async def test_a_caller_cancelled_while_waiting_is_not_flushed(flush: Flush) -> None:
    batcher = Batcher(flush, name="test", max_in_flight=1)
    async with asyncio.TaskGroup() as group:
        group.create_task(batcher.submit(0))
        await _begun(flush, batches=1)
        leaves = group.create_task(batcher.submit(2))
        stays = group.create_task(batcher.submit(4))
        await asyncio.sleep(0)
        leaves.cancel()
        flush.gate.set()

    assert (stays.result(), flush.batches) == (40, [[0], [4]])


async def test_a_full_batcher_refuses_at_once(flush: Flush) -> None:
    batcher = Batcher(flush, name="test", max_items=1, max_in_flight=1, max_waiting=2)
    async with asyncio.TaskGroup() as group:
        group.create_task(batcher.submit(0))
        await _begun(flush, batches=1)
        for item in (2, 4):
            group.create_task(batcher.submit(item))
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="too much"):
            await batcher.submit(6)
        with pytest.raises(Unavailable, match="too much"):
            await batcher.submit_many([6])
        flush.gate.set()

    assert flush.batches == [[0], [2], [4]]


async def test_closing_waits_for_what_was_accepted_and_refuses_the_rest(flush: Flush) -> None:
    batcher = Batcher(flush, name="test", max_in_flight=1)
    async with asyncio.TaskGroup() as group:
        accepted = [group.create_task(batcher.submit(item)) for item in (0, 2)]
        await _begun(flush, batches=1)
        accepted.append(group.create_task(batcher.submit(4)))
        await asyncio.sleep(0)
        closing = group.create_task(batcher.close())
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="closing"):
            await batcher.submit(6)
        assert not closing.done()
        flush.gate.set()

    assert [task.result() for task in accepted] == [0, 20, 40]


async def test_closing_an_idle_batcher_ends_at_once(flush: Flush) -> None:
    await Batcher(flush, name="test").close()


async def test_a_flush_does_not_run_under_its_first_callers_deadline() -> None:
    async def flush(items: list[int]) -> list[float | None]:
        return [request_context.remaining_s() for _ in items]

    with request_context.request_scope(timeout_s=1):
        assert await Batcher(flush, name="test").submit(1) is None


@given(
    st.lists(st.integers(min_value=0, max_value=3), max_size=60),
    st.integers(min_value=1, max_value=5),
    st.integers(min_value=1, max_value=3),
)
def test_whatever_comes_and_goes_each_item_is_flushed_at_most_once_and_answered_right(
    moments: list[int], max_items: int, max_in_flight: int
) -> None:
    """A moment is how long (in turns of the loop) a caller waits before it submits; every fifth one leaves
    early.
    """
    asyncio.run(_come_and_go(moments, max_items, max_in_flight))


async def _come_and_go(moments: list[int], max_items: int, max_in_flight: int) -> None:
    flushed: list[int] = []
    running = 0

    async def flush(items: list[int]) -> list[int]:
        nonlocal running
        running += 1
        assert running <= max_in_flight
        assert len(items) <= max_items
        flushed.extend(items)
        await asyncio.sleep(0)
        running -= 1
        return [item * 10 for item in items]

    batcher = Batcher(flush, name="test", max_items=max_items, max_in_flight=max_in_flight)

    async def come(number: int, moment: int) -> int:
        for _ in range(moment):
            await asyncio.sleep(0)
        return await batcher.submit(number)

    tasks = [asyncio.ensure_future(come(number, moment)) for number, moment in enumerate(moments)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for task in tasks[::5]:
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    await batcher.close()

    assert len(flushed) == len(set(flushed))
    for number, answer in enumerate(answers):
        assert answer == number * 10 or (number % 5 == 0 and isinstance(answer, asyncio.CancelledError))


@pytest.mark.parametrize("sizes", [{"max_items": 0}, {"max_in_flight": 0}, {"max_waiting": 0}])
async def test_sizes_below_one_are_refused(flush: Flush, sizes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Batcher(flush, name="test", **sizes)
