"""From what SES tells to the notification, with a real store and a notifications service that may be away."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest
import structlog

from deliverykit.kept_store import KeptReceiptsStore
from deliverykit.receipts import StatusReporter
from deliverykit.types import Delivery, DeliveryResult, LeaseRef, ReportOutcome, ReportResult, StatusReport
from notifyrules.statuses import NotificationStatus, NotificationType
from servicekit.clock import FixedClock
from servicekit.database import Pool
from servicekit.errors import Unavailable
from services.email.complaints import Complaints
from services.email.feedback import ReceivedFeedback
from services.email.matching import FIRST_DELAY, RETRIES, RETRY_DELAY, Matching
from services.email.ses_notifications import read_notification
from services.email.store import Complaint, SentEmail, Store
from tests.unit.email.builders import ADDRESS, NOTIFICATION_ID, NOW, ses_notification


class Deliveries:
    """Takes reports; only what matching needs of the queue."""

    def __init__(self) -> None:
        self.reports: list[StatusReport] = []
        self.is_away = False

    async def apply_statuses(self, reports: Sequence[StatusReport]) -> list[ReportResult]:
        if self.is_away:
            raise Unavailable("away")
        self.reports.extend(reports)
        return [ReportResult(outcome=ReportOutcome.APPLIED) for _ in reports]

    async def lease(
        self, channel: NotificationType, worker_id: str, max_deliveries: int, wait: timedelta
    ) -> list[Delivery]:
        raise NotImplementedError

    async def complete(
        self, worker_id: str, results: Sequence[tuple[LeaseRef, DeliveryResult]]
    ) -> list[bool]:
        raise NotImplementedError

    async def extend(
        self, worker_id: str, leases: Sequence[LeaseRef]
    ) -> tuple[frozenset[LeaseRef], datetime]:
        raise NotImplementedError


class Teller:
    """Remembers what it is told, unless it is away."""

    def __init__(self) -> None:
        self.told: list[Complaint] = []
        self.is_away = False
        self.tried = asyncio.Event()

    async def tell(self, complaints: Sequence[Complaint]) -> None:
        self.tried.set()
        if self.is_away:
            raise Unavailable("away")
        self.told += complaints


class World:
    """Matching and what it leans on."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.store = Store(pool)
        self.deliveries = Deliveries()
        self.clock = FixedClock(NOW + timedelta(seconds=10))
        self.reporter = StatusReporter(self.deliveries, KeptReceiptsStore(pool), clock=self.clock)
        self.teller = Teller()
        self.complaints = Complaints(self.store, self.teller, self.clock)
        self.matching = Matching(
            self.store, self.reporter, self.clock, record_complaints=self.complaints.record
        )

    async def knows(self, message_id: str = "m1", notification_id: UUID = NOTIFICATION_ID) -> None:
        sent = SentEmail(message_id=message_id, notification_id=notification_id, sent_at=NOW)
        await self.store.insert_sent_emails([sent])

    async def is_told(self, *notifications: str) -> None:
        await self.matching.apply(
            [
                ReceivedFeedback(feedback=read_notification(told), received_at=self.clock.now())
                for told in notifications
            ]
        )

    async def count(self, table: str) -> int:
        async with self.pool.connection() as connection:
            row = await (await connection.execute(f"SELECT count(*) FROM {table}".encode())).fetchone()
        assert row is not None
        return int(row[0])

    @property
    def statuses(self) -> list[NotificationStatus]:
        return [report.status for report in self.deliveries.reports]


@pytest.fixture
def world(pool: Pool) -> World:
    return World(pool)


def told(kind: str = "Delivery", message_id: str = "m1", **details: object) -> str:
    return ses_notification(kind, message_id=message_id, mailed_at=NOW, **details)


async def test_each_kind_is_passed_on_as_its_status(world: World) -> None:
    for number in (1, 2, 3):
        await world.knows(f"m{number}", UUID(int=number))
    await world.is_told(
        told(),
        told("Bounce", "m2"),
        told("Bounce", "m3", bounceType="Transient", bounceSubType="MailboxFull"),
    )
    assert world.deliveries.reports == [
        StatusReport(
            notification_id=UUID(int=number),
            provider="ses",
            status=status,
            received_at=world.clock.now(),
            detail_code=detail_code,
        )
        for number, status, detail_code in (
            (1, NotificationStatus.DELIVERED, "delivery"),
            (2, NotificationStatus.PERMANENT_FAILURE, "Permanent/General"),
            (3, NotificationStatus.TEMPORARY_FAILURE, "Transient/MailboxFull"),
        )
    ]


async def test_a_complaint_is_recorded_and_changes_no_status(world: World) -> None:
    await world.knows()
    for _ in range(2):
        await world.is_told(told("Complaint"))
    assert world.deliveries.reports == []
    assert await world.count("complaints") == 1


async def test_a_complaint_is_told_once(world: World) -> None:
    await world.knows()
    running = asyncio.ensure_future(world.complaints.run())
    for _ in range(2):
        await world.is_told(told("Complaint"))
        async with asyncio.timeout(10):
            await world.teller.tried.wait()
    world.complaints.stop()
    await running
    assert [complaint.notification_id for complaint in world.teller.told] == [NOTIFICATION_ID]


async def test_a_complaint_that_could_not_be_told_is_told_later(world: World) -> None:
    await world.knows()
    world.teller.is_away = True
    await world.is_told(told("Complaint"))
    running = asyncio.ensure_future(world.complaints.run())
    async with asyncio.timeout(10):
        await world.teller.tried.wait()
    world.complaints.stop()
    await running
    assert world.teller.told == []
    world.teller.is_away = False
    world.teller.tried.clear()
    later = Complaints(world.store, world.teller, world.clock)  # another process, or this one after a restart
    running = asyncio.ensure_future(later.run())
    async with asyncio.timeout(10):
        await world.teller.tried.wait()
    later.stop()
    await running
    assert [complaint.complaint_type for complaint in world.teller.told] == ["abuse"]
    assert await world.store.find_untold_complaints(10) == []


async def test_young_mail_that_is_not_known_yet_is_matched_soon_after(world: World) -> None:
    await world.is_told(told(), told("Complaint"))
    await world.knows()
    await world.matching.try_again()
    assert world.statuses == []
    world.clock.advance(FIRST_DELAY)
    await world.matching.try_again()
    assert world.statuses == [NotificationStatus.DELIVERED]
    assert await world.count("complaints") == 1
    assert await world.count("unmatched_receipts") == 0


async def test_what_stays_unknown_is_tried_five_times_five_minutes_apart_and_then_dropped(
    world: World,
) -> None:
    await world.is_told(told())
    world.clock.advance(FIRST_DELAY)
    await world.matching.try_again()
    for _ in range(RETRIES):
        assert await world.count("unmatched_receipts") == 1
        world.clock.advance(RETRY_DELAY)
        with structlog.testing.capture_logs() as lines:
            await world.matching.try_again()
    assert await world.count("unmatched_receipts") == 0
    assert [(line["event"], line["log_level"]) for line in lines] == [("receipt_unmatched", "warning")]


async def test_it_is_matched_at_the_last_try(world: World) -> None:
    await world.is_told(told())
    world.clock.advance(FIRST_DELAY)
    for _ in range(RETRIES):
        await world.matching.try_again()
        world.clock.advance(RETRY_DELAY)
    await world.knows()
    await world.matching.try_again()
    assert world.statuses == [NotificationStatus.DELIVERED]


async def test_older_mail_that_is_unknown_is_dropped_with_a_warning(world: World) -> None:
    world.clock.advance(timedelta(minutes=5))
    with structlog.testing.capture_logs() as lines:
        await world.is_told(told())
    assert await world.count("unmatched_receipts") == 0
    assert [(line["event"], line["log_level"]) for line in lines] == [("receipt_unmatched", "warning")]
    assert ADDRESS not in repr(lines)


async def test_while_notifications_is_away_feedback_is_kept_here_and_applied_once_later(world: World) -> None:
    await world.knows()
    world.deliveries.is_away = True
    await world.is_told(told())
    assert await world.count("kept_receipts") == 1
    world.deliveries.is_away = False
    world.clock.advance(timedelta(seconds=10))
    assert await world.reporter._apply_some_kept() == 1
    assert await world.reporter._apply_some_kept() == 0
    assert world.statuses == [NotificationStatus.DELIVERED]
    assert await world.count("kept_receipts") == 0


async def test_known_and_unknown_feedback_may_come_together(world: World) -> None:
    await world.knows()
    await world.is_told(told(), told(message_id="m2"), told("Complaint"))
    assert world.statuses == [NotificationStatus.DELIVERED]
    assert await world.count("unmatched_receipts") == 1
    assert await world.count("complaints") == 1


async def test_nothing_to_apply_asks_nobody(world: World) -> None:
    await world.pool.close()
    await world.is_told()


async def test_without_a_database_the_caller_is_told(world: World) -> None:
    await world.pool.close()
    with pytest.raises(Unavailable):
        await world.is_told(told())


async def test_without_a_database_trying_again_waits_for_the_next_time(world: World) -> None:
    await world.pool.close()
    with structlog.testing.capture_logs() as lines:
        await world.matching.try_again()
    assert [line["event"] for line in lines] == ["unmatched_receipts_delayed"]
