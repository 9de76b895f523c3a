"""`notifyctl refusals`: requests to the public API that were refused in the last week, and why. No personal data."""

from typing import Annotated, Any

import typer
from google.protobuf.timestamp_pb2 import Timestamp

from clients.notifyctl.callbacks import moment
from clients.notifyctl.connection import DEFAULT_HOME, Clients, Home, find_service, with_clients
from clients.notifyctl.output import AsJson
from clients.notifyctl.reporting import CsvFile, OptionalService, show_report
from clients.notifyctl.reports import shown
from notify.notifications.v1 import requests_pb2 as pb
from servicekit import clock

_MAX_PAGE = 1_000
_COLUMNS = {
    "first": "first (UTC)",
    "last": "last (UTC)",
    "times": "times",
    "service": "service",
    "key": "key",
    "request": "request",
    "status": "status",
    "reason": "why",
    "fields": "fields",
}


def refusals(
    service: OptionalService = None,
    status: Annotated[
        int | None, typer.Option(min=400, max=499, help="Only those answered with this.")
    ] = None,
    since: Annotated[
        str, typer.Option(help="Not before this UTC time, such as 2026-11-20T09:30, or so long ago: 30m, 2d.")
    ] = "1d",
    limit: Annotated[int, typer.Option(min=1, max=_MAX_PAGE, help="How many rows at most.")] = 100,
    csv_file: CsvFile = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List API requests that were refused, newest first, those alike of about a minute in one row. Kept for a week.

    A service in brackets is only what a refused token says. Example: notifyctl refusals -s "Parking permits" --since 2h
    """
    from_time = Timestamp()
    from_time.FromDatetime(moment(since, clock.now()))

    async def work(clients: Clients) -> tuple[list[pb.RefusedRequests], str | None]:
        found = None if service is None else (await find_service(clients, service)).service
        request = pb.ListRefusedRequestsRequest(
            service_id=None if found is None else found.id,
            status=status,
            from_time=from_time,
            page_size=limit,
        )
        answer = await clients.channel.call(clients.requests.ListRefusedRequests, request)
        return list(answer.refused), None if found is None else found.name

    listed, name = with_clients(home, work)
    rows = [_facts(each, name) for each in listed]
    columns = dict(_COLUMNS)
    if name is not None:
        del columns["service"]
    show_report("refusals", rows, columns, as_json=as_json, csv_file=csv_file)


def _facts(refused: pb.RefusedRequests, name: str | None) -> dict[str, Any]:
    is_proven = refused.HasField("api_key_id")
    service = name or refused.service_id
    return {
        "first": shown(refused.first_time),
        "last": shown(refused.last_time),
        "times": refused.count,
        "service": None if not refused.HasField("service_id") else (service if is_proven else f"({service})"),
        "service_id": refused.service_id or None,
        "key": refused.api_key_id or None,
        "request": f"{refused.method} {refused.route}",
        "status": str(refused.status),
        "error": refused.error,
        "reason": refused.reason,
        "fields": ", ".join(refused.fields) or None,
    }
