"""Following the status feed: page by page into the books, each page with the cursor in one transaction.

Billing may be away for as long as the feed is kept; it then goes on where it was. One that was away for
longer, or whose feed's database was restored, begins again and rebuilds the days that it may have missed.
"""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Final, Protocol

import structlog

from notifyrules.london_time import london_date
from notifyrules.statuses import NotificationStatus
from servicekit.clock import Clock
from servicekit.errors import Conflict, DeadlineExceeded, RuleBroken, Unavailable
from servicekit.ids import first_id_at
from services.billing import metrics
from services.billing.facts import Change, ChangesPage, State, newest_states
from services.billing.store import Store

log = structlog.get_logger()

WANTED: Final = tuple(
    status
    for status in NotificationStatus
    # Nothing can have been counted before these: they are left out of every page. A delivery that is replayed
    # goes back to `created` from a status that does not count.
    if status
    not in (NotificationStatus.CREATED, NotificationStatus.PENDING_VIRUS_CHECK, NotificationStatus.FAILED)
)
PAGE: Final = 2_000
_PAUSE_S: Final = 1.0
_MISSED_DAYS: Final = 10


class FeedClient(Protocol):
    """The feed of the notifications service."""

    async def changes(
        self, position: str | None, statuses: tuple[NotificationStatus, ...], limit: int
    ) -> ChangesPage: ...


class Following:
    """Reads the feed. Several processes may: what one has read, another does not read again."""

    def __init__(
        self,
        feed: FeedClient,
        store: Store,
        *,
        clock: Clock,
        kept_for: timedelta,
        rebuild: Callable[[date], Awaitable[object]],
        sleep: Callable[[float], Awaitable[bool]],
    ) -> None:
        """`sleep` waits, at most until the process stops, and answers whether to go on."""
        self._feed = feed
        self._store = store
        self._clock = clock
        self._kept_for = kept_for
        self._rebuild = rebuild
        self._sleep = sleep

    async def run(self) -> None:
        """Follow until the process stops."""
        more = True
        while await self._sleep(0.0 if more else _PAUSE_S):
            more = False
            # What is away comes back: the cursor says where to go on.
            try:
                more = await self.step()
            except (Unavailable, DeadlineExceeded, Conflict) as err:
                metrics.record_feed_failure()
                log.warning("feed_not_read", reason=err.reason)

    async def step(self) -> bool:
        """Take in one page; gives whether there is more now. Raises Unavailable, DeadlineExceeded."""
        cursor = await self._store.cursor()
        try:
            page = await self._feed.changes(cursor.position, WANTED, PAGE)
        except RuleBroken as err:
            if err.reason != "POSITION_LOST":
                raise
            await self._begin_again(cursor.position)
            return True
        if page.position == cursor.position:
            return False
        states = self._in_time(newest_states(page.changes))
        applied = await self._store.apply_page(states, cursor.position, page.position, self._clock.now())
        if applied:
            metrics.record_changes(len(page.changes), _lost(page.changes))
        return page.has_more

    async def catch_up(self) -> None:
        """Read until there is nothing more."""
        while await self.step():
            pass

    async def _begin_again(self, position: str | None) -> None:
        today = london_date(self._clock.now())
        log.error("feed_position_lost", rebuilt_days=_MISSED_DAYS + 1)
        metrics.record_feed_lost()
        for back in range(_MISSED_DAYS, -1, -1):
            await self._rebuild(today - timedelta(days=back))
        # Last: a process that is killed in between does it all again.
        await self._store.forget_position(position, self._clock.now())

    def _in_time(self, states: list[State]) -> list[State]:
        """Those that the books can still say something of: what older ones were counted in is forgotten."""
        oldest = first_id_at(self._clock.now() - self._kept_for)
        kept = [state for state in states if state.id >= oldest]
        if len(kept) < len(states):
            log.error("late_changes_ignored", count=len(states) - len(kept))
            metrics.record_ignored(len(states) - len(kept))
        return kept


def _lost(changes: tuple[Change, ...]) -> int:
    return sum(change.facts is None for change in changes)
