"""`notifyctl template`: what is sent."""

from enum import StrEnum
from typing import Annotated

import typer

from clients.notifyctl.accounts import ServiceArgument
from clients.notifyctl.connection import DEFAULT_HOME, Clients, Home, find_service, with_clients
from clients.notifyctl.output import AsJson, CommandError, show
from notify.notifications.v1 import templates_pb2, types_pb2

template_app = typer.Typer(no_args_is_help=True, help="Templates of a service.")


class Channel(StrEnum):
    """The three channels, by their public names."""

    SMS = "sms"
    EMAIL = "email"
    LETTER = "letter"


TYPES = {
    Channel.SMS: types_pb2.NOTIFICATION_TYPE_SMS,
    Channel.EMAIL: types_pb2.NOTIFICATION_TYPE_EMAIL,
    Channel.LETTER: types_pb2.NOTIFICATION_TYPE_LETTER,
}


@template_app.command("create")
def create_template(
    service: ServiceArgument,
    channel: Annotated[Channel, typer.Option("--type", help="The channel.")],
    name: Annotated[str, typer.Option(help="Its name.")],
    body: Annotated[str, typer.Option(help="The text, with ((placeholders)).")],
    subject: Annotated[str | None, typer.Option(help="The subject; emails and letters need one.")] = None,
    priority: Annotated[bool, typer.Option(help="Its messages go before others.")] = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Make a template.

    Example: notifyctl template create -s "Parking permits" --type sms --name Code --body "Your code is
    ((code))"
    """
    if channel is not Channel.SMS and subject is None:
        raise CommandError(f"a template of type {channel} needs --subject")

    async def work(clients: Clients) -> templates_pb2.Template:
        found = await find_service(clients, service)
        request = templates_pb2.CreateTemplateRequest(
            service_id=found.service.id,
            type=TYPES[channel],
            name=name,
            body=body,
            subject=subject,
            is_priority=priority,
        )
        return (await clients.channel.call(clients.templates.CreateTemplate, request)).template

    template = with_clients(home, work)
    facts = {
        "id": template.id,
        "name": template.name,
        "type": channel.value,
        "version": template.version,
        "placeholders": list(template.placeholders),
    }
    show(facts, f"{template.name}  {template.id}", as_json=as_json)
