"""What became of each row of a job, in the order of its table. Called by the servicer.

Rows are read in pages, and no more than one is held. Of rows that no notification was made from nothing is stored but
their numbers, and of messages past retention not even that: a gap between stored rows says what it can.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from notifyrules.statuses import NotificationStatus
from servicekit.errors import NotFound
from services.notifications.jobs import Job, JobStatus, RowFaults
from services.notifications.jobs_store import JobsStore, KeptRow

PAGE_ROWS: Final = 1_000


class RowState(StrEnum):
    """What became of a row."""

    MADE = "made"  # its notification is there
    WAITING = "waiting"  # for its turn
    BAD = "bad"  # left out
    TEST_RECIPIENT = "test recipient"  # nothing is stored or sent for it
    NOT_MADE = "not made"  # its job ended before
    NOT_KEPT = "not kept"  # its message is past retention


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """A row of a job, and what became of it."""

    row: int  # the first one after the header is 1
    state: RowState
    recipient: str | None = None  # as given; None: no message of it is stored
    notification_id: UUID | None = None
    status: NotificationStatus | None = None
    faults: tuple[str, ...] = ()  # why it was left out


class JobResults:
    """Reads what became of rows."""

    def __init__(self, store: JobsStore, *, page_rows: int = PAGE_ROWS) -> None:
        self._store = store
        self._page_rows = page_rows

    async def read(self, service_id: UUID, job_id: UUID) -> AsyncIterator[list[RowResult]]:
        """All rows of a job in pages, each row once, also while it is being made. Raises NotFound."""
        job = await self._store.find(service_id, job_id)
        if job is None:
            raise NotFound("job")
        gaps = _Gaps(job, await self._store.row_faults(job_id))
        row, lot = 0, -1
        while page := await self._store.read_rows(job_id, row, lot, self._page_rows):
            results: list[RowResult] = []
            for kept in page:
                results.extend(gaps.before(kept.row))
                results.append(_stored(kept))
            row = page[-1].row
            lot = page[-1].lot if page[-1].lot is not None else lot
            yield results
        # What was waiting when the first page was read may have been dropped since.
        job = await self._store.find(service_id, job_id) or job
        rest: list[RowResult] = []
        for result in gaps.after_the_last(job):
            rest.append(result)
            if len(rest) == self._page_rows:
                yield rest
                rest = []
        if rest:
            yield rest


def _stored(kept: KeptRow) -> RowResult:
    return RowResult(
        row=kept.row,
        state=RowState.WAITING if kept.status is None else RowState.MADE,
        recipient=kept.recipient,
        notification_id=kept.notification_id,
        status=kept.status,
    )


class _Gaps:
    """Rows that nothing is stored of, told by where they are missing."""

    def __init__(self, job: Job, row_faults: RowFaults) -> None:
        self._row_count = job.row_count
        self._faults = _by_row(row_faults)
        self._test_recipients_left = job.simulated_row_count
        self._next = 1

    def before(self, row: int) -> Iterator[RowResult]:
        """The rows that are missing before a stored one."""
        yield from self._until(row, RowState.NOT_KEPT)
        self._next = row + 1

    def after_the_last(self, job: Job) -> Iterator[RowResult]:
        """The rows that are missing at the end. Of a job that was stopped, none is known to be a test recipient."""
        if job.status in (JobStatus.CANCELLED, JobStatus.SENDING_LIMITS_EXCEEDED):
            self._test_recipients_left = 0
            yield from self._until(self._row_count + 1, RowState.NOT_MADE)
        else:
            yield from self._until(self._row_count + 1, RowState.NOT_KEPT)

    def _until(self, end: int, otherwise: RowState) -> Iterator[RowResult]:
        for row in range(self._next, end):
            faults = self._faults.get(row)
            if faults is not None:
                yield RowResult(row=row, state=RowState.BAD, faults=tuple(faults))
            elif self._test_recipients_left:
                self._test_recipients_left -= 1
                yield RowResult(row=row, state=RowState.TEST_RECIPIENT)
            else:
                yield RowResult(row=row, state=otherwise)
        self._next = end


def _by_row(row_faults: RowFaults) -> Mapping[int, list[str]]:
    """Reasons by row; they are as many texts as there are reasons, however many the rows."""
    faults: dict[int, list[str]] = {}
    for reason, rows in row_faults.items():
        for row in rows:
            faults.setdefault(row, []).append(reason)
    return faults
