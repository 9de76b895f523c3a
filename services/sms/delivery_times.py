"""How fast texts arrive, by provider: counted by the minute in which they were handed over.

Sends and receipts raise counters, which are written in batches; notifications are never counted themselves.
Only live and team texts count. `balancing.py` asks for the slow share; nobody else reads the table
`delivery_minutes`.

A text's receipt may name the minute after the one in which its sending was counted, and texts abroad count
once they arrive although their sending did not: over 15 minutes neither matters."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from deliverykit.types import ReportOutcome, ReportResult, StatusReport
from notifyrules.statuses import KeyType, NotificationStatus
from servicekit.errors import ServiceError
from servicekit.logs import get_logger
from services.sms.clients.provider import ProviderName

WINDOW: Final = timedelta(minutes=15)
SLOW_AFTER: Final = timedelta(minutes=5)
KEPT_FOR: Final = timedelta(days=1)
_FAILURES: Final = frozenset(
    {
        NotificationStatus.TEMPORARY_FAILURE,
        NotificationStatus.PERMANENT_FAILURE,
        NotificationStatus.TECHNICAL_FAILURE,
    }
)

_log = get_logger()


@dataclass(slots=True)
class Counts:
    """Texts of one provider and minute."""

    sent: int = 0
    fast: int = 0
    """Delivered in less than 5 minutes."""
    failed: int = 0
    """Failed by receipt; they are neither fast nor slow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MinuteCounts:
    """What is to be added to one row."""

    provider: ProviderName
    minute: datetime
    counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowShare:
    """Texts of one provider over the last 15 minutes."""

    total: int
    slow: int
    """Took, or have taken, 5 minutes or more."""

    @property
    def share(self) -> float:
        """0 to 1; 0 where there were none."""
        return self.slow / self.total if self.total else 0.0


@dataclass(slots=True)
class DeliveryTimes:
    """Counters of one process that are not written yet."""

    add_counts: Callable[[Sequence[MinuteCounts]], Awaitable[None]]
    _waiting: dict[tuple[ProviderName, datetime], Counts] = field(default_factory=dict)

    def note_sent(self, provider: ProviderName, at: datetime, *, international: bool) -> None:
        """A live or team text was handed over. Those abroad often have no receipt, so they do not count."""
        if not international:
            self._counts(provider, at).sent += 1

    def note_result(self, report: StatusReport, result: ReportResult) -> None:
        """A receipt was applied, or was not."""
        if result.outcome is not ReportOutcome.APPLIED or result.key_type is KeyType.TEST:
            return
        if result.given_to not in _NAMES:
            return
        # Without a time of sending the receipt came first, so it came fast.
        sent_at = result.sent_at or report.received_at
        counts = self._counts(ProviderName(result.given_to), sent_at)
        if result.status is NotificationStatus.DELIVERED and report.received_at - sent_at < SLOW_AFTER:
            counts.fast += 1
        elif result.status in _FAILURES:
            counts.failed += 1

    async def write(self) -> None:
        """Add what is counted to the table. What can't be written now waits for the next time."""
        waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        rows = [
            MinuteCounts(provider=provider, minute=minute, counts=counts)
            for (provider, minute), counts in sorted(waiting.items())
        ]
        try:
            await self.add_counts(rows)
        except ServiceError as err:
            _log.warning("delivery_times_delayed", failure=err)
            self._put_back(waiting)

    def _counts(self, provider: ProviderName, at: datetime) -> Counts:
        key = (provider, at.replace(second=0, microsecond=0))
        counts = self._waiting.get(key)
        if counts is None:
            counts = self._waiting[key] = Counts()
        return counts

    def _put_back(self, unwritten: Mapping[tuple[ProviderName, datetime], Counts]) -> None:
        for key, counts in unwritten.items():
            target = self._counts(*key)
            target.sent += counts.sent
            target.fast += counts.fast
            target.failed += counts.failed


_NAMES: Final = frozenset(name.value for name in ProviderName)
