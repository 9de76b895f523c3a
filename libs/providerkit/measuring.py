"""How providers do, counted in memory and written in batches: no row for a message, nothing on its way.

Senders call `note_answer` and `note_sent`, their receipts `note_result`; `wiring` calls `write` every few seconds. What
a killed process had not written is lost: seconds' worth, of statistics only. A note costs about a microsecond.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final

from deliverykit.types import ReportOutcome, ReportResult, StatusReport
from notifyrules.statuses import KeyType, NotificationStatus
from providerkit.histograms import step_of
from servicekit.errors import ServiceError
from servicekit.logs import get_logger

SLOW_AFTER: Final = timedelta(minutes=5)
"""A message that takes so long, or longer, is slow. Source: the public contract, balancing."""
_SERVER_ERROR: Final = "http_5"
_HOUR_S: Final = 3600

_log = get_logger()


class Measure(StrEnum):
    """What is counted."""

    ANSWER = "answer"  # by kind of answer
    REQUEST_TIME = "request_time"  # in steps of a histogram, as are the others
    CREATED_TO_SENT = "created_to_sent"
    SENT_TO_DELIVERED = "sent_to_delivered"


class AnswerKind(IntEnum):
    """How a provider answered a request; numbers are kept in rows."""

    ACCEPTED = 0
    REFUSED = 1
    THROTTLED = 2
    SERVER_ERROR = 3
    TIMEOUT = 4
    CONNECTION = 5
    UNREADABLE = 6


_KINDS: Final = {
    "throttled": AnswerKind.THROTTLED,
    "timeout": AnswerKind.TIMEOUT,
    "connection": AnswerKind.CONNECTION,
    "not_json": AnswerKind.UNREADABLE,
    "bad_answer": AnswerKind.UNREADABLE,
    "client_error": AnswerKind.UNREADABLE,
    # SES's own names of its 500 and 503.
    "internal_failure": AnswerKind.SERVER_ERROR,
    "internal_service_error": AnswerKind.SERVER_ERROR,
    "service_unavailable": AnswerKind.SERVER_ERROR,
}


def answer_kind(error_code: str | None) -> AnswerKind:
    """The kind of answer that a client's error code stands for; None: the provider took the message."""
    if error_code is None:
        return AnswerKind.ACCEPTED
    if error_code.startswith(_SERVER_ERROR):
        return AnswerKind.SERVER_ERROR
    return _KINDS.get(error_code, AnswerKind.REFUSED)


@dataclass(frozen=True, slots=True, order=True)
class CountKey:
    """Names one counter. Sorted as rows are locked."""

    hour: datetime
    provider: str
    measure: str
    bucket: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What is to be added to one row."""

    key: CountKey
    count: int


@dataclass(slots=True)
class Measurements:
    """Counters of one process that are not written yet."""

    add_counts: Callable[[Sequence[Counts]], Awaitable[None]]
    _waiting: Counter[tuple[int, str, str, int]] = field(default_factory=Counter)
    """By hour since 1970, provider, measure and bucket: cheaper than `CountKey` on the way of a message."""

    def note_answer(
        self, provider: str, error_code: str | None, duration_s: float, started_at: datetime
    ) -> None:
        """A provider answered a request, or should have."""
        hour = _hour_of(started_at)
        self._waiting[hour, provider, Measure.ANSWER.value, answer_kind(error_code).value] += 1
        self._waiting[hour, provider, Measure.REQUEST_TIME.value, step_of(duration_s)] += 1

    def note_sent(self, provider: str, created_at: datetime, sent_at: datetime) -> None:
        """A provider took a message that was accepted at a time."""
        step = step_of((sent_at - created_at).total_seconds())
        self._waiting[_hour_of(sent_at), provider, Measure.CREATED_TO_SENT.value, step] += 1

    def note_result(self, report: StatusReport, result: ReportResult) -> None:
        """A provider's report was applied, or was not. Counted for the hour of sending; test keys never are."""
        if result.outcome is not ReportOutcome.APPLIED or result.status is not NotificationStatus.DELIVERED:
            return
        if result.key_type is KeyType.TEST or result.given_to is None:
            return
        # Without a time of sending the report came first, so it came fast.
        sent_at = result.sent_at or report.received_at
        step = step_of((report.received_at - sent_at).total_seconds())
        self._waiting[_hour_of(sent_at), result.given_to, Measure.SENT_TO_DELIVERED.value, step] += 1

    def accepted(self, provider: str) -> int:
        """How many accepted messages of a provider are not written yet."""
        wanted = (provider, Measure.ANSWER.value, AnswerKind.ACCEPTED.value)
        return sum(count for key, count in self._waiting.items() if key[1:] == wanted)

    async def write(self) -> None:
        """Add what is counted to the table. What can't be written now waits for the next time."""
        waiting, self._waiting = self._waiting, Counter()
        if not waiting:
            return
        rows = [
            Counts(
                key=CountKey(datetime.fromtimestamp(hour * _HOUR_S, UTC), provider, measure, bucket),
                count=count,
            )
            for (hour, provider, measure, bucket), count in waiting.items()
        ]
        try:
            await self.add_counts(sorted(rows, key=lambda row: row.key))
        except ServiceError as err:
            _log.warning("provider_counts_delayed", failure=err)
            self._waiting.update(waiting)


def _hour_of(moment: datetime) -> int:
    return int(moment.timestamp()) // _HOUR_S
