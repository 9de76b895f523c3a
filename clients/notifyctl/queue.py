"""`notifyctl queue` and `notifyctl stuck`: what waits, deliveries that were given up, and messages left lying."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Annotated, Any

import typer
from google.protobuf.duration_pb2 import Duration
from rich.table import Table

from clients.notifyctl.connection import (
    DEFAULT_HOME,
    Clients,
    Home,
    Reason,
    find_service,
    in_lots,
    with_clients,
)
from clients.notifyctl.explaining import explain
from clients.notifyctl.output import AsJson, CommandError, Yes, confirm, console, show
from clients.notifyctl.sending import status_name
from clients.notifyctl.status import queues_text, read_queues
from clients.notifyctl.times import moment
from notify.notifications.v1 import deliveries_pb2 as pb
from notify.notifications.v1 import types_pb2
from servicekit import clock

queue_app = typer.Typer(no_args_is_help=True, help="What waits for providers, and what was given up.")
dead_app = typer.Typer(no_args_is_help=True, help="Deliveries whose retries ended.")
queue_app.add_typer(dead_app, name="dead")

_PAGE = 1_000

Ids = Annotated[list[str] | None, typer.Argument(metavar="[NOTIFICATION]...", help="Ids of notifications.")]
OptionalService = Annotated[
    str | None, typer.Option("--service", "-s", help="All dead deliveries of a service: its id or its name.")
]
Error = Annotated[str | None, typer.Option(help="Only those that ended with this code, such as http_500.")]


@queue_app.command("statistics")
def statistics(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show what waits, by channel and lane, with the age of the oldest that is ready.

    Example: notifyctl queue statistics --json
    """
    queues = read_queues(home)
    if queues is None:
        raise CommandError("the queues cannot be read: the notifications service does not answer")
    if as_json:
        show({"queues": [queue.facts() for queue in queues]}, "", as_json=True)
        return
    console.print(queues_text(queues))


@dead_app.command("list")
def list_dead(
    service: OptionalService = None,
    error: Error = None,
    limit: Annotated[int, typer.Option(min=1, max=_PAGE, help="How many at most.")] = 50,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List deliveries whose retries ended, newest first.

    Example: notifyctl queue dead list --service "Parking permits"
    """

    async def work(clients: Clients) -> list[pb.DeadDelivery]:
        return await _dead(clients, service, error, limit)

    dead = with_clients(home, work)
    if as_json:
        show({"dead": [dead_facts(each) for each in dead]}, "", as_json=True)
        return
    if not dead:
        console.print("No delivery was given up.")
        return
    table = Table(box=None, pad_edge=False)
    for title in ("given up (UTC)", "notification", "service", "channel", "tries", "last error"):
        table.add_column(title, justify="right" if title == "tries" else "left", no_wrap=True)
    for each in dead:
        facts = dead_facts(each)
        at = f"{each.death_time.ToDatetime(UTC):%Y-%m-%d %H:%M:%S}"
        table.add_row(
            at,
            facts["notification_id"],
            facts["service_id"],
            facts["channel"],
            str(each.attempts),
            each.last_error,
        )
    console.print(table)


@dead_app.command("show")
def show_dead(
    notification_id: Annotated[str, typer.Argument(help="Id of the notification.")],
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Show everything that happened to one of them: the same as `notifyctl explain`.

    Example: notifyctl queue dead show 0198f3c2-…
    """
    explain(notification_id, home, as_json)


@dead_app.command("replay")
def replay(
    ids: Ids = None,
    service: OptionalService = None,
    error: Error = None,
    reason: Reason = "replayed by hand",
    yes: Yes = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Queue dead deliveries again, from the beginning of their retries: named ones, or all of a service.

    Example: notifyctl queue dead replay --service "Parking permits" --error http_500 --reason "MMG was down"
    """

    async def work(clients: Clients) -> int:
        replayed = 0
        for lot in await _chosen(clients, ids, service, error, "Queue {} deliveries again?", yes=yes):
            request = pb.ReplayDeliveriesRequest(notification_ids=lot, reason=reason)
            answer = await clients.channel.call(clients.deliveries.ReplayDeliveries, request)
            replayed += answer.replayed_count
        return replayed

    count = with_clients(home, work, reason=reason)
    show({"replayed": count}, f"{count} queued again", as_json=as_json)


@dead_app.command("drop")
def drop(
    ids: Ids = None,
    service: OptionalService = None,
    error: Error = None,
    reason: Reason = "",
    yes: Yes = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Forget dead deliveries: they can't be queued again then. Their messages stay as technical failures.

    Example: notifyctl queue dead drop 0198f3c2-… --reason "the service sent it again itself"
    """
    if not reason.strip():
        raise CommandError("say why with --reason")

    async def work(clients: Clients) -> int:
        dropped = 0
        for lot in await _chosen(clients, ids, service, error, "Forget {} dead deliveries?", yes=yes):
            request = pb.DropDeliveriesRequest(notification_ids=lot, reason=reason)
            answer = await clients.channel.call(clients.deliveries.DropDeliveries, request)
            dropped += answer.dropped_count
        return dropped

    count = with_clients(home, work, reason=reason)
    show({"dropped": count}, f"{count} dropped", as_json=as_json)


def stuck(
    older_than: Annotated[
        str, typer.Option(help="Only those made longer ago than this: 30m, 2h, 1d.")
    ] = "30m",
    limit: Annotated[int, typer.Option(min=1, max=_PAGE, help="How many at most.")] = 50,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List texts and emails that are not final, the oldest first, and what the reconciler makes of each.

    waits: for its provider or a receipt, as it should; lost: the next round queues it again; stuck: look at it.
    Example: notifyctl stuck --older-than 4h
    """
    now = clock.now()
    age = now - moment(older_than, now)
    if age < timedelta(0):
        raise CommandError("--older-than is a span, or a time that is over")
    request = pb.ListOpenNotificationsRequest(page_size=limit)
    span = Duration()
    span.FromTimedelta(age)
    request.older_than.CopyFrom(span)

    async def work(clients: Clients) -> list[pb.OpenNotification]:
        answer = await clients.channel.call(clients.deliveries.ListOpenNotifications, request)
        return list(answer.notifications)

    found = with_clients(home, work)
    if as_json:
        show({"notifications": [open_facts(each) for each in found]}, "", as_json=True)
        return
    if not found:
        console.print(f"Nothing older than {older_than} is open.")
        return
    table = Table(box=None, pad_edge=False)
    for title in ("made (UTC)", "notification", "service", "channel", "status", "queued", "verdict"):
        table.add_column(title, no_wrap=True)
    for each in found:
        facts = open_facts(each)
        made = f"{each.create_time.ToDatetime(UTC):%Y-%m-%d %H:%M:%S}"
        table.add_row(
            made,
            each.notification_id,
            each.service_id,
            facts["channel"],
            facts["status"],
            "yes" if each.has_delivery else "no",
            facts["verdict"],
        )
    console.print(table)


def dead_facts(dead: pb.DeadDelivery) -> dict[str, Any]:
    """A dead delivery as JSON."""
    return {
        "notification_id": dead.notification_id,
        "service_id": dead.service_id,
        "channel": _channel(dead.channel),
        "tries": dead.attempts,
        "last_error": dead.last_error,
        "given_up": dead.death_time.ToDatetime(UTC).isoformat(),
    }


def open_facts(notification: pb.OpenNotification) -> dict[str, Any]:
    """A notification that is not final, as JSON."""
    return {
        "notification_id": notification.notification_id,
        "service_id": notification.service_id,
        "channel": _channel(notification.type),
        "status": status_name(notification.status),
        "made": notification.create_time.ToDatetime(UTC).isoformat(),
        "has_delivery": notification.has_delivery,
        "verdict": pb.OpenVerdict.Name(notification.verdict).removeprefix("OPEN_VERDICT_").lower(),
    }


async def _chosen(
    clients: Clients,
    ids: list[str] | None,
    service: str | None,
    error: str | None,
    question: str,
    *,
    yes: bool,
) -> list[Sequence[str]]:
    """The ids that a command is about, in lots that one call takes; asked about when they are several."""
    if bool(ids) == (service is not None or error is not None):
        raise CommandError("name notifications, or choose dead deliveries with --service or --error")
    chosen = ids or [each.notification_id for each in await _dead(clients, service, error, None)]
    if not chosen:
        raise CommandError("no dead delivery is like that")
    confirm(len(chosen), question.format(f"{len(chosen):,}"), yes=yes)
    return list(in_lots(chosen))


async def _dead(
    clients: Clients, service: str | None, error: str | None, limit: int | None
) -> list[pb.DeadDelivery]:
    """Dead deliveries, newest first; all of them where there is no limit."""
    request = pb.ListDeadDeliveriesRequest(page_size=_PAGE)
    if service is not None:
        request.service_id = (await find_service(clients, service)).service.id
    found: list[pb.DeadDelivery] = []
    while limit is None or len(found) < limit:
        answer = await clients.channel.call(clients.deliveries.ListDeadDeliveries, request)
        found += [each for each in answer.deliveries if error in (None, each.last_error)]
        if not answer.HasField("next_page_token"):
            break
        request.page_token = answer.next_page_token
    return found[:limit]


def _channel(number: int) -> str:
    name = types_pb2.NotificationType.Name(types_pb2.NotificationType.ValueType(number))
    return name.removeprefix("NOTIFICATION_TYPE_").lower()
