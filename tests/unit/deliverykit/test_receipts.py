"""Reports of providers: applied, or kept and applied later; never lost once they were answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from deliverykit.kept_store import NewKeptReceipt
from deliverykit.receipts import StatusReporter
from deliverykit.types import ReportOutcome, ReportResult, StatusReport
from servicekit.clock import FixedClock
from servicekit.errors import DeadlineExceeded, InternalError, InvalidRequest, ServiceError, Unavailable
from servicekit.metrics import REGISTRY
from tests.unit.deliverykit.fakes import START, FakeDeliveries, FakeKeptReceipts, a_report


def a_kept_receipt(report: StatusReport, *, unknown_tries_left: int = 0) -> NewKeptReceipt:
    return NewKeptReceipt(report=report, unknown_tries_left=unknown_tries_left, next_try_at=START)


@asynccontextmanager
async def applying_kept(reporter: StatusReporter) -> AsyncIterator[None]:
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(reporter.run_kept())
        try:
            yield
        finally:
            reporter.stop()


async def test_report_is_applied_and_nothing_is_kept() -> None:
    queue, kept = FakeDeliveries(), FakeKeptReceipts()
    report = a_report()

    result = await StatusReporter(queue, kept, clock=FixedClock(START)).report(report)

    assert (result.outcome, queue.applied, kept.rows) == (ReportOutcome.APPLIED, [report], {})


async def test_reports_at_the_same_time_travel_together() -> None:
    queue = FakeDeliveries()
    reporter = StatusReporter(queue, FakeKeptReceipts(), clock=FixedClock(START))
    reports = [a_report() for _ in range(10)]

    results = await reporter.report_many(reports)

    assert len(results) == 10
    assert queue.applied == reports


@pytest.mark.parametrize("failure", [Unavailable("away"), DeadlineExceeded(), InternalError()])
async def test_report_that_cannot_be_applied_is_kept(failure: ServiceError) -> None:
    queue, kept = FakeDeliveries(), FakeKeptReceipts()
    queue.failures.append(failure)
    report = a_report()

    result = await StatusReporter(queue, kept, clock=FixedClock(START)).report(report)

    assert result == ReportResult(outcome=ReportOutcome.KEPT)
    assert [row[0].report for row in kept.rows.values()] == [report]


async def test_reports_are_kept_at_once_while_notifications_is_away() -> None:
    queue, kept = FakeDeliveries(), FakeKeptReceipts()
    queue.failures.append(Unavailable("away"))
    reporter = StatusReporter(queue, kept, clock=FixedClock(START))
    await reporter.report(a_report())

    second = await reporter.report(a_report())

    assert (second.outcome, queue.applied) == (ReportOutcome.KEPT, [])


async def test_report_that_can_neither_be_applied_nor_kept_is_an_error() -> None:
    queue, kept = FakeDeliveries(), FakeKeptReceipts()
    queue.failures.append(Unavailable("away"))
    kept.failure = Unavailable("no database")

    with pytest.raises(Unavailable):
        await StatusReporter(queue, kept, clock=FixedClock(START)).report(a_report())


async def test_report_about_an_unknown_notification_is_dropped() -> None:
    queue, kept = FakeDeliveries(), FakeKeptReceipts()
    queue.report_outcome = ReportOutcome.UNKNOWN_NOTIFICATION

    result = await StatusReporter(queue, kept, clock=FixedClock(START)).report(a_report())

    assert (result.outcome, kept.rows) == (ReportOutcome.UNKNOWN_NOTIFICATION, {})


async def test_report_about_an_unknown_notification_is_kept_where_the_caller_asks_for_it() -> None:
    queue, kept = FakeDeliveries(), FakeKeptReceipts()
    queue.report_outcome = ReportOutcome.UNKNOWN_NOTIFICATION

    reporter = StatusReporter(queue, kept, clock=FixedClock(START))
    result = await reporter.report(a_report(), retry_unknown=True)

    [(_, due_at, tries_left)] = kept.rows.values()
    assert (result.outcome, due_at, tries_left) == (ReportOutcome.KEPT, START + timedelta(minutes=5), 4)


async def test_kept_report_is_applied_and_forgotten() -> None:
    queue, kept = FakeDeliveries(), FakeKeptReceipts()
    report = a_report()
    await kept.keep([a_kept_receipt(report)])

    async with applying_kept(StatusReporter(queue, kept, clock=FixedClock(START))):
        await kept.forgotten.wait()

    assert (queue.applied, kept.rows) == ([report], {})


async def test_kept_report_is_tried_again_while_notifications_is_away() -> None:
    queue, kept = FakeDeliveries(), FakeKeptReceipts()
    queue.failures.extend([Unavailable("away"), DeadlineExceeded()])
    await kept.keep([a_kept_receipt(a_report())])

    async with applying_kept(StatusReporter(queue, kept, clock=FixedClock(START))):
        await kept.forgotten.wait()

    assert len(queue.applied) == 1


async def test_kept_report_that_is_refused_does_not_hold_up_the_others() -> None:
    queue, kept = FakeDeliveries(), FakeKeptReceipts()
    bad, good = a_report(), a_report()
    queue.refusal, queue.unreportable = InvalidRequest([]), {bad.notification_id}
    await kept.keep([a_kept_receipt(bad), a_kept_receipt(good)])

    async with applying_kept(StatusReporter(queue, kept, clock=FixedClock(START))):
        await kept.was_put_back.wait()

    assert queue.applied == [good]
    assert [row[0].report for row in kept.rows.values()] == [bad]


async def test_kept_report_about_an_unknown_notification_is_tried_five_minutes_later() -> None:
    queue, kept = FakeDeliveries(), FakeKeptReceipts()
    queue.report_outcome = ReportOutcome.UNKNOWN_NOTIFICATION
    await kept.keep([a_kept_receipt(a_report(), unknown_tries_left=2)])

    async with applying_kept(StatusReporter(queue, kept, clock=FixedClock(START))):
        await kept.was_put_back.wait()

    [(_, due_at, tries_left)] = kept.rows.values()
    assert (due_at, tries_left) == (START + timedelta(minutes=5), 1)


async def test_kept_report_about_an_unknown_notification_is_dropped_after_its_last_try() -> None:
    queue, kept = FakeDeliveries(), FakeKeptReceipts()
    queue.report_outcome = ReportOutcome.UNKNOWN_NOTIFICATION
    await kept.keep([a_kept_receipt(a_report(), unknown_tries_left=0)])

    async with applying_kept(StatusReporter(queue, kept, clock=FixedClock(START))):
        await kept.forgotten.wait()

    assert kept.rows == {}


async def test_listener_hears_of_reports_applied_now_and_later() -> None:
    queue, kept = FakeDeliveries(), FakeKeptReceipts()
    heard: list[StatusReport] = []
    now, later = a_report(), a_report()
    await kept.keep([a_kept_receipt(later)])
    reporter = StatusReporter(
        queue, kept, clock=FixedClock(START), on_result=lambda report, _: heard.append(report)
    )

    await reporter.report(now)
    async with applying_kept(reporter):
        await kept.forgotten.wait()

    assert heard == [now, later]


async def test_how_late_a_report_came_is_measured_once() -> None:
    queue = FakeDeliveries()
    queue.sent_at = START - timedelta(seconds=7)
    reporter = StatusReporter(queue, FakeKeptReceipts(), clock=FixedClock(START))

    await reporter.report(a_report(provider="late"))
    queue.report_outcome = ReportOutcome.DUPLICATE
    await reporter.report(a_report(provider="late"))

    assert REGISTRY.get_sample_value("notify_receipt_lag_seconds_sum", {"provider": "late"}) == 7.0
    assert REGISTRY.get_sample_value("notify_receipt_lag_seconds_count", {"provider": "late"}) == 1
