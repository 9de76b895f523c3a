"""Tasks, alerts and the record of changes of a service, put together. Called from its `__main__`:

    operations = await open_operations(lifecycle, url, schema=SCHEMA, name="letters", clock=clock)
    registrations += operations.start(lifecycle, letters_tasks(store, operations.alerts, clock))

with `ALLOWED_CALLERS | OPERATIONS_CALLERS` (`callers`) as the table of callers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Final

from psycopg import AsyncCursor

from notify.operations.v1 import alerts_pb2_grpc, tasks_pb2_grpc
from operationskit.alerts import Alerts
from operationskit.audit_service import audit_registration
from operationskit.runs_store import RunsStore
from operationskit.schedules import Daily
from operationskit.servicers import AlertsServicer, TasksServicer
from operationskit.tasks import PeriodicTask, TaskRun, Tasks
from servicekit.clock import Clock
from servicekit.database import Pool, make_pool
from servicekit.grpc_server import ServiceRegistration
from servicekit.lifecycle import Lifecycle

RUNS_KEPT_FOR: Final = timedelta(days=30)
ALERTS_KEPT_FOR: Final = timedelta(days=365)
"""After they were acknowledged."""
_LOST_CHECK_S: Final = 10.0
_STATEMENT_TIMEOUT_MS: Final = 60_000
"""Tasks work in lots; a statement that takes longer is one that should not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """The pools of tasks and alerts, and what is made on them."""

    alerts: Alerts
    runs: RunsStore
    pool: Pool
    """For tasks' own work too: its statements may take a minute, and nothing else waits for its connections."""
    queue_pool: Pool
    clock: Clock
    recorded_by: str
    """The service's name, as it stands in the record of changes."""

    def make_tasks(self, tasks: Sequence[PeriodicTask]) -> Tasks:
        """The tasks, with those that every service has."""
        return Tasks(
            [*tasks, clean_up_task(self.runs, self.alerts, self.clock)],
            queue_pool=self.queue_pool,
            store=self.runs,
            clock=self.clock,
        )

    def start(self, lifecycle: Lifecycle, tasks: Sequence[PeriodicTask]) -> list[ServiceRegistration]:
        """Start the tasks' loops; gives the gRPC services to serve."""
        made = self.make_tasks(tasks)
        lifecycle.on_stopping(made.stop)
        lifecycle.start_loop("task queue", made.run_queue)
        lifecycle.start_loop("task schedule", made.run_schedule)
        lifecycle.start_periodic("lost tasks", _LOST_CHECK_S, made.return_lost)
        return [
            ServiceRegistration(
                add=tasks_pb2_grpc.add_TasksServiceServicer_to_server,
                servicer=TasksServicer(made, self.pool, self.clock),
                waiting=frozenset({"RunTask"}),
            ),
            ServiceRegistration(
                add=alerts_pb2_grpc.add_AlertsServiceServicer_to_server, servicer=AlertsServicer(self.alerts)
            ),
            audit_registration(self.pool, recorded_by=self.recorded_by),
        ]


async def open_operations(
    lifecycle: Lifecycle, database_url: str, *, schema: str, name: str, clock: Clock
) -> Operations:
    """Open the pools; nothing runs yet. `name` is the service's, for the database's list of connections."""
    pool = await lifecycle.enter(
        make_pool(
            database_url,
            schema=schema,
            application_name=f"{name} tasks",
            min_size=1,
            max_size=5,
            statement_timeout_ms=_STATEMENT_TIMEOUT_MS,
        )
    )
    queue_pool = await lifecycle.enter(
        make_pool(
            database_url,
            schema=schema,
            application_name=f"{name} task queue",
            min_size=1,
            max_size=3,
            cursor_factory=AsyncCursor,
        )
    )
    return Operations(
        alerts=Alerts(pool, clock),
        runs=RunsStore(pool),
        pool=pool,
        queue_pool=queue_pool,
        clock=clock,
        recorded_by=name,
    )


def clean_up_task(runs: RunsStore, alerts: Alerts, clock: Clock) -> PeriodicTask:
    """Forgets old runs and old alerts."""

    async def run(run: TaskRun) -> None:
        now = clock.now()
        run.count("runs_deleted", await runs.delete_old(now - RUNS_KEPT_FOR))
        run.count("alerts_deleted", await alerts.delete_old(now - ALERTS_KEPT_FOR))

    return PeriodicTask(
        name="delete-old-task-records",
        description="Forget runs of tasks after 30 days, and alerts a year after they were acknowledged",
        schedule=Daily(times=(time(2, 20),)),
        run=run,
    )
