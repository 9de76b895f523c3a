"""Tasks on a real queue: once for each time, whoever dies."""

import asyncio
import hashlib
from datetime import UTC, datetime, time, timedelta

import psycopg
import pytest

from operationskit.runs_store import RunState
from operationskit.schedules import Daily
from operationskit.schema import QUEUE_SCHEMA_SHA256, queue_schema
from operationskit.tasks import TASK_ALREADY_WAITING, TaskRun, Tasks
from servicekit.errors import NotFound, RuleBroken
from tests.integration.operationskit.conftest import SCHEMA, START, World, a_task


class Recorder:
    """A task's function that notes when it ran."""

    def __init__(self) -> None:
        self.times: list[datetime] = []

    async def __call__(self, run: TaskRun) -> None:
        self.times.append(run.scheduled_for)
        run.count("things_done", 3)


async def everything(tasks: Tasks) -> None:
    await tasks.run_due()
    await tasks.run_waiting()


def test_the_queues_schema_is_the_one_that_migrations_made() -> None:
    # Fails when the library is raised: see `operationskit.schema`.
    assert hashlib.sha256(queue_schema().encode()).hexdigest() == QUEUE_SCHEMA_SHA256


async def test_of_several_processes_one_runs_a_task_at_each_of_its_times(world: World) -> None:
    recorder = Recorder()
    processes = [await world.a_process([a_task(recorder)]) for _ in range(3)]
    for _ in range(9):
        world.clock.advance(timedelta(minutes=5))
        await asyncio.gather(*(everything(tasks) for tasks in processes))
    quarter = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)
    assert recorder.times == [quarter + n * timedelta(minutes=15) for n in range(3)]


async def test_a_run_leaves_a_record(world: World) -> None:
    tasks = await world.a_process([a_task(Recorder())])
    await tasks.run_due()
    world.clock.advance(timedelta(minutes=10))
    await everything(tasks)
    last = (await tasks.last_runs())["a-task"]
    assert (last.state, last.counts, last.scheduled_for, last.started_at, last.ended_at, last.tries) == (
        RunState.SUCCEEDED,
        {"things_done": 3},
        datetime(2026, 11, 22, 10, 15, tzinfo=UTC),
        START + timedelta(minutes=10),
        START + timedelta(minutes=10),
        1,
    )


async def test_a_new_task_waits_for_its_first_time(world: World) -> None:
    recorder = Recorder()
    nightly = Daily(times=(time(10, 0),))
    await everything(await world.a_process([a_task(recorder, schedule=nightly)]))
    assert recorder.times == []


@pytest.mark.parametrize(("hours", "runs"), [(20, 1), (24 + 15, 0)])
async def test_a_time_that_nobody_was_there_for_is_made_up_for_while_it_is_fresh(
    world: World, hours: int, runs: int
) -> None:
    recorder = Recorder()
    nightly = a_task(recorder, schedule=Daily(times=(time(3, 0),)))
    await everything(await world.a_process([nightly]))
    world.clock.advance(timedelta(hours=hours))
    for _ in range(2):
        await everything(await world.a_process([nightly]))
    assert len(recorder.times) == runs


async def test_a_failure_is_recorded_without_its_text_and_the_next_run_goes_on(world: World) -> None:
    async def fail(run: TaskRun) -> None:
        raise ValueError("a secret")

    tasks = await world.a_process([a_task(fail)])
    await tasks.run_now("a-task", "alice", "to see")
    await everything(tasks)
    last = (await tasks.last_runs())["a-task"]
    assert (last.state, last.error, last.requested_by, last.reason) == (
        RunState.FAILED,
        "ValueError",
        "alice",
        "to see",
    )


async def test_a_run_that_waits_is_not_asked_for_twice(world: World) -> None:
    tasks = await world.a_process([a_task(Recorder())])
    await tasks.run_now("a-task", "alice", "to see")
    with pytest.raises(RuleBroken) as refused:
        await tasks.run_now("a-task", "bob", "me too")
    assert refused.value.reason == TASK_ALREADY_WAITING


async def test_an_unknown_task_is_told(world: World) -> None:
    tasks = await world.a_process([])
    with pytest.raises(NotFound):
        await tasks.run_now("no-task", "alice", "to see")


async def test_a_run_of_a_process_that_stops_is_taken_up_by_another(world: World) -> None:
    began = asyncio.Event()
    rounds: list[int] = []

    async def work(run: TaskRun) -> None:
        for lot in range(3):
            rounds.append(lot)
            began.set()
            await asyncio.sleep(0)
            await run.note_progress(lot + 1, 3)

    first, second = await world.a_process([a_task(work)]), await world.a_process([a_task(work)])
    run_id = await first.run_now("a-task", "alice", "to see")
    first.stop()
    await first.run_waiting()
    assert (await first.find_run(run_id, "a-task")).state in {RunState.WAITING, RunState.INTERRUPTED}
    await second.run_waiting()
    run = await second.find_run(run_id, "a-task")
    assert run.state is RunState.SUCCEEDED


async def test_a_run_is_interrupted_between_lots_when_its_process_stops(world: World) -> None:
    lots: list[int] = []
    process: list[Tasks] = []

    async def work(run: TaskRun) -> None:
        lots.append(run.id)
        if len(lots) == 1:
            process[0].stop()
        await run.note_progress(len(lots), 10)

    process.append(await world.a_process([a_task(work)]))
    other = await world.a_process([a_task(work)])
    run_id = await process[0].run_now("a-task", "alice", "to see")
    await process[0].run_waiting()
    assert (await other.find_run(run_id, "a-task")).state is RunState.INTERRUPTED
    await other.run_waiting()
    ended = await other.find_run(run_id, "a-task")
    assert (ended.state, ended.tries, lots) == (RunState.SUCCEEDED, 2, [run_id, run_id])


async def test_a_run_of_a_process_that_died_is_taken_up_by_another(world: World) -> None:
    recorder = Recorder()
    tasks = await world.a_process([a_task(recorder)])
    await tasks.run_now("a-task", "alice", "to see")
    with psycopg.connect(world.url, options=f"-c search_path={SCHEMA}", autocommit=True) as connection:
        # What a process leaves that was killed: a run under way, and a heartbeat that is getting old.
        connection.execute(
            "with worker as (insert into procrastinate_workers (last_heartbeat) "
            "values (now() - interval '1 minute') returning id) "
            "update procrastinate_jobs set status = 'doing', worker_id = worker.id from worker"
        )
    await tasks.run_waiting()
    assert recorder.times == []
    assert await tasks.return_lost() == 1
    await tasks.run_waiting()
    assert len(recorder.times) == 1


async def test_two_runs_of_a_task_are_never_under_way_at_once(world: World) -> None:
    under_way, most = 0, 0

    async def work(run: TaskRun) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if most == 1 and run.counts == {} and not asked.is_set():
            asked.set()
            await tasks.run_now("a-task", "bob", "again")
        for _ in range(20):
            await asyncio.sleep(0)
        under_way -= 1

    asked = asyncio.Event()
    tasks = await world.a_process([a_task(work)])
    other = await world.a_process([a_task(work)])
    await tasks.run_now("a-task", "alice", "to see")
    await asyncio.gather(tasks.run_waiting(), other.run_waiting())
    await other.run_waiting()
    assert (most, len(await tasks.runs("a-task", None, 10))) == (1, 2)


async def test_old_runs_are_forgotten_but_for_the_newest(world: World) -> None:
    tasks = await world.a_process([a_task(Recorder())])
    for _ in range(3):
        await tasks.run_now("a-task", "alice", "to see")
        await tasks.run_waiting()
    world.clock.advance(timedelta(days=40))
    await tasks.run_now("delete-old-task-records", "alice", "to see")
    await tasks.run_waiting()
    assert len(await tasks.runs("a-task", None, 10)) == 1


async def test_a_run_that_does_not_end_when_its_process_stops_is_cancelled_and_begins_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operationskit.tasks._GRACE_S", 0.05)
    began = asyncio.Event()

    async def work(run: TaskRun) -> None:
        if not began.is_set():
            began.set()
            await asyncio.Event().wait()

    first, second = await world.a_process([a_task(work)]), await world.a_process([a_task(work)])
    run_id = await first.run_now("a-task", "alice", "to see")
    async with asyncio.timeout(20):
        running = asyncio.ensure_future(first.run_queue())
        await began.wait()
        first.stop()
        await running
    await second.run_waiting()
    run = await second.find_run(run_id, "a-task")
    assert (run.state, run.tries) == (RunState.SUCCEEDED, 2)
