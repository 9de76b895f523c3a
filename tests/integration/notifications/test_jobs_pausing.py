"""Jobs that rest: nothing is made of them meanwhile, and they go on exactly where they were, whatever is killed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from psycopg import AsyncConnection

from servicekit.errors import NotFound, RuleBroken
from services.notifications.jobs import Job, JobStatus
from services.notifications.store import QUERIES
from services.notifications.upkeep_store import UpkeepStore
from tests.integration.notifications.conftest import System
from tests.integration.notifications.jobs_world import JobSystem, ProcessDied, a_table, job_system, small_lots

ALL_TEN = list(range(1, 11))


@pytest.fixture
async def world(system: System, valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[JobSystem]:
    small_lots(monkeypatch, 4)
    async with job_system(system, valkey_url) as made:
        yield made


async def rows(world: JobSystem, job: Job) -> list[int | None]:
    return [each.job_row for each in await world.notifications(job)]


async def pause(world: JobSystem, job: Job) -> Job:
    return await world.jobs.pause(job.service_id, job.id)


async def resume(world: JobSystem, job: Job) -> Job:
    return await world.jobs.resume(job.service_id, job.id)


async def events(world: JobSystem) -> list[tuple[Any, ...]]:
    query = b"select type, before, after from audit_events where type like 'job.%' order by id"
    async with world.system.pool.connection() as connection:
        return await (await connection.execute(query)).fetchall()


def die_after(monkeypatch: pytest.MonkeyPatch, query: bytes) -> None:
    """Let the process die when a statement is done and its transaction is not."""
    execute: Any = AsyncConnection.execute

    async def die(connection: Any, given: Any, *args: Any, **options: Any) -> Any:
        done = await execute(connection, given, *args, **options)
        if given == query:
            raise ProcessDied
        return done

    monkeypatch.setattr(AsyncConnection, "execute", die)


@pytest.mark.parametrize(
    ("turns", "status", "made"), [(0, "pending", 0), (1, "in progress", 4), (2, "in progress", 8)]
)
async def test_a_job_rests_where_it_is_and_goes_on_from_there(
    world: JobSystem, turns: int, status: str, made: int
) -> None:
    job = await world.job(a_table(10))
    for _ in range(turns):
        await world.making.work()
    paused = await pause(world, job)
    await world.make_all()
    assert (paused.status, paused.made_count, paused.paused_at is not None) == (status, made, True)
    assert len(await rows(world, job)) == made
    resumed = await resume(world, job)
    await world.make_all()
    assert (resumed.status, resumed.paused_at) == (status, None)
    assert (await rows(world, job), await world.status(job)) == (ALL_TEN, JobStatus.FINISHED)
    assert (await world.system.count("deliveries"), await world.counted()) == (10, 10)


async def test_a_scheduled_job_that_rests_lets_its_time_go_by(world: JobSystem) -> None:
    job = await world.job(start_at=world.clock.now() + timedelta(hours=1))
    await pause(world, job)
    world.clock.advance(timedelta(hours=2))
    await world.make_all()
    assert await world.status(job) is JobStatus.SCHEDULED
    await resume(world, job)
    await world.make_all()
    assert (await world.status(job), await world.counted()) == (JobStatus.FINISHED, 3)


async def test_when_pausing_is_answered_no_lot_is_under_way(world: JobSystem) -> None:
    job = await world.job(a_table(10))
    await world.making.work()
    async with world.system.pool.connection() as making, making.transaction():
        # As `make_lot` does before it makes one.
        await making.execute(QUERIES.claim_job)
        pausing = asyncio.ensure_future(pause(world, job))
        done, _ = await asyncio.wait([pausing], timeout=0.2)
        assert not done
    assert (await pausing).paused_at is not None


@pytest.mark.parametrize("query", [QUERIES.claim_job, QUERIES.make_job_lot])
async def test_a_maker_that_dies_before_a_pause_leaves_nothing_half_made(
    world: JobSystem, monkeypatch: pytest.MonkeyPatch, query: bytes
) -> None:
    job = await world.job(a_table(10))
    await world.making.work()
    with monkeypatch.context() as patched:
        die_after(patched, query)
        with pytest.raises(ProcessDied):
            await world.making.work()
    await pause(world, job)
    await world.make_all()
    assert await rows(world, job) == [1, 2, 3, 4]
    await resume(world, job)
    await world.make_all()
    assert await rows(world, job) == ALL_TEN


async def test_a_pause_that_dies_before_its_commit_never_was(
    world: JobSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await world.job(a_table(10))
    with monkeypatch.context() as patched:
        die_after(patched, QUERIES.set_job_paused)
        with pytest.raises(ProcessDied):
            await pause(world, job)
    await world.make_all()
    assert (await rows(world, job), await events(world)) == (ALL_TEN, [])


async def test_a_resume_that_dies_before_its_commit_leaves_the_job_at_rest(
    world: JobSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await world.job(a_table(10))
    await pause(world, job)
    with monkeypatch.context() as patched:
        die_after(patched, QUERIES.set_job_paused)
        with pytest.raises(ProcessDied):
            await resume(world, job)
    await world.make_all()
    assert await rows(world, job) == []
    await resume(world, job)
    await world.make_all()
    assert await rows(world, job) == ALL_TEN


async def test_processes_that_make_while_it_rests_and_goes_on_make_each_row_once(world: JobSystem) -> None:
    job = await world.job(a_table(60))
    makers = [asyncio.ensure_future(world.make_all()) for _ in range(3)]
    for _ in range(5):
        await pause_or_ended(world, job, pause)
        await pause_or_ended(world, job, resume)
    await asyncio.gather(*makers)
    await world.make_all()
    assert await rows(world, job) == list(range(1, 61))


async def pause_or_ended(
    world: JobSystem, job: Job, change: Callable[[JobSystem, Job], Awaitable[Job]]
) -> None:
    try:
        await change(world, job)
    except RuleBroken as ended:
        assert ended.reason == "JOB_ENDED"  # noqa: PT017 -- it may be so, and nothing else may


async def test_pausing_and_resuming_again_changes_nothing_and_is_recorded_once(world: JobSystem) -> None:
    job = await world.job(a_table(10))
    await world.making.work()
    assert await pause(world, job) == await pause(world, job)
    assert await resume(world, job) == await resume(world, job)
    at_work = {"status": "in progress", "paused": False, "made_count": 4}
    at_rest = at_work | {"paused": True}
    assert await events(world) == [("job.paused", at_work, at_rest), ("job.resumed", at_rest, at_work)]


async def test_a_job_at_rest_can_be_cancelled(world: JobSystem) -> None:
    job = await world.job(a_table(10))
    await world.making.work()
    await pause(world, job)
    cancelled = await world.jobs.cancel(job.service_id, job.id)
    assert (cancelled.status, cancelled.paused_at, await world.counted()) == (JobStatus.CANCELLED, None, 4)
    assert [type for type, _, _ in await events(world)] == ["job.paused", "job.cancelled"]


@pytest.mark.parametrize("change", [pause, resume])
async def test_a_job_that_has_ended_is_refused(
    world: JobSystem, change: Callable[[JobSystem, Job], Awaitable[Job]]
) -> None:
    job = await world.job()
    await world.make_all()
    with pytest.raises(RuleBroken) as refused:
        await change(world, job)
    assert (refused.value.reason, await events(world)) == ("JOB_ENDED", [])


async def test_another_services_job_is_not_there(world: JobSystem) -> None:
    job = await world.job()
    other = await world.system.add_service("Another service")
    for call in (world.jobs.pause, world.jobs.resume):
        with pytest.raises(NotFound):
            await call(other, job.id)


async def test_a_job_at_rest_is_not_told_of_as_standing_still(world: JobSystem) -> None:
    job = await world.job(a_table(10))
    await world.making.work()
    upkeep, later = UpkeepStore(world.system.pool), world.clock.now() + timedelta(hours=1)
    assert [id for id, _ in await upkeep.find_stalled_jobs(later, 10)] == [job.id]
    await pause(world, job)
    assert await upkeep.find_stalled_jobs(later, 10) == []
