"""`notifyctl tasks` and `notifyctl alerts`: scheduled work of all services, and what somebody should look at."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from google.protobuf.timestamp_pb2 import Timestamp
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from clients.notifyctl.connection import DEFAULT_HOME, Home, Reason, connect_all
from clients.notifyctl.output import (
    FAILED,
    AsJson,
    CommandError,
    Yes,
    confirm,
    console,
    errors,
    show,
)
from notify.operations.v1 import alerts_pb2, alerts_pb2_grpc, tasks_pb2, tasks_pb2_grpc
from servicekit.errors import NotFound, Unimplemented
from servicekit.grpc_client import Channel

T = TypeVar("T")

tasks_app = typer.Typer(
    no_args_is_help=True, help="Scheduled work: what runs when, how it went, running it now."
)
alerts_app = typer.Typer(no_args_is_help=True, help="What somebody should look at, until it is seen to.")

_PAGE = 1_000
_RUN_TIMEOUT_S = 12 * 3600.0

OfService = Annotated[str | None, typer.Option("--service", help="Only of this service, such as sms.")]


@tasks_app.command("list")
def list_tasks(service: OfService = None, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List scheduled tasks of all services, with their next time and last run.

    Example: notifyctl tasks list --service notifications
    """

    async def ask(channel: Channel) -> tasks_pb2.ListTasksResponse:
        stub = tasks_pb2_grpc.TasksServiceStub(channel.grpc)
        return await channel.call(stub.ListTasks, tasks_pb2.ListTasksRequest())

    found = [(name, task) for name, answer in _ask_each(home, service, ask).items() for task in answer.tasks]
    if as_json:
        facts = [{"service": name, **task_facts(task)} for name, task in found]
        show({"tasks": facts}, "", as_json=True)
        return
    table = Table(box=None, pad_edge=False)
    for title in ("service", "task", "runs", "next (UTC)", "last run (UTC)", "outcome", "took", "did"):
        table.add_column(title, justify="right" if title == "took" else "left", overflow="fold")
    for name, task in found:
        table.add_row(name, task.name, task.schedule, _when(task.next_run_time), *_last_run(task))
    console.print(table)


@tasks_app.command("runs")
def list_runs(
    name: Annotated[str, typer.Argument(help="The task's name.")],
    limit: Annotated[int, typer.Option(min=1, max=_PAGE, help="How many at most.")] = 20,
    service: OfService = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List runs of a task, newest first.

    Example: notifyctl tasks runs delete-notifications-older-than-retention
    """

    async def ask(channel: Channel) -> list[tasks_pb2.TaskRun]:
        stub = tasks_pb2_grpc.TasksServiceStub(channel.grpc)
        request = tasks_pb2.ListTaskRunsRequest(task_name=name, page_size=limit)
        return list((await channel.call(stub.ListTaskRuns, request)).runs)

    async def work() -> list[tasks_pb2.TaskRun]:
        async with connect_all(home, _one(service)) as channels:
            return await ask(await _owner_of(name, channels))

    runs = asyncio.run(work())
    if as_json:
        show({"runs": [run_facts(run) for run in runs]}, "", as_json=True)
        return
    table = Table(box=None, pad_edge=False)
    for title in ("began (UTC)", "for", "outcome", "took", "tries", "did"):
        table.add_column(title, justify="right" if title in {"took", "tries"} else "left", overflow="fold")
    for run in runs:
        why = f"{run.requested_by}: {run.reason}" if run.requested_by else _when(run.scheduled_time)
        table.add_row(_when(run.start_time), why, _state(run), _took(run), str(run.tries), _did(run))
    console.print(table)


@tasks_app.command("run")
def run_task(
    name: Annotated[str, typer.Argument(help="The task's name, as `tasks list` shows it.")],
    reason: Reason = "run by hand",
    service: OfService = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Run a task now, beside its schedule, and follow it to its end. Ctrl-C leaves it running.

    Exit code 1 when the run failed.

    Example: notifyctl tasks run reconcile-notifications --reason "after the outage"
    """
    run = asyncio.run(run_now(home, name, reason, service))
    if as_json:
        show(run_facts(run), "", as_json=True)
    else:
        console.print(f"{name} {_state(run)} after {_took(run)}: {_did(run) or 'there was nothing to do'}")
    if run.state != tasks_pb2.TASK_RUN_STATE_SUCCEEDED:
        raise typer.Exit(FAILED)


@alerts_app.command("list")
def list_alerts(
    every: Annotated[bool, typer.Option("--all", help="Also those that are seen to.")] = False,
    service: OfService = None,
    limit: Annotated[int, typer.Option(min=1, max=_PAGE, help="How many at most, of each service.")] = 50,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List open alerts of all services, the newest first.

    Example: notifyctl alerts list --all
    """

    async def ask(channel: Channel) -> alerts_pb2.ListAlertsResponse:
        stub = alerts_pb2_grpc.AlertsServiceStub(channel.grpc)
        request = alerts_pb2.ListAlertsRequest(include_acknowledged=every, page_size=limit)
        return await channel.call(stub.ListAlerts, request)

    found = [
        (name, alert) for name, answer in _ask_each(home, service, ask).items() for alert in answer.alerts
    ]
    if as_json:
        show({"alerts": [{"service": name, **alert_facts(alert)} for name, alert in found]}, "", as_json=True)
        return
    if not found:
        console.print("No alert is open.")
        return
    table = Table(box=None, pad_edge=False)
    for title in ("id", "service", "alert", "about", "last (UTC)", "times", "details", "seen to"):
        table.add_column(title, justify="right" if title == "times" else "left", overflow="fold")
    for name, alert in found:
        details = ", ".join(f"{key} {value}" for key, value in sorted(alert.details.items()))
        seen = f"{alert.acknowledged_by}: {alert.acknowledge_reason}" if alert.acknowledged_by else ""
        last = _when(alert.last_raise_time)
        table.add_row(alert.id, name, alert.name, alert.subject, last, str(alert.times), details, seen)
    console.print(table)


@alerts_app.command("ack")
def acknowledge(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ALERT]...", help="Ids of alerts.")] = None,
    name: Annotated[str | None, typer.Option(help="All open alerts of this kind instead.")] = None,
    reason: Reason = "seen to",
    yes: Yes = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Say that alerts are seen to. The same thing found again later is a new alert.

    Example: notifyctl alerts ack 0198f3c2-… --reason "MMG says that it is mended"
    """
    if bool(ids) == (name is not None):
        raise CommandError("name alerts by their ids, or a kind with --name")
    acknowledged = asyncio.run(_acknowledge(home, ids or [], name, reason, yes=yes))
    facts = {"acknowledged": [alert_facts(alert) for alert in acknowledged]}
    show(facts, f"{len(acknowledged)} seen to", as_json=as_json)


async def _acknowledge(
    home: Path, ids: list[str], name: str | None, reason: str, *, yes: bool
) -> list[alerts_pb2.Alert]:
    async with connect_all(home, reason=reason) as channels:
        open_alerts: dict[str, list[str]] = {}
        for service, channel in channels.items():
            stub = alerts_pb2_grpc.AlertsServiceStub(channel.grpc)
            try:
                answer = await channel.call(stub.ListAlerts, alerts_pb2.ListAlertsRequest(page_size=_PAGE))
            except Unimplemented:
                continue
            wanted = [alert.id for alert in answer.alerts if alert.id in ids or alert.name == name]
            if wanted:
                open_alerts[service] = wanted
        count = sum(len(wanted) for wanted in open_alerts.values())
        if not count:
            raise CommandError("none of these alerts is open")
        confirm(count, f"Say that {count} alerts are seen to?", yes=yes)
        done: list[alerts_pb2.Alert] = []
        for service, wanted in open_alerts.items():
            channel = channels[service]
            stub = alerts_pb2_grpc.AlertsServiceStub(channel.grpc)
            request = alerts_pb2.AcknowledgeAlertRequest(alert_ids=wanted, reason=reason)
            done += (await channel.call(stub.AcknowledgeAlert, request)).alerts
        return done


async def run_now(home: Path, name: str, reason: str, service: str | None = None) -> tasks_pb2.TaskRun:
    """Run a task and follow it to its end, with a bar on standard error. Raises CommandError."""
    async with connect_all(home, _one(service), reason=reason) as channels:
        channel = await _owner_of(name, channels)
        stub: Any = tasks_pb2_grpc.TasksServiceStub(channel.grpc)
        request = tasks_pb2.RunTaskRequest(name=name, reason=reason)
        last = tasks_pb2.TaskRun()
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=errors, transient=True) as progress:
            bar = progress.add_task(name, total=None)
            async for answer in channel.stream(stub.RunTask, request, timeout_s=_RUN_TIMEOUT_S):
                last = answer.run
                total = last.total_count if last.HasField("total_count") else None
                progress.update(bar, completed=last.done_count, total=total)
        return last


async def _owner_of(name: str, channels: dict[str, Channel]) -> Channel:
    """The channel of the service that has a task. Raises CommandError where none has, or several have."""
    owners: list[str] = []
    for service, channel in channels.items():
        stub = tasks_pb2_grpc.TasksServiceStub(channel.grpc)
        try:
            answer = await channel.call(stub.ListTasks, tasks_pb2.ListTasksRequest())
        except Unimplemented:
            continue
        if any(task.name == name for task in answer.tasks):
            owners.append(service)
    if not owners:
        raise CommandError(f"no task is called {name}; `notifyctl tasks list` shows them all")
    if len(owners) > 1:
        raise CommandError(f"{' and '.join(owners)} both have a task {name}: say which with --service")
    return channels[owners[0]]


def _ask_each(home: Path, service: str | None, ask: Callable[[Channel], Awaitable[T]]) -> dict[str, T]:
    """Ask every service that has tasks and alerts; those that have none are left out."""

    async def work() -> dict[str, T]:
        answers: dict[str, T] = {}
        async with connect_all(home, _one(service)) as channels:
            for name, channel in channels.items():
                try:
                    answers[name] = await ask(channel)
                except (Unimplemented, NotFound):
                    continue
        return answers

    return asyncio.run(work())


def _one(service: str | None) -> list[str]:
    return [] if service is None else [service]


def task_facts(task: tasks_pb2.Task) -> dict[str, Any]:
    """A task as JSON."""
    return {
        "name": task.name,
        "description": task.description,
        "schedule": task.schedule,
        "next_run": _iso(task.next_run_time),
        "last_run": run_facts(task.last_run) if task.HasField("last_run") else None,
    }


def run_facts(run: tasks_pb2.TaskRun) -> dict[str, Any]:
    """A run as JSON."""
    return {
        "id": run.id,
        "task": run.task_name,
        "state": _state(run),
        "scheduled_for": _iso(run.scheduled_time) if run.HasField("scheduled_time") else None,
        "requested_by": run.requested_by or None,
        "reason": run.reason or None,
        "began": _iso(run.start_time) if run.HasField("start_time") else None,
        "ended": _iso(run.end_time) if run.HasField("end_time") else None,
        "done": run.done_count if run.HasField("done_count") else None,
        "total": run.total_count if run.HasField("total_count") else None,
        "counts": dict(sorted(run.counts.items())),
        "error": run.error or None,
        "tries": run.tries,
    }


def alert_facts(alert: alerts_pb2.Alert) -> dict[str, Any]:
    """An alert as JSON."""
    return {
        "id": alert.id,
        "name": alert.name,
        "about": alert.subject or None,
        "details": dict(sorted(alert.details.items())),
        "first_raised": _iso(alert.first_raise_time),
        "last_raised": _iso(alert.last_raise_time),
        "times": alert.times,
        "acknowledged": _iso(alert.acknowledge_time) if alert.HasField("acknowledge_time") else None,
        "acknowledged_by": alert.acknowledged_by or None,
        "reason": alert.acknowledge_reason or None,
    }


def _last_run(task: tasks_pb2.Task) -> tuple[str, str, str, str]:
    if not task.HasField("last_run"):
        return "never", "", "", ""
    run = task.last_run
    return _when(run.start_time), _state(run), _took(run), _did(run)


def _state(run: tasks_pb2.TaskRun) -> str:
    name = tasks_pb2.TaskRunState.Name(run.state).removeprefix("TASK_RUN_STATE_").lower()
    return f"{name} ({run.error})" if run.error else name


def _took(run: tasks_pb2.TaskRun) -> str:
    if not (run.HasField("start_time") and run.HasField("end_time")):
        return ""
    took = run.end_time.ToDatetime(UTC) - run.start_time.ToDatetime(UTC)
    return f"{took.total_seconds():.1f} s"


def _did(run: tasks_pb2.TaskRun) -> str:
    return ", ".join(
        f"{what.replace('_', ' ')} {count:,}" for what, count in sorted(run.counts.items()) if count
    )


def _when(stamp: Timestamp) -> str:
    return f"{stamp.ToDatetime(UTC):%Y-%m-%d %H:%M:%S}"


def _iso(stamp: Timestamp) -> str:
    return stamp.ToDatetime(UTC).isoformat()
