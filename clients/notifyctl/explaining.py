"""`notifyctl explain`: everything that happened to a notification, as a timeline. Shows no personal data."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from google.protobuf.timestamp_pb2 import Timestamp
from rich.table import Table

from clients.notifyctl.connection import DEFAULT_HOME, Clients, Home, with_clients
from clients.notifyctl.output import AsJson, console, show
from clients.notifyctl.sending import status_name
from notify.notifications.v1 import notifications_pb2, types_pb2


def explain(
    notification_id: Annotated[str, typer.Argument(help="Id of the notification.")],
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Tell what happened to a notification: accepted, attempts, provider's answers, receipts, callbacks.

    Example: notifyctl explain 0198f3c2-…
    """

    async def work(clients: Clients) -> notifications_pb2.ExplainNotificationResponse:
        request = notifications_pb2.ExplainNotificationRequest(notification_id=notification_id)
        return await clients.channel.call(clients.notifications.ExplainNotification, request)

    answer = with_clients(home, work)
    if as_json:
        show(facts_of(answer), "", as_json=True)
        return
    console.print(headline(answer.notification))
    console.print(timeline(answer.events))
    if answer.is_past_retention:
        console.print("past retention: its recipient, content and failed attempts are no longer kept")
    if answer.HasField("delivery"):
        console.print(where_it_waits(answer.delivery))


def headline(notification: notifications_pb2.Notification) -> str:
    """One line: what it is and where it is."""
    kind = types_pb2.NotificationType.Name(notification.type).removeprefix("NOTIFICATION_TYPE_").lower()
    parts = [f"{kind} {notification.id}", status_name(notification.status)]
    if notification.provider:
        parts.append(f"by {notification.provider}")
    if notification.possible_duplicate:
        parts.append("possibly sent twice")
    return ", ".join(parts)


def timeline(events: Any) -> Table:
    """The events, oldest first, each with the seconds since the first."""
    table = Table(box=None, pad_edge=False)
    for title in ("time (UTC)", "after", "what", "who", "detail"):
        table.add_column(title, justify="right" if title == "after" else "left", no_wrap=title != "detail")
    first = moment(events[0].time) if events else None
    for event in events:
        at = moment(event.time)
        after = (at - first).total_seconds() if first else 0.0
        table.add_row(
            f"{at:%Y-%m-%d %H:%M:%S.%f}"[:-3], f"{after:.3f} s", event.kind, event.party, event.detail
        )
    return table


def where_it_waits(delivery: notifications_pb2.QueuedDelivery) -> str:
    """One line about its place in the queue."""
    lane = types_pb2.Lane.Name(delivery.lane).removeprefix("LANE_").lower()
    if delivery.dead:
        return f"given up after {delivery.attempts} attempts: {delivery.last_error}"
    where = f"leased by {delivery.lease_owner}" if delivery.lease_owner else "waiting"
    failed = f"; the last attempt ended with: {delivery.last_error}" if delivery.last_error else ""
    return f"{where} in lane {lane}, due {moment(delivery.run_time):%H:%M:%S}, {delivery.attempts} attempts{failed}"


def facts_of(answer: notifications_pb2.ExplainNotificationResponse) -> dict[str, Any]:
    """The same as JSON."""
    notification = answer.notification
    facts: dict[str, Any] = {
        "id": notification.id,
        "service_id": notification.service_id,
        "type": types_pb2.NotificationType.Name(notification.type).removeprefix("NOTIFICATION_TYPE_").lower(),
        "status": status_name(notification.status),
        "provider": notification.provider or None,
        "possible_duplicate": notification.possible_duplicate,
        "past_retention": answer.is_past_retention,
        "events": [
            {
                "time": moment(event.time).isoformat(),
                "kind": event.kind,
                "party": event.party or None,
                "detail": event.detail,
            }
            for event in answer.events
        ],
    }
    if answer.HasField("delivery"):
        delivery = answer.delivery
        facts["delivery"] = {
            "lane": types_pb2.Lane.Name(delivery.lane).removeprefix("LANE_").lower(),
            "run_time": moment(delivery.run_time).isoformat(),
            "attempts": delivery.attempts,
            "lease_owner": delivery.lease_owner or None,
            "dead": delivery.dead,
            "last_error": delivery.last_error or None,
        }
    return facts


def moment(timestamp: Timestamp) -> datetime:
    """A protobuf time as an aware one."""
    return timestamp.ToDatetime(tzinfo=UTC)
