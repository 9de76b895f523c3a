"""`notifyctl send`: one message, by the call that the gateway makes too. It counts as sent with a live key."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import typer

from clients.notifyctl.accounts import ServiceArgument
from clients.notifyctl.channels import TYPES, Channel
from clients.notifyctl.connection import DEFAULT_HOME, Clients, Home, find_service, with_clients
from clients.notifyctl.output import AsJson, CommandError, show
from notify.notifications.v1 import notifications_pb2, types_pb2
from notifyrules.statuses import NotificationStatus, is_final
from servicekit import ids

send_app = typer.Typer(no_args_is_help=True)

_ASK_EVERY_S = 0.1

Template = Annotated[str, typer.Option("--template", "-t", help="Id of the template.")]
To = Annotated[str, typer.Option(help="The recipient.")]
Values = Annotated[
    list[str] | None,
    typer.Option("--value", "-v", help="A placeholder's value, as name=value. Again for more."),
]
Reference = Annotated[str | None, typer.Option(help="Your own reference.")]
WaitSeconds = Annotated[
    float, typer.Option("--wait", help="Seconds to wait for the end of its way; 0: do not wait.")
]


@send_app.command("sms")
def send_sms(
    service: ServiceArgument,
    template: Template,
    to: To,
    value: Values = None,
    reference: Reference = None,
    wait_s: WaitSeconds = 0.0,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Send a text.

    Example: notifyctl send sms -s "Demo service" -t 0198… --to 07700900123 -v name=Ada --wait 5
    """
    new = new_notification(Channel.SMS, template, to, value, reference)
    _send(service, new, wait_s, home, as_json=as_json)


@send_app.command("email")
def send_email(
    service: ServiceArgument,
    template: Template,
    to: To,
    value: Values = None,
    reference: Reference = None,
    wait_s: WaitSeconds = 0.0,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Send an email.

    Example: notifyctl send email -s "Demo service" -t 0198… --to ada@example.gov.uk -v name=Ada
    """
    new = new_notification(Channel.EMAIL, template, to, value, reference)
    _send(service, new, wait_s, home, as_json=as_json)


def new_notification(
    channel: Channel, template: str, to: str, values: Sequence[str] | None, reference: str | None
) -> notifications_pb2.NewNotification:
    """The message to make, still without its service. Raises CommandError for a value without `=`."""
    personalisation = {}
    for given in values or ():
        name, equals, value = given.partition("=")
        if not equals:
            raise CommandError(f"--value {given}: write it as name=value")
        personalisation[name] = value
    return notifications_pb2.NewNotification(
        key_type=types_pb2.KEY_TYPE_NORMAL,
        type=TYPES[channel],
        template_id=template,
        recipient=to,
        personalisation_json=json.dumps(personalisation) if personalisation else "",
        reference=reference,
    )


def _send(
    service: str, new: notifications_pb2.NewNotification, wait_s: float, home: Home, *, as_json: bool
) -> None:
    async def work(clients: Clients) -> tuple[str, str]:
        found = await find_service(clients, service)
        new.service_id = found.service.id
        notification_id = await _create(clients, new)
        return notification_id, await _status(clients, new.service_id, notification_id, wait_s)

    notification_id, status = with_clients(home, work)
    show({"id": notification_id, "status": status}, f"{notification_id}  {status}", as_json=as_json)


async def _create(clients: Clients, new: notifications_pb2.NewNotification) -> str:
    new.id = str(ids.new_id(bucket=ids.bucket_of(UUID(new.service_id))))
    request = notifications_pb2.CreateNotificationsRequest(notifications=[new])
    answer = await clients.channel.call(clients.notifications.CreateNotifications, request, idempotent=True)
    result = answer.results[0]
    if result.HasField("error"):
        raise CommandError(f"refused: {result.error.message}")
    return result.notification.id


async def _status(clients: Clients, service_id: str, notification_id: str, wait_s: float) -> str:
    """The status when it is final, or when the time is over."""
    request = notifications_pb2.GetNotificationRequest(service_id=service_id, notification_id=notification_id)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait_s
    while True:
        answer = await clients.channel.call(clients.notifications.GetNotification, request)
        status = status_name(answer.notification.status)
        if is_final(NotificationStatus(status)) or loop.time() >= deadline:
            return status
        await asyncio.sleep(_ASK_EVERY_S)


def status_name(status: int) -> str:
    """The stored name of a status, such as `temporary-failure`."""
    name = types_pb2.NotificationStatus.Name(status)
    return name.removeprefix("NOTIFICATION_STATUS_").lower().replace("_", "-")
