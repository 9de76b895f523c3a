"""The reconciler, the timeout, daily counts and checks that raise alerts."""

import gzip
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from notifyrules.statuses import NotificationStatus, NotificationType
from operationskit.alerts import Alerts
from servicekit.clock import FixedClock
from servicekit.ids import first_id_at, new_id
from services.notifications.archiving import Archiving
from services.notifications.checking_up import CheckingUp
from services.notifications.counting import Counting
from services.notifications.partitions import partition_name, week_of
from services.notifications.reconciling import Reconciling, Verdict, judge
from services.notifications.retention import week_start
from services.notifications.upkeep_store import OpenNotification, UpkeepStore
from tests.integration.notifications.conftest import System
from tests.integration.notifications.shelf import NIGHT, Shelf, a_run

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


class Upkeep(Shelf):
    """What the tasks are made of, on a shelf."""

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.upkeep = UpkeepStore(system.pool)
        self.alerts = Alerts(system.pool, self.clock)
        self.woken: list[NotificationType] = []
        self.callbacks_woken = 0

    def reconciling(self, lot: int = 10_000) -> Reconciling:
        def callbacks_queued() -> None:
            self.callbacks_woken += 1

        return Reconciling(
            self.upkeep,
            self.system.store,
            alerts=self.alerts,
            clock=self.clock,
            queued=self.woken.append,
            callbacks_queued=callbacks_queued,
            lot=lot,
        )

    def checking_up(self) -> CheckingUp:
        return CheckingUp(self.upkeep, self.alerts, self.clock)

    async def raised(self) -> dict[tuple[str, str], dict[str, object]]:
        page = await self.alerts.page(also_acknowledged=False, before=None, limit=100)
        return {(alert.name, alert.subject): dict(alert.details) for alert in page}

    async def status(self, id: UUID) -> str:
        ((status,),) = await self.rows("select status from notifications where id = %s", (id,))
        return str(status)


@pytest.fixture
async def upkeep(system: System) -> Upkeep:
    upkeep = Upkeep(system)
    await upkeep.make_partitions(range(-3, 2))
    return upkeep


def an_open_one(
    age: timedelta,
    status: NotificationStatus = NotificationStatus.CREATED,
    type: NotificationType = NotificationType.SMS,
    *,
    has_delivery: bool = False,
) -> OpenNotification:
    return OpenNotification(new_id(at=NIGHT - age), new_id(), type, status, has_delivery)


@pytest.mark.parametrize(
    ("notification", "verdict"),
    [
        (an_open_one(20 * MINUTE, has_delivery=True), Verdict.WAITS),
        (an_open_one(9 * DAY, has_delivery=True), Verdict.WAITS),
        (an_open_one(20 * MINUTE), Verdict.LOST),
        (an_open_one(6.9 * DAY), Verdict.LOST),
        (an_open_one(7.1 * DAY), Verdict.STUCK),
        (an_open_one(3.9 * DAY, NotificationStatus.SENDING), Verdict.WAITS),
        (an_open_one(4.1 * DAY, NotificationStatus.SENDING), Verdict.STUCK),
        (an_open_one(4.1 * DAY, NotificationStatus.PENDING), Verdict.STUCK),
        (an_open_one(9 * DAY, NotificationStatus.DELIVERED), Verdict.SETTLED),
        (an_open_one(9 * DAY, NotificationStatus.SENT), Verdict.SETTLED),
        # Letters wait for other things than a provider.
        (an_open_one(9 * DAY, NotificationStatus.CREATED, NotificationType.LETTER), Verdict.SETTLED),
        # Moved to history meanwhile.
        (OpenNotification(new_id(), None, None, None, False), Verdict.SETTLED),
    ],
)
def test_what_is_to_be_done_about_an_open_notification(
    notification: OpenNotification, verdict: Verdict
) -> None:
    assert judge(notification, NIGHT) is verdict


async def test_a_message_that_is_in_no_queue_is_queued_again_and_told_of(upkeep: Upkeep) -> None:
    lost = await upkeep.put(NIGHT - 20 * MINUTE, status="created")
    waiting = await upkeep.put(NIGHT - 20 * MINUTE, status="created")
    await upkeep.queue(waiting)
    await upkeep.put(NIGHT - 20 * MINUTE, status="created", type="letter")
    run = a_run()
    await upkeep.reconciling().reconcile(run)
    queued = await upkeep.rows("select notification_id, lane, possible_duplicate from deliveries order by 3")
    assert queued == [(waiting, 2, False), (lost, 2, True)]
    assert (run.counts["queued_again"], upkeep.woken) == (1, [NotificationType.SMS])
    assert await upkeep.raised() == {("deliveries-lost", "sms"): {"queued_again": 1}}


async def test_a_message_may_be_too_young_to_be_looked_at(upkeep: Upkeep) -> None:
    await upkeep.put(NIGHT - 14 * MINUTE, status="created")
    await upkeep.reconciling().reconcile(a_run())
    assert await upkeep.rows("select * from deliveries") == []


async def test_what_was_looked_at_once_is_not_looked_at_again_unless_it_is_open(upkeep: Upkeep) -> None:
    for n in range(7):
        await upkeep.put(NIGHT - (20 + n) * MINUTE)
    sending = await upkeep.put(NIGHT - 30 * MINUTE, status="sending")
    first, second, third = a_run(), a_run(), a_run()
    await upkeep.reconciling(lot=3).reconcile(first)
    await upkeep.reconciling(lot=3).reconcile(second)
    assert (first.counts["looked_at"], second.counts["looked_at"]) == (8, 0)
    assert await upkeep.rows("select notification_id from open_notifications") == [(sending,)]
    await upkeep.execute("update notifications set status = 'delivered'")
    await upkeep.reconciling(lot=3).reconcile(third)
    assert await upkeep.rows("select notification_id from open_notifications") == []


async def test_what_no_timeout_ended_is_told_of_by_service(upkeep: Upkeep) -> None:
    for _ in range(2):
        await upkeep.put(NIGHT - 5 * DAY, status="sending")
    await upkeep.reconciling().reconcile(a_run())
    assert await upkeep.raised() == {
        ("notifications-stuck", str(upkeep.system.service_id)): {"status": "sending", "notifications": 2}
    }


async def test_a_queue_that_does_not_move_is_told_of(upkeep: Upkeep) -> None:
    await upkeep.queue(await upkeep.put(NIGHT, status="created"))
    upkeep.clock.advance(16 * MINUTE)
    await upkeep.reconciling().reconcile(a_run())
    assert await upkeep.raised() == {
        ("deliveries-not-sent", "sms normal"): {"ready": 1, "oldest_minutes": 16}
    }


@pytest.mark.parametrize(
    ("status", "type", "age", "after"),
    [
        ("sending", "sms", 3 * DAY + MINUTE, "temporary-failure"),
        ("sending", "email", 3 * DAY + MINUTE, "temporary-failure"),
        ("pending", "sms", 3 * DAY + MINUTE, "temporary-failure"),
        ("sending", "sms", 3 * DAY - MINUTE, "sending"),
        ("sending", "letter", 9 * DAY, "sending"),
        ("sent", "sms", 9 * DAY, "sent"),
        ("delivered", "sms", 9 * DAY, "delivered"),
    ],
)
async def test_a_receipt_that_never_comes_ends_a_text_or_email_after_three_days(
    upkeep: Upkeep, status: str, type: str, age: timedelta, after: str
) -> None:
    id = await upkeep.put(NIGHT - age, status=status, type=type)
    await upkeep.reconciling().time_out(a_run())
    assert await upkeep.status(id) == after


async def test_a_message_that_was_opened_again_behind_the_mark_is_found_at_night(upkeep: Upkeep) -> None:
    id = await upkeep.put(NIGHT - 4 * DAY)
    await upkeep.reconciling().reconcile(a_run())
    await upkeep.execute("update notifications set status = 'sending'")  # replayed, and sent again
    await upkeep.reconciling().time_out(a_run())
    assert await upkeep.status(id) == "temporary-failure"


async def test_a_timeout_is_told_to_the_service(upkeep: Upkeep) -> None:
    await upkeep.execute(
        "insert into service_callbacks (service_id, kind, url, token_encrypted, updated_at) "
        "values (%s, 'delivery_status', 'https://example.com', '\\x00', now())",
        (upkeep.system.service_id,),
    )
    id = await upkeep.put(NIGHT - 4 * DAY, status="sending")
    run = a_run()
    await upkeep.reconciling().time_out(run)
    await upkeep.reconciling().time_out(run)
    assert await upkeep.rows("select notification_id, status from callbacks") == [(id, "temporary-failure")]
    assert (run.counts["timed_out"], upkeep.callbacks_woken) == (1, 1)


async def test_a_day_is_counted_by_status_and_counted_anew(upkeep: Upkeep) -> None:
    counting = Counting(upkeep.upkeep, upkeep.clock)
    yesterday = datetime(2026, 11, 24, 12, tzinfo=UTC)
    for status in ("delivered", "delivered", "sending"):
        await upkeep.put(yesterday, status=status)
    await upkeep.put(NIGHT)  # today
    await counting.count_statuses(a_run())
    await upkeep.execute("update notifications set status = 'delivered'")
    await counting.count_statuses(a_run())
    rows = await upkeep.rows("select day, type, from_job, status, count from daily_statuses order by status")
    assert rows == [(date(2026, 11, 24), "sms", False, "delivered", 3)]


async def test_a_days_count_keeps_what_moved_to_history(upkeep: Upkeep) -> None:
    counting = Counting(upkeep.upkeep, upkeep.clock)
    await upkeep.keep(upkeep.system.service_id, "sms", 3)
    for key_type in ("normal", "test"):
        await upkeep.put(NIGHT - 4 * DAY, key_type=key_type)
    upkeep.clock = FixedClock(NIGHT - 2 * DAY)
    await Counting(upkeep.upkeep, upkeep.clock).count_statuses(a_run())
    upkeep.clock = FixedClock(NIGHT)
    await upkeep.retention().move_notifications(a_run())
    await counting.count_statuses(a_run())
    rows = await upkeep.rows("select key_type, count from daily_statuses order by key_type")
    assert rows == [("normal", 1), ("test", 1)]


async def test_the_share_of_messages_handed_over_within_ten_seconds_is_kept(upkeep: Upkeep) -> None:
    yesterday = datetime(2026, 11, 24, 12, tzinfo=UTC)
    for seconds in (1, 9, 11):
        await upkeep.put(yesterday, sent_after=timedelta(seconds=seconds))
    await upkeep.put(yesterday, status="created")
    await upkeep.put(yesterday, key_type="test", sent_after=timedelta(seconds=1))
    await upkeep.put(yesterday, job_id=new_id(), sent_after=timedelta(seconds=1))
    await Counting(upkeep.upkeep, upkeep.clock).save_processing_times(a_run())
    assert await upkeep.rows("select * from daily_processing_times") == [(date(2026, 11, 24), 4, 2)]


async def test_services_that_fail_often_or_text_drama_numbers_are_told_of(
    upkeep: Upkeep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notifications.checking_up.MIN_TEXTS", 4)
    monkeypatch.setattr("services.notifications.checking_up.MIN_DRAMA", 2)
    failing, drama, trial = (
        await upkeep.system.add_service("Failing"),
        await upkeep.system.add_service("Drama"),
        await upkeep.system.add_service("Trial", restricted=True),
    )
    for n in range(4):
        for service in (failing, trial):
            await upkeep.put(
                NIGHT - 3 * MINUTE,
                service_id=service,
                status="permanent-failure" if n == 0 else "delivered",
                recipient="447400000001",
            )
    for _ in range(2):
        await upkeep.put(NIGHT - MINUTE, service_id=drama, recipient="447700900001")
    await upkeep.put(NIGHT - 2 * DAY, recipient="447700900001")
    await upkeep.checking_up().look_at_services(a_run())
    assert await upkeep.raised() == {
        ("service-failure-rate-high", str(failing)): {"texts": 4, "failed_share": 0.25},
        ("service-texts-drama-numbers", str(drama)): {"texts": 2},
    }


@pytest.mark.parametrize(("free", "is_raised"), [(0, False), (1, True), (50, False)])
async def test_few_free_inbound_numbers_are_told_of(upkeep: Upkeep, free: int, is_raised: bool) -> None:
    for n in range(free):
        await upkeep.execute(
            "insert into inbound_numbers (id, number, provider, created_at) values (%s, %s, 'mmg', now())",
            (new_id(), f"0770090{n:04}"),
        )
    await upkeep.checking_up().look_at_inbound_numbers(a_run())
    assert (("inbound-numbers-low", "") in await upkeep.raised()) is is_raised


async def a_job(upkeep: Upkeep, status: str, at: datetime, made: int = 0) -> UUID:
    id = new_id(at=at)
    ended = None if status in {"in progress", "scheduled"} else at
    await upkeep.execute(
        "insert into jobs (id, service_id, template_id, template_version, type, key_type, name, status, row_count, "
        "bad_row_count, simulated_row_count, row_faults, to_make_count, abroad_count, made_count, lot_count, next_lot, "
        "start_at, worked_at, ended_at) values (%s, %s, %s, 1, 'sms', 'normal', 'n', %s, %s, 0, 0, '{}', %s, 0, %s, "
        "0, 0, %s, %s, %s)",
        (id, upkeep.system.service_id, new_id(), status, made, made, made, at, at, ended),
    )
    return id


async def test_jobs_that_stand_still_or_lack_messages_are_told_of(upkeep: Upkeep) -> None:
    stalled = await a_job(upkeep, "in progress", NIGHT - 31 * MINUTE)
    late = await a_job(upkeep, "scheduled", NIGHT - 31 * MINUTE)
    await a_job(upkeep, "in progress", NIGHT - 29 * MINUTE)
    short = await a_job(upkeep, "finished", NIGHT - 60 * MINUTE, made=2)
    whole = await a_job(upkeep, "finished", NIGHT - 60 * MINUTE, made=1)
    for job_id in (short, whole):
        await upkeep.put(NIGHT - 59 * MINUTE, job_id=job_id)
    await upkeep.checking_up().look_at_jobs(a_run())
    assert await upkeep.raised() == {
        ("job-stalled", str(stalled)): {"status": "in progress"},
        ("job-stalled", str(late)): {"status": "scheduled"},
        ("job-rows-missing", str(short)): {"made": 2, "found": 1},
    }


async def make_history(upkeep: Upkeep, made_at: datetime) -> tuple[str, UUID]:
    monday = week_of(made_at)
    name = partition_name(monday, "notification_history")
    start = week_start(monday)
    await upkeep.store.create_history_partition(
        name, first_id_at(start), first_id_at(start + timedelta(weeks=1))
    )
    id = new_id(at=made_at)
    await upkeep.execute(
        "insert into notification_history (id, service_id, template_id, template_version, type, key_type, status, "
        "billable_units, rate_multiplier, international, possible_duplicate) "
        "values (%s, %s, %s, 1, 'sms', 'normal', 'delivered', 1, 1, false, false)",
        (id, upkeep.system.service_id, new_id()),
    )
    return name, id


async def test_history_that_is_a_year_old_goes_to_a_file(upkeep: Upkeep, tmp_path: Path) -> None:
    name, id = await make_history(upkeep, NIGHT - 380 * DAY)
    _, younger = await make_history(upkeep, NIGHT - 360 * DAY)
    archiving = Archiving(upkeep.store, upkeep.clock, tmp_path / "archive")
    await archiving.archive(a_run())
    lines = gzip.decompress((tmp_path / "archive" / f"{name}.csv.gz").read_bytes()).decode().splitlines()
    assert (lines[0].split(",")[0], lines[1].split(",")[0], len(lines)) == ("id", str(id), 2)
    assert await upkeep.ids("notification_history") == {younger}


async def test_an_archiving_that_was_cut_off_is_ended_by_the_next(upkeep: Upkeep, tmp_path: Path) -> None:
    name, id = await make_history(upkeep, NIGHT - 380 * DAY)
    (tmp_path / f"{name}.csv.unfinished").write_bytes(b"half a file")
    # Detached, and not dropped.
    await upkeep.store.detach("notification_history", name, pending=False)
    await Archiving(upkeep.store, upkeep.clock, tmp_path).archive(a_run())
    assert str(id) in gzip.decompress((tmp_path / f"{name}.csv.gz").read_bytes()).decode()
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{name}.csv.gz"]
    assert await upkeep.store.loose_partitions(r"^notification_history_\d{4}_w\d{2}$") == []


async def test_without_a_folder_history_stays(upkeep: Upkeep) -> None:
    _, id = await make_history(upkeep, NIGHT - 380 * DAY)
    await Archiving(upkeep.store, upkeep.clock, None).archive(a_run())
    assert await upkeep.ids("notification_history") == {id}
