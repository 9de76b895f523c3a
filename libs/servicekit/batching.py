"""Batches without waiting: items that arrive while work is under way travel together in the next round.

The hot path of the whole system rests on this: the gateway's calls to notifications, the inserts of
concurrent requests, the completions of senders. With nothing under way an item goes at once; there is no
timer. Called by every service. Not here: what a batch does (the `flush` function), retries, and persistence
of what waits.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

from servicekit import metrics
from servicekit.errors import InternalError, Unavailable

_batch_items = metrics.histogram(
    "notify_batch_items", "Items that travelled together", ["batcher"], buckets=metrics.BATCH_BUCKETS
)

T = TypeVar("T")
R = TypeVar("R")


class Batcher(Generic[T, R]):
    """Collects items from many tasks and hands them in lists to one function.

    `flush(items)` must answer one result for each item, in order; an Exception among the results is raised
    to that item's caller, and an exception raised by `flush` to all of its items' callers. At most
    `max_in_flight` flushes run at once, each with at most `max_items`; one that would run beside another begins
    only for `min_beside` items or more, as many small ones cost more than they gain.

    At most `max_waiting` items may wait; beyond that `submit` raises `Unavailable` at once instead of
    letting the queue grow: the caller's own caller then sees 503 and may try again, and the process keeps
    its memory.

    A caller that is cancelled leaves; its item is still flushed if it was already taken (others travel with
    it), and dropped if it was still waiting. Flushes run in tasks of the batcher, with an empty context:
    the deadline and request id of one caller say nothing about the others.
    """

    def __init__(
        self,
        flush: Callable[[list[T]], Awaitable[Sequence[R | Exception]]],
        *,
        name: str,
        max_items: int = 64,
        max_in_flight: int = 2,
        min_beside: int = 1,
        max_waiting: int = 20_000,
    ) -> None:
        if max_items < 1 or max_in_flight < 1 or max_waiting < 1 or min_beside < 1:
            raise ValueError("sizes of a batcher are at least 1")
        self._flush = flush
        self._size = _batch_items.labels(name)
        self.name = name
        self._max_items = max_items
        self._max_in_flight = max_in_flight
        self._min_beside = min_beside
        self._max_waiting = max_waiting
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._scheduled = False
        self._closed = False

    @property
    def waiting(self) -> int:
        """Items that no flush has taken yet."""
        return len(self._waiting)

    @property
    def in_flight(self) -> int:
        """Flushes under way."""
        return len(self._tasks)

    async def submit(self, item: T) -> R:
        """Put one item into the next batch and wait for its result.

        Raises what `flush` gave for it, or `Unavailable` when too many wait or the batcher is closed.
        """
        return await self._enqueue(item)

    async def submit_many(self, items: Iterable[T]) -> list[R]:
        """Put items into the next batches, side by side, and wait for all.

        Raises the first exception in the order of the items, after all have ended.
        """
        items = list(items)
        if len(self._waiting) + len(items) > self._max_waiting:
            raise Unavailable(f"{self.name} has too much waiting")  # before any of them is taken
        futures = [self._enqueue(item) for item in items]
        results = await asyncio.gather(*futures, return_exceptions=True)
        answers: list[R] = []
        for result in results:
            if isinstance(result, BaseException):
                raise result
            answers.append(result)
        return answers

    async def close(self) -> None:
        """Refuse new items and wait until everything that was accepted is flushed."""
        self._closed = True
        while self._waiting or self._tasks:
            self._start_flushes()
            if self._tasks:
                await asyncio.wait(self._tasks)

    def _enqueue(self, item: T) -> asyncio.Future[R]:
        if self._closed:
            raise Unavailable(f"{self.name} is closing")
        if len(self._waiting) >= self._max_waiting:
            raise Unavailable(f"{self.name} has too much waiting")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        self._waiting.append((item, future))
        if not self._scheduled and self._may_start():
            # On the loop's next turn rather than now: all that becomes ready in this turn shares the first
            # flush.
            self._scheduled = True
            loop.call_soon(self._start_flushes, context=Context())
        return future

    def _start_flushes(self) -> None:
        self._scheduled = False
        while self._may_start():
            batch = self._take()
            if not batch:
                continue
            task = asyncio.get_running_loop().create_task(
                self._run(batch), name=f"flush {self.name}", context=Context()
            )
            self._tasks.add(task)
            task.add_done_callback(self._flush_ended)

    def _may_start(self) -> bool:
        needed = self._min_beside if self._tasks else 1
        return len(self._waiting) >= needed and len(self._tasks) < self._max_in_flight

    def _take(self) -> list[tuple[T, asyncio.Future[R]]]:
        waiting = self._waiting
        batch: list[tuple[T, asyncio.Future[R]]] = []
        while waiting and len(batch) < self._max_items:
            entry = waiting.popleft()
            if not entry[1].done():  # a caller that was cancelled while waiting
                batch.append(entry)
        return batch

    def _flush_ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._start_flushes()

    async def _run(self, batch: list[tuple[T, asyncio.Future[R]]]) -> None:
        self._size.observe(len(batch))
        try:
            results = await self._flush([item for item, _ in batch])
        except asyncio.CancelledError:
            self._fail(batch, Unavailable(f"{self.name} was stopped"))
            raise
        except Exception as exc:  # noqa: BLE001 -- whatever it is belongs to the callers, who wait for it
            self._fail(batch, exc)
            return
        if len(results) != len(batch):
            self._fail(batch, InternalError())
            return
        for (_, future), result in zip(batch, results, strict=True):
            if future.done():
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)

    @staticmethod
    def _fail(batch: list[tuple[T, asyncio.Future[R]]], exc: Exception) -> None:
        for _, future in batch:
            if not future.done():
                future.set_exception(exc)
