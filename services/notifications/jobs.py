"""Jobs: a table of recipients in, a notification for each row out. Here is what a job is, as plain values.

Accepting, reading, pausing and cancelling jobs is in `jobs_accepting`, making their notifications in `jobs_making`,
what became of each row in `jobs_results`. Source of the statuses: the original's spreadsheets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from notifyrules.daily_limits import LimitKind
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from services.notifications.jobs_checking import TableForm
from services.notifications.new_notifications import IdempotencyKey

MAX_AHEAD: Final = timedelta(days=7)
"""How long before its time a job may be made."""
MAX_NAME_CHARACTERS: Final = 255

RowFaults = Mapping[str, Sequence[int]]
"""What is wrong with rows: numbers of rows, from 1, by reason."""


class JobStatus(StrEnum):
    """Where a job is."""

    SCHEDULED = "scheduled"  # waits for its time
    PENDING = "pending"  # waits for its turn
    IN_PROGRESS = "in progress"
    FINISHED = "finished"  # all notifications made
    CANCELLED = "cancelled"
    SENDING_LIMITS_EXCEEDED = "sending limits exceeded"  # when its time came


class BadRows(StrEnum):
    """What to do with rows that no notification can be made of."""

    REFUSE = "refuse"  # nothing is sent
    SKIP = "skip"  # they are left out


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """A job that a service asks for."""

    id: UUID
    service_id: UUID
    api_key_id: UUID | None
    key_type: KeyType
    template_id: UUID
    name: str
    reference: str | None
    start_at: datetime | None
    bad_rows: BadRows
    sms_sender_id: UUID | None
    email_reply_to_id: UUID | None
    idempotency: IdempotencyKey | None
    check_only: bool = False  # say what is wrong, store nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A job's rows as they came."""

    form: TableForm
    content: bytes  # UTF-8


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as it is stored. When it was accepted is in its id."""

    id: UUID
    service_id: UUID
    template_id: UUID
    template_version: int
    type: NotificationType
    key_type: KeyType
    api_key_id: UUID | None
    name: str
    reference: str | None
    sender: str | None  # of texts as shown, reply-to address of emails
    status: JobStatus
    start_at: datetime | None  # None: at once
    row_count: int
    bad_row_count: int
    simulated_row_count: int
    to_make_count: int
    abroad_count: int  # texts to other countries among those to make
    made_count: int = 0
    lot_count: int
    counted_at: datetime | None  # when its messages took their places in the day
    began_at: datetime | None = None
    ended_at: datetime | None = None
    paused_at: datetime | None = None  # None: it does not rest

    @property
    def wanted_places(self) -> Mapping[LimitKind, int]:
        """Places that its messages need in the day in which they are sent."""
        return places(self.type, self.to_make_count, self.abroad_count)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobAnswer:
    """What is said to somebody who asks for a job."""

    job: Job | None  # None: bad rows kept it from being made, or it was only to be checked
    row_faults: RowFaults
    row_count: int
    bad_row_count: int = 0
    simulated_row_count: int = 0
    replayed: bool = False
    context: str = ""  # of the first request, where this is its answer again


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProgress:
    """A job, and where its notifications are."""

    job: Job
    status_counts: Mapping[NotificationStatus, int] = field(default_factory=dict)
    row_faults: RowFaults = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeLot:
    """Notifications that were made of a job's rows."""

    job_id: UUID
    type: NotificationType
    ids: tuple[UUID, ...]
    status: JobStatus  # of the job, now


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedLot:
    """Rows that the database refused; their job waits for its next turn."""

    job_id: UUID
    error: str  # the kind of failure, without data


def places(type: NotificationType, messages: int, abroad: int) -> dict[LimitKind, int]:
    """How many places messages of a channel need, by count."""
    wanted = {LimitKind(type.value): messages}
    if abroad:
        wanted[LimitKind.INTERNATIONAL_SMS] = abroad
    return wanted
