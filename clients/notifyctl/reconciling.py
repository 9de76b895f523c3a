"""`notifyctl reconcile`: after a restore, which messages the system no longer knows of although it accepted them.

The logs outlive the database: the gateway's line `request_answered` names each message that was answered with 201, the
senders' `delivery_finished` each that a provider took. What they name is asked for in the restored system; ids tell by
themselves when they were made. With `--mark-sent` messages that would go out a second time are taken out of the queue.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from clients.notifyctl.connection import DEFAULT_HOME, Clients, Home, Reason, in_lots, with_clients
from clients.notifyctl.output import AsJson, CommandError, Yes, confirm, console, show, show_table
from notify.notifications.v1 import deliveries_pb2, types_pb2
from notify.notifications.v1 import notifications_pb2 as pb
from servicekit.ids import time_of

_TAKEN = frozenset({"taken", "pretended", "handed_over", "pretend"})
"""Outcomes of texts and emails that are with a provider, or count as such."""
_NOT_SENT = frozenset({types_pb2.NOTIFICATION_STATUS_CREATED, types_pb2.NOTIFICATION_STATUS_SENDING})


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedMessage:
    """What the logs say of a message."""

    id: UUID
    service_id: str
    is_sent: bool
    """A provider took it, or was said to with a test key."""
    provider: str | None = None
    """Who took it."""
    sent_at: datetime | None = None

    def facts(self) -> dict[str, Any]:
        """For people and for `--json`."""
        return {
            "notification_id": str(self.id),
            "service_id": self.service_id,
            "accepted": time_of(self.id).isoformat(sep=" ", timespec="seconds"),
            "sent": self.is_sent,
            "provider": self.provider,
        }


def reconcile(
    logs: Annotated[
        list[Path],
        typer.Argument(help="Files with the services' log lines since the backup.", exists=True),
    ],
    mark_sent: Annotated[
        bool,
        typer.Option("--mark-sent", help="Take those that would be sent again out of the queue, as sent."),
    ] = False,
    reason: Reason = "",
    yes: Yes = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Name what a restore lost: messages that the logs know and the system does not, and those it would send again.

    With `--mark-sent`, before senders are started: what providers have already does not go out a second time. Run
    twice it does no more than once.

    Example: notifyctl reconcile gateway.jsonl sms.jsonl email.jsonl --mark-sent --reason "restored to 20:15"
    """
    if mark_sent and not reason.strip():
        raise CommandError("say why with --reason")
    logged = read_logs(_lines(logs))
    if not logged:
        raise CommandError("these logs name no message: give the lines of the gateway and of the senders")

    async def work(clients: Clients) -> tuple[list[LoggedMessage], list[LoggedMessage], int | None]:
        lost, again = await _compared(clients, list(logged.values()))
        return lost, again, await _marked(clients, again, reason, yes=yes) if mark_sent else None

    lost, again, marked = with_clients(home, work, reason=reason)
    if as_json:
        facts: dict[str, Any] = {
            "checked": len(logged),
            "lost": [each.facts() for each in lost],
            "sent_again": [each.facts() for each in again],
        }
        show(facts if marked is None else facts | {"marked_sent": marked}, "", as_json=True)
        return
    columns = {
        "notification_id": "notification",
        "service_id": "service",
        "accepted": "accepted (UTC)",
        "sent": "sent",
        "provider": "provider",
    }
    for title, rows in (("lost", lost), ("to be sent again", again)):
        console.print(f"\n{title}: {len(rows)} of {len(logged)}")
        if rows:
            show_table(title, [each.facts() for each in rows], columns, as_json=False)
    if marked is not None:
        console.print(f"\n{marked} will not go out again")


def read_logs(lines: Iterable[str]) -> dict[UUID, LoggedMessage]:
    """The messages that log lines name, by id. Lines that are none of ours are passed over."""
    found: dict[UUID, LoggedMessage] = {}
    for event in _events(lines):
        is_sent = event.get("event") == "delivery_finished" and event.get("outcome") in _TAKEN
        if not is_sent and event.get("event") not in {"request_answered", "delivery_finished"}:
            continue
        try:
            id = UUID(str(event["notification_id"]))
        except (KeyError, ValueError):
            continue
        known = found.setdefault(
            id, LoggedMessage(id=id, service_id=str(event.get("service_id", "")), is_sent=False)
        )
        if is_sent and not known.is_sent:
            found[id] = replace(known, is_sent=True, provider=_provider(event), sent_at=_time(event))
    return found


def _provider(event: dict[str, Any]) -> str | None:
    """Who took a message: the one that was asked last."""
    requests = event.get("requests") or [event]
    provider = requests[-1].get("provider")
    return provider if isinstance(provider, str) else None


def _time(event: dict[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(event["time"])
    except (KeyError, TypeError, ValueError):
        return None


def _lines(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        with path.open(errors="replace") as file:
            yield from file


def _events(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if '"notification_id"' not in line:
            continue
        try:
            event = json.loads(line[line.index("{") :])
        except ValueError:
            continue
        if isinstance(event, dict):
            yield event


async def _compared(
    clients: Clients, logged: list[LoggedMessage]
) -> tuple[list[LoggedMessage], list[LoggedMessage]]:
    """Those that are unknown, and those that a provider took of which the system thinks that none did."""
    lost, again = [], []
    for lot in in_lots(logged):
        refs = [pb.NotificationRef(service_id=each.service_id, notification_id=str(each.id)) for each in lot]
        request = pb.GetNotificationsRequest(notifications=refs)
        answer = await clients.channel.call(clients.notifications.GetNotifications, request)
        for each, result in zip(lot, answer.results, strict=True):
            if not result.HasField("notification"):
                lost.append(each)
            elif each.is_sent and _is_unsent(result.notification):
                again.append(each)
    return lost, again


async def _marked(clients: Clients, again: list[LoggedMessage], reason: str, *, yes: bool) -> int:
    """Take out of the queue what providers have; answers how many."""
    messages = [
        deliveries_pb2.HandedOverMessage(
            notification_id=str(each.id), provider=each.provider, send_time=each.sent_at
        )
        for each in again
        if each.provider is not None and each.sent_at is not None
    ]
    confirm(len(messages), f"Take {len(messages):,} messages out of the queue, as sent?", yes=yes)
    marked = 0
    for lot in in_lots(messages):
        request = deliveries_pb2.MarkHandedOverRequest(messages=lot, reason=reason)
        answer = await clients.channel.call(clients.deliveries.MarkHandedOver, request)
        marked += answer.marked_count
    return marked


def _is_unsent(notification: pb.Notification) -> bool:
    return notification.status in _NOT_SENT and not notification.HasField("send_time")
