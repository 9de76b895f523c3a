"""The feed of status changes: reading it by pages, watching it, and dropping what is old.

Changes are written by the statements that make them (`queries.sql`), a row for each batch. How they are read
without missing one that commits late: docs/adr, "The status feed". Called by the status-changes servicer and,
for dropping, by `__main__`. What counts towards a bill is none of this module's business.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from notifyrules.statuses import NotificationStatus
from servicekit.clock import Clock
from servicekit.errors import RateLimited, RuleBroken
from servicekit.ids import first_id_at
from services.notifications import metrics
from services.notifications.feed_store import BEGINNING, FactsLot, FeedPosition, FeedStore, StatusChange

_LOT = 20_000
"""Notifications in one lot of facts: some 400 KiB of ids and versions."""
_DROPPED_AT_ONCE = 2_000
_WATCHERS = 50
_WATCH_EVERY_S = 0.5
_WATCHED_PAGE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Changes, and where to go on."""

    changes: tuple[StatusChange, ...]
    position: FeedPosition
    has_more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Whose changes a watcher wants: a service's, or those of some notifications."""

    service_id: UUID | None
    ids: frozenset[UUID]

    def wants(self, change: StatusChange) -> bool:
        """Whether a change is one of theirs."""
        if change.id in self.ids:
            return True
        return (
            self.service_id is not None
            and change.facts is not None
            and change.facts.service_id == self.service_id
        )


class Feed:
    """Reads and shortens the feed. One for each process."""

    def __init__(self, store: FeedStore, *, clock: Clock, kept_for: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._kept_for = kept_for
        self._watchers = 0

    async def page(
        self, after: FeedPosition | None, statuses: Collection[NotificationStatus], limit: int
    ) -> Page:
        """Changes after a position (None: the oldest kept). Raises RuleBroken where some of them are gone."""
        if after is not None:
            await self._check(after)
        changes, position, has_more = await self._store.list_changes(after or BEGINNING, statuses, limit)
        return Page(changes=changes, position=position, has_more=has_more)

    async def watch(self, watched: Watched, stopping: asyncio.Event) -> AsyncIterator[Sequence[StatusChange]]:
        """Changes from now on, until the process stops; first an empty answer, once nothing is missed.

        Raises RateLimited when too many watch.
        """
        if self._watchers >= _WATCHERS:
            raise RateLimited("Too many are watching", timedelta(seconds=10))
        self._watchers += 1
        try:
            position = await self._store.newest_position()
            yield ()
            while not stopping.is_set():
                found, position, has_more = await self._store.list_changes(
                    position, tuple(NotificationStatus), _WATCHED_PAGE
                )
                if wanted := [change for change in found if watched.wants(change)]:
                    yield wanted
                if not has_more:
                    await _wait(stopping, _WATCH_EVERY_S)
        finally:
            self._watchers -= 1

    async def facts(
        self, from_time: datetime, until_time: datetime, service_id: UUID | None, *, with_ids: bool
    ) -> AsyncIterator[FactsLot]:
        """What is billed of all notifications made in a span of time, in lots by id."""
        # One before the first: lots begin after an id.
        after = UUID(int=first_id_at(from_time).int - 1)
        until = first_id_at(until_time)
        while True:
            lot = await self._store.read_facts_lot(after, until, service_id, _LOT, with_ids=with_ids)
            if lot is None:
                return
            yield lot
            after = lot.last_id

    async def drop_old(self) -> int:
        """Drop rows past their time, in lots; gives how many."""
        before, dropped = self._clock.now() - self._kept_for, 0
        while True:
            count = await self._store.drop_old(before, _DROPPED_AT_ONCE)
            dropped += count
            if count < _DROPPED_AT_ONCE:
                metrics.record_feed_rows_dropped(dropped)
                return dropped

    async def _check(self, position: FeedPosition) -> None:
        if await self._store.is_lost(position):
            raise RuleBroken(
                "POSITION_LOST",
                "Changes after this position are no longer kept, or it is not of this database: "
                "begin without page_token, and rebuild what was missed",
            )


async def _wait(stopping: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stopping.wait()
