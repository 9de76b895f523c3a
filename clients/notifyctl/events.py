"""`notifyctl events`: what was changed, by whom and why, from the records of all services."""

import asyncio
import json
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any

import typer

from clients.notifyctl.connection import (
    DEFAULT_HOME,
    Clients,
    Home,
    address,
    find_service,
    is_uuid,
    open_channel,
    with_clients,
)
from clients.notifyctl.output import AsJson, CommandError, show_table
from clients.notifyctl.times import Since, Until, stamp
from notify.operations.v1 import audit_pb2, audit_pb2_grpc
from servicekit.errors import Unimplemented

_MOST_SHOWN = 5

events_app = typer.Typer(no_args_is_help=True, help="The record of changes.")


@events_app.callback()
def events() -> None:
    """The record of changes."""  # without this, Typer would drop the word `search`


@events_app.command("search")
def search(
    type: Annotated[
        str | None, typer.Option(help='Such as service.archived; "service." means all that begin so.')
    ] = None,
    actor: Annotated[str | None, typer.Option(help="Who: a person, service or tool.")] = None,
    service: Annotated[str | None, typer.Option("--service", "-s", help="About this service.")] = None,
    subject: Annotated[str | None, typer.Option(help="About this thing: its id, number or name.")] = None,
    field: Annotated[
        list[str] | None,
        typer.Option(
            help="Where a field has a value, before or after, such as sms_limit=5000. Again for more."
        ),
    ] = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many at most.")] = 50,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Find changes, newest first.

    Example: notifyctl events search --type service. --since 7d --field restricted=false
    """
    request = audit_pb2.SearchEventsRequest(
        type=type,
        actor=actor,
        subject=subject,
        from_time=stamp(since),
        until_time=stamp(until),
        field_values=dict(_field(each) for each in field or []),
        page_size=limit,
    )
    if service is not None:
        request.service_id = service if is_uuid(service) else with_clients(home, lambda c: _id_of(c, service))
    rows = [event_facts(event) for event in search_all(home, request, limit)]
    columns = {
        "time": "time (UTC)",
        "type": "change",
        "subject": "of",
        "actor": "who",
        "reason": "why",
        "before": "before",
        "after": "after",
    }
    show_table("events", rows if as_json else shortened(rows), columns, as_json=as_json)


def shortened(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows with long lists in what was changed told by their length, for people."""
    return [row | {when: _short(row[when]) for when in ("before", "after")} for row in rows]


def _short(values: dict[str, Any] | None) -> dict[str, Any] | None:
    if values is None:
        return None
    return {
        name: f"{len(value)} of them" if isinstance(value, list) and len(value) > _MOST_SHOWN else value
        for name, value in values.items()
    }


def search_all(home: Path, request: audit_pb2.SearchEventsRequest, limit: int) -> list[audit_pb2.AuditEvent]:
    """Events of all services, newest first. Raises CommandError and `ServiceError`s."""

    async def run() -> list[audit_pb2.AuditEvent]:
        found = address(home)

        async def ask(target: str) -> list[audit_pb2.AuditEvent]:
            async with open_channel(target, found.caller) as channel:
                stub: audit_pb2_grpc.AuditServiceAsyncStub = audit_pb2_grpc.AuditServiceStub(channel.grpc)
                try:
                    return list((await channel.call(stub.SearchEvents, request)).events)
                except Unimplemented:  # a service that has nothing to record
                    return []

        answers = await asyncio.gather(*(ask(target) for target in found.targets.values()))
        events = [event for answer in answers for event in answer]
        # Ids are in the order of time, whichever service made them.
        return sorted(events, key=lambda event: event.id, reverse=True)[:limit]

    return asyncio.run(run())


def event_facts(event: audit_pb2.AuditEvent) -> dict[str, Any]:
    """An event as JSON."""
    return {
        "time": f"{event.event_time.ToDatetime(UTC):%Y-%m-%d %H:%M:%S}",
        "id": event.id,
        "type": event.type,
        "subject": event.subject,
        "service_id": event.service_id or None,
        "actor": event.actor,
        "reason": event.reason or None,
        "request_id": event.request_id,
        "before": json.loads(event.before_json) if event.before_json else None,
        "after": json.loads(event.after_json) if event.after_json else None,
        "recorded_by": event.recorded_by,
    }


async def _id_of(clients: Clients, name: str) -> str:
    return (await find_service(clients, name)).service.id


def _field(text: str) -> tuple[str, str]:
    """`name=value`: the value is JSON, or a text that is no JSON."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise CommandError(f"{text}: write name=value")
    try:
        json.loads(value)
    except ValueError:
        return name, json.dumps(value)
    return name, value
