"""`notifyctl limits`: how much services may send, for good and for a time."""

from datetime import UTC
from enum import StrEnum
from typing import Annotated, Any

import typer
from google.protobuf.timestamp_pb2 import Timestamp

from clients.notifyctl.accounts import ServiceArgument
from clients.notifyctl.connection import DEFAULT_HOME, Clients, Home, Reason, find_service, with_clients
from clients.notifyctl.output import AsJson, show_facts, show_table
from clients.notifyctl.people import end_of
from notify.notifications.v1 import limits_pb2 as pb
from servicekit import clock

limits_app = typer.Typer(no_args_is_help=True, help="How much services may send.")


class Kind(StrEnum):
    """What is limited."""

    RATE = "rate"
    EMAIL = "email"
    SMS = "sms"
    LETTER = "letter"
    INTERNATIONAL_SMS = "international_sms"


KINDS = {
    Kind.RATE: pb.LIMIT_KIND_RATE,
    Kind.EMAIL: pb.LIMIT_KIND_EMAIL,
    Kind.SMS: pb.LIMIT_KIND_SMS,
    Kind.LETTER: pb.LIMIT_KIND_LETTER,
    Kind.INTERNATIONAL_SMS: pb.LIMIT_KIND_INTERNATIONAL_SMS,
}
_NAMES = {number: kind.value for kind, number in KINDS.items()}
OneKind = Annotated[
    Kind,
    typer.Argument(
        help="rate (requests a minute), or messages a day: email, sms, letter, international_sms."
    ),
]
_COLUMNS = {
    "limit": "limit",
    "value": "now",
    "lasting": "for good",
    "default": "default",
    "was": "was",
    "until": "until (UTC)",
    "set_by": "by",
    "reason": "why",
}


@limits_app.command("show")
def show_limits(service: ServiceArgument, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show a service's limits.

    Example: notifyctl limits show -s "Demo service"
    """

    async def work(clients: Clients) -> pb.GetLimitsResponse:
        service_id = (await find_service(clients, service)).service.id
        return await clients.channel.call(
            clients.limits.GetLimits, pb.GetLimitsRequest(service_id=service_id)
        )

    found = with_clients(home, work)
    show_table("limits", [limit_facts(limit) for limit in found.limits], _COLUMNS, as_json=as_json)


@limits_app.command("set")
def set_limit(
    service: ServiceArgument,
    kind: OneKind,
    value: Annotated[int, typer.Argument(min=0, help="How many.")],
    until: Annotated[
        str | None,
        typer.Option(
            help="When the old value returns by itself: a span from now (8h, 7d) or a time in ISO 8601. Else never."
        ),
    ] = None,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Set a limit, for good or for a time.

    Example: notifyctl limits set sms 500000 -s "Demo service" --until 7d --reason "election"
    """
    stamp = None
    if until is not None:
        stamp = Timestamp()
        stamp.FromDatetime(end_of(until, clock.now()))

    async def work(clients: Clients) -> pb.Limit:
        found = (await find_service(clients, service)).service
        request = pb.SetLimitRequest(
            service_id=found.id, based_on_version=found.version, kind=KINDS[kind], value=value, end_time=stamp
        )
        return (await clients.channel.call(clients.limits.SetLimit, request)).limit

    show_facts(limit_facts(with_clients(home, work, reason=reason)), as_json=as_json)


@limits_app.command("end")
def end_limit(
    service: ServiceArgument,
    kind: OneKind,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """End a temporary limit before its time.

    Example: notifyctl limits end sms -s "Demo service" --reason "they are done"
    """

    async def work(clients: Clients) -> pb.Limit:
        found = (await find_service(clients, service)).service
        request = pb.EndTemporaryLimitRequest(
            service_id=found.id, based_on_version=found.version, kind=KINDS[kind]
        )
        return (await clients.channel.call(clients.limits.EndTemporaryLimit, request)).limit

    show_facts(limit_facts(with_clients(home, work, reason=reason)), as_json=as_json)


@limits_app.command("raised")
def list_raised(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List what is raised: by whom, why, until when.

    Example: notifyctl limits raised
    """

    async def work(clients: Clients) -> list[pb.RaisedLimit]:
        found: list[pb.RaisedLimit] = []
        request = pb.ListRaisedLimitsRequest(page_size=1_000)
        while True:
            answer = await clients.channel.call(clients.limits.ListRaisedLimits, request)
            found += answer.limits
            if not answer.HasField("next_page_token"):
                return found
            request.page_token = answer.next_page_token

    rows = [
        {"service": raised.service_name, "service_id": raised.service_id, **limit_facts(raised.limit)}
        for raised in with_clients(home, work)
    ]
    show_table("raised_limits", rows, {"service": "service", **_COLUMNS}, as_json=as_json)


@limits_app.command("capacity")
def check_capacity(
    service: Annotated[
        str | None, typer.Option("--service", "-s", help="As if this service had another limit.")
    ] = None,
    kind: Annotated[Kind, typer.Option(help="With --service: which limit.")] = Kind.SMS,
    value: Annotated[int, typer.Option(min=0, help="With --service: how many.")] = 0,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Hold what services may send in a day against what each provider takes.

    Example: notifyctl limits capacity -s "Demo service" --kind sms --value 500000
    """

    async def work(clients: Clients) -> pb.CheckCapacityResponse:
        request = pb.CheckCapacityRequest()
        if service is not None:
            found = (await find_service(clients, service)).service
            request = pb.CheckCapacityRequest(service_id=found.id, kind=KINDS[kind], value=value)
        return await clients.channel.call(clients.limits.CheckCapacity, request)

    rows = [
        {
            "provider": each.provider,
            "channel": _NAMES[each.kind],
            "capacity": each.daily_capacity,
            "raised": each.raised_total,
            "all": each.total,
            "exceeded": each.exceeded,
        }
        for each in with_clients(home, work).providers
    ]
    columns = {
        "provider": "provider",
        "channel": "channel",
        "capacity": "takes a day",
        "raised": "raised limits",
        "all": "all limits",
        "exceeded": "raised exceed it",
    }
    show_table("providers", rows, columns, as_json=as_json)


def limit_facts(limit: pb.Limit) -> dict[str, Any]:
    """A limit as JSON."""
    ends = limit.HasField("end_time")
    return {
        "limit": _NAMES[limit.kind],
        "value": limit.value,
        "lasting": limit.lasting_value,
        "default": limit.default_value,
        "was": limit.old_value if limit.HasField("old_value") else None,
        "until": limit.end_time.ToDatetime(UTC).isoformat(sep=" ", timespec="seconds") if ends else None,
        "set_by": limit.set_by or None,
        "reason": limit.reason or None,
        "set_at": limit.set_time.ToDatetime(UTC).isoformat(sep=" ", timespec="seconds")
        if limit.HasField("set_time")
        else None,
    }
