"""A small cache for what is read far more often than it changes: services, keys, templates.

Entries live for seconds, so that a change made by any process is seen everywhere soon (the public contract
says how late a change may show), also where nobody can be told of it. Concurrent misses for one key share one load.
Not here: what is cached (`__main__`), and telling other processes (`cached_accounts`).
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from servicekit.clock import monotonic
from servicekit.errors import NotFound

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

    def forget(self, key: K) -> bool:
        """Drop a key whose value was changed; gives whether it was there. A load that is under way began before the
        change, so nobody who comes from now on gets what it brings."""
        self._loading.pop(key, None)
        return self._entries.pop(key, None) is not None

    def forget_where(self, is_changed: Callable[[V], bool]) -> int:
        """Drop what was changed; gives how many there were."""
        self._loading.clear()
        changed = [key for key, (_, value) in self._entries.items() if is_changed(value)]
        return sum(self.forget(key) for key in changed)

    async def stale(self) -> tuple[int, list[K]]:
        """Hold every entry against the source: how many were looked at, and which differ. Those are dropped."""
        differing = []
        entries = [(key, self.peek(key)) for key in list(self._entries)]
        for key, kept in entries:
            if kept is None:
                continue
            try:
                is_same = await self._load(key) == kept
            except NotFound:
                is_same = False
            if not is_same:
                differing.append(key)
                self.forget(key)
        return sum(kept is not None for _, kept in entries), differing

    def _loaded(self, key: K, done: asyncio.Future[V]) -> None:
        is_wanted = self._loading.get(key) is done
        if is_wanted:
            del self._loading[key]
        if done.cancelled() or done.exception() is not None or not is_wanted:
            return
        self._entries[key] = (monotonic() + self._ttl_s, done.result())
        self._entries.move_to_end(key)
        while len(self._entries) > self._max_entries:
            self._entries.popitem(last=False)
