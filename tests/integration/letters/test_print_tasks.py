"""Printing by the clock, on a real database: the tasks at their times, through clock changes, once, and made up for."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg import AsyncCursor

from operationskit.alerts import Alert, Alerts
from operationskit.runs_store import RunsStore, RunState
from operationskit.starting import Operations
from operationskit.tasks import PeriodicTask, TaskRun, Tasks
from servicekit.database import make_pool
from servicekit.errors import Conflict
from servicekit.migrations import migrate
from services.letters.printing.letters_to_print import PrintRun, RunOrigin
from services.letters.printing.letters_to_print import RunState as PrintRunState
from services.letters.printing.rotation import Rotation
from services.letters.printing.run import PrintRuns
from services.letters.printing.scheduled import PrintTasks
from tests.conftest import MakeDatabase
from tests.integration.letters.printing_world import PrintWorld, a_print_world

NOON = datetime(2026, 1, 14, 12, 0, tzinfo=UTC)


class Day:
    """Processes of the letters service on one database, and a clock."""

    def __init__(self, world: PrintWorld, url: str, stack: contextlib.AsyncExitStack) -> None:
        self.world = world
        self.collected: list[None] = []
        self.told: list[PrintRun] = []
        self.pauses: list[float] = []
        self._url = url
        self._stack = stack

    async def a_process(self, holder: str) -> Tasks:
        """The tasks as one process has them."""
        queue_pool = await self._stack.enter_async_context(
            make_pool(self._url, schema="letters", application_name="queue", cursor_factory=AsyncCursor)
        )
        operations = Operations(
            alerts=self.alerts,
            runs=RunsStore(self.world.pool),
            pool=self.world.pool,
            queue_pool=queue_pool,
            recorded_by="letters",
            clock=self.world.clock,
        )
        return operations.make_tasks(self.tasks(holder))

    def tasks(self, holder: str) -> list[PeriodicTask]:
        return list(self.parts(holder).tasks())

    def parts(self, holder: str) -> PrintTasks:
        world = self.world

        async def tell(run: PrintRun) -> None:
            assert (await world.store.get_run(run.id) or run).state is PrintRunState.COLLECTING
            self.told.append(run)

        async def pause(seconds: float) -> None:
            self.pauses.append(seconds)
            world.clock.advance(timedelta(seconds=seconds))

        return PrintTasks(
            runs=PrintRuns(store=world.store, holder=holder, clock=world.clock, tell=tell),
            rotation=Rotation(world.dvla, world.provider, world.store, holder=holder, clock=world.clock),
            store=world.store,
            alerts=self.alerts,
            collected=lambda: self.collected.append(None),
            clock=world.clock,
            pause=pause,
        )

    @property
    def alerts(self) -> Alerts:
        return Alerts(self.world.pool, self.world.clock)

    async def open_alerts(self) -> list[Alert]:
        return await self.alerts.page(also_acknowledged=False, before=None, limit=9)

    async def pass_to(self, moment: datetime, *processes: Tasks) -> None:
        """What happens until a moment, a look every five minutes."""
        while self.world.clock.now() < moment:
            self.world.clock.advance(min(timedelta(minutes=5), moment - self.world.clock.now()))
            for process in processes:
                await process.run_due()
            for process in processes:
                await process.run_waiting()

    async def runs(self) -> list[PrintRun]:
        return await self.world.store.list_runs(99, None)


@pytest.fixture
async def day(make_database: MakeDatabase, tmp_path: Path) -> AsyncIterator[Day]:
    url = make_database("letters", lambda url: migrate(url, "services.letters", "letters"))
    async with (
        contextlib.AsyncExitStack() as stack,
        make_pool(url, schema="letters", application_name="test", min_size=1, max_size=6) as pool,
        a_print_world(pool, tmp_path, NOON) as world,
    ):
        yield Day(world, url, stack)


def a_run(moment: datetime) -> TaskRun:
    return TaskRun(id=1, scheduled_for=moment)


async def test_the_run_is_made_at_its_time_once_by_one_of_two_processes(day: Day) -> None:
    letter = await day.world.a_letter()
    one, two = await day.a_process("one"), await day.a_process("two")
    for process in (one, two):
        await process.run_due()

    await day.pass_to(datetime(2026, 1, 14, 17, 49, tzinfo=UTC), one, two)
    assert await day.runs() == []
    await day.pass_to(datetime(2026, 1, 14, 18, 20, tzinfo=UTC), one, two)

    (run,) = await day.runs()
    assert (run.origin, run.created_at) == (RunOrigin.SCHEDULE, datetime(2026, 1, 14, 17, 54, tzinfo=UTC))
    assert await day.world.row(letter, "print_run_id") == run.id
    assert (len(day.told), day.told[0].volumes, len(day.collected)) == (1, run.volumes, 1)
    (record,) = await one.runs("collate-letters", None, 9)
    assert (record.state, record.counts) == (RunState.SUCCEEDED, {"runs": 1, "letters": 1, "sheets": 1})
    assert await day.open_alerts() == []


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (datetime(2026, 3, 28, 12, tzinfo=UTC), ["28 17:50", "29 16:50", "30 16:50"]),
        (datetime(2026, 10, 24, 12, tzinfo=UTC), ["24 16:50", "25 17:50", "26 17:50"]),
    ],
    ids=["clocks go forward", "clocks go back"],
)
async def test_the_run_stays_at_ten_to_six_in_london(day: Day, after: datetime, expected: list[str]) -> None:
    (schedule,) = [task.schedule for task in day.tasks("one") if task.name == "collate-letters"]
    found = []
    for _ in expected:
        after = schedule.next_after(after)
        found.append(f"{after:%d %H:%M}")
    assert found == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("change-dvla-api-key", ["2026-01-06 09:00", "2026-02-03 09:00", "2026-03-03 09:00"]),
        ("change-dvla-password", ["2026-01-07 09:00", "2026-02-04 09:00", "2026-03-04 09:00"]),
    ],
)
async def test_credentials_change_on_the_first_tuesday_and_the_day_after(
    day: Day, name: str, expected: list[str]
) -> None:
    (schedule,) = [task.schedule for task in day.tasks("one") if task.name == name]
    after, found = datetime(2026, 1, 1, tzinfo=UTC), []
    for _ in expected:
        after = schedule.next_after(after)
        found.append(f"{after:%Y-%m-%d %H:%M}")
    assert found == expected


async def test_a_password_after_the_first_tuesday_of_a_month_that_begins_with_it(day: Day) -> None:
    schedules = {task.name: task.schedule for task in day.tasks("one")}
    after = datetime(2026, 8, 31, tzinfo=UTC)  # September 2026 begins with a Tuesday
    assert schedules["change-dvla-api-key"].next_after(after).day == 1
    assert schedules["change-dvla-password"].next_after(after).day == 2


async def test_a_run_that_was_missed_is_made_up_for_and_told(day: Day) -> None:
    await day.world.a_letter()
    day.world.clock.advance(timedelta(hours=9))  # 21:00

    await day.parts("late").look_at_runs(a_run(day.world.clock.now()))

    (run,) = await day.runs()
    assert (run.origin, len(day.collected)) == (RunOrigin.SCHEDULE, 1)
    (alert,) = await day.open_alerts()
    assert (alert.name, alert.subject, alert.details) == ("print-run-late", "2026-01-14", {"letters": 1})


async def test_a_missed_run_without_letters_is_made_and_not_worth_an_alert(day: Day) -> None:
    day.world.clock.advance(timedelta(hours=9))

    await day.parts("late").look_at_runs(a_run(day.world.clock.now()))

    assert len(await day.runs()) == 1
    assert await day.open_alerts() == []


async def test_at_the_very_minute_nothing_is_late(day: Day) -> None:
    day.world.clock.advance(timedelta(hours=5, minutes=50))

    await day.parts("one").look_at_runs(a_run(day.world.clock.now()))

    assert await day.runs() == []


async def test_a_process_that_dies_while_it_tells_the_volumes_is_made_up_for(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = await day.world.a_letter()
    day.world.clock.advance(timedelta(hours=5, minutes=50))
    evening = a_run(day.world.clock.now())

    class Killed(BaseException):
        pass

    async def die(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(day.world.store, "finish_collecting", die)
        patch.setattr(day.world.store, "release_lock", die)
        with pytest.raises(Killed):
            await day.parts("dead").collate(evening)
    assert await day.world.requester().hand_over_lot() == 0

    await day.parts("next").collate(evening)
    await day.world.hand_over_all()

    assert await day.world.printed() == {str(letter): 1}
    assert day.pauses == [25.0] * 3  # until the dead one's lock is over
    assert len({run.id for run in day.told}) == 1
    assert len(await day.runs()) == 1


async def test_a_run_that_another_process_is_at_for_long_is_left_to_the_next_look(day: Day) -> None:
    day.world.clock.advance(timedelta(hours=5, minutes=50))
    now = day.world.clock.now()
    await day.world.store.take_lock("print run", "another", now, now + timedelta(hours=1))

    with pytest.raises(Conflict):
        await day.parts("one").collate(a_run(now))
    await day.parts("one").look_at_runs(a_run(now))

    assert await day.runs() == []


async def test_letters_that_wait_for_the_printer_raise_an_alert(day: Day) -> None:
    await day.world.a_letter()
    run = await day.world.collate()
    day.world.clock.advance(timedelta(minutes=59))
    await day.parts("one").look_at_runs(a_run(day.world.clock.now()))
    assert await day.open_alerts() == []
    day.world.clock.advance(timedelta(minutes=1))

    await day.parts("one").look_at_runs(a_run(day.world.clock.now()))

    (alert,) = await day.open_alerts()
    assert (alert.name, alert.subject) == ("letters-not-handed-over", str(run.id))
    assert alert.details == {"waiting": 1, "retrying": 0}


async def test_the_key_is_changed_by_its_task_and_again_by_hand(day: Day) -> None:
    before = await day.world.store.credentials()
    parts = day.parts("one")
    tuesday, later = datetime(2026, 1, 6, 9, tzinfo=UTC), datetime(2026, 1, 20, 9, tzinfo=UTC)
    keys = [before and before.api_key]
    for moment, counts in ((tuesday, {"changed": 1}), (tuesday, {}), (later, {"changed": 1})):
        run = a_run(moment)
        await parts.change_api_key(run)
        after = await day.world.store.credentials()
        assert run.counts == counts
        keys.append(after and after.api_key)
    assert (keys[0] == keys[1], keys[1] == keys[2], keys[2] == keys[3]) == (False, True, False)
