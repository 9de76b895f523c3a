"""`notifyctl org` and `notifyctl user`: organisations with their agreements, users and what they may do."""

from datetime import UTC
from typing import Annotated, Any

import typer
from google.protobuf.timestamp_pb2 import Timestamp

from clients.notifyctl.accounts import ServiceArgument
from clients.notifyctl.connection import (
    DEFAULT_HOME,
    Clients,
    Home,
    Reason,
    find_service,
    is_uuid,
    with_clients,
)
from clients.notifyctl.output import AsJson, CommandError, show_facts, show_table
from clients.notifyctl.people import end_of
from notify.notifications.v1 import accounts_pb2 as pb
from servicekit import clock

org_app = typer.Typer(no_args_is_help=True, help="Organisations that services belong to.")
user_app = typer.Typer(no_args_is_help=True, help="People who use services.")

OrganisationArgument = Annotated[str, typer.Argument(metavar="ORG", help="Its id or its name.")]
UserArgument = Annotated[str, typer.Argument(metavar="USER", help="Their id or email address.")]
_PAGE = 1_000


@org_app.command("list")
def list_organisations(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List organisations.

    Example: notifyctl org list
    """

    async def work(clients: Clients) -> list[pb.Organisation]:
        found: list[pb.Organisation] = []
        request = pb.ListOrganisationsRequest(page_size=_PAGE)
        while True:
            answer = await clients.channel.call(clients.accounts.ListOrganisations, request)
            found += answer.organisations
            if not answer.HasField("next_page_token"):
                return found
            request.page_token = answer.next_page_token

    rows = [organisation_facts(each) for each in with_clients(home, work)]
    columns = {"name": "name", "id": "id", "type": "type", "agreement": "agreement", "version": "version"}
    show_table("organisations", rows, columns, as_json=as_json)


@org_app.command("show")
def show_organisation(
    organisation: OrganisationArgument, home: Home = DEFAULT_HOME, as_json: AsJson = False
) -> None:
    """Show an organisation.

    Example: notifyctl org show "Demo organisation"
    """
    found = with_clients(home, lambda clients: find_organisation(clients, organisation))
    show_facts(organisation_facts(found), as_json=as_json)


@org_app.command("create")
def create_organisation(
    name: Annotated[str, typer.Argument(help="Its name; nobody else may have it.")],
    type: Annotated[str, typer.Option(help="central, local, nhs_central, nhs_local, nhs_gp … or other.")],
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Make an organisation.

    Example: notifyctl org create "Borsetshire County Council" --type local --reason "new customer"
    """

    async def work(clients: Clients) -> pb.Organisation:
        request = pb.CreateOrganisationRequest(name=name, organisation_type=type)
        return (await clients.channel.call(clients.accounts.CreateOrganisation, request)).organisation

    show_facts(organisation_facts(with_clients(home, work, reason=reason)), as_json=as_json)


@org_app.command("update")
def update_organisation(
    organisation: OrganisationArgument,
    name: Annotated[str | None, typer.Option(help="A new name.")] = None,
    type: Annotated[str | None, typer.Option(help="Another type.")] = None,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Change an organisation.

    Example: notifyctl org update "Borsetshire County Council" --name "Borsetshire Council" --reason "renamed"
    """

    async def work(clients: Clients) -> pb.Organisation:
        found = await find_organisation(clients, organisation)
        request = pb.UpdateOrganisationRequest(
            organisation_id=found.id, based_on_version=found.version, name=name, organisation_type=type
        )
        return (await clients.channel.call(clients.accounts.UpdateOrganisation, request)).organisation

    show_facts(organisation_facts(with_clients(home, work, reason=reason)), as_json=as_json)


@org_app.command("sign-agreement")
def sign_agreement(
    organisation: OrganisationArgument,
    version: Annotated[str, typer.Option(help="Which text of the agreement.")],
    by: Annotated[str, typer.Option(help="The user who signed: their id or email address.")],
    on_behalf_of: Annotated[
        str | None, typer.Option(help="Name of the person for whom they signed, if not for themselves.")
    ] = None,
    at: Annotated[str | None, typer.Option(help="When, in ISO 8601; else now.")] = None,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Record that an organisation signed the agreement. Its services may go live from then on.

    Example: notifyctl org sign-agreement "Demo organisation" --version 3.1 --by demo.user@example.gov.uk -r signed
    """
    stamp = None
    if at is not None:
        stamp = Timestamp()
        stamp.FromDatetime(end_of(at, clock.now()))

    async def work(clients: Clients) -> pb.Organisation:
        found = await find_organisation(clients, organisation)
        request = pb.SignAgreementRequest(
            organisation_id=found.id,
            based_on_version=found.version,
            agreement_version=version,
            signed_by_user_id=(await find_user(clients, by)).id,
            on_behalf_of=on_behalf_of,
            sign_time=stamp,
        )
        return (await clients.channel.call(clients.accounts.SignAgreement, request)).organisation

    show_facts(organisation_facts(with_clients(home, work, reason=reason)), as_json=as_json)


@user_app.command("list")
def list_users(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List users.

    Example: notifyctl user list
    """
    rows = [user_facts(each) for each in with_clients(home, all_users)]
    columns = {"name": "name", "email_address": "email address", "id": "id", "version": "version"}
    show_table("users", rows, columns, as_json=as_json)


@user_app.command("create")
def create_user(
    email_address: Annotated[str, typer.Argument(help="Their email address; nobody else may have it.")],
    name: Annotated[str, typer.Option(help="Their name.")],
    mobile_number: Annotated[str | None, typer.Option(help="Their phone number.")] = None,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Make a user.

    Example: notifyctl user create jo@example.gov.uk --name "Jo Smith" --reason "joined the team"
    """

    async def work(clients: Clients) -> pb.User:
        request = pb.CreateUserRequest(name=name, email_address=email_address, mobile_number=mobile_number)
        return (await clients.channel.call(clients.accounts.CreateUser, request)).user

    show_facts(user_facts(with_clients(home, work, reason=reason)), as_json=as_json)


@user_app.command("update")
def update_user(
    user: UserArgument,
    name: Annotated[str | None, typer.Option(help="A new name.")] = None,
    email_address: Annotated[str | None, typer.Option(help="A new email address.")] = None,
    mobile_number: Annotated[str | None, typer.Option(help="A new number; empty removes it.")] = None,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Change a user.

    Example: notifyctl user update jo@example.gov.uk --name "Jo Jones" --reason "married"
    """

    async def work(clients: Clients) -> pb.User:
        found = await find_user(clients, user)
        request = pb.UpdateUserRequest(
            user_id=found.id,
            based_on_version=found.version,
            name=name,
            email_address=email_address,
            mobile_number=mobile_number,
        )
        return (await clients.channel.call(clients.accounts.UpdateUser, request)).user

    show_facts(user_facts(with_clients(home, work, reason=reason)), as_json=as_json)


@user_app.command("permissions")
def set_permissions(
    user: UserArgument,
    service: ServiceArgument,
    permission: Annotated[
        list[str] | None,
        typer.Option(
            help="What they may do: send_texts, send_emails, send_letters, manage_templates, manage_settings, "
            "manage_users, manage_api_keys, view_activity. Again for more. None: nothing."
        ),
    ] = None,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Make a user a member of a service, and set all that they may do in it.

    Example: notifyctl user permissions jo@example.gov.uk -s "Parking permits" --permission send_texts -r "new starter"
    """

    async def work(clients: Clients) -> pb.MemberPermissions:
        found = await find_user(clients, user)
        details = await find_service(clients, service)
        service_id = details.service.id
        if not any(member.id == found.id for member in details.members):
            new = pb.AddServiceMemberRequest(service_id=service_id, user_id=found.id)
            await clients.channel.call(clients.accounts.AddServiceMember, new)
        versions = {member.user_id: member.version for member in details.member_permissions}
        request = pb.SetMemberPermissionsRequest(
            service_id=service_id,
            user_id=found.id,
            based_on_version=versions.get(found.id, 0),
            permissions=permission or [],
        )
        answer = await clients.channel.call(clients.accounts.SetMemberPermissions, request)
        return answer.member_permissions

    member = with_clients(home, work, reason=reason)
    facts = {"user_id": member.user_id, "permissions": list(member.permissions), "version": member.version}
    show_facts(facts, as_json=as_json)


@user_app.command("remove")
def remove_member(
    user: UserArgument,
    service: ServiceArgument,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Take a user out of a service.

    Example: notifyctl user remove jo@example.gov.uk -s "Parking permits" --reason "left the team"
    """

    async def work(clients: Clients) -> dict[str, Any]:
        found = await find_user(clients, user)
        service_id = (await find_service(clients, service)).service.id
        request = pb.RemoveServiceMemberRequest(service_id=service_id, user_id=found.id)
        await clients.channel.call(clients.accounts.RemoveServiceMember, request)
        return {"user_id": found.id, "service_id": service_id, "member": False}

    show_facts(with_clients(home, work, reason=reason), as_json=as_json)


async def find_organisation(clients: Clients, id_or_name: str) -> pb.Organisation:
    """An organisation by its id or its exact name. Raises NotFound, CommandError."""
    if is_uuid(id_or_name):
        request = pb.GetOrganisationRequest(organisation_id=id_or_name)
        return (await clients.channel.call(clients.accounts.GetOrganisation, request)).organisation
    by_name = pb.ListOrganisationsRequest(name=id_or_name)
    found = (await clients.channel.call(clients.accounts.ListOrganisations, by_name)).organisations
    if not found:
        raise CommandError(f"there is no organisation {id_or_name!r}")
    return found[0]


async def find_user(clients: Clients, id_or_address: str) -> pb.User:
    """A user by their id or email address. Raises NotFound, CommandError."""
    if not is_uuid(id_or_address):
        request = pb.GetUserRequest(email_address=id_or_address)
        return (await clients.channel.call(clients.accounts.GetUser, request)).user
    for user in await all_users(clients):
        if user.id == id_or_address:
            return user
    raise CommandError("there is no user of this id")


async def all_users(clients: Clients) -> list[pb.User]:
    """All users, by email address."""
    found: list[pb.User] = []
    request = pb.ListUsersRequest(page_size=_PAGE)
    while True:
        answer = await clients.channel.call(clients.accounts.ListUsers, request)
        found += answer.users
        if not answer.HasField("next_page_token"):
            return found
        request.page_token = answer.next_page_token


def organisation_facts(organisation: pb.Organisation) -> dict[str, Any]:
    """An organisation as JSON."""
    signed = organisation.agreement if organisation.HasField("agreement") else None
    return {
        "name": organisation.name,
        "id": organisation.id,
        "type": organisation.organisation_type,
        "agreement": signed.version if signed else None,
        "signed_by": signed.signed_by_user_id if signed else None,
        "on_behalf_of": signed.on_behalf_of or None if signed else None,
        "signed_at": signed.sign_time.ToDatetime(UTC).isoformat() if signed else None,
        "version": organisation.version,
    }


def user_facts(user: pb.User) -> dict[str, Any]:
    """A user as JSON."""
    return {
        "name": user.name,
        "id": user.id,
        "email_address": user.email_address,
        "mobile_number": user.mobile_number or None,
        "version": user.version,
    }
