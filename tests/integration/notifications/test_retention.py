"""Retention: what moves, what stays, and what a process leaves that is killed at any step."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from servicekit.clock import FixedClock
from servicekit.ids import new_id
from services.notifications.partitions import partition_name, week_of
from services.notifications.retention_store import RetentionStore
from services.notifications.store import SCHEMA
from tests.integration.notifications.conftest import System
from tests.integration.notifications.shelf import NIGHT, Shelf, a_run

TODAY = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.fixture
async def shelf(system: System) -> Shelf:
    shelf = Shelf(system)
    await shelf.make_partitions()
    return shelf


@pytest.mark.parametrize(
    ("made_at", "days", "is_moved"),
    [
        # Seven days from midnight in London, where a service says nothing.
        (TODAY - timedelta(days=7, seconds=1), None, True),
        (TODAY - timedelta(days=7), None, False),
        (TODAY - timedelta(days=3, seconds=1), 3, True),
        (TODAY - timedelta(days=3), 3, False),
        (TODAY - timedelta(days=90, hours=1, seconds=1), 90, True),
        (TODAY - timedelta(days=90, hours=1), 90, False),
    ],
)
async def test_a_message_moves_when_its_days_in_london_are_over(
    shelf: Shelf, made_at: datetime, days: int | None, is_moved: bool
) -> None:
    id = await shelf.put(made_at)
    if days is not None:
        await shelf.keep(shelf.system.service_id, "sms", days)
    await shelf.retention().move_notifications(a_run())
    assert (await shelf.ids("notifications"), await shelf.ids("notification_history")) == (
        (set(), {id}) if is_moved else ({id}, set())
    )


async def test_midnight_is_londons_also_in_summer(shelf: Shelf) -> None:
    shelf.clock = FixedClock(datetime(2026, 7, 25, 3, 0, tzinfo=UTC))
    await shelf.make_partitions(range(-24, -10))
    before = await shelf.put(datetime(2026, 7, 17, 22, 59, 59, tzinfo=UTC))
    after = await shelf.put(datetime(2026, 7, 17, 23, 0, tzinfo=UTC))
    await shelf.retention().move_notifications(a_run())
    assert (await shelf.ids("notifications"), await shelf.ids("notification_history")) == ({after}, {before})


async def test_history_has_no_personal_data_and_all_that_is_billed(shelf: Shelf) -> None:
    id = await shelf.put(TODAY - timedelta(days=9))
    await shelf.retention().move_notifications(a_run())
    async with shelf.system.pool.connection() as connection:
        cursor = await connection.execute("select to_jsonb(h) from notification_history as h")
        ((kept,),) = await cursor.fetchall()
    assert not {"recipient", "normalised_recipient", "personalisation", "sender"} & set(kept)
    assert (kept["id"], kept["status"], kept["billable_units"], kept["reference"]) == (
        str(id),
        "delivered",
        2,
        "ref",
    )


async def test_a_notification_with_a_delivery_cannot_be_deleted(shelf: Shelf) -> None:
    id = await shelf.put(TODAY - timedelta(days=9))
    other = await shelf.put(TODAY - timedelta(days=9))
    async with shelf.system.pool.connection() as connection:
        await connection.execute(
            "insert into deliveries (notification_id, service_id, channel, lane, run_at) "
            "values (%s, %s, 'sms', 1, now())",
            [id, shelf.system.service_id],
        )
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            await connection.execute("delete from notifications")
        assert await shelf.ids("notifications") == {id, other}
        await connection.execute("delete from notifications where id = %s", [other])
    assert await shelf.ids("notifications") == {id}


async def test_what_is_billed_is_found_once_before_and_after_the_move(shelf: Shelf) -> None:
    await shelf.put(TODAY - timedelta(days=9))
    facts = "select id, version, status, billable_units from notification_facts"
    before = await shelf.rows(facts)
    await shelf.retention().move_notifications(a_run())
    assert await shelf.rows(facts) == before
    assert len(before) == 1


async def test_messages_of_test_keys_are_deleted(shelf: Shelf) -> None:
    await shelf.put(TODAY - timedelta(days=9), key_type="test")
    run = a_run()
    await shelf.retention().move_notifications(run)
    assert (await shelf.ids("notifications"), await shelf.ids("notification_history")) == (set(), set())
    assert run.counts["deleted_of_test_keys"] == 1


@pytest.mark.parametrize("status", ["created", "sending", "pending-virus-check"])
async def test_letters_stay_until_they_are_done(shelf: Shelf, status: str) -> None:
    id = await shelf.put(TODAY - timedelta(days=9), type="letter", status=status)
    await shelf.retention().move_notifications(a_run())
    assert await shelf.ids("notifications") == {id}


async def test_what_still_waits_for_its_provider_stays(shelf: Shelf) -> None:
    id = await shelf.put(TODAY - timedelta(days=9), status="created")
    await shelf.queue(id)
    await shelf.retention().move_notifications(a_run())
    assert await shelf.ids("notifications") == {id}


async def test_lots_of_any_size_move_everything_that_is_due(shelf: Shelf) -> None:
    other = await shelf.system.add_service("Keeps longer")
    await shelf.keep(other, "sms", 60)
    due = {await shelf.put(TODAY - timedelta(days=8 + n)) for n in range(7)}
    kept = {await shelf.put(TODAY - timedelta(days=8 + n), service_id=other) for n in range(7)}
    run = a_run()
    await shelf.retention(lot=3).move_notifications(run)
    assert (await shelf.ids("notifications"), await shelf.ids("notification_history")) == (kept, due)
    assert run.counts["moved_to_history"] == 7


async def test_a_partition_without_a_message_goes_but_not_a_recent_one(shelf: Shelf) -> None:
    await shelf.put(TODAY - timedelta(days=40))
    kept = await shelf.put(TODAY - timedelta(days=50), type="letter", status="sending")
    await shelf.retention().move_notifications(a_run())
    left = {partition.name for partition in await shelf.store.partitions("notifications")}
    recent = {partition_name(week_of(NIGHT) + timedelta(weeks=n)) for n in range(-2, 2)}
    busy = partition_name(week_of(TODAY - timedelta(days=50)))
    assert {
        name for name in left if name <= partition_name(week_of(NIGHT) + timedelta(weeks=1))
    } == recent | {busy}
    assert await shelf.ids("notifications") == {kept}


class Killed(BaseException):
    """The process ends here."""


async def test_a_process_that_is_killed_at_any_step_leaves_work_that_the_next_one_ends(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    due = {await shelf.put(TODAY - timedelta(days=30 + n % 3)) for n in range(7)}
    steps = ["partitions", "create_history_partition", "move_lot", "detach", "drop"]

    def killing(name: str, after_calls: int, *, before: bool) -> None:
        real = getattr(RetentionStore, name)
        calls = 0

        async def call(*args: object, **kwargs: object) -> object:
            nonlocal calls
            calls += 1
            if before and calls > after_calls:
                raise Killed
            answer = await real(*args, **kwargs)
            if calls > after_calls:
                raise Killed
            return answer

        monkeypatch.setattr(RetentionStore, name, call)

    for name in steps:
        for after_calls in (0, 1):
            for before in (True, False):
                with monkeypatch.context():
                    killing(name, after_calls, before=before)
                    with pytest.raises(Killed):
                        await shelf.retention(lot=2).move_notifications(a_run())
                    monkeypatch.undo()
                both = await shelf.ids("notifications"), await shelf.ids("notification_history")
                assert both[0] | both[1] == due
                assert not both[0] & both[1]
                if name in ("detach", "drop"):
                    await shelf.make_partitions()
    await shelf.retention(lot=2).move_notifications(a_run())
    assert (await shelf.ids("notifications"), await shelf.ids("notification_history")) == (set(), due)
    assert await shelf.store.loose_partitions(r"^notifications_\d{4}_w\d{2}$") == []


async def test_a_detachment_that_was_cut_off_is_ended(shelf: Shelf) -> None:
    name = partition_name(week_of(NIGHT) - timedelta(weeks=15))
    # What a kill in the middle of a concurrent detachment leaves.
    await shelf.execute(
        "update pg_inherits set inhdetachpending = true where inhrelid = %s::regclass", (f"{SCHEMA}.{name}",)
    )
    await shelf.retention().move_notifications(a_run())
    assert name not in {partition.name for partition in await shelf.store.partitions("notifications")}
    assert await shelf.store.loose_partitions(r"^notifications_\d{4}_w\d{2}$") == []


async def test_received_texts_jobs_complaints_and_unsubscribe_requests_have_their_own_days(
    shelf: Shelf,
) -> None:
    service = shelf.system.service_id
    await shelf.keep(service, "sms", 3)
    for days in (2, 4):
        await shelf.execute(
            "insert into received_texts values (%s, %s, '447000000000', '\\x00', '\\x00', 'mmg', now())",
            (new_id(at=NIGHT - timedelta(days=days)), service),
        )
    for days in (364, 366):
        await shelf.execute(
            "insert into complaints values (%s, %s, %s, %s, 'abuse', now())",
            (new_id(at=NIGHT - timedelta(days=days)), new_id(), service, f"f{days}"),
        )
    for days, processed_days in ((1, None), (91, None), (20, 6), (20, 8)):
        await shelf.execute(
            "insert into unsubscribe_requests values (%s, %s, %s, %s, 1, '\\x00', %s)",
            (
                new_id(at=NIGHT - timedelta(days=days)),
                new_id(),
                service,
                new_id(),
                None if processed_days is None else NIGHT - timedelta(days=processed_days),
            ),
        )
    run, retention = a_run(), shelf.retention(lot=1)
    for work in (
        retention.delete_received_texts,
        retention.delete_jobs,
        retention.delete_complaints,
        retention.delete_unsubscribe_requests,
    ):
        await work(run)
    assert run.counts == {
        "received_texts_deleted": 1,
        "jobs_deleted": 0,
        "complaints_deleted": 1,
        "unsubscribe_requests_deleted": 2,
    }
