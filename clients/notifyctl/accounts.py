"""`notifyctl service` and `notifyctl key`: who sends, and with which keys."""

from enum import StrEnum
from typing import Annotated

import typer

from clients.notifyctl.connection import DEFAULT_HOME, Clients, Home, find_service, with_clients
from clients.notifyctl.output import AsJson, show
from notify.notifications.v1 import accounts_pb2, types_pb2

service_app = typer.Typer(no_args_is_help=True, help="Services: the teams that send.")
key_app = typer.Typer(no_args_is_help=True, help="API keys of a service.")


class KeyKind(StrEnum):
    """The three kinds of API key, by their public names."""

    LIVE = "live"
    TEAM = "team"
    TEST = "test"


KEY_TYPES = {
    KeyKind.LIVE: types_pb2.KEY_TYPE_NORMAL,
    KeyKind.TEAM: types_pb2.KEY_TYPE_TEAM,
    KeyKind.TEST: types_pb2.KEY_TYPE_TEST,
}

ServiceArgument = Annotated[str, typer.Option("--service", "-s", help="The service: its id or its name.")]


@service_app.command("create")
def create_service(
    name: Annotated[str, typer.Argument(help="Its name; nobody else may have it.")],
    permission: Annotated[
        list[str] | None,
        typer.Option(
            help="What it may do: sms, email, letter, international_sms … Again for more. None: the first three."
        ),
    ] = None,
    trial: Annotated[bool, typer.Option(help="In trial mode: may only send to its team.")] = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Make a service.

    Example: notifyctl service create "Parking permits" --permission sms --permission email
    """

    async def work(clients: Clients) -> accounts_pb2.Service:
        request = accounts_pb2.CreateServiceRequest(name=name, permissions=permission or [], restricted=trial)
        return (await clients.channel.call(clients.accounts.CreateService, request)).service

    service = with_clients(home, work)
    facts = {
        "id": service.id,
        "name": service.name,
        "permissions": list(service.permissions),
        "trial": service.restricted,
    }
    show(facts, f"{service.name}  {service.id}\nmay send: {', '.join(service.permissions)}", as_json=as_json)


@service_app.command("contact")
def set_contact(
    service: ServiceArgument,
    link: Annotated[
        str, typer.Argument(help="A link, an email address or a phone number; an empty one takes it away.")
    ],
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Say where recipients of a service's files can ask. Only a service that has said so may send files by email.

    Example: notifyctl service contact https://example.gov.uk/contact -s "Parking permits"
    """

    async def work(clients: Clients) -> None:
        found = await find_service(clients, service)
        request = accounts_pb2.UpdateServiceRequest(
            service_id=found.service.id, based_on_version=found.service.version, contact_link=link
        )
        await clients.channel.call(clients.accounts.UpdateService, request)

    with_clients(home, work)
    show({"contact_link": link or None}, f"recipients can ask at: {link or 'nowhere'}", as_json=as_json)


@key_app.command("create")
def create_key(
    service: ServiceArgument,
    name: Annotated[str, typer.Option(help="Its name; the service must not have another of it.")],
    kind: Annotated[
        KeyKind, typer.Option("--type", help="Whether messages are really sent, and to whom.")
    ] = KeyKind.LIVE,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Make an API key, and show it this once.

    Example: notifyctl key create --service "Parking permits" --name website --type test
    """

    async def work(clients: Clients) -> accounts_pb2.CreateApiKeyResponse:
        found = await find_service(clients, service)
        request = accounts_pb2.CreateApiKeyRequest(
            service_id=found.service.id, name=name, type=KEY_TYPES[kind]
        )
        return await clients.channel.call(clients.accounts.CreateApiKey, request)

    answer = with_clients(home, work)
    facts = {"id": answer.api_key.id, "name": answer.api_key.name, "type": kind.value, "key": answer.full_key}
    show(facts, f"{answer.full_key}\nIt is not shown again.", as_json=as_json)
