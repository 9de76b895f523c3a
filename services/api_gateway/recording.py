"""What is kept of requests to the public API: how many there were on each day, and which were refused and why.

Noting one is a few additions in memory; what was noted goes to the notifications service every ten seconds, in the
background. Refused requests that are alike are one entry of about a minute, so a flood of them costs nothing, and
beyond a limit new kinds are counted and dropped. All numbers told are sums since an entry was begun: telling them
again, after an answer that got lost, changes nothing there. A process that is killed takes its last seconds with it.

No personal data: service, key, route, status, the error's type and reason, and names of fields that the API has.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from notifyrules.london_time import london_date, london_midnight_utc
from servicekit.clock import Clock
from servicekit.errors import InvalidRequest, ServiceError
from servicekit.ids import new_id
from servicekit.logs import get_logger
from services.api_gateway import metrics
from services.api_gateway.auth import Caller
from services.api_gateway.errors import public_error

TELL_EVERY_S: Final = 10.0
MAX_KINDS: Final = 1_000
"""Entries at a time; made-up service ids are none, as only services that are known are named."""
_TOLD_AT_ONCE: Final = 200
_ENTRY_LIFE: Final = timedelta(minutes=1)
_REASON: Final = re.compile(r"[A-Z][A-Z0-9_]{0,99}", re.ASCII)
_OTHER: Final = "OTHER"
_FIELDS: Final = frozenset(
    {
        "phone_number",
        "email_address",
        "template_id",
        "personalisation",
        "reference",
        "sms_sender_id",
        "email_reply_to_id",
        "one_click_unsubscribe_url",
        "sanitise_content_for",
        "postage",
        "content",
        "name",
        "rows",
        "csv",
        "scheduled_for",
        "template_type",
        "status",
        "older_than",
        "include_jobs",
        "id",
        "version",
    }
)
"""Names of fields that the API has. Others are what a client wrote, and could be anything."""

log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What refused requests that are alike have in common."""

    service_id: str | None
    """None: the token names no service that there is."""
    api_key_id: str | None
    """None: no key is proven, and the service is only what the token says."""
    method: str
    route: str
    status: int
    error: str
    reason: str
    fields: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Refused:
    """Refused requests of one kind, within about a minute."""

    id: UUID
    kind: Kind
    began_at: datetime
    last_at: datetime
    count: int = 0
    told: int = 0
    """How many of them are known to be kept."""


@dataclass(slots=True)
class DayCount:
    """Requests of one day in London, since the process began."""

    day: date
    requests: int = 0
    failed: int = 0
    told: int = 0


class RecordsPort(Protocol):
    """The notifications service: what it keeps of requests."""

    async def record(self, process_id: UUID, counts: list[DayCount], refused: list[Refused]) -> None:
        """Keep sums. Raises Unavailable, DeadlineExceeded, InvalidRequest."""
        ...


class Recorder:
    """Notes requests, and tells of them now and then. One for each process."""

    def __init__(self, port: RecordsPort, clock: Clock, *, max_kinds: int = MAX_KINDS) -> None:
        self._port = port
        self._clock = clock
        self._max_kinds = max_kinds
        self._process_id = new_id()
        self._today = DayCount(london_date(clock.now()))
        self._day_ends_at = _end_of(self._today.day)
        self._earlier: list[DayCount] = []
        self._open: dict[Kind, Refused] = {}

    def note(self, status: int) -> None:
        """A request to the API was answered."""
        if self._clock.now() >= self._day_ends_at:
            self._begin_day()
        self._today.requests += 1
        if status >= 500:
            self._today.failed += 1

    def note_refused(
        self,
        method: str,
        route: str,
        failure: ServiceError,
        *,
        caller: Caller | None,
        claimed_service_id: str | None,
    ) -> None:
        """A request was refused. `claimed_service_id`: of a service that there is, where no key was proven."""
        row = public_error(failure)
        kind = Kind(
            service_id=claimed_service_id if caller is None else caller.service.service_id,
            api_key_id=None if caller is None else caller.key.id,
            method=method,
            route=route,
            status=row.status,
            error=row.error,
            reason=str(failure.reason) if _REASON.fullmatch(str(failure.reason)) else _OTHER,
            fields=_fields_of(failure),
        )
        now = self._clock.now()
        refused = self._open.get(kind)
        if refused is None:
            if len(self._open) >= self._max_kinds:
                metrics.count_refusals_not_kept(1)
                return
            refused = self._open[kind] = Refused(id=new_id(at=now), kind=kind, began_at=now, last_at=now)
        refused.count += 1
        refused.last_at = now

    async def tell(self) -> None:
        """Tell what is new since the last time. What cannot be told now is told with the next."""
        try:
            while await self._tell_some():
                pass
        except ServiceError as failure:
            # Nobody must act: the next time tells the same again, and whoever is away has alarms of its own.
            log.info("request_records_not_told", failure=failure)

    async def _tell_some(self) -> bool:
        """One call; gives whether there is more."""
        days = [day for day in (*self._earlier, self._today) if day.told < day.requests]
        fresh = [refused for refused in self._open.values() if refused.told < refused.count]
        some = fresh[:_TOLD_AT_ONCE]
        told_of_days = [(day, day.requests) for day in days]
        told_of_refused = [(refused, refused.count) for refused in some]
        if days or some:
            try:
                await self._port.record(self._process_id, days, some)
            except InvalidRequest:
                # Told again it would be refused again, and everything behind it too.
                metrics.count_refusals_not_kept(sum(count for _, count in told_of_refused))
        for day, requests in told_of_days:
            day.told = requests
        for refused, count in told_of_refused:
            refused.told = count
        self._forget_told()
        return len(fresh) > len(some)

    def _forget_told(self) -> None:
        self._earlier = [day for day in self._earlier if day.told < day.requests]
        ended = self._clock.now() - _ENTRY_LIFE
        for kind, refused in list(self._open.items()):
            if refused.began_at <= ended and refused.told == refused.count:
                del self._open[kind]

    def _begin_day(self) -> None:
        self._earlier.append(self._today)
        self._today = DayCount(london_date(self._clock.now()))
        self._day_ends_at = _end_of(self._today.day)


def _fields_of(failure: ServiceError) -> tuple[str, ...]:
    if not isinstance(failure, InvalidRequest):
        return ()
    return tuple(sorted({violation.field for violation in failure.violations} & _FIELDS))


def _end_of(day: date) -> datetime:
    return london_midnight_utc(day + timedelta(days=1))
