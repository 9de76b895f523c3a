"""Old notifications, put straight into the tables: for tests of what is done about them at night."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from operationskit.tasks import TaskRun
from servicekit.clock import FixedClock
from servicekit.ids import bucket_of, first_id_at, new_id
from services.notifications.partitions import partition_name, week_of
from services.notifications.retention import Retention, week_start
from services.notifications.retention_store import RetentionStore
from tests.integration.notifications.conftest import System

NIGHT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


def a_run() -> TaskRun:
    """A run of a task, in the test's hands."""
    return TaskRun(id=1, scheduled_for=NIGHT)


class Shelf:
    """The tables of a system, and a clock that stands in the night."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.clock = FixedClock(NIGHT)
        self.store = RetentionStore(system.pool)

    def retention(self, lot: int = 5_000) -> Retention:
        """Retention in lots of any size."""
        return Retention(self.store, self.clock, lot=lot)

    async def make_partitions(self, weeks: range = range(-20, 2)) -> None:
        """Partitions for weeks around the night."""
        for offset in weeks:
            monday = week_of(NIGHT) + timedelta(weeks=offset)
            start = week_start(monday)
            await self.system.store.create_partition(
                partition_name(monday), first_id_at(start), first_id_at(start + timedelta(weeks=1))
            )

    async def put(
        self,
        made_at: datetime,
        *,
        service_id: UUID | None = None,
        type: str = "sms",
        key_type: str = "normal",
        status: str = "delivered",
        recipient: str = "447700900123",
        sent_after: timedelta | None = None,
        job_id: UUID | None = None,
    ) -> UUID:
        """A notification, made at a time."""
        service = service_id or self.system.service_id
        id = new_id(at=made_at, bucket=bucket_of(service))
        await self.execute(
            "insert into notifications (id, service_id, template_id, template_version, type, key_type, status, "
            "recipient, normalised_recipient, personalisation, reference, billable_units, rate_multiplier, sent_at, "
            "job_id) values (%s, %s, %s, 1, %s, %s, %s, %s, %s, '{\"name\": \"Ada\"}', 'ref', 2, 1, %s, %s)",
            (
                id, service, self.system.template_ids["sms"], type, key_type, status, recipient, recipient,
                None if sent_after is None else made_at + sent_after, job_id,
            ),
        )  # fmt: skip
        return id

    async def queue(self, notification_id: UUID) -> None:
        """A delivery for a notification."""
        await self.execute(
            "insert into deliveries (notification_id, service_id, channel, lane, run_at) "
            "values (%s, %s, 'sms', 2, %s)",
            (notification_id, self.system.service_id, self.clock.now()),
        )

    async def keep(self, service_id: UUID, type: str, days: int) -> None:
        """A service's own retention."""
        await self.execute("insert into service_retention values (%s, %s, %s)", (service_id, type, days))

    async def ids(self, table: str) -> set[UUID]:
        """The ids in a table."""
        return {id for (id,) in await self.rows(f"select id from {table}")}

    async def rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """What a query finds."""
        async with self.system.pool.connection() as connection:
            return await (await connection.execute(query.encode(), parameters)).fetchall()

    async def execute(self, statement: str, parameters: Sequence[object] = ()) -> None:
        """Run a statement."""
        async with self.system.pool.connection() as connection:
            await connection.execute(statement.encode(), parameters)
