"""The RPCs of tasks and alerts, through a server of their own."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from notify.operations.v1 import alerts_pb2, alerts_pb2_grpc, tasks_pb2, tasks_pb2_grpc
from operationskit.callers import OPERATIONS_CALLERS
from operationskit.tasks import TaskRun
from servicekit.errors import InvalidRequest, NotAllowed, NotFound
from servicekit.grpc_client import Channel, make_channel
from servicekit.grpc_server import make_server
from servicekit.identity import CallerTokens
from servicekit.lifecycle import Lifecycle
from tests.integration.operationskit.conftest import World, a_task
from tests.people import OPERATOR, a_person

KEYS = "a key for tests that is long enough"
LISTEN = "127.0.0.1:0"


class Server:
    """Tasks and alerts, served."""

    def __init__(self, port: int, world: World) -> None:
        self.port = port
        self.world = world

    def channel(self, name: str = "notifyctl", *roles: str) -> Channel:
        caller = a_person(name, roles[0]) if roles else CallerTokens(name, KEYS)
        return make_channel(f"127.0.0.1:{self.port}", caller=caller, reason="a test")


@pytest.fixture
async def server(world: World) -> AsyncIterator[Server]:
    async def work(run: TaskRun) -> None:
        run.count("things_done", 3)
        await run.note_progress(3, 3)

    operations = await world.open()
    async with asyncio.TaskGroup() as group:
        lifecycle = Lifecycle(group, grace_s=5)
        try:
            registrations = operations.start(lifecycle, [a_task(work)])
            port = await lifecycle.serve(
                make_server(
                    registrations,
                    domain="tests.notify",
                    listen=LISTEN,
                    tokens=CallerTokens("tests", KEYS, operator_public_keys=OPERATOR.public),
                    allowed_callers=OPERATIONS_CALLERS,
                )
            )
            await operations.alerts.raise_alert("sms-slow", "mmg", {"share": 0.2})
            yield Server(port, world)
        finally:
            await lifecycle.finish()


async def test_a_task_is_listed_run_and_followed_to_its_end(server: Server) -> None:
    async with server.channel() as channel:
        stub: Any = tasks_pb2_grpc.TasksServiceStub(channel.grpc)
        request = tasks_pb2.RunTaskRequest(name="a-task", reason="to see")
        states = [answer.run async for answer in channel.stream(stub.RunTask, request)]
        assert (states[-1].state, dict(states[-1].counts), states[-1].requested_by) == (
            tasks_pb2.TASK_RUN_STATE_SUCCEEDED,
            {"things_done": 3},
            "notifyctl",
        )
        listed = (await channel.call(stub.ListTasks, tasks_pb2.ListTasksRequest())).tasks
        assert [(task.name, task.schedule) for task in listed] == [
            ("a-task", "every 15 minutes"),
            ("delete-old-task-records", "every day at 02:20 UTC"),
        ]
        assert listed[0].last_run.id == states[-1].id
        runs = await channel.call(stub.ListTaskRuns, tasks_pb2.ListTaskRunsRequest(task_name="a-task"))
        assert [run.id for run in runs.runs] == [states[-1].id]


async def test_alerts_are_listed_and_acknowledged(server: Server) -> None:
    async with server.channel("alice", "operator") as channel:
        stub: Any = alerts_pb2_grpc.AlertsServiceStub(channel.grpc)
        (alert,) = (await channel.call(stub.ListAlerts, alerts_pb2.ListAlertsRequest())).alerts
        assert (alert.name, alert.subject, dict(alert.details)) == ("sms-slow", "mmg", {"share": "0.2"})
        request = alerts_pb2.AcknowledgeAlertRequest(alert_ids=[alert.id], reason="called them")
        (seen,) = (await channel.call(stub.AcknowledgeAlert, request)).alerts
        assert seen.acknowledged_by == "alice"
        with pytest.raises(NotFound):
            await channel.call(stub.AcknowledgeAlert, request)


@pytest.mark.parametrize(
    ("method", "request_"),
    [
        ("AcknowledgeAlert", alerts_pb2.AcknowledgeAlertRequest(reason="why")),
        ("AcknowledgeAlert", alerts_pb2.AcknowledgeAlertRequest(alert_ids=["x"], reason="why")),
        ("AcknowledgeAlert", alerts_pb2.AcknowledgeAlertRequest(alert_ids=["0" * 32])),
        ("ListAlerts", alerts_pb2.ListAlertsRequest(page_size=1001)),
        ("ListAlerts", alerts_pb2.ListAlertsRequest(page_token="x")),
    ],
)
async def test_bad_input_about_alerts_is_told(server: Server, method: str, request_: Any) -> None:
    async with server.channel() as channel:
        stub: Any = alerts_pb2_grpc.AlertsServiceStub(channel.grpc)
        with pytest.raises(InvalidRequest):
            await channel.call(getattr(stub, method), request_)


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (tasks_pb2.RunTaskRequest(name="no-task", reason="why"), NotFound),
        (tasks_pb2.RunTaskRequest(name="a-task"), InvalidRequest),
        (tasks_pb2.RunTaskRequest(name="a-task", reason="x" * 501), InvalidRequest),
    ],
)
async def test_bad_input_about_tasks_is_told(server: Server, request_: Any, error: type[Exception]) -> None:
    async with server.channel() as channel:
        stub: Any = tasks_pb2_grpc.TasksServiceStub(channel.grpc)
        with pytest.raises(error):
            _ = [answer async for answer in channel.stream(stub.RunTask, request_)]


async def test_a_viewer_may_look_and_change_nothing(server: Server) -> None:
    async with server.channel("victor", "viewer") as channel:
        tasks: Any = tasks_pb2_grpc.TasksServiceStub(channel.grpc)
        alerts: Any = alerts_pb2_grpc.AlertsServiceStub(channel.grpc)
        await channel.call(tasks.ListTasks, tasks_pb2.ListTasksRequest())
        with pytest.raises(NotAllowed):
            _ = [
                answer
                async for answer in channel.stream(
                    tasks.RunTask, tasks_pb2.RunTaskRequest(name="a-task", reason="why")
                )
            ]
        with pytest.raises(NotAllowed):
            await channel.call(alerts.AcknowledgeAlert, alerts_pb2.AcknowledgeAlertRequest())
