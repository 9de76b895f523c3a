"""Reports: days counted at night and now, the report of a service's messages, delivery records, refused requests."""

import csv
import io
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from notifyrules.notifications_report import COLUMNS
from notifyrules.recipients import TV_NUMBERS_BEGIN
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from servicekit.clock import FixedClock
from servicekit.database import Pool, make_pool
from servicekit.errors import NotFound
from servicekit.ids import first_id_at, new_id
from services.notifications.counting import Counting
from services.notifications.describing import describe
from services.notifications.explaining import EventKind, explain
from services.notifications.notifications_report import NotificationsReport
from services.notifications.reports import Period, Reports
from services.notifications.reports_store import ReportSpan, ReportsStore, reports_url
from services.notifications.requests_store import RefusedRequests, RequestCount, RequestsStore
from services.notifications.retention import Retention
from services.notifications.store import SCHEMA
from services.notifications.upkeep_store import UpkeepStore
from tests.integration.notifications.conftest import System
from tests.integration.notifications.shelf import NIGHT, Shelf, a_run

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
NOON = NIGHT.replace(hour=12)
FIRST = UUID(int=0)
LAST = UUID(int=(1 << 128) - 1)


class Archive(Shelf):
    """A shelf with what reports read."""

    def __init__(self, system: System, pool: Pool) -> None:
        super().__init__(system)
        self.clock = FixedClock(NOON)
        self.reports_pool = pool
        self.reports_store = ReportsStore(pool)
        self.reports = Reports(self.reports_store, self.clock)
        self.requests = RequestsStore(system.pool)

    async def count(self) -> None:
        """What the night counts."""
        counting = Counting(UpkeepStore(self.system.pool), self.clock)
        await counting.count_statuses(a_run())
        await counting.count_deliveries(a_run())

    async def delivered(self, made_at: datetime, after: timedelta, **changes: object) -> UUID:
        """A message that was delivered some time after it was made."""
        id = await self.put(made_at, sent_after=timedelta(seconds=1), **changes)  # type: ignore[arg-type]  # names of `put`
        await self.execute("update notifications set updated_at = %s where id = %s", (made_at + after, id))
        return id

    async def move_all_to_history(self) -> None:
        """As retention does at night, whatever the age."""
        self.clock.advance(100 * DAY)
        await Retention(self.store, self.clock).move_notifications(a_run())
        self.clock.advance(-100 * DAY)
        await self.make_partitions(range(-3, 2))  # empty ones are dropped


@pytest.fixture
async def archive(system: System) -> AsyncIterator[Archive]:
    url = reports_url(str(system.pool.conninfo))
    async with make_pool(url, schema=SCHEMA, application_name="reports", min_size=0) as pool:
        archive = Archive(system, pool)
        await archive.make_partitions(range(-3, 2))
        yield archive


def days(first: int, last: int = 0) -> Period:
    """Days before today."""
    today = NOON.date()
    return Period(first=today - first * DAY, last=today - last * DAY)


async def test_delivery_times_are_the_same_before_and_after_the_night(archive: Archive) -> None:
    for took in (0.5 * MINUTE, MINUTE, 5 * MINUTE, 12 * MINUTE, 31 * MINUTE):
        await archive.delivered(NOON - DAY, took)
    await archive.put(NOON - DAY, status="permanent-failure")
    await archive.delivered(NOON, MINUTE, key_type="test")

    before = await archive.reports.delivery_times(days(3), archive.system.service_id)
    await archive.count()
    after = await archive.reports.delivery_times(days(3), archive.system.service_id)

    (times,) = before
    assert after == before
    assert (times.total, times.under_1_min, times.under_5_min, times.under_10_min) == (6, 1, 1, 1)
    assert (times.under_30_min, times.over_30_min) == (1, 1)


async def test_a_day_is_londons(archive: Archive) -> None:
    just_before = datetime(2026, 7, 1, 22, 59, tzinfo=UTC)  # half a minute to midnight in summer
    archive.clock = FixedClock(datetime(2026, 7, 2, 12, tzinfo=UTC))
    archive.reports = Reports(archive.reports_store, archive.clock)
    await archive.make_partitions(range(-24, -18))
    await archive.put(just_before, sent_after=timedelta(seconds=1))
    await archive.put(just_before + 2 * MINUTE, sent_after=timedelta(seconds=11))

    period = Period(first=date(2026, 7, 1), last=date(2026, 7, 2))
    live = await archive.reports.processing_times(period, None)
    await archive.count()
    counted = await archive.reports.processing_times(period, None)

    told = [(each.day.day, each.total, each.within_10_s) for each in live]
    assert told == [(1, 1, 1), (2, 1, 0)]
    assert counted == live


async def test_rows_of_jobs_do_not_count_as_quick_or_slow(archive: Archive) -> None:
    await archive.put(NOON, sent_after=timedelta(seconds=2), job_id=new_id())

    assert await archive.reports.processing_times(days(0), None) == []


async def test_statuses_are_counted_by_channel_without_test_keys(archive: Archive) -> None:
    for made_at in (NOON, NOON - DAY, NOON - 2 * DAY):
        await archive.put(made_at)
    await archive.put(NOON, type="email", status="temporary-failure")
    await archive.put(NOON - DAY, key_type="test")
    await archive.put(NOON - DAY, service_id=new_id())
    await archive.count()

    found = await archive.reports.status_summary(days(1), archive.system.service_id, None)

    assert [(each.type, each.status, each.count) for each in found] == [
        (NotificationType.EMAIL, NotificationStatus.TEMPORARY_FAILURE, 1),
        (NotificationType.SMS, NotificationStatus.DELIVERED, 2),
    ]


async def test_an_unknown_service_is_told_so(archive: Archive) -> None:
    with pytest.raises(NotFound):
        await archive.reports.delivery_times(days(3), new_id())


async def test_services_that_fail_often_come_worst_first(archive: Archive) -> None:
    other = await archive.system.add_service("Other")
    for service, failed in ((archive.system.service_id, 1), (other, 3)):
        for n in range(4):
            status = "permanent-failure" if n < failed else "delivered"
            await archive.put(NOON - DAY, service_id=service, status=status)
            await archive.put(NOON, service_id=service, type="email", status="temporary-failure")
    await archive.count()

    found = await archive.reports.failing_services(
        days(1), permanent_only=True, min_messages=4, min_share=0.25, limit=10
    )

    assert [(each.service_id, each.name, each.total, each.failed) for each in found] == [
        (other, "Other", 4, 3),
        (archive.system.service_id, "A service", 4, 1),
    ]


async def test_texts_to_drama_numbers_are_still_known_when_the_numbers_are_gone(archive: Archive) -> None:
    await archive.put(NOON - DAY, recipient=f"{TV_NUMBERS_BEGIN}123")
    await archive.put(NOON - DAY, recipient="447400000001")
    await archive.count()
    await archive.move_all_to_history()
    await archive.count()

    found = await archive.reports.services_texting_drama_numbers(days(1), 1, 10)

    assert [(each.service_id, each.texts, each.to_drama) for each in found] == [
        (archive.system.service_id, 2, 1)
    ]


def a_span(archive: Archive, **changes: object) -> ReportSpan:
    values = {
        "service_id": archive.system.service_id,
        "after": first_id_at(NOON - 10 * DAY),
        "before": first_id_at(NOON + DAY),
        "types": tuple(NotificationType),
        "key_types": (KeyType.NORMAL, KeyType.TEAM),
    }
    return ReportSpan(**{**values, **changes})  # type: ignore[arg-type]  # the names and types are its own


async def rows_of(report: NotificationsReport, span: ReportSpan) -> list[dict[str, str]]:
    lines = b"".join([page.lines async for page in report.read(span)])
    return list(csv.DictReader(io.StringIO(lines.decode(), newline=""), COLUMNS))


async def test_the_report_tells_rows_in_the_words_that_teams_know(archive: Archive) -> None:
    user_id = await archive.system.add_user('Ada "Countess" Lovelace')
    id = await archive.put(NOON - DAY, status="temporary-failure")
    await archive.execute(
        "update notifications set recipient = '07700 900123', reference = E'a, \"b\"\\nc', created_by = %s "
        "where id = %s",
        (user_id, id),
    )

    (row,) = await rows_of(NotificationsReport(archive.reports_store), a_span(archive))

    assert row == {
        "Recipient": "07700 900123",
        "Reference": 'a, "b"\nc',
        "Template": "sms template",
        "Type": "sms",
        "Sent by": 'Ada "Countess" Lovelace',
        "Sent by email": f"{user_id}@example.gov.uk",
        "Job": "",
        "Status": "Phone not accepting messages right now",
        "Time": "2026-11-24 12:00:00",
        "API key name": "",
    }


async def test_the_report_has_each_message_once_in_order_whatever_the_pages(archive: Archive) -> None:
    for n in range(11):
        await archive.put(NOON - 10 * MINUTE + n * MINUTE, type="email" if n % 3 == 2 else "sms")
    await archive.put(NOON, key_type="test")
    await archive.put(NOON, service_id=new_id())

    report = NotificationsReport(archive.reports_store, lot=3)
    texts = await rows_of(report, a_span(archive, types=(NotificationType.SMS,)))
    every = await rows_of(report, a_span(archive, key_types=tuple(KeyType)))

    assert [row["Time"] for row in texts] == sorted(row["Time"] for row in texts)
    assert (len(texts), len(every)) == (8, 12)


async def test_a_message_that_goes_to_history_while_it_is_read_is_in_the_report_once(
    archive: Archive,
) -> None:
    for n in range(10):
        await archive.put(NOON - 10 * DAY + n * MINUTE)
    pages = NotificationsReport(archive.reports_store, lot=4).read(a_span(archive, after=FIRST))

    first = await anext(pages)
    await archive.move_all_to_history()
    rest = [page async for page in pages]

    rows = first.lines.splitlines() + b"".join(page.lines for page in rest).splitlines()
    assert [bool(row.split(b",")[0]) for row in rows] == [True] * 4 + [False] * 6
    assert await archive.ids("notifications") == set()


async def test_a_report_that_was_cut_off_goes_on_where_it_was(archive: Archive) -> None:
    for n in range(7):
        await archive.put(NOON - n * MINUTE)
    report = NotificationsReport(archive.reports_store, lot=3)

    first = await anext(report.read(a_span(archive)))
    rest = [page async for page in report.read(a_span(archive, after=first.last_id))]

    whole = b"".join([page.lines async for page in report.read(a_span(archive))])
    assert zlib.crc32(first.lines + b"".join(page.lines for page in rest)) == zlib.crc32(whole)


async def test_reports_cannot_change_anything(archive: Archive) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        async with archive.reports_pool.connection() as connection:
            await connection.execute(b"delete from notifications")


async def test_delivery_records_are_found_by_reference_in_both_places(archive: Archive) -> None:
    old = await archive.delivered(NOON - 20 * DAY, MINUTE)
    await archive.move_all_to_history()
    new = await archive.delivered(NOON - DAY, MINUTE)
    await archive.put(NOON, service_id=new_id())
    find = archive.reports_store.delivery_records

    found = await find(archive.system.service_id, "ref", LAST, 10)

    assert [(each.id, each.is_past_retention) for each in found] == [(new, False), (old, True)]
    assert [each.id for each in await find(archive.system.service_id, "ref", new, 10)] == [old]
    assert await find(archive.system.service_id, "re", LAST, 10) == []


async def test_what_is_past_retention_can_still_be_explained_and_described(archive: Archive) -> None:
    old = await archive.delivered(NOON - 20 * DAY, MINUTE)
    await archive.move_all_to_history()

    explained = await explain(archive.system.store, old)

    assert (explained.row.recipient, explained.row.status, explained.is_past_retention) == (
        "",
        "delivered",
        True,
    )
    assert explained.events[0].kind is EventKind.ACCEPTED
    assert (await describe(archive.system.pool, old)).service_id == archive.system.service_id


async def test_people_have_one_row_with_all_their_services(archive: Archive) -> None:
    ada, ben = await archive.system.add_user("Ada"), await archive.system.add_user("Ben")
    other = await archive.system.add_service("Other")
    for service in (archive.system.service_id, other):
        await archive.execute(
            "insert into service_members (service_id, user_id) values (%s, %s)", (service, ada)
        )

    users = await archive.reports_store.users(FIRST, 10)

    assert {user.id: [service.name for service in user.services] for user in users} == {
        ada: ["A service", "Other"],
        ben: [],
    }
    assert [user.id for user in await archive.reports_store.users(users[0].id, 10)] == [users[1].id]


def a_refusal(count: int = 1, **changes: object) -> RefusedRequests:
    values = {
        "id": new_id(at=NOON),
        "service_id": None,
        "api_key_id": None,
        "method": "POST",
        "route": "/v2/notifications/sms",
        "status": 400,
        "error": "ValidationError",
        "reason": "INVALID_REQUEST",
        "fields": ("phone_number", "reference"),
        "count": count,
        "last_at": NOON,
    }
    return RefusedRequests(**{**values, **changes})  # type: ignore[arg-type]  # the names and types are its own


async def test_counts_that_come_twice_or_late_change_nothing(archive: Archive) -> None:
    process, other, refusal = new_id(), new_id(), a_refusal()
    today = NOON.date()

    def counted(requests: int) -> list[RequestCount]:
        return [RequestCount(day=today, requests=requests, failed=1)]

    await archive.requests.record(process, counted(10), [refusal])
    await archive.requests.record(process, counted(30), [a_refusal(7, id=refusal.id)])
    await archive.requests.record(process, counted(10), [refusal])
    await archive.requests.record(other, counted(5), [])

    (day,) = await archive.reports.availability(days(0))
    (found,) = await archive.reports_store.refused_requests(None, None, FIRST, LAST, 10)
    assert (day.requests, day.failed) == (35, 2)
    assert (found.count, found.fields) == (7, ["phone_number", "reference"])


async def test_refused_requests_are_found_by_service_status_and_time(archive: Archive) -> None:
    service = new_id()
    old = a_refusal(id=new_id(at=NOON - DAY), service_id=service)
    new = a_refusal(service_id=service, status=403)
    await archive.requests.record(new_id(), [], [old, new, a_refusal()])

    async def find(
        service_id: UUID | None, status: int | None = None, first: UUID = FIRST, before: UUID = LAST
    ) -> list[UUID]:
        found = await archive.reports_store.refused_requests(service_id, status, first, before, 10)
        return [each.id for each in found]

    assert await find(service) == [new.id, old.id]
    assert await find(service, 403) == [new.id]
    assert await find(service, None, first_id_at(NOON - MINUTE)) == [new.id]
    assert await find(service, None, FIRST, new.id) == [old.id]
    assert len(await find(None)) == 3


async def test_refusals_go_after_a_week_and_counts_after_13_months(archive: Archive) -> None:
    fresh, old = a_refusal(id=new_id(at=NOON - 6.9 * DAY)), a_refusal(id=new_id(at=NOON - 7.1 * DAY))
    kept = RequestCount(day=NOON.date() - 390 * DAY, requests=1, failed=0)
    gone = RequestCount(day=NOON.date() - 400 * DAY, requests=1, failed=0)
    await archive.requests.record(new_id(), [kept, gone], [fresh, old])

    run = a_run()
    await Retention(archive.store, archive.clock, lot=1).delete_request_records(run)

    assert await archive.ids("refused_requests") == {fresh.id}
    assert await archive.rows("select day from daily_requests") == [(kept.day,)]
    assert run.counts == {"refused_requests_deleted": 1, "request_counts_deleted": 1}
