"""The fail-open helper, with a store made of exceptions."""

import asyncio
from collections.abc import Iterator
from unittest import mock

import pytest
from redis.exceptions import ConnectionError as StoreLost
from structlog.testing import capture_logs

from servicekit import valkey
from servicekit.valkey import FailOpen


class Store:
    """A store that is there or away."""

    def __init__(self) -> None:
        self.is_there = True
        self.calls = 0

    async def get(self) -> str:
        self.calls += 1
        if not self.is_there:
            raise StoreLost("no route")
        return "value"


@pytest.fixture
def now_s() -> Iterator[mock.Mock]:
    with mock.patch.object(valkey, "monotonic", return_value=1000.0) as clock:
        yield clock


async def test_a_store_that_answers_is_asked() -> None:
    assert await FailOpen().call(Store().get, "default") == "value"


async def test_a_lost_store_gives_the_default_and_is_left_alone_for_the_pause(now_s: mock.Mock) -> None:
    store, fail_open = Store(), FailOpen(pause_s=1)
    store.is_there = False

    answers = [await fail_open.call(store.get, "default") for _ in range(5)]

    assert (answers, store.calls, fail_open.skipped, fail_open.is_away) == (["default"] * 5, 1, 5, True)


async def test_after_the_pause_one_call_tries_while_others_get_the_default(now_s: mock.Mock) -> None:
    store, fail_open = Store(), FailOpen(pause_s=1)
    store.is_there = False
    await fail_open.call(store.get, "default")
    now_s.return_value += 1
    store.is_there = True
    gate = asyncio.Event()

    async def slow_get() -> str:
        await gate.wait()
        return await store.get()

    async with asyncio.TaskGroup() as group:
        first = group.create_task(fail_open.call(slow_get, "default"))
        await asyncio.sleep(0)
        second = await fail_open.call(store.get, "default")
        gate.set()

    assert (first.result(), second) == ("value", "default")
    assert await fail_open.call(store.get, "default") == "value"


async def test_loss_and_return_are_logged_once_each(now_s: mock.Mock) -> None:
    store, fail_open = Store(), FailOpen("limits", pause_s=1)
    with capture_logs() as lines:
        for there in (False, False, True, True):
            store.is_there = there
            await fail_open.call(store.get, "default")
            now_s.return_value += 1

    assert [(line["event"], line["store"]) for line in lines] == [
        ("store_lost", "limits"),
        ("store_returned", "limits"),
    ]


async def test_a_bug_in_the_operation_passes() -> None:
    async def wrong() -> str:
        raise KeyError

    with pytest.raises(KeyError):
        await FailOpen().call(wrong, "default")


async def test_a_connection_that_was_reset_between_two_commands_is_a_lost_store() -> None:
    async def write_to_a_closed_handle() -> str:
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")

    assert await FailOpen().call(write_to_a_closed_handle, "default") == "default"
