"""Recording sent emails while the database comes and goes."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from servicekit.clock import FixedClock
from servicekit.errors import Unavailable
from services.email.sent_emails import SentEmails, purge
from services.email.store import SentEmail
from tests.unit.email.builders import NOW


class Table:
    """Takes rows, or fails as long as `failure` is set."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.batches: list[list[int]] = []
        self.tried = asyncio.Event()

    async def write(self, rows: Sequence[SentEmail]) -> None:
        self.tried.set()
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        self.batches.append([row.notification_id.int for row in rows])

    @property
    def rows(self) -> list[int]:
        return [row for batch in self.batches for row in batch]


def sent(number: int) -> SentEmail:
    return SentEmail(message_id=f"m{number}", notification_id=UUID(int=number), sent_at=NOW)


async def test_emails_that_are_sent_side_by_side_are_written_together() -> None:
    table = Table()
    sent_emails = SentEmails(table.write, patience_s=1)
    await asyncio.gather(*(sent_emails.record(sent(number)) for number in range(10)))
    assert table.batches == [list(range(10))]


@pytest.mark.parametrize("failure", [Unavailable("gone"), psycopg.errors.UndefinedTable()])
async def test_when_patience_ends_the_row_is_left_for_later(failure: Exception) -> None:
    table = Table(failure)
    sent_emails = SentEmails(table.write, patience_s=0)
    await sent_emails.record(sent(1))
    assert sent_emails.late == 1
    await sent_emails.write_late()
    assert sent_emails.late == 1
    table.failure = None
    await sent_emails.write_late()
    assert (sent_emails.late, table.rows) == (0, [1])


async def test_record_waits_for_a_database_that_returns() -> None:
    table = Table(Unavailable("gone"))
    recording = asyncio.ensure_future(SentEmails(table.write, patience_s=30).record(sent(1)))
    await table.tried.wait()
    table.failure = None
    await recording
    assert table.rows == [1]


async def test_late_rows_are_written_in_order_and_in_parts() -> None:
    table = Table(Unavailable("gone"))
    sent_emails = SentEmails(table.write, patience_s=0)
    await asyncio.gather(*(sent_emails.record(sent(number)) for number in range(600)))
    table.failure = None
    await sent_emails.write_late()
    assert sorted(table.rows) == list(range(600))
    assert [len(batch) for batch in table.batches] == [256, 256, 88]


async def test_closing_writes_what_is_late() -> None:
    table = Table(Unavailable("gone"))
    sent_emails = SentEmails(table.write, patience_s=0)
    await sent_emails.record(sent(1))
    table.failure = None
    await sent_emails.close()
    assert table.rows == [1]


async def test_purging_deletes_in_parts_until_nothing_old_is_left() -> None:
    left = [5_000, 5_000, 17, 0]
    asked: list[datetime] = []

    async def delete(before: datetime, max_rows: int) -> int:
        asked.append(before)
        assert max_rows == 5_000
        return left.pop(0)

    assert await purge(delete, FixedClock(NOW), timedelta(days=5)) == 10_017
    assert asked == [NOW - timedelta(days=5)] * 3
