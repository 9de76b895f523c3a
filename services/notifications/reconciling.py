"""The reconciler: proves every five minutes that nothing is left lying, and repairs what it can.

Each notification is looked at once, some minutes after it was made, in the order of ids; one that is not final
then is remembered (`open_notifications`) and looked at again until it is. So everything is known to be final,
or remembered, and no index on the status is needed, which would make each change of status dearer. Once a night
everything is looked at again. One that should be in the queue and is not is queued again; what cannot be
repaired raises an alert. A text or email whose receipt never came ends after three days.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import structlog

from notifyrules.statuses import NotificationStatus, NotificationType
from operationskit.alerts import Alerts
from operationskit.tasks import TaskRun
from servicekit.clock import Clock
from servicekit.ids import first_id_at, time_of
from services.notifications.deliveries import Lane
from services.notifications.store import StatusChange, Store
from services.notifications.upkeep_store import OpenNotification, UpkeepStore

log = structlog.get_logger()

LOOKED_AT_AFTER: Final = timedelta(minutes=15)
"""Older than any id may be that is still to be inserted (ten minutes)."""
TIMED_OUT_AFTER: Final = timedelta(days=3)
"""A text or email without a receipt ends then (public contract)."""
SETTLED_AFTER: Final = TIMED_OUT_AFTER + timedelta(hours=26)
"""By then the nightly timeout has been there."""
REPAIRED_WITHIN: Final = timedelta(days=7)
QUEUE_MOVES_WITHIN: Final = timedelta(minutes=15)
"""A message of a single request that is ready for longer waits for something that is broken."""
TIMED_OUT_CODE: Final = "timed_out"
LOT: Final = 10_000
_TIMEOUT_LOT: Final = 500
_FIRST_ID: Final = UUID(int=0)
OPEN: Final = (NotificationStatus.CREATED, NotificationStatus.SENDING, NotificationStatus.PENDING)


class Verdict(StrEnum):
    """What is to be done about a notification that was open."""

    SETTLED = "settled"
    WAITS = "waits"  # as it should
    LOST = "lost"  # it should be in the queue, and is not
    STUCK = "stuck"  # somebody must look at it


def reconciled_types() -> tuple[NotificationType, ...]:
    """The channels whose messages are looked after here. A letter waits for other things than a provider: its
    PDF, a virus scan, the print run; the letters service looks after those.
    """
    return (NotificationType.SMS, NotificationType.EMAIL)


def judge(notification: OpenNotification, now: datetime) -> Verdict:
    """What is to be done about a notification that was open. Pure."""
    if notification.status not in OPEN or notification.type not in reconciled_types():
        return Verdict.SETTLED
    age = now - time_of(notification.id)
    if notification.status is NotificationStatus.CREATED:
        if notification.has_delivery:
            return Verdict.WAITS
        return Verdict.LOST if age < REPAIRED_WITHIN else Verdict.STUCK
    return Verdict.WAITS if age < SETTLED_AFTER else Verdict.STUCK


class Reconciling:
    """Looks after what is open. Each public method is the work of one task, and may be repeated at will."""

    def __init__(
        self,
        upkeep: UpkeepStore,
        store: Store,
        *,
        alerts: Alerts,
        clock: Clock,
        queued: Callable[[NotificationType], None],
        callbacks_queued: Callable[[], None],
        lot: int = LOT,
    ) -> None:
        self._upkeep = upkeep
        self._store = store
        self._alerts = alerts
        self._clock = clock
        self._queued = queued
        self._callbacks_queued = callbacks_queued
        self._lot = lot

    async def reconcile(self, run: TaskRun) -> None:
        """Look at what is new, then at all that is open; repair, and raise alerts."""
        await self._notice(run, await self._upkeep.looked_until())
        stuck: Counter[tuple[UUID, str]] = Counter()
        after = _FIRST_ID
        while page := await self._upkeep.read_open(after, first_id_at(self._clock.now()), self._lot):
            await self._settle_page(run, page, stuck)
            after = page[-1].id
            await run.note_progress()
        for (service_id, status), count in stuck.items():
            await self._alerts.raise_alert(
                "notifications-stuck", str(service_id), {"status": status, "notifications": count}
            )
        await self._look_at_queues()

    async def time_out(self, run: TaskRun) -> None:
        """End texts and emails whose receipt did not come within three days: temporary-failure, with a callback.

        Looks at everything once more before: a delivery that was replayed, or a message that was brought in from
        another system, may be open again behind the mark.
        """
        await self._notice(run, _FIRST_ID)
        after = _FIRST_ID
        before = first_id_at(self._clock.now() - TIMED_OUT_AFTER)
        while page := await self._upkeep.read_open(after, before, _TIMEOUT_LOT):
            now = self._clock.now()
            changes = [
                StatusChange(
                    id=each.id,
                    seen_status=each.status,
                    status=NotificationStatus.TEMPORARY_FAILURE,
                    code=TIMED_OUT_CODE,
                    received_at=now,
                    provider=None,
                )
                for each in page
                if each.status in (NotificationStatus.SENDING, NotificationStatus.PENDING)
                and each.type in reconciled_types()
            ]
            if changes:
                changed, callbacks = await self._store.apply_statuses(changes, now)
                run.count("timed_out", len(changed))
                if callbacks:
                    self._callbacks_queued()
            after = page[-1].id
            await run.note_progress(run.counts.get("timed_out", 0))

    async def stuck(self, older_than: timedelta, limit: int) -> list[tuple[OpenNotification, Verdict]]:
        """Open notifications older than a time, the oldest first, with what is to be done about each."""
        now = self._clock.now()
        found: list[tuple[OpenNotification, Verdict]] = []
        after = _FIRST_ID
        while len(found) < limit and (
            page := await self._upkeep.read_open(after, first_id_at(now - older_than), limit)
        ):
            judged = ((each, judge(each, now)) for each in page)
            found += [(each, verdict) for each, verdict in judged if verdict is not Verdict.SETTLED]
            after = page[-1].id
        return found[:limit]

    async def _notice(self, run: TaskRun, after: UUID) -> None:
        now = self._clock.now()
        before = first_id_at(now - LOOKED_AT_AFTER)
        while True:
            lot = await self._upkeep.notice_open(after, before, reconciled_types(), OPEN, now, self._lot)
            run.count("looked_at", lot.looked_at)
            if lot.last_id is None or lot.looked_at < self._lot:
                return
            after = lot.last_id
            await run.note_progress(run.counts["looked_at"])

    async def _settle_page(
        self, run: TaskRun, page: list[OpenNotification], stuck: Counter[tuple[UUID, str]]
    ) -> None:
        now = self._clock.now()
        verdicts = [(each, judge(each, now)) for each in page]
        settled = [each.id for each, verdict in verdicts if verdict is Verdict.SETTLED]
        lost = [each.id for each, verdict in verdicts if verdict is Verdict.LOST]
        stuck.update(
            (each.service_id, each.status.value)
            for each, verdict in verdicts
            if verdict is Verdict.STUCK and each.service_id and each.status
        )
        if settled:
            await self._upkeep.forget_open(settled)
        if lost:
            await self._requeue(run, lost)
        run.count("open", len(page) - len(settled))

    async def _requeue(self, run: TaskRun, lost: list[UUID]) -> None:
        queued = Counter(await self._upkeep.queue_lost(lost, self._clock.now()))
        for channel, count in queued.items():
            log.error("lost_deliveries_queued", channel=channel.value, count=count)
            run.count("queued_again", count)
            self._queued(channel)
            await self._alerts.raise_alert("deliveries-lost", channel.value, {"queued_again": count})

    async def _look_at_queues(self) -> None:
        now = self._clock.now()
        for queue in await self._store.queue_statistics(now):
            since = queue.oldest_ready_at
            if queue.lane is not Lane.BULK and since is not None and now - since > QUEUE_MOVES_WITHIN:
                await self._alerts.raise_alert(
                    "deliveries-not-sent",
                    f"{queue.channel.value} {queue.lane.name.lower()}",
                    {"ready": queue.ready, "oldest_minutes": round((now - since).total_seconds() / 60)},
                )
