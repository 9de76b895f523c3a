"""`notifyctl service` and `notifyctl key`: who sends, and with which keys."""

from datetime import UTC
from enum import StrEnum
from typing import Annotated, Any

import typer

from clients.notifyctl.channels import TYPES, Channel
from clients.notifyctl.connection import DEFAULT_HOME, Clients, Home, Reason, find_service, with_clients
from clients.notifyctl.output import AsJson, CommandError, Yes, confirm, show, show_facts, show_table
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

_KEY_NAMES = {number: kind.value for kind, number in KEY_TYPES.items()}
_CHANNELS = {number: channel for channel, number in TYPES.items()}

ServiceName = Annotated[str, typer.Argument(metavar="SERVICE", help="Its id or its name.")]
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
    organisation: Annotated[str | None, typer.Option(help="Id of its organisation.")] = None,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Make a service.

    Example: notifyctl service create "Parking permits" --permission sms --permission email --reason "new team"
    """

    async def work(clients: Clients) -> accounts_pb2.Service:
        request = accounts_pb2.CreateServiceRequest(
            name=name, permissions=permission or [], restricted=trial, organisation_id=organisation
        )
        return (await clients.channel.call(clients.accounts.CreateService, request)).service

    service = with_clients(home, work, reason=reason)
    facts = {
        "id": service.id,
        "name": service.name,
        "permissions": list(service.permissions),
        "trial": service.restricted,
    }
    show(facts, f"{service.name}  {service.id}\nmay send: {', '.join(service.permissions)}", as_json=as_json)


@service_app.command("list")
def list_services(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List services, archived ones too.

    Example: notifyctl service list
    """

    async def work(clients: Clients) -> list[accounts_pb2.Service]:
        found: list[accounts_pb2.Service] = []
        request = accounts_pb2.ListServicesRequest(page_size=1_000)
        while True:
            answer = await clients.channel.call(clients.accounts.ListServices, request)
            found += answer.services
            if not answer.HasField("next_page_token"):
                return found
            request.page_token = answer.next_page_token

    rows = [service_facts(each) for each in with_clients(home, work)]
    columns = {"name": "name", "id": "id", "trial": "trial", "active": "active", "may_send": "may send"}
    show_table("services", rows, columns, as_json=as_json)


@service_app.command("show")
def show_service(
    service: Annotated[str, typer.Argument(help="Its id or its name.")],
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Show a service with all that belongs to it.

    Example: notifyctl service show "Demo service"
    """
    found = with_clients(home, lambda clients: find_service(clients, service))
    retention = {_CHANNELS[each.type].value: each.days for each in found.retentions}
    facts = {
        **service_facts(found.service),
        "senders": [sender.value for sender in found.sms_senders if not sender.archived],
        "reply_tos": [reply_to.value for reply_to in found.email_reply_tos if not reply_to.archived],
        "live_keys": [key.name for key in found.api_keys if not key.HasField("revoke_time")],
        "members": [user.email_address for user in found.members],
        "guests": len(found.guest_list),
        "callbacks": [callback.url for callback in found.callbacks],
        "retention_days": retention or None,
    }
    show_facts(facts, as_json=as_json)


@service_app.command("update")
def update_service(
    service: ServiceName,
    name: Annotated[str | None, typer.Option(help="A new name.")] = None,
    permission: Annotated[
        list[str] | None, typer.Option(help="All that it may do from now on. Again for more.")
    ] = None,
    organisation: Annotated[
        str | None, typer.Option(help="Id of another organisation; empty: none. Usage follows.")
    ] = None,
    contact_link: Annotated[
        str | None, typer.Option(help="Where recipients of files can ask; empty removes it.")
    ] = None,
    email_sender_name: Annotated[
        str | None, typer.Option(help="Name that emails come from; empty: the service's.")
    ] = None,
    prefix_sms: Annotated[bool | None, typer.Option(help="Texts begin with its name.")] = None,
    brand_text: Annotated[str | None, typer.Option(help="Name beside or instead of the logo.")] = None,
    brand_colour: Annotated[str, typer.Option(help="With --brand-text: such as #1d70b8.")] = "",
    brand_logo: Annotated[str, typer.Option(help="With --brand-text: https address of the logo.")] = "",
    brand_banner: Annotated[bool, typer.Option(help="With --brand-text: on a band of the colour.")] = False,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Change a service: name, permissions, organisation, contact, branding. What is not said stays as it is.

    Example: notifyctl service update "Demo service" --brand-text "Demo" --brand-colour "#1d70b8" --reason "new look"
    """

    async def work(clients: Clients) -> accounts_pb2.Service:
        found = (await find_service(clients, service)).service
        request = accounts_pb2.UpdateServiceRequest(
            service_id=found.id,
            based_on_version=found.version,
            name=name,
            organisation_id=organisation,
            contact_link=contact_link,
            email_sender_name=email_sender_name,
            prefix_sms=prefix_sms,
        )
        if permission:
            request.permissions.permissions.extend(permission)
        if brand_text is not None:
            request.email_branding.CopyFrom(
                accounts_pb2.ServiceBranding(
                    text=brand_text, colour=brand_colour, logo_url=brand_logo, banner=brand_banner
                )
            )
        return (await clients.channel.call(clients.accounts.UpdateService, request)).service

    show_facts(service_facts(with_clients(home, work, reason=reason)), as_json=as_json)


@service_app.command("go-live")
def go_live(
    service: ServiceName, reason: Reason = "", home: Home = DEFAULT_HOME, as_json: AsJson = False
) -> None:
    """Take a service out of trial mode. Its organisation must have signed the agreement.

    Example: notifyctl service go-live "Parking permits" --reason "request 4711 approved"
    """

    async def work(clients: Clients) -> accounts_pb2.Service:
        found = (await find_service(clients, service)).service
        request = accounts_pb2.GoLiveRequest(service_id=found.id, based_on_version=found.version)
        return (await clients.channel.call(clients.accounts.GoLive, request)).service

    show_facts(service_facts(with_clients(home, work, reason=reason)), as_json=as_json)


@service_app.command("archive")
def archive_service(
    service: ServiceName,
    yes: Yes = False,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Archive a service: it sends no more, its name is free, its templates and keys can't be used. All of it is kept.

    Example: notifyctl service archive "Parking permits" --reason "asked for by its team"
    """

    async def work(clients: Clients) -> accounts_pb2.ArchiveServiceResponse:
        found = (await find_service(clients, service)).service
        request = accounts_pb2.ArchiveServiceRequest(
            service_id=found.id, based_on_version=found.version, dry_run=True
        )
        plan = await clients.channel.call(clients.accounts.ArchiveService, request)
        templates, keys = plan.archived_template_count, plan.revoked_api_key_count
        question = f"Archive {found.name} with {templates} templates and {keys} API keys?"
        confirm(1 + templates + keys, question, yes=yes)
        request.dry_run = False
        return await clients.channel.call(clients.accounts.ArchiveService, request)

    answer = with_clients(home, work, reason=reason)
    counts = {"templates": answer.archived_template_count, "api_keys": answer.revoked_api_key_count}
    show_facts({**service_facts(answer.service), **counts}, as_json=as_json)


@service_app.command("unarchive")
def unarchive_service(
    service: ServiceName,
    yes: Yes = False,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Undo the archiving of a service: what it changed, and nothing that was changed before or after.

    Example: notifyctl service unarchive 019b0000-0000-7000-8000-000000000001 --reason "archived by mistake"
    """

    async def work(clients: Clients) -> accounts_pb2.UnarchiveServiceResponse:
        found = (await find_service(clients, service)).service
        request = accounts_pb2.UnarchiveServiceRequest(
            service_id=found.id, based_on_version=found.version, dry_run=True
        )
        plan = await clients.channel.call(clients.accounts.UnarchiveService, request)
        templates, keys = plan.restored_template_count, plan.restored_api_key_count
        question = f"Bring {found.name} back with {templates} templates and {keys} API keys?"
        confirm(1 + templates + keys, question, yes=yes)
        request.dry_run = False
        return await clients.channel.call(clients.accounts.UnarchiveService, request)

    answer = with_clients(home, work, reason=reason)
    counts = {"templates": answer.restored_template_count, "api_keys": answer.restored_api_key_count}
    show_facts({**service_facts(answer.service), **counts}, as_json=as_json)


@service_app.command("retention")
def set_retention(
    service: ServiceName,
    channel: Annotated[Channel, typer.Option("--type", help="The channel.")],
    days: Annotated[int, typer.Option(help="3 to 90.")],
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Set for how long a service's messages of a channel are kept.

    Example: notifyctl service retention "Demo service" --type sms --days 3 --reason "their privacy notice says so"
    """

    async def work(clients: Clients) -> accounts_pb2.Service:
        found = (await find_service(clients, service)).service
        request = accounts_pb2.SetRetentionRequest(
            service_id=found.id, based_on_version=found.version, type=TYPES[channel], days=days
        )
        return (await clients.channel.call(clients.accounts.SetRetention, request)).service

    updated = with_clients(home, work, reason=reason)
    facts = {"service": updated.name, "type": channel.value, "days": days, "version": updated.version}
    show_facts(facts, as_json=as_json)


@key_app.command("create")
def create_key(
    service: ServiceArgument,
    name: Annotated[str, typer.Option(help="Its name; the service must not have another of it.")],
    kind: Annotated[
        KeyKind, typer.Option("--type", help="Whether messages are really sent, and to whom.")
    ] = KeyKind.LIVE,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Make an API key, and show it this once.

    Example: notifyctl key create --service "Parking permits" --name website --type test -r "their new site"
    """

    async def work(clients: Clients) -> accounts_pb2.CreateApiKeyResponse:
        found = await find_service(clients, service)
        request = accounts_pb2.CreateApiKeyRequest(
            service_id=found.service.id, name=name, type=KEY_TYPES[kind]
        )
        return await clients.channel.call(clients.accounts.CreateApiKey, request)

    answer = with_clients(home, work, reason=reason)
    facts = {"id": answer.api_key.id, "name": answer.api_key.name, "type": kind.value, "key": answer.full_key}
    show(facts, f"{answer.full_key}\nIt is not shown again.", as_json=as_json)


@key_app.command("list")
def list_keys(service: ServiceArgument, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List a service's API keys, without their secrets.

    Example: notifyctl key list -s "Demo service"
    """
    found = with_clients(home, lambda clients: find_service(clients, service))
    rows = [
        {
            "name": key.name,
            "id": key.id,
            "type": _KEY_NAMES[key.type],
            "created": key.create_time.ToDatetime(UTC).isoformat(sep=" ", timespec="seconds"),
            "revoked": key.HasField("revoke_time"),
        }
        for key in found.api_keys
    ]
    columns = {"name": "name", "id": "id", "type": "type", "created": "created (UTC)", "revoked": "revoked"}
    show_table("api_keys", rows, columns, as_json=as_json)


@key_app.command("revoke")
def revoke_key(
    service: ServiceArgument,
    key: Annotated[str, typer.Argument(help="Its id, or its name while it may be used.")],
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Revoke an API key: requests that are signed with it are refused from now on.

    Example: notifyctl key revoke website -s "Demo service" --reason "it leaked"
    """

    async def work(clients: Clients) -> accounts_pb2.ApiKey:
        found = await find_service(clients, service)
        live = [each for each in found.api_keys if not each.HasField("revoke_time")]
        ids = [each.id for each in found.api_keys if each.id == key]
        ids = ids or [each.id for each in live if each.name == key]
        if not ids:
            raise CommandError(f"the service has no live key {key!r}")
        request = accounts_pb2.RevokeApiKeyRequest(service_id=found.service.id, api_key_id=ids[0])
        return (await clients.channel.call(clients.accounts.RevokeApiKey, request)).api_key

    revoked = with_clients(home, work, reason=reason)
    show_facts({"name": revoked.name, "id": revoked.id, "revoked": True}, as_json=as_json)


def service_facts(service: accounts_pb2.Service) -> dict[str, Any]:
    """A service's own settings as JSON."""
    limits = service.daily_limits
    return {
        "name": service.name,
        "id": service.id,
        "active": service.active,
        "trial": service.restricted,
        "may_send": list(service.permissions),
        "organisation_id": service.organisation_id or None,
        "contact_link": service.contact_link or None,
        "email_sender_name": service.email_sender_name or None,
        "branding": service.email_branding.text if service.HasField("email_branding") else None,
        "rate_limit": service.rate_limit,
        "daily_limits": {
            "email": limits.email,
            "sms": limits.sms,
            "letter": limits.letter,
            "international_sms": limits.international_sms,
        },
        "archived": service.archive_time.ToDatetime(UTC).isoformat(sep=" ", timespec="seconds")
        if service.HasField("archive_time")
        else None,
        "version": service.version,
    }
