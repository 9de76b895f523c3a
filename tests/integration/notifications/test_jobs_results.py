"""What became of each row: each row once, in order, also while the job is being made, a page at a time."""

from collections.abc import AsyncIterator

import pytest

from notifyrules.statuses import NotificationStatus
from servicekit.errors import NotFound
from services.notifications.jobs import BadRows, Job
from services.notifications.jobs_results import JobResults, RowResult, RowState
from tests.integration.notifications.conftest import System
from tests.integration.notifications.jobs_world import JobSystem, a_table, job_system, small_lots

MADE, WAITING, BAD = RowState.MADE, RowState.WAITING, RowState.BAD
TEST_RECIPIENT, NOT_MADE, NOT_KEPT = RowState.TEST_RECIPIENT, RowState.NOT_MADE, RowState.NOT_KEPT
MIXED = """phone number,name
07700900123,Ada
0770,Bob
07700900000,Test
+44 7700 900124,Cid
07700900125,
07700900126,Dee
"""


@pytest.fixture
async def world(system: System, valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[JobSystem]:
    small_lots(monkeypatch, 2)
    async with job_system(system, valkey_url) as made:
        yield made


async def results(world: JobSystem, job: Job, page_rows: int = 2) -> list[RowResult]:
    read = JobResults(world.store, page_rows=page_rows).read(job.service_id, job.id)
    return [row async for page in read for row in page]


async def states(world: JobSystem, job: Job) -> list[RowState]:
    found = await results(world, job)
    assert [result.row for result in found] == list(range(1, job.row_count + 1))
    return [result.state for result in found]


async def test_each_row_tells_its_recipient_as_given_its_status_or_its_faults(world: JobSystem) -> None:
    job = await world.job(MIXED, bad_rows=BadRows.SKIP)
    await world.make_all()
    found = await results(world, job)
    assert [(row.row, row.state, row.recipient, row.status, row.faults) for row in found] == [
        (1, MADE, "07700900123", NotificationStatus.CREATED, ()),
        (2, BAD, None, None, ("phone number: Mobile number is too short",)),
        (3, TEST_RECIPIENT, None, None, ()),
        (4, MADE, "+44 7700 900124", NotificationStatus.CREATED, ()),
        (5, BAD, None, None, ("name: Missing",)),
        (6, MADE, "07700900126", NotificationStatus.CREATED, ()),
    ]
    ids = [row.notification_id for row in found if row.notification_id is not None]
    assert ids == [row.id for row in await world.notifications(job)]


@pytest.mark.parametrize("turns", range(4))
async def test_rows_that_are_not_made_yet_wait(world: JobSystem, turns: int) -> None:
    job = await world.job(a_table(5))
    for _ in range(turns):
        await world.making.work()
    made = min(2 * turns, 5)
    assert await states(world, job) == [MADE] * made + [WAITING] * (5 - made)
    assert [row.recipient for row in await results(world, job)] == [f"07700900{n}" for n in range(300, 305)]


@pytest.mark.parametrize("page_rows", [1, 2, 3, 50])
async def test_a_row_that_is_made_between_two_pages_is_told_once(world: JobSystem, page_rows: int) -> None:
    job = await world.job(a_table(21))
    told: list[int] = []
    async for page in JobResults(world.store, page_rows=page_rows).read(job.service_id, job.id):
        told += [result.row for result in page]
        await world.making.work()
    assert told == list(range(1, 22))


async def test_rows_of_a_cancelled_job_were_not_made(world: JobSystem) -> None:
    job = await world.job(MIXED, bad_rows=BadRows.SKIP)
    await world.making.work()
    await world.jobs.cancel(job.service_id, job.id)
    assert await states(world, job) == [MADE, BAD, TEST_RECIPIENT, MADE, BAD, NOT_MADE]


async def test_a_job_that_is_cancelled_while_it_is_read_still_tells_every_row(world: JobSystem) -> None:
    job = await world.job(a_table(7))
    await world.making.work()
    told: list[RowResult] = []
    async for page in JobResults(world.store, page_rows=2).read(job.service_id, job.id):
        told += page
        await world.jobs.cancel(job.service_id, job.id)
    assert [result.row for result in told] == list(range(1, 8))
    assert told[-1].state is NOT_MADE


async def test_messages_past_retention_are_told_of_by_their_rows_alone(world: JobSystem) -> None:
    job = await world.job()
    await world.make_all()
    async with world.system.pool.connection() as connection:
        await connection.execute(b"delete from deliveries")
        await connection.execute(b"delete from notifications where job_row = 2")
    assert await states(world, job) == [MADE, NOT_KEPT, MADE]


async def test_another_services_job_is_not_there(world: JobSystem) -> None:
    job = await world.job()
    other = await world.system.add_service("Another service")
    with pytest.raises(NotFound):
        await anext(JobResults(world.store).read(other, job.id))


async def test_a_table_may_only_be_checked(world: JobSystem) -> None:
    answer = await world.create(MIXED, check_only=True, bad_rows=BadRows.SKIP)
    assert (answer.job, answer.row_count, answer.bad_row_count, answer.simulated_row_count) == (None, 6, 2, 1)
    assert set(answer.row_faults) == {"phone number: Mobile number is too short", "name: Missing"}
    assert [await world.system.count(table) for table in ("jobs", "job_lots")] == [0, 0]
    assert (await world.counted(), world.woken) == (0, [])
