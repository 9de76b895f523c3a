"""Jobs on a real database: from a table to a notification for each row, once, whatever happens between."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg import AsyncConnection

from notifyrules.daily_limits import LimitKind
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from servicekit.errors import InvalidRequest, NotFound, QuotaExceeded, RuleBroken, Unavailable
from servicekit.ids import bucket_of, new_id
from services.notifications.idempotency import idempotency_key
from services.notifications.jobs import BadRows, JobAnswer, JobStatus, Table
from services.notifications.jobs_checking import TableForm
from services.notifications.new_notifications import CreatedNotification
from services.notifications.store import QUERIES, NotificationFilter
from tests.integration.notifications.conftest import System
from tests.integration.notifications.jobs_world import (
    ONE_BAD,
    THREE,
    JobSystem,
    ProcessDied,
    a_table,
    job_system,
    small_lots,
)

SMS, EMAIL = NotificationType.SMS, NotificationType.EMAIL


@pytest.fixture
async def world(system: System, valkey_url: str) -> AsyncIterator[JobSystem]:
    async with job_system(system, valkey_url) as made:
        yield made


async def test_a_job_makes_a_notification_for_each_row(world: JobSystem) -> None:
    job = await world.job()
    await world.make_all()
    made = await world.notifications(job)
    assert [(row.job_row, row.recipient, row.normalised_recipient) for row in made] == [
        (1, "07700900123", "447700900123"),
        (2, "+44 7700 900124", "447700900124"),
        (3, "07700900125", "447700900125"),
    ]
    assert (job.status, await world.status(job)) == (JobStatus.PENDING, JobStatus.FINISHED)
    assert (await world.system.count("deliveries"), await world.system.count("job_lots")) == (3, 0)


@pytest.mark.parametrize("recipient", ["07700900123", "+33612345678"])
async def test_a_row_is_stored_as_the_same_message_sent_alone(world: JobSystem, recipient: str) -> None:
    (single,) = await world.system.creating.create([world.system.a_text(recipient=recipient)])
    assert isinstance(single, CreatedNotification)
    alone = await world.system.store.find_notification(single.id)
    job = await world.job(f"phone number,name\n{recipient},Ada\n")
    await world.make_all()
    (row,) = await world.notifications(job)
    assert alone is not None
    same: dict[str, Any] = {
        "id": row.id,
        "job_id": job.id,
        "job_row": 1,
        "personalisation": row.personalisation,
    }
    assert replace(alone, **same) == row


async def test_rows_are_delivered_after_everything_else(world: JobSystem) -> None:
    await world.job()
    await world.make_all()
    await world.system.creating.create([world.system.a_text(recipient="07700900999")])
    leased = await world.system.queue.lease_deliveries(SMS, "worker", 10, 0)
    assert next(getattr(delivery.content, "phone_number", None) for delivery in leased) == "447700900999"
    assert {getattr(delivery.content, "body", None) for delivery in leased} == {
        "Hello Ada",
        "Hello Bob",
        "Hello Cid",
    }


async def test_a_job_of_emails(world: JobSystem) -> None:
    job = await world.job(
        "Email address,NAME\nAda@Example.com,Ada\n", template_id=world.system.template_ids["email"]
    )
    await world.make_all()
    (row,) = await world.notifications(job)
    read = await world.system.reading.get(job.service_id, row.id)
    assert (row.recipient, row.normalised_recipient, row.type) == (
        "Ada@Example.com",
        "ada@example.com",
        "email",
    )
    assert (read.subject, read.body) == ("Subject for Ada", "Hello Ada")


async def test_a_column_gives_each_row_its_reference(world: JobSystem) -> None:
    csv = "phone number,name,Reference\n07700900123,Ada,one\n07700900124,Bob,\n"
    job = await world.job(csv, reference="all")
    await world.make_all()
    assert [row.reference for row in await world.notifications(job)] == ["one", None]


async def test_without_the_column_all_rows_have_the_jobs_reference(world: JobSystem) -> None:
    job = await world.job(reference="all")
    await world.make_all()
    assert {row.reference for row in await world.notifications(job)} == {"all"}


async def test_a_bad_row_keeps_everything_from_being_sent(world: JobSystem) -> None:
    answer = await world.create(ONE_BAD)
    assert (answer.job, answer.row_count) == (None, 3)
    assert answer.row_faults == {"phone number: Mobile number is too short": [2], "name: Missing": [3]}
    assert [await world.system.count(table) for table in ("jobs", "job_lots")] == [0, 0]
    assert (await world.counted(), world.woken) == (0, [])


async def test_bad_rows_may_be_left_out(world: JobSystem) -> None:
    answer = await world.create(ONE_BAD, bad_rows=BadRows.SKIP)
    await world.make_all()
    assert answer.job is not None
    assert [row.job_row for row in await world.notifications(answer.job)] == [1]
    progress = await world.jobs.get(answer.job.service_id, answer.job.id, with_row_faults=True)
    assert (progress.job.bad_row_count, progress.job.made_count) == (2, 1)
    assert progress.row_faults == answer.row_faults
    assert await world.counted() == 1


async def test_nothing_is_made_of_bad_rows_alone(world: JobSystem) -> None:
    answer = await world.create("phone number,name\n07,Ada\n", bad_rows=BadRows.SKIP)
    assert answer.job is None


@pytest.mark.parametrize(
    ("csv", "fault"),
    [
        ("", "csv has no header row"),
        ("phone number\n07700900123\n", "csv has no column name"),
        ("name\nAda\n", "csv has no column phone number"),
        ("phone number,name\n", "csv has no rows below its header"),
        ("phone number,name,Phone_Number\n07700900123,Ada,07700900124\n", "more than one column"),
    ],
)
async def test_a_table_that_is_none(world: JobSystem, csv: str, fault: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await world.create(csv)
    assert fault in refused.value.message
    assert await world.system.count("jobs") == 0


@pytest.mark.parametrize(
    ("key_type", "restricted", "reason"),
    [
        (KeyType.TEAM, False, "Can’t send to this recipient using a team-only API key"),
        (KeyType.NORMAL, True, "Can’t send to this recipient when service is in trial mode"),
    ],
)
async def test_recipients_that_a_key_may_not_send_to_are_bad_rows(
    world: JobSystem, key_type: KeyType, restricted: bool, reason: str
) -> None:
    async with world.system.pool.connection() as connection:
        await connection.execute(b"update services set restricted = %s", (restricted,))
    answer = await world.create(key_type=key_type)
    ((said, rows),) = answer.row_faults.items()
    assert (said.startswith(reason), rows, answer.job) == (True, [1, 2, 3], None)


async def test_simulated_recipients_are_neither_stored_nor_counted(world: JobSystem) -> None:
    job = await world.job("phone number,name\n07700900000,Ada\n07700900123,Bob\n")
    await world.make_all()
    assert [row.job_row for row in await world.notifications(job)] == [2]
    assert (job.simulated_row_count, await world.counted()) == (1, 1)


async def test_a_job_of_simulated_recipients_alone_is_finished_at_once(world: JobSystem) -> None:
    job = await world.job("phone number,name\n07700900000,Ada\n")
    assert (job.status, await world.status(job)) == (JobStatus.FINISHED, JobStatus.FINISHED)


async def test_a_daily_limit_that_is_short_of_all_rows(world: JobSystem) -> None:
    await world.set_limit(LimitKind.SMS, 2)
    with pytest.raises(QuotaExceeded) as refused:
        await world.create()
    assert refused.value.message == "Exceeded send limits (sms: 2) for today"
    assert (await world.counted(), await world.system.count("jobs")) == (0, 0)


async def test_a_limit_abroad_that_is_short_gives_the_other_places_back(world: JobSystem) -> None:
    await world.set_limit(LimitKind.INTERNATIONAL_SMS, 1)
    with pytest.raises(QuotaExceeded):
        await world.create("phone number,name\n07700900123,A\n+33612345678,B\n+33612345679,C\n")
    assert [await world.counted(kind) for kind in (LimitKind.SMS, LimitKind.INTERNATIONAL_SMS)] == [0, 0]


async def test_what_could_not_be_stored_takes_no_places(
    world: JobSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*args: object) -> bool:
        raise Unavailable("no")

    monkeypatch.setattr(world.store, "insert", fail)
    with pytest.raises(Unavailable):
        await world.create()
    assert await world.counted() == 0


async def test_test_keys_are_not_counted(world: JobSystem) -> None:
    job = await world.job(key_type=KeyType.TEST)
    await world.make_all()
    assert ({row.key_type for row in await world.notifications(job)}, await world.counted()) == ({"test"}, 0)


async def test_after_a_crash_it_goes_on_where_it_was(
    world: JobSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_lots(monkeypatch, 4)
    job = await world.job(a_table(10))
    await world.making.work()

    execute: Any = AsyncConnection.execute

    async def die_before_the_commit(connection: Any, query: Any, *args: Any, **options: Any) -> Any:
        done = await execute(connection, query, *args, **options)
        if query == QUERIES.make_job_lot:
            raise ProcessDied
        return done

    with monkeypatch.context() as patched:
        patched.setattr(AsyncConnection, "execute", die_before_the_commit)
        with pytest.raises(ProcessDied):
            await world.making.work()
    assert len(await world.notifications(job)) == 4
    await world.make_all()
    assert [row.job_row for row in await world.notifications(job)] == list(range(1, 11))
    assert await world.system.count("deliveries") == 10


async def test_several_processes_make_each_row_once(
    world: JobSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_lots(monkeypatch, 3)
    jobs = [await world.job(a_table(40)) for _ in range(3)]
    await asyncio.gather(*(world.make_all() for _ in range(4)))
    for job in jobs:
        assert [row.job_row for row in await world.notifications(job)] == list(range(1, 41))
        assert await world.status(job) is JobStatus.FINISHED


async def test_jobs_take_turns(world: JobSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    small_lots(monkeypatch, 2)
    long, short = await world.job(a_table(20)), await world.job(a_table(2))
    for _ in range(4):
        world.clock.advance(timedelta(milliseconds=10))
        await world.making.work()
    assert [await world.status(job) for job in (long, short)] == [JobStatus.IN_PROGRESS, JobStatus.FINISHED]


async def test_a_lot_that_the_database_refuses_does_not_hold_up_other_jobs(world: JobSystem) -> None:
    broken, fine = await world.job(), await world.job()
    async with world.system.pool.connection() as connection:
        await connection.execute(
            b"""update job_lots set rows = '[{"n": 1, "to": null, "p": null}]' where job_id = %s""",
            (broken.id,),
        )
    for _ in range(6):
        world.clock.advance(timedelta(milliseconds=10))
        await world.making.work()
    assert [await world.status(job) for job in (broken, fine)] == [
        JobStatus.IN_PROGRESS,
        JobStatus.FINISHED,
    ]


async def test_a_scheduled_job_begins_at_its_time(world: JobSystem) -> None:
    start_at = world.clock.now() + timedelta(hours=1)
    job = await world.job(start_at=start_at)
    await world.make_all()
    assert (await world.status(job), await world.counted()) == (JobStatus.SCHEDULED, 0)
    world.clock.advance(timedelta(hours=1))
    await world.make_all()
    assert (await world.status(job), await world.counted()) == (JobStatus.FINISHED, 3)


async def test_a_scheduled_job_that_the_day_is_short_of_is_not_sent(world: JobSystem) -> None:
    job = await world.job(start_at=world.clock.now() + timedelta(hours=1))
    await world.set_limit(LimitKind.SMS, 2)
    world.clock.advance(timedelta(hours=1))
    await world.make_all()
    assert await world.status(job) is JobStatus.SENDING_LIMITS_EXCEEDED
    assert [await world.system.count(table) for table in ("notifications", "job_lots")] == [0, 0]
    assert await world.counted() == 0


async def test_a_job_that_no_day_has_room_for_is_refused_at_once(world: JobSystem) -> None:
    await world.set_limit(LimitKind.SMS, 2)
    with pytest.raises(QuotaExceeded):
        await world.create(start_at=world.clock.now() + timedelta(hours=1))


@pytest.mark.parametrize(
    ("ahead", "said"), [(timedelta(minutes=-1), "in the past"), (timedelta(days=8), "7 days in the future")]
)
async def test_a_time_that_a_job_may_not_have(world: JobSystem, ahead: timedelta, said: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        await world.create(start_at=world.clock.now() + ahead)
    assert said in refused.value.message


@pytest.mark.parametrize("change", ["active = false", "permissions = '{email}'"])
async def test_a_service_that_may_not_send_when_the_time_comes(world: JobSystem, change: str) -> None:
    job = await world.job()
    async with world.system.pool.connection() as connection:
        await connection.execute(f"update services set {change}".encode())
    world.jobs._services.forget(world.system.service_id)
    await world.make_all()
    assert (await world.status(job), await world.counted()) == (JobStatus.CANCELLED, 0)


async def test_cancelling_makes_no_more_and_gives_the_places_back(
    world: JobSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_lots(monkeypatch, 2)
    job = await world.job("phone number,name\n07700900123,A\n07700900124,B\n+33612345678,C\n07700900125,D\n")
    await world.making.work()
    cancelled = await world.jobs.cancel(job.service_id, job.id)
    await world.make_all()
    assert (cancelled.status, cancelled.made_count) == (JobStatus.CANCELLED, 2)
    assert len(await world.notifications(job)) == 2
    assert [await world.counted(kind) for kind in (LimitKind.SMS, LimitKind.INTERNATIONAL_SMS)] == [2, 0]


async def test_cancelling_again_changes_nothing(world: JobSystem) -> None:
    job = await world.job()
    await world.jobs.cancel(job.service_id, job.id)
    assert (await world.jobs.cancel(job.service_id, job.id)).status is JobStatus.CANCELLED
    assert await world.counted() == 0


async def test_a_finished_job_can_not_be_cancelled(world: JobSystem) -> None:
    job = await world.job()
    await world.make_all()
    with pytest.raises(RuleBroken) as refused:
        await world.jobs.cancel(job.service_id, job.id)
    assert (refused.value.reason, await world.counted()) == ("JOB_ENDED", 3)


async def test_progress_tells_where_the_notifications_are(world: JobSystem) -> None:
    job = await world.job()
    assert (await world.jobs.get(job.service_id, job.id)).status_counts == {}
    await world.make_all()
    progress = await world.jobs.get(job.service_id, job.id)
    assert (progress.status_counts, progress.job.made_count) == ({NotificationStatus.CREATED: 3}, 3)


async def test_another_services_job_is_not_there(world: JobSystem) -> None:
    job = await world.job()
    other = await world.system.add_service("Another service")
    for call in (world.jobs.get(other, job.id), world.jobs.cancel(other, job.id)):
        with pytest.raises(NotFound):
            await call
    assert await world.jobs.page(other, None, 10) == []


async def test_jobs_are_listed_newest_first(world: JobSystem) -> None:
    jobs = [await world.job(name=f"job {number}") for number in range(3)]
    first = await world.jobs.page(world.system.service_id, None, 2)
    rest = await world.jobs.page(world.system.service_id, first[-1].id, 2)
    assert [job.id for job in [*first, *rest]] == [job.id for job in reversed(jobs)]


async def test_rows_are_listed_only_where_jobs_are_asked_for(world: JobSystem) -> None:
    await world.job()
    await world.make_all()
    wanted = NotificationFilter(
        service_id=world.system.service_id,
        key_type=KeyType.NORMAL,
        types=(),
        statuses=(),
        reference=None,
        include_jobs=False,
        older_than=None,
        limit=250,
    )
    without = await world.system.reading.list(wanted)
    with_jobs = await world.system.reading.list(replace(wanted, include_jobs=True))
    assert (len(without), len(with_jobs)) == (0, 3)


def with_key(world: JobSystem, body: bytes = b"b") -> dict[str, Any]:
    return {
        "idempotency": idempotency_key(world.system.service_id, "a key", body.ljust(32, b"-"), "https://api")
    }


async def test_a_job_that_is_asked_for_again_is_made_once(world: JobSystem) -> None:
    answers = await asyncio.gather(
        *(world.create(**with_key(world)) for _ in range(5)), return_exceptions=True
    )
    made = [answer for answer in answers if isinstance(answer, JobAnswer) and not answer.replayed]
    others = [answer for answer in answers if answer not in made]
    assert len(made) == 1
    assert all(
        answer == replace(made[0], replayed=True, context="https://api")
        if isinstance(answer, JobAnswer)
        else isinstance(answer, RuleBroken) and answer.reason == "IDEMPOTENCY_KEY_IN_PROGRESS"
        for answer in others
    )
    assert (await world.system.count("jobs"), await world.counted()) == (1, 3)


async def test_the_first_answer_stays_when_the_job_is_finished(world: JobSystem) -> None:
    first = await world.create(ONE_BAD, bad_rows=BadRows.SKIP, **with_key(world))
    await world.make_all()
    again = await world.create("", **with_key(world))
    assert again == replace(first, replayed=True, context="https://api")


async def test_another_job_with_the_same_key_is_refused(world: JobSystem) -> None:
    await world.create(**with_key(world))
    with pytest.raises(RuleBroken) as refused:
        await world.create(**with_key(world, b"another"))
    assert refused.value.reason == "IDEMPOTENCY_KEY_REUSED"


async def test_a_refused_job_keeps_no_key(world: JobSystem) -> None:
    await world.create(ONE_BAD, **with_key(world))
    answer = await world.create(**with_key(world))
    assert (answer.job is not None, answer.replayed) == (True, False)


async def test_a_call_that_is_made_again_makes_one_job(world: JobSystem) -> None:
    spec = world.spec()
    table = Table(form=TableForm.CSV, content=THREE.encode())
    answers = [await world.jobs.create(spec, table) for _ in range(2)]
    assert [answer.job.id for answer in answers if answer.job is not None] == [spec.id] * 2
    assert (await world.system.count("jobs"), await world.counted()) == (1, 3)


async def test_an_id_of_another_services_bucket_is_refused(world: JobSystem) -> None:
    other = UUID(int=1)
    with pytest.raises(InvalidRequest):
        await world.create(id=new_id(bucket=(bucket_of(other) + 1) % 4096))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"template_id": UUID(int=7)}, "TEMPLATE_NOT_FOUND"),
        ({"sms_sender_id": UUID(int=7)}, "SENDER_NOT_FOUND"),
    ],
)
async def test_rules_of_single_messages_hold(world: JobSystem, changes: Any, reason: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        await world.create(**changes)
    assert refused.value.reason == reason


async def test_a_new_job_wakes_the_making(world: JobSystem) -> None:
    await world.job()
    assert world.woken == [None]


async def test_the_loop_makes_what_is_there_and_stops(world: JobSystem) -> None:
    job = await world.job()
    loop = asyncio.ensure_future(world.making.run())
    while await world.status(job) is not JobStatus.FINISHED:
        await asyncio.sleep(0.01)
    world.making.stop()
    await asyncio.wait_for(loop, 5)
