"""`notifyctl status`: which processes of the local stack run, how they are, and what waits in the queues."""

import contextlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
import typer
from rich.table import Table

from clients.notifyctl.connection import DEFAULT_HOME, Clients, Home, with_clients
from clients.notifyctl.output import FAILED, UNREACHABLE, AsJson, CommandError, console, show
from clients.notifyctl.stack.health import http_ok, postgres_ok, valkey_ok
from clients.notifyctl.stack.state import ProcessState, StackState, read_state
from notify.notifications.v1 import deliveries_pb2, types_pb2
from servicekit.errors import ServiceError


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessReport:
    """How one process is."""

    name: str
    pid: int
    port: int | None
    healthy: bool
    restarts: int
    memory_mb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueReport:
    """How much is in one lane of a channel."""

    channel: str
    lane: str
    ready: int
    leased: int
    waiting: int
    """For their next try."""
    oldest_s: float
    """How long the oldest ready one has been ready."""

    def facts(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def status(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Tell how the local stack is. Exit code 0: all is well; 1: something is not; 3: none runs.

    Example: notifyctl status --json
    """
    state = read_state(home)
    if state is None:
        raise CommandError(f"no stack is running in {home}", exit_code=UNREACHABLE)
    processes = [report_process(name, process, state) for name, process in state.processes.items()]
    queues = read_queues(home)
    if as_json:
        show(_facts(state, processes, queues), "", as_json=True)
    else:
        console.print(
            f"{state.phase.value}: REST {state.rest_url}, outbox {state.simulators_url}/, process {state.pid}"
        )
        console.print(_process_table(processes))
        console.print(queues_text(queues))
    if not all(process.healthy for process in processes):
        raise typer.Exit(FAILED)


def report_process(name: str, process: ProcessState, state: StackState) -> ProcessReport:
    """Look at one process."""
    memory = 0
    with contextlib.suppress(psutil.Error):
        memory = psutil.Process(process.pid).memory_info().rss
    port = state.ports.get("rest" if name.startswith("api_gateway") else name)
    return ProcessReport(
        name=name,
        pid=process.pid,
        port=port,
        healthy=bool(memory) and _is_healthy(name, process, state),
        restarts=process.restarts,
        memory_mb=memory // 1_000_000,
    )


def read_queues(home: Path) -> list[QueueReport] | None:
    """What is in the queues; None when the notifications service does not answer."""

    async def ask(clients: Clients) -> list[QueueReport]:
        request = deliveries_pb2.GetQueueStatisticsRequest()
        answer = await clients.channel.call(clients.deliveries.GetQueueStatistics, request)
        return [report_queue(queue) for queue in answer.queues]

    try:
        return with_clients(home, ask)
    except (ServiceError, CommandError):
        return None


def report_queue(queue: deliveries_pb2.QueueStatistics) -> QueueReport:
    """One queue, in words."""
    return QueueReport(
        channel=types_pb2.NotificationType.Name(queue.channel).removeprefix("NOTIFICATION_TYPE_").lower(),
        lane=types_pb2.Lane.Name(queue.lane).removeprefix("LANE_").lower(),
        ready=queue.ready_count,
        leased=queue.leased_count,
        waiting=queue.waiting_count,
        oldest_s=queue.oldest_ready_age.ToTimedelta().total_seconds(),
    )


def _is_healthy(name: str, process: ProcessState, state: StackState) -> bool:
    if process.health_url is not None:
        return http_ok(process.health_url)
    return postgres_ok(state.database_url) if name == "postgres" else valkey_ok(state.redis_url)


def _facts(
    state: StackState, processes: list[ProcessReport], queues: list[QueueReport] | None
) -> dict[str, Any]:
    return {
        "phase": state.phase.value,
        "pid": state.pid,
        "rest_url": state.rest_url,
        "simulators_url": state.simulators_url,
        "processes": [asdict(process) for process in processes],
        "queues": None if queues is None else [asdict(queue) for queue in queues],
    }


def _process_table(processes: list[ProcessReport]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("process", "health", "port", "pid", "memory", "restarts"):
        table.add_column(title, justify="left" if title in {"process", "health"} else "right")
    for process in processes:
        health = "[green]well[/green]" if process.healthy else "[red]ill[/red]"
        port = str(process.port or "")
        memory = f"{process.memory_mb} MB"
        table.add_row(process.name, health, port, str(process.pid), memory, str(process.restarts))
    return table


def queues_text(queues: list[QueueReport] | None) -> Table | str:
    """The queues for people."""
    if queues is None:
        return "The queues cannot be read: the notifications service does not answer."
    if not queues:
        return "Nothing waits in the queues."
    table = Table(box=None, pad_edge=False)
    for title in ("queue", "ready", "being sent", "for later", "oldest"):
        table.add_column(title, justify="left" if title == "queue" else "right")
    for queue in queues:
        counts = (f"{count:,}" for count in (queue.ready, queue.leased, queue.waiting))
        table.add_row(f"{queue.channel} {queue.lane}", *counts, f"{queue.oldest_s:.1f} s")
    return table
