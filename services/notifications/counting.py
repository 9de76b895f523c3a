"""Counts of days that are kept for reports: statuses, and how fast messages were handed over. Days are London's.

A day is counted anew for as long as its statuses may change, so a run that was missed is made up for by the next.
"""

from datetime import date, timedelta
from typing import Final

from notifyrules.london_time import london_date, london_midnight_utc
from notifyrules.statuses import NotificationType
from operationskit.tasks import TaskRun
from servicekit.clock import Clock
from servicekit.ids import first_id_at
from services.notifications.retention import SHORTEST_DAYS
from services.notifications.upkeep_store import DaySpan, UpkeepStore

_DAYS_COUNTED: Final = {
    (NotificationType.SMS, NotificationType.EMAIL): 4,
    (NotificationType.LETTER,): 10,
}
"""How many days before today are counted anew each night (public contract)."""


def span_of(day: date) -> DaySpan:
    """A day in London, as a span of ids."""
    return DaySpan(
        day=day,
        first_id=first_id_at(london_midnight_utc(day)),
        end_id=first_id_at(london_midnight_utc(day + timedelta(days=1))),
    )


class Counting:
    """Counts days. Each public method is the work of one task, and may be repeated at will."""

    def __init__(self, store: UpkeepStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def count_statuses(self, run: TaskRun) -> None:
        """Count messages of the last days by service, template and status."""
        today = london_date(self._clock.now())
        for types, days in _DAYS_COUNTED.items():
            for back in range(1, days + 1):
                # Messages of test keys may be gone after the shortest retention; what was counted of them stays.
                with_test_keys = back <= SHORTEST_DAYS
                rows = await self._store.count_statuses(
                    span_of(today - timedelta(days=back)), types, with_test_keys=with_test_keys
                )
                run.count("rows", rows)
                await run.note_progress()

    async def count_deliveries(self, run: TaskRun) -> None:
        """Count how fast texts and emails of the last days were handed over and delivered, by service."""
        today = london_date(self._clock.now())
        for back in range(1, _DAYS_COUNTED[NotificationType.SMS, NotificationType.EMAIL] + 1):
            run.count("rows", await self._store.count_deliveries(span_of(today - timedelta(days=back))))
            await run.note_progress()

    async def save_processing_times(self, run: TaskRun) -> None:
        """Count yesterday's messages of the API, and those that were handed over within ten seconds."""
        yesterday = london_date(self._clock.now()) - timedelta(days=1)
        total, within = await self._store.save_processing_times(span_of(yesterday))
        run.count("messages", total)
        run.count("within_10_s", within)
