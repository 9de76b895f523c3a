"""Tasks and alerts on a schema of their own, without a service around them."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg import AsyncCursor

from operationskit.alerts import Alerts
from operationskit.audit import AUDIT_EVENTS_DDL
from operationskit.runs_store import RunsStore
from operationskit.schedules import Every, Schedule
from operationskit.schema import CREATE_TASKS_AND_ALERTS
from operationskit.starting import Operations
from operationskit.tasks import PeriodicTask, TaskRun, Tasks
from servicekit.clock import FixedClock
from servicekit.database import make_pool
from tests.conftest import MakeDatabase

SCHEMA = "a_service"
START = datetime(2026, 11, 22, 10, 7, tzinfo=UTC)


def build(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"create schema {SCHEMA}; set search_path = {SCHEMA}".encode())
        connection.execute((CREATE_TASKS_AND_ALERTS + AUDIT_EVENTS_DDL).encode())


def a_task(
    run: Callable[[TaskRun], Awaitable[None]],
    *,
    name: str = "a-task",
    schedule: Schedule | None = None,
    made_up_for: timedelta = timedelta(hours=6),
) -> PeriodicTask:
    return PeriodicTask(
        name=name,
        description="Does something",
        schedule=schedule or Every(timedelta(minutes=15)),
        run=run,
        made_up_for=made_up_for,
    )


class World:
    """A database, a clock, and as many processes as a test makes."""

    def __init__(self, url: str, clock: FixedClock) -> None:
        self.url = url
        self.clock = clock
        self.stack = contextlib.AsyncExitStack()

    async def open(self) -> Operations:
        pool = await self.stack.enter_async_context(
            make_pool(self.url, schema=SCHEMA, application_name="tests")
        )
        queue_pool = await self.stack.enter_async_context(
            make_pool(self.url, schema=SCHEMA, application_name="tests queue", cursor_factory=AsyncCursor)
        )
        return Operations(
            alerts=Alerts(pool, self.clock),
            runs=RunsStore(pool),
            pool=pool,
            queue_pool=queue_pool,
            clock=self.clock,
            recorded_by="a service",
        )

    async def a_process(self, tasks: Sequence[PeriodicTask]) -> Tasks:
        return (await self.open()).make_tasks(tasks)


@pytest.fixture
async def world(make_database: MakeDatabase) -> AsyncIterator[World]:
    world = World(make_database("operations", build), FixedClock(START))
    async with world.stack:
        yield world


__all__ = ["SCHEMA", "START", "World", "a_task"]
