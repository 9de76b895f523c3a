"""`notifyctl template`: what is sent."""

from typing import Annotated

import typer

from clients.notifyctl.accounts import ServiceArgument
from clients.notifyctl.channels import TYPES, Channel
from clients.notifyctl.connection import DEFAULT_HOME, Clients, Home, Reason, find_service, with_clients
from clients.notifyctl.output import AsJson, CommandError, show
from notify.notifications.v1 import templates_pb2

template_app = typer.Typer(no_args_is_help=True, help="Templates of a service.")


@template_app.command("create")
def create_template(
    service: ServiceArgument,
    channel: Annotated[Channel, typer.Option("--type", help="The channel.")],
    name: Annotated[str, typer.Option(help="Its name.")],
    body: Annotated[str, typer.Option(help="The text, with ((placeholders)).")],
    subject: Annotated[str | None, typer.Option(help="The subject; emails and letters need one.")] = None,
    priority: Annotated[bool, typer.Option(help="Its messages go before others.")] = False,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Make a template.

    Example: notifyctl template create -s Permits --type sms --name Code --body "Code ((code))" --reason "new"
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

    template = with_clients(home, work, reason=reason)
    facts = {
        "id": template.id,
        "name": template.name,
        "type": channel.value,
        "version": template.version,
        "placeholders": list(template.placeholders),
    }
    show(facts, f"{template.name}  {template.id}", as_json=as_json)
