"""Retention: what is past its service's days goes to history without personal data, or goes altogether.

Days are counted in London: a message made on a day is kept for the 7 days after it (3 to 90 where its service
says so) and moved in the night that follows. Work is done in lots of one transaction each; a process that is
killed leaves whole lots, and the next run goes on. The public API sees only what is not moved.
Source of the rules: the public contract, retention.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

import structlog

from notifyrules.london_time import london_date, london_midnight_utc
from operationskit.tasks import TaskRun
from servicekit.clock import Clock
from servicekit.errors import Conflict, ServiceError
from servicekit.ids import first_id_at
from services.notifications.partitions import WEEKS_BACK, monday_of, partition_name, week_of
from services.notifications.retention_store import Cutoffs, MovedLot, RetentionStore

log = structlog.get_logger()

DEFAULT_DAYS: Final = 7
SHORTEST_DAYS: Final = 3
LONGEST_DAYS: Final = 90
LOT: Final = 5_000
COMPLAINTS_KEPT_FOR: Final = timedelta(days=365)
REQUESTS_KEPT_FOR: Final = timedelta(days=90)
DEALT_WITH_KEPT_FOR: Final = timedelta(days=7)
REFUSED_KEPT_FOR: Final = timedelta(days=7)
REQUEST_COUNTS_KEPT_FOR: Final = timedelta(days=397)
"""13 months, so that a month can be held against the same one of the year before."""
NOTIFICATIONS: Final = "notifications"
HISTORY: Final = "notification_history"
_FIRST_ID: Final = UUID(int=0)
_LOT_TRIES: Final = 5
_LOOSE: Final = r"^notifications_\d{4}_w\d{2}$"


def cutoffs_at(now: datetime) -> Cutoffs:
    """Before what messages are past each number of days: midnights in London."""
    today = london_date(now)
    days = tuple(range(SHORTEST_DAYS, LONGEST_DAYS + 1))
    times = tuple(london_midnight_utc(today - timedelta(days=each)) for each in days)
    return Cutoffs(
        days=days, times=times, ids=tuple(first_id_at(each) for each in times), default_days=DEFAULT_DAYS
    )


class Retention:
    """Moves, drops and deletes. Each public method is the work of one task, and may be repeated at will."""

    def __init__(self, store: RetentionStore, clock: Clock, *, lot: int = LOT) -> None:
        self._store = store
        self._clock = clock
        self._lot = lot

    async def move_notifications(self, run: TaskRun) -> None:
        """Move what is past retention to history, then drop the partitions that this emptied."""
        now = self._clock.now()
        cutoffs = cutoffs_at(now)
        await self._finish_detached(run)
        partitions = [partition.name for partition in await self._store.partitions(NOTIFICATIONS)]
        old = [name for name in partitions if week_start(monday_of(name)) < cutoffs.times[0]]
        for name in old:
            await self._make_history_partition(monday_of(name))
        total = await self._store.estimate(old)
        after, looked_at = _FIRST_ID, 0
        while True:
            lot = await self._move_lot(after, cutoffs)
            looked_at += lot.looked_at
            run.count("moved_to_history", lot.moved)
            run.count("deleted_of_test_keys", lot.gone - lot.moved)
            await run.note_progress(looked_at, max(total, looked_at))
            if lot.last_id is None or lot.looked_at < self._lot:
                break
            after = lot.last_id
        await self._drop_emptied(run, old, week_of(now) - timedelta(weeks=WEEKS_BACK))

    async def delete_received_texts(self, run: TaskRun) -> None:
        """Delete received texts that are past the retention of their service's texts."""
        cutoffs = cutoffs_at(self._clock.now())
        await self._delete(
            run, "delete_received_texts", "received_texts", before=cutoffs.ids[0], **_for_deleting(cutoffs)
        )

    async def delete_jobs(self, run: TaskRun) -> None:
        """Delete jobs that ended and are past the retention of their channel."""
        cutoffs = cutoffs_at(self._clock.now())
        await self._delete(run, "delete_jobs", "jobs", cutoffs=list(cutoffs.times), **_for_deleting(cutoffs))

    async def delete_complaints(self, run: TaskRun) -> None:
        """Delete complaints that are a year old."""
        before = first_id_at(self._clock.now() - COMPLAINTS_KEPT_FOR)
        await self._delete(run, "delete_complaints", "complaints", before=before)

    async def delete_unsubscribe_requests(self, run: TaskRun) -> None:
        """Delete requests that were dealt with a week ago, and those that are 90 days old."""
        now = self._clock.now()
        await self._delete(
            run,
            "delete_unsubscribe_requests",
            "unsubscribe_requests",
            before=first_id_at(now - REQUESTS_KEPT_FOR),
            processed_before=now - DEALT_WITH_KEPT_FOR,
        )

    async def delete_request_records(self, run: TaskRun) -> None:
        """Delete what is known of refused requests after a week, and counts of requests after 13 months."""
        now = self._clock.now()
        before = first_id_at(now - REFUSED_KEPT_FOR)
        await self._delete(run, "delete_refused_requests", "refused_requests", before=before)
        first_day = london_date(now - REQUEST_COUNTS_KEPT_FOR)
        await self._delete(run, "delete_request_counts", "request_counts", before=first_day)

    async def _move_lot(self, after: UUID, cutoffs: Cutoffs) -> MovedLot:
        for attempt in range(_LOT_TRIES):
            try:
                return await self._store.move_lot(after, cutoffs.ids[0], cutoffs, self._lot)
            except Conflict:
                # A receipt, or a delivery that came back, met the lot: nothing was moved, and it may run again.
                if attempt == _LOT_TRIES - 1:
                    raise
        raise AssertionError("unreachable")

    async def _make_history_partition(self, monday: date) -> None:
        start = week_start(monday)
        await self._store.create_history_partition(
            partition_name(monday, HISTORY), first_id_at(start), first_id_at(start + timedelta(weeks=1))
        )

    async def _finish_detached(self, run: TaskRun) -> None:
        """End what an earlier run began: partitions half way detached, and detached ones that were not dropped."""
        for partition in await self._store.partitions(NOTIFICATIONS):
            if partition.detach_pending:
                await self._store.detach(NOTIFICATIONS, partition.name, pending=True)
        for name in await self._store.loose_partitions(_LOOSE):
            if await self._store.is_empty(name):
                await self._store.drop(name)
                run.count("partitions_dropped")

    async def _drop_emptied(self, run: TaskRun, old: list[str], before: date) -> None:
        """Drop old partitions without a row. One that is in use all the time waits for the next night."""
        for name in old:
            if monday_of(name) < before and await self._store.is_empty(name):
                try:
                    await self._store.detach(NOTIFICATIONS, name, pending=False)
                    await self._store.drop(name)
                except ServiceError as failure:
                    log.warning("partition_not_dropped", partition=name, failure=failure)
                else:
                    run.count("partitions_dropped")

    async def _delete(self, run: TaskRun, statement: str, what: str, **parameters: object) -> None:
        while True:
            deleted = await self._store.delete_lot(statement, max=self._lot, **parameters)
            run.count(f"{what}_deleted", deleted)
            await run.note_progress(run.counts[f"{what}_deleted"])
            if deleted < self._lot:
                return


def week_start(monday: date) -> datetime:
    """When a partition's week begins."""
    return datetime.combine(monday, time(), UTC)


def _for_deleting(cutoffs: Cutoffs) -> dict[str, object]:
    parameters = cutoffs.parameters()
    del parameters["cutoffs"]
    return parameters
