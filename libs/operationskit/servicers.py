"""TasksService and AlertsService: protobuf to the domain and back, for whichever service owns them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp
from grpc.aio import ServicerContext

from notify.operations.v1 import alerts_pb2, alerts_pb2_grpc, tasks_pb2, tasks_pb2_grpc
from operationskit.alerts import Alert, Alerts
from operationskit.audit import Change, record_alone
from operationskit.runs_store import RunRecord, RunState
from operationskit.tasks import Tasks
from servicekit.clock import Clock
from servicekit.database import Pool
from servicekit.errors import InvalidRequest, NotFound, Violation
from servicekit.request_context import current_caller

Context = ServicerContext[Any, Any]

_LOOK_EVERY_S: Final = 0.5
_MAX_REASON: Final = 500
_MAX_PAGE: Final = 1_000
_DEFAULT_PAGE: Final = 50

STATES: Final = {
    RunState.WAITING: tasks_pb2.TASK_RUN_STATE_WAITING,
    RunState.RUNNING: tasks_pb2.TASK_RUN_STATE_RUNNING,
    RunState.SUCCEEDED: tasks_pb2.TASK_RUN_STATE_SUCCEEDED,
    RunState.FAILED: tasks_pb2.TASK_RUN_STATE_FAILED,
    RunState.INTERRUPTED: tasks_pb2.TASK_RUN_STATE_INTERRUPTED,
}
_UNDER_WAY: Final = frozenset({RunState.WAITING, RunState.RUNNING, RunState.INTERRUPTED})


class TasksServicer(tasks_pb2_grpc.TasksServiceServicer):
    """Shows and runs a service's tasks."""

    def __init__(self, tasks: Tasks, pool: Pool, clock: Clock) -> None:
        """`pool`: of the record of changes."""
        self._tasks = tasks
        self._pool = pool
        self._clock = clock

    async def ListTasks(  # noqa: N802 -- the proto's name
        self, request: tasks_pb2.ListTasksRequest, context: Context
    ) -> tasks_pb2.ListTasksResponse:
        """See the proto."""
        last_runs = await self._tasks.last_runs()
        return tasks_pb2.ListTasksResponse(
            tasks=[
                tasks_pb2.Task(
                    name=task.name,
                    description=task.description,
                    schedule=str(task.schedule),
                    next_run_time=_stamp(next_at),
                    last_run=run_to_pb(last_runs[task.name]) if task.name in last_runs else None,
                )
                for task, next_at in self._tasks.list_tasks()
            ]
        )

    async def ListTaskRuns(  # noqa: N802 -- the proto's name
        self, request: tasks_pb2.ListTaskRunsRequest, context: Context
    ) -> tasks_pb2.ListTaskRunsResponse:
        """See the proto."""
        limit = _page_size(request.page_size)
        before = None
        if request.HasField("page_token"):
            if not (request.page_token.isascii() and request.page_token.isdigit()):
                raise _invalid("page_token", "page_token is none of this list")
            before = int(request.page_token[:18])
        runs = await self._tasks.runs(request.task_name, before, limit)
        return tasks_pb2.ListTaskRunsResponse(
            runs=[run_to_pb(run) for run in runs],
            next_page_token=str(runs[-1].id) if len(runs) == limit else None,
        )

    async def RunTask(  # noqa: N802 -- the proto's name
        self, request: tasks_pb2.RunTaskRequest, context: Context
    ) -> AsyncIterator[tasks_pb2.RunTaskResponse]:
        """See the proto."""
        run_id = await self._tasks.run_now(request.name, _caller_name(), _reason_from(request.reason))
        # The queue has a connection of its own. Should the process end here, the run's record says who and why.
        change = Change(type="task.run_by_hand", subject=request.name, after={"run_id": run_id})
        await record_alone(self._pool, change, self._clock.now())
        said: RunRecord | None = None
        while True:
            run = await self._tasks.find_run(run_id, request.name)
            if run != said:
                yield tasks_pb2.RunTaskResponse(run=run_to_pb(run))
                said = run
            if run.state not in _UNDER_WAY:
                return
            await asyncio.sleep(_LOOK_EVERY_S)


class AlertsServicer(alerts_pb2_grpc.AlertsServiceServicer):
    """Shows a service's alerts."""

    def __init__(self, alerts: Alerts) -> None:
        self._alerts = alerts

    async def ListAlerts(  # noqa: N802 -- the proto's name
        self, request: alerts_pb2.ListAlertsRequest, context: Context
    ) -> alerts_pb2.ListAlertsResponse:
        """See the proto."""
        limit = _page_size(request.page_size)
        alerts = await self._alerts.page(
            also_acknowledged=request.include_acknowledged,
            before=_id_from(request.page_token, "page_token") if request.HasField("page_token") else None,
            limit=limit,
        )
        return alerts_pb2.ListAlertsResponse(
            alerts=[alert_to_pb(alert) for alert in alerts],
            next_page_token=str(alerts[-1].id) if len(alerts) == limit else None,
        )

    async def AcknowledgeAlert(  # noqa: N802 -- the proto's name
        self, request: alerts_pb2.AcknowledgeAlertRequest, context: Context
    ) -> alerts_pb2.AcknowledgeAlertResponse:
        """See the proto."""
        if not 1 <= len(request.alert_ids) <= _MAX_PAGE:
            raise _invalid("alert_ids", f"between 1 and {_MAX_PAGE} alert_ids are wanted")
        ids = [_id_from(text, "alert_ids") for text in request.alert_ids]
        acknowledged = await self._alerts.acknowledge(ids, _caller_name(), _reason_from(request.reason))
        if not acknowledged:
            raise NotFound("alert", "None of these alerts is open")
        return alerts_pb2.AcknowledgeAlertResponse(alerts=[alert_to_pb(alert) for alert in acknowledged])


def run_to_pb(run: RunRecord) -> tasks_pb2.TaskRun:
    """A run for the wire."""
    return tasks_pb2.TaskRun(
        id=str(run.id),
        task_name=run.task,
        state=STATES[run.state],
        scheduled_time=_stamp(run.scheduled_for),
        requested_by=run.requested_by,
        reason=run.reason,
        start_time=_stamp(run.started_at),
        end_time=_stamp(run.ended_at),
        done_count=run.done,
        total_count=run.total,
        counts=dict(run.counts),
        error=run.error,
        tries=run.tries,
    )


def alert_to_pb(alert: Alert) -> alerts_pb2.Alert:
    """An alert for the wire."""
    return alerts_pb2.Alert(
        id=str(alert.id),
        name=alert.name,
        subject=alert.subject,
        details={key: str(value) for key, value in alert.details.items()},
        first_raise_time=_stamp(alert.first_raised_at),
        last_raise_time=_stamp(alert.last_raised_at),
        times=alert.times,
        acknowledge_time=_stamp(alert.acknowledged_at),
        acknowledged_by=alert.acknowledged_by,
        acknowledge_reason=alert.acknowledge_reason,
    )


def _stamp(moment: Any) -> Timestamp | None:
    if moment is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


def _caller_name() -> str:
    caller = current_caller()
    return "unknown" if caller is None else caller.name


def _reason_from(text: str) -> str:
    reason = text.strip()
    if not reason or len(reason) > _MAX_REASON:
        raise _invalid("reason", f"reason must have 1 to {_MAX_REASON} characters")
    return reason


def _page_size(given: int) -> int:
    if not 0 <= given <= _MAX_PAGE:
        raise _invalid("page_size", f"page_size must be between 0 and {_MAX_PAGE}")
    return given or _DEFAULT_PAGE


def _id_from(text: str, field: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as err:
        raise _invalid(field, f"{field} is not a valid UUID") from err


def _invalid(field: str, message: str) -> InvalidRequest:
    return InvalidRequest([Violation(field, message)])
