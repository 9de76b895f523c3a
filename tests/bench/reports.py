"""Searches, lists and reports with millions of messages in history: `python -m tests.bench.reports [--rows 10000000]`.

Starts a fresh system, fills history with made-up messages of 300 days (60 % of one service, the rest of 97 others)
and what else is searched, and asks for each list and report again and again through gRPC. Then it writes the report
of that service's messages to a folder, and tells how fast, in parts of what size, and with how much memory.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import psycopg

from clients.notifyctl.connection import Clients, address, connect
from clients.notifyctl.reports_export import State, begin, export
from clients.notifyctl.stack.services import NOTIFICATIONS
from notify.notifications.v1 import (
    accounts_pb2,
    deliveries_pb2,
    jobs_pb2,
    notifications_pb2,
    reports_pb2,
    requests_pb2,
    types_pb2,
)
from notify.operations.v1 import alerts_pb2, alerts_pb2_grpc, audit_pb2, audit_pb2_grpc
from servicekit.database import load_queries
from servicekit.ids import bucket_of, first_id_at
from services.notifications.partitions import partition_name, week_of
from services.notifications.retention import week_start
from tests.bench.__main__ import console, percentiles
from tests.bench.machine import machine_facts
from tests.bench.system import System, fresh_system

ROWS = 10_000_000
TIMES = 40
DAYS = 300
_CHUNK = 500_000
_LIMIT_MS = 200

_FILL = load_queries(Path(__file__).with_name("reports.sql"))


def fill(system: System, rows: int) -> float:
    """Put everything into the tables; gives how many seconds it took."""
    service = UUID(system.service.id)
    start = datetime.now(UTC) - timedelta(days=DAYS + 9)
    values = {
        "service": service,
        "bucket": bucket_of(service),
        "text": UUID(system.service.sms_template_id),
        "email": UUID(system.service.email_template_id),
        "rows": rows,
        "start_ms": int(start.timestamp() * 1000),
        "span_ms": int(timedelta(days=DAYS).total_seconds() * 1000),
    }
    began = time.monotonic()
    with psycopg.connect(
        system.stack.database_url, options="-c search_path=notifications", autocommit=True
    ) as connection:
        connection.execute(b"set synchronous_commit = off")
        monday = week_of(start)
        while monday <= datetime.now(UTC).date():
            first, end = (
                first_id_at(week_start(monday)),
                first_id_at(week_start(monday) + timedelta(weeks=1)),
            )
            name = partition_name(monday, "notification_history")
            connection.execute(
                f"create table {name} partition of notification_history "
                f"for values from ('{first}') to ('{end}')".encode()
            )
            monday += timedelta(weeks=1)
        for first_row in range(1, rows + 1, _CHUNK):
            last_row = min(rows, first_row + _CHUNK - 1)
            connection.execute(_FILL.history, {**values, "first": first_row, "last": last_row})
        for name, statement in _FILL.items():
            if name != "history":
                connection.execute(statement, values)
        connection.execute(b"vacuum (analyze)")
    return time.monotonic() - began


Question = Callable[[Clients], Awaitable[object]]


def questions(system: System, rows: int, old_id: str) -> Iterator[tuple[str, Question]]:
    """Every list and search, and the reports."""
    service = system.service.id
    today = datetime.now(UTC).date()

    def period(days: int) -> reports_pb2.Period:
        return reports_pb2.Period(
            first_london_date=(today - timedelta(days=days)).isoformat(), last_london_date=today.isoformat()
        )

    def ask(stub: str, method: str, request: object) -> Question:
        return lambda clients: clients.channel.call(
            getattr(getattr(clients, stub), method), request, timeout_s=60
        )

    def search(**wanted: object) -> Question:
        request = audit_pb2.SearchEventsRequest(page_size=100, **wanted)  # type: ignore[arg-type]  # names of its fields

        async def run(clients: Clients) -> object:
            stub = audit_pb2_grpc.AuditServiceStub(clients.channel.grpc)
            return await clients.channel.call(stub.SearchEvents, request)

        return run

    def alerts(*, every: bool) -> Question:
        request = alerts_pb2.ListAlertsRequest(include_acknowledged=every, page_size=50)

        async def run(clients: Clients) -> object:
            stub = alerts_pb2_grpc.AlertsServiceStub(clients.channel.grpc)
            return await clients.channel.call(stub.ListAlerts, request)

        return run

    def records(reference: str) -> Question:
        request = reports_pb2.ListDeliveryRecordsRequest(service_id=service, reference=reference)
        return ask("reports", "ListDeliveryRecords", request)

    def refused(**wanted: object) -> Question:
        request = requests_pb2.ListRefusedRequestsRequest(**wanted)  # type: ignore[arg-type]  # names of its fields
        return ask("requests", "ListRefusedRequests", request)

    def statuses(days: int, service_id: str | None) -> Question:
        request = reports_pb2.ReadStatusSummaryRequest(period=period(days), service_id=service_id)
        return ask("reports", "ReadStatusSummary", request)

    yield "delivery records, a reference", records(f"ref-{rows // 20 * 10 + 2}")
    yield "delivery records, unknown reference", records("nothing")
    explain = notifications_pb2.ExplainNotificationRequest(notification_id=old_id)
    yield "explain, in history", ask("notifications", "ExplainNotification", explain)
    yield "describe, in history", ask("accounts", "DescribeId", accounts_pb2.DescribeIdRequest(id=old_id))
    yield "events, all", search()
    yield "events by type", search(type="limit.")
    yield "events by person", search(actor="person 7")
    yield "events by service", search(service_id=str(UUID(service)))
    yield "events by field, one", search(field_values={"name": '"thing 500000"'})
    yield "events by field, many", search(field_values={"sms_limit": "4711"})
    yield "events by type and field", search(type="limit.set", field_values={"sms_limit": "4000"})
    yield "jobs", ask("jobs", "ListJobs", jobs_pb2.ListJobsRequest(service_id=service, page_size=100))
    for name, wanted in (
        ("notifications", {}),
        ("notifications, failed", {"statuses": [types_pb2.NOTIFICATION_STATUS_PERMANENT_FAILURE]}),
        ("notifications by reference", {"reference": "ref-1000"}),
    ):
        listed = notifications_pb2.ListNotificationsRequest(service_id=service, **wanted)
        yield name, ask("notifications", "ListNotifications", listed)
    yield "refusals", refused()
    yield "refusals of a service", refused(service_id=service)
    yield "refusals, a rare status", refused(status=429)
    yield "refusals of a service, a rare status", refused(service_id=service, status=429)
    yield "alerts, open", alerts(every=False)
    yield "alerts, all", alerts(every=True)
    for name, of in (("dead deliveries", None), ("dead deliveries of a service", service)):
        dead = deliveries_pb2.ListDeadDeliveriesRequest(service_id=of, page_size=100)
        yield name, ask("deliveries", "ListDeadDeliveries", dead)
    yield "statuses, service and month", statuses(30, service)
    yield "statuses, service and year", statuses(365, service)
    yield "statuses, everybody and month", statuses(30, None)
    times = reports_pb2.ReadDeliveryTimesRequest(period=period(30), service_id=service)
    yield "delivery times, service and month", ask("reports", "ReadDeliveryTimes", times)
    processing = reports_pb2.ReadProcessingTimesRequest(period=period(30))
    yield "processing times, everybody and month", ask("reports", "ReadProcessingTimes", processing)
    failing = reports_pb2.FindFailingServicesRequest(period=period(30))
    yield "failing services, month", ask("reports", "FindFailingServices", failing)
    drama = reports_pb2.FindServicesTextingDramaNumbersRequest(period=period(30))
    yield "drama numbers, month", ask("reports", "FindServicesTextingDramaNumbers", drama)
    available = reports_pb2.ReadAvailabilityRequest(period=period(365))
    yield "availability, year", ask("reports", "ReadAvailability", available)


async def measure(system: System, rows: int, old_id: str) -> dict[str, object]:
    """Latencies of each, one after the other on one connection."""
    results: dict[str, object] = {}
    found = address(system.stack.home)
    async with connect(found.targets[NOTIFICATIONS], found.caller) as clients:
        for name, question in questions(system, rows, old_id):
            latencies = []
            for _ in range(TIMES):
                began = time.perf_counter()
                await question(clients)
                latencies.append((time.perf_counter() - began) * 1000)
            told = percentiles(latencies)
            results[name] = told
            late = "  TOO SLOW" if sorted(latencies)[int(TIMES * 0.95) - 1] > _LIMIT_MS else ""
            console.print(f"{name}: {json.dumps(told)}{late}", highlight=False)
    return results


async def write_report(system: System, out: Path) -> dict[str, object]:
    """Write the report of the large service's messages."""
    found = address(system.stack.home)
    now = datetime.now(UTC)
    process = system.stack.process("notifications").pid
    before, ours_before = peak_mb(process), peak_mb("self")
    state = State(
        service_id=system.service.id,
        from_time=(now - timedelta(days=DAYS + 20)).isoformat(),
        until_time=now.isoformat(),
        types=[],
        with_test_keys=False,
    )
    began = time.perf_counter()
    async with connect(found.targets[NOTIFICATIONS], found.caller) as clients:
        await export(clients, out, begin(out, state, until_now=False))
    took_s = time.perf_counter() - began
    parts = [int(part["bytes"]) for part in state.parts]
    return {
        "rows": state.rows,
        "took_s": round(took_s, 1),
        "rows_per_s": round(state.rows / took_s),
        "parts": len(parts),
        "largest_part_mb": round(max(parts) / 1e6, 2),
        "peak_mb_notifications": [before, peak_mb(process)],
        "peak_mb_notifyctl": [ours_before, peak_mb("self")],
    }


def peak_mb(pid: int | str) -> float:
    """The most memory that a process ever had."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return round(int(line.split()[1]) / 1024, 1)


def an_old_id(system: System) -> str:
    """A message of the middle of history."""
    with psycopg.connect(system.stack.database_url) as connection:
        row = connection.execute(
            "select id from notifications.notification_history where service_id = %s and id > %s order by id limit 1",
            (UUID(system.service.id), first_id_at(datetime.now(UTC) - timedelta(days=DAYS / 2))),
        ).fetchone()
    assert row is not None
    return str(row[0])


def main() -> None:
    """Fill, measure, tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.reports")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--pause", action="store_true", help="wait for Enter at the end, to look around")
    options = parser.parse_args()
    results: dict[str, object] = {"machine": machine_facts(), "rows": options.rows}
    with fresh_system() as system, TemporaryDirectory(prefix="notify-report-") as folder:
        results["filled_in_s"] = round(fill(system, options.rows), 1)
        console.print(f"filled in {results['filled_in_s']} s", highlight=False)
        results["lists"] = asyncio.run(measure(system, options.rows, an_old_id(system)))
        results["report"] = asyncio.run(write_report(system, Path(folder)))
        print(json.dumps(results, indent=2))
        if options.pause:
            input(f"{system.stack.database_url} ")


if __name__ == "__main__":
    main()
