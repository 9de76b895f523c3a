"""A small cache for what is read far more often than it changes: services, keys, templates.

Entries live for seconds, so that a change made by any process is seen everywhere soon (the public contract
says how late a change may show). Concurrent misses for one key share one load. Not here: what is cached, and
Valkey.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from servicekit.clock import monotonic

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class TtlCache(Generic[K, V]):
    """Values by key for `ttl_s` seconds, at most `max_entries`, the least recently loaded dropped first.

    What `load` raises is raised to everybody who waits for it, and not kept.
    """

    def __init__(self, load: Callable[[K], Awaitable[V]], *, ttl_s: float, max_entries: int = 10_000) -> None:
        self._load = load
        self._ttl_s = ttl_s
        self._max_entries = max_entries
        self._entries: OrderedDict[K, tuple[float, V]] = OrderedDict()
        self._loading: dict[K, asyncio.Future[V]] = {}

    def peek(self, key: K) -> V | None:
        """The value if it is there and fresh; costs no await on the hot path."""
        entry = self._entries.get(key)
        return entry[1] if entry is not None and entry[0] > monotonic() else None

    async def get(self, key: K) -> V:
        """The value, loaded when it is missing or stale."""
        value = self.peek(key)
        if value is not None:
            return value
        loading = self._loading.get(key)
        if loading is None:
            loading = asyncio.ensure_future(self._load(key))
            self._loading[key] = loading
            loading.add_done_callback(lambda done: self._loaded(key, done))
        # Shielded: one caller that gives up must not take the load away from the others.
        return await asyncio.shield(loading)

    def forget(self, key: K) -> None:
        """Drop a key whose value was changed by this process, or by the test that drives it."""
        self._entries.pop(key, None)

    def _loaded(self, key: K, done: asyncio.Future[V]) -> None:
        self._loading.pop(key, None)
        if done.cancelled() or done.exception() is not None:
            return
        self._entries[key] = (monotonic() + self._ttl_s, done.result())
        self._entries.move_to_end(key)
        while len(self._entries) > self._max_entries:
            self._entries.popitem(last=False)
