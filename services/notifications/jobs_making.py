"""Making jobs' notifications: a background loop of every process that serves.

Jobs that wait begin when their time comes; those in progress give a lot of rows each in turn. A lot's
notifications, their deliveries and the mark that they were made are one statement, so that a crash loses
nothing and makes nothing twice. Nothing is checked again but what may have changed since: the service itself,
and for jobs that were scheduled its day.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Final
from uuid import UUID

import structlog

from notifyrules.statuses import NotificationType
from servicekit.clock import Clock, monotonic
from servicekit.counters import Reservation
from servicekit.errors import QuotaExceeded, ServiceError
from services.notifications import metrics, spans
from services.notifications.caches import TtlCache
from services.notifications.jobs import FailedLot, Job, JobStatus
from services.notifications.jobs_accepting import give_back
from services.notifications.jobs_store import JobsStore
from services.notifications.sending_limits import SendingLimits
from services.notifications.sending_services import SendingService

log = structlog.get_logger()

IDLE_S: Final = 1.0
"""How often jobs are looked for that other processes accepted, or whose time has come."""


class JobMaking:
    """Makes notifications of jobs' rows. One for each process; several share the table."""

    def __init__(
        self,
        store: JobsStore,
        *,
        services: TtlCache[UUID, SendingService],
        limits: SendingLimits,
        clock: Clock,
        made: Callable[[NotificationType], None],
    ) -> None:
        self._store = store
        self._services = services
        self._limits = limits
        self._clock = clock
        self._made = made
        self._wake = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """Say that there is a job to begin."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the lot under way and return."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Work until `stop`: a background loop."""
        while not self._stopping:
            try:
                busy = await self.work()
            except ServiceError as failure:
                log.warning("job_work_failed", failure=failure)
                busy = False
            if not busy:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(IDLE_S):
                        await self._wake.wait()
                self._wake.clear()

    async def work(self) -> bool:
        """Begin a job that is due, and make one lot; gives whether there was anything to do."""
        due = await self._store.find_due(self._clock.now())
        if due is not None:
            await self._begin(due)
        return await self._make_lot() or due is not None

    async def _begin(self, job: Job) -> None:
        """Begin a job, or end it where its service may not send it any more."""
        service = await self._services.get(job.service_id)
        if not service.active or job.type.value not in service.permissions:
            await self._end(job, JobStatus.CANCELLED)
            return
        taken: tuple[Reservation, ...] = ()
        if job.counted_at is None:
            try:
                taken = await self._limits.take_all(service, job.key_type, job.wanted_places)
            except QuotaExceeded:
                await self._end(job, JobStatus.SENDING_LIMITS_EXCEEDED)
                return
        if await self._store.begin(job.id, self._clock.now()):
            log.info("job_begun", job_id=str(job.id), notifications=job.to_make_count)
        else:
            await self._limits.give_back(taken)

    async def _end(self, job: Job, status: JobStatus) -> None:
        left = await self._store.end(job.id, status, self._clock.now())
        if left is not None:
            await give_back(self._limits, job, *left)
            log.warning("job_ended_early", job_id=str(job.id), status=status.value)

    async def _make_lot(self) -> bool:
        began = monotonic()
        lot = await self._store.make_lot(self._clock.now())
        if lot is None:
            return False
        if isinstance(lot, FailedLot):
            log.error("job_lot_failed", job_id=str(lot.job_id), error=lot.error)
            return False
        metrics.record_job_rows(lot.type, len(lot.ids))
        spans.record_made_of_rows(lot.ids, lot.type, monotonic() - began)
        self._made(lot.type)
        if lot.status is JobStatus.FINISHED:
            log.info("job_finished", job_id=str(lot.job_id))
        return True
