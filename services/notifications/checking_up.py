"""Checks that raise alerts: services that fail often, numbers that run out, jobs that stand still.

The thresholds are the public contract's. Nothing here changes anything.
"""

from datetime import timedelta
from typing import Final

from notifyrules.recipients import TV_NUMBERS_BEGIN
from operationskit.alerts import Alerts
from operationskit.tasks import TaskRun
from servicekit.clock import Clock
from servicekit.ids import first_id_at
from services.notifications.upkeep_store import SuspiciousService, UpkeepStore

MIN_TEXTS: Final = 10_000
FAILED_SHARE: Final = 0.25
MIN_DRAMA: Final = 500
MIN_FREE_NUMBERS: Final = 50
JOB_STALLED_AFTER: Final = timedelta(minutes=30)
ROWS_CHECKED_AFTER: Final = timedelta(minutes=20)
ROWS_CHECKED_WITHIN: Final = timedelta(days=1)
_MOST_ALERTS: Final = 100


class CheckingUp:
    """Each public method is the work of one task."""

    def __init__(self, store: UpkeepStore, alerts: Alerts, clock: Clock) -> None:
        self._store = store
        self._alerts = alerts
        self._clock = clock

    async def look_at_services(self, run: TaskRun) -> None:
        """Find live services that sent 10,000 texts in a day of which a quarter failed for good, or 500 texts to
        numbers kept for drama.
        """
        found = await self._store.find_suspicious_services(
            first_id_at(self._clock.now() - timedelta(days=1)),
            TV_NUMBERS_BEGIN,
            min_texts=MIN_TEXTS,
            share=FAILED_SHARE,
            min_drama=MIN_DRAMA,
        )
        run.count("services_found", len(found))
        for service in found:
            await self._raise_about(service)

    async def _raise_about(self, service: SuspiciousService) -> None:
        subject = str(service.service_id)
        if service.total >= MIN_TEXTS and service.failed >= FAILED_SHARE * service.total:
            share = round(service.failed / service.total, 3)
            await self._alerts.raise_alert(
                "service-failure-rate-high", subject, {"texts": service.total, "failed_share": share}
            )
        if service.to_drama >= MIN_DRAMA:
            await self._alerts.raise_alert(
                "service-texts-drama-numbers", subject, {"texts": service.to_drama}
            )

    async def look_at_inbound_numbers(self, run: TaskRun) -> None:
        """Warn when fewer than 50 numbers for received texts are free, where there are any at all."""
        free, all_numbers = await self._store.count_inbound_numbers()
        run.count("free", free)
        if all_numbers and free < MIN_FREE_NUMBERS:
            await self._alerts.raise_alert("inbound-numbers-low", "", {"free": free, "all": all_numbers})

    async def look_at_jobs(self, run: TaskRun) -> None:
        """Warn of jobs that nobody has worked on for 30 minutes, and of finished ones without all their messages."""
        now = self._clock.now()
        for job_id, status in await self._store.find_stalled_jobs(now - JOB_STALLED_AFTER, _MOST_ALERTS):
            run.count("stalled")
            await self._alerts.raise_alert("job-stalled", str(job_id), {"status": status})
        missing = await self._store.find_jobs_with_missing_rows(
            now - ROWS_CHECKED_WITHIN, now - ROWS_CHECKED_AFTER, _MOST_ALERTS
        )
        for job_id, made, found in missing:
            run.count("with_missing_rows")
            await self._alerts.raise_alert("job-rows-missing", str(job_id), {"made": made, "found": found})
