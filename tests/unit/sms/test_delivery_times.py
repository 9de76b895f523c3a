"""Counting how fast texts arrive."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from deliverykit.types import ReportOutcome, ReportResult, StatusReport
from notifyrules.statuses import KeyType, NotificationStatus
from servicekit.errors import Unavailable
from services.sms.delivery_times import Counts, DeliveryTimes, MinuteCounts, SlowShare
from tests.unit.deliverykit.fakes import START, a_report
from tests.unit.sms.factories import FIRETEXT, MMG


class Table:
    """Takes what is written."""

    def __init__(self) -> None:
        self.rows: list[MinuteCounts] = []
        self.is_away = False

    async def add(self, rows: Sequence[MinuteCounts]) -> None:
        if self.is_away:
            raise Unavailable("away")
        self.rows += rows


def a_result(
    *,
    outcome: ReportOutcome = ReportOutcome.APPLIED,
    status: NotificationStatus = NotificationStatus.DELIVERED,
    took: timedelta | None = timedelta(seconds=3),
    key_type: KeyType = KeyType.NORMAL,
    given_to: str | None = "mmg",
) -> ReportResult:
    return ReportResult(
        outcome=outcome,
        given_to=given_to,
        created_at=START,
        sent_at=None if took is None else START - took,
        status=status,
        key_type=key_type,
    )


async def counted(report: StatusReport, result: ReportResult) -> list[Counts]:
    table = Table()
    times = DeliveryTimes(table.add)
    times.note_result(report, result)
    await times.write()
    return [row.counts for row in table.rows]


@pytest.mark.parametrize(
    ("took", "fast"), [(timedelta(seconds=3), 1), (timedelta(minutes=4, seconds=59), 1), (None, 1)]
)
async def test_text_delivered_within_five_minutes_is_fast(took: timedelta | None, fast: int) -> None:
    assert await counted(a_report(), a_result(took=took)) == [Counts(fast=fast)]


async def test_text_delivered_after_five_minutes_is_not_fast() -> None:
    assert await counted(a_report(), a_result(took=timedelta(minutes=5))) == [Counts()]


@pytest.mark.parametrize(
    "status",
    [
        NotificationStatus.TEMPORARY_FAILURE,
        NotificationStatus.PERMANENT_FAILURE,
        NotificationStatus.TECHNICAL_FAILURE,
    ],
)
async def test_text_that_failed_is_neither_fast_nor_slow(status: NotificationStatus) -> None:
    assert await counted(a_report(), a_result(status=status)) == [Counts(failed=1)]


@pytest.mark.parametrize(
    "result",
    [
        a_result(key_type=KeyType.TEST),
        a_result(outcome=ReportOutcome.DUPLICATE),
        a_result(outcome=ReportOutcome.IGNORED),
        a_result(given_to=None),
        a_result(given_to="somebody"),
    ],
)
async def test_other_receipts_do_not_count(result: ReportResult) -> None:
    assert await counted(a_report(), result) == []


async def test_receipt_counts_for_the_provider_that_had_the_text_and_its_minute() -> None:
    table = Table()
    times = DeliveryTimes(table.add)

    times.note_result(a_report(provider="mmg"), a_result(given_to="firetext", took=timedelta(seconds=61)))
    await times.write()

    [row] = table.rows
    assert (row.provider, row.minute) == (FIRETEXT, START - timedelta(minutes=2))


async def test_counts_of_a_minute_are_written_together() -> None:
    table = Table()
    times = DeliveryTimes(table.add)
    for second in range(3):
        times.note_sent(MMG, START + timedelta(seconds=second), international=False)

    await times.write()

    assert table.rows == [MinuteCounts(provider=MMG, minute=START, counts=Counts(sent=3))]


async def test_written_counts_are_not_written_again() -> None:
    table = Table()
    times = DeliveryTimes(table.add)
    times.note_sent(MMG, START, international=False)

    await times.write()
    await times.write()

    assert len(table.rows) == 1


async def test_counts_wait_while_the_database_is_away() -> None:
    table = Table()
    times = DeliveryTimes(table.add)
    times.note_sent(MMG, START, international=False)
    table.is_away = True
    await times.write()
    times.note_sent(MMG, START, international=False)
    table.is_away = False

    await times.write()

    assert table.rows == [MinuteCounts(provider=MMG, minute=START, counts=Counts(sent=2))]


@pytest.mark.parametrize(("total", "slow", "share"), [(0, 0, 0.0), (100, 15, 0.15), (2, 2, 1.0)])
def test_slow_share(total: int, slow: int, share: float) -> None:
    assert SlowShare(total=total, slow=slow).share == share
