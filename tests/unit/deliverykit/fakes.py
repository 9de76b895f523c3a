"""A delivery queue and a store of kept receipts in memory, and factories of what passes through them."""

import asyncio
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from deliverykit.kept_store import KeptReceipt, NewKeptReceipt
from deliverykit.types import (
    Delivery,
    DeliveryResult,
    Lease,
    LeaseRef,
    ReportOutcome,
    ReportResult,
    StatusReport,
    TextContent,
)
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from servicekit.clock import SystemClock
from servicekit.errors import ServiceError

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def a_delivery(
    *,
    notification_id: UUID | None = None,
    attempt: int = 1,
    key_type: KeyType = KeyType.NORMAL,
    lease_left: timedelta = timedelta(seconds=60),
    failed_providers: tuple[str, ...] = (),
    international: bool = False,
    phone_number: str = "447900900123",
) -> Delivery:
    now = SystemClock().now()
    return Delivery(
        notification_id=notification_id or uuid4(),
        attempt=attempt,
        service_id=uuid4(),
        key_type=key_type,
        lease=Lease(now + lease_left),
        possible_duplicate=False,
        created_at=now,
        failed_providers=failed_providers,
        content=TextContent(
            phone_number=phone_number, sender="Tests", body="Tests: hello", international=international
        ),
    )


def a_report(
    *,
    notification_id: UUID | None = None,
    status: NotificationStatus = NotificationStatus.DELIVERED,
    provider: str = "mmg",
) -> StatusReport:
    return StatusReport(
        notification_id=notification_id or uuid4(),
        provider=provider,
        status=status,
        received_at=START,
        detail_code="3",
    )


class FakeDeliveries:
    """The queue: `add` deliveries, then look at `results`, `extended` and `applied`."""

    def __init__(self) -> None:
        self.queue: deque[Delivery] = deque()
        self.asked_for: list[int] = []
        self.results: list[tuple[LeaseRef, DeliveryResult]] = []
        self.extended: list[LeaseRef] = []
        self.renewed_for = timedelta(seconds=60)
        self.applied: list[StatusReport] = []
        self.lost: set[UUID] = set()
        """Notifications whose leases are gone: not renewed, and results about them are stale."""
        self.stale: set[LeaseRef] = set()
        self.failures: deque[ServiceError] = deque()
        """Raised by the next calls that report or apply."""
        self.lease_failures: deque[ServiceError] = deque()
        self.unreportable: set[UUID] = set()
        """Notifications whose results are refused with `refusal`, together with all that travel with them."""
        self.refusal: ServiceError | None = None
        self.report_outcome = ReportOutcome.APPLIED
        self.sent_at: datetime | None = None
        """What is said of when the notifications were handed over."""
        self.open_polls = 0
        self.changed = asyncio.Event()

    def add(self, *deliveries: Delivery) -> None:
        self.queue.extend(deliveries)
        self._change()

    async def lease(
        self, channel: NotificationType, worker_id: str, max_deliveries: int, wait: timedelta
    ) -> list[Delivery]:
        del channel, worker_id
        self.asked_for.append(max_deliveries)
        self._change()
        if self.lease_failures:
            raise self.lease_failures.popleft()
        self.open_polls += 1
        try:
            async with asyncio.timeout(wait.total_seconds()):
                while not self.queue:
                    await self._next_change()
        finally:
            self.open_polls -= 1
        return [self.queue.popleft() for _ in range(min(max_deliveries, len(self.queue)))]

    async def complete(
        self, worker_id: str, results: Sequence[tuple[LeaseRef, DeliveryResult]]
    ) -> list[bool]:
        del worker_id
        self._change()
        if self.failures:
            raise self.failures.popleft()
        if self.refusal is not None and any(ref.notification_id in self.unreportable for ref, _ in results):
            raise self.refusal
        recorded = [ref.notification_id not in self.lost and ref not in self.stale for ref, _ in results]
        self.results += [result for result, counts in zip(results, recorded, strict=True) if counts]
        return recorded

    async def extend(
        self, worker_id: str, leases: Sequence[LeaseRef]
    ) -> tuple[frozenset[LeaseRef], datetime]:
        del worker_id
        self.extended += leases
        self._change()
        kept = frozenset(ref for ref in leases if ref.notification_id not in self.lost)
        return kept, SystemClock().now() + self.renewed_for

    async def apply_statuses(self, reports: Sequence[StatusReport]) -> list[ReportResult]:
        self._change()
        if self.failures:
            raise self.failures.popleft()
        if self.refusal is not None and any(r.notification_id in self.unreportable for r in reports):
            raise self.refusal
        self.applied += reports
        return [ReportResult(outcome=self.report_outcome, sent_at=self.sent_at) for _ in reports]

    async def wait_for_results(self, count: int) -> list[tuple[LeaseRef, DeliveryResult]]:
        while len(self.results) < count:
            await self._next_change()
        return self.results

    async def wait_until_extended(self) -> None:
        while not self.extended:
            await self._next_change()

    async def wait_until_asked(self, times: int) -> None:
        while len(self.asked_for) < times:
            await self._next_change()

    def _change(self) -> None:
        self.changed.set()

    async def _next_change(self) -> None:
        self.changed.clear()
        await self.changed.wait()


class FakeKeptReceipts:
    """`KeptReceipts` in memory."""

    def __init__(self) -> None:
        self.rows: dict[int, tuple[NewKeptReceipt, datetime, int]] = {}
        """By id: what was kept, when it is due, and the tries left while unknown."""
        self.failure: ServiceError | None = None
        self.forgotten = asyncio.Event()
        self.was_put_back = asyncio.Event()
        self._made = 0

    async def keep(self, receipts: Sequence[NewKeptReceipt]) -> None:
        if self.failure is not None:
            raise self.failure
        for receipt in receipts:
            self._made += 1
            self.rows[self._made] = (receipt, receipt.next_try_at, receipt.unknown_tries_left)

    async def take(self, limit: int, now: datetime, hidden_until: datetime) -> list[KeptReceipt]:
        taken = []
        for id, (receipt, due_at, tries_left) in list(self.rows.items())[:limit]:
            if due_at <= now:
                self.rows[id] = (receipt, hidden_until, tries_left)
                taken.append(KeptReceipt(id=id, report=receipt.report, unknown_tries_left=tries_left))
        return taken

    async def forget(self, ids: Sequence[int]) -> None:
        for id in ids:
            del self.rows[id]
        self.forgotten.set()

    async def put_back(self, ids: Sequence[int], until: datetime, *, unknown_tries: int = 0) -> None:
        for id in ids:
            receipt, _, tries_left = self.rows[id]
            self.rows[id] = (receipt, until, max(0, tries_left - unknown_tries))
        self.was_put_back.set()

    async def count(self) -> int:
        return len(self.rows)
