"""`notifyctl sender`, `notifyctl reply-to`, `notifyctl guest-list`: what a service's messages come from, and
whom it may always send to.
"""

import asyncio
from typing import Annotated, Any
from uuid import uuid4

import typer

from clients.notifyctl.accounts import ServiceArgument
from clients.notifyctl.connection import DEFAULT_HOME, Clients, Home, Reason, find_service, with_clients
from clients.notifyctl.events import event_facts, search_all
from clients.notifyctl.output import AsJson, CommandError, Yes, confirm, show_facts, show_table
from notify.notifications.v1 import accounts_pb2 as pb
from notify.operations.v1 import audit_pb2
from servicekit.clock import monotonic

sender_app = typer.Typer(no_args_is_help=True, help="What a service's texts come from.")
reply_to_app = typer.Typer(no_args_is_help=True, help="Where answers to a service's emails go.")
guest_app = typer.Typer(no_args_is_help=True, help="Whom a trial service or a team key may also send to.")

SenderId = Annotated[str, typer.Argument(metavar="ID", help="The sender's id, as `list` shows it.")]
Default = Annotated[bool, typer.Option("--default", help="It is used when none is chosen.")]
_VERIFICATION_PATIENCE_S = 45.0
_ASK_EVERY_S = 0.5
_COLUMNS = {"value": "value", "id": "id", "default": "default", "archived": "archived", "version": "version"}


@sender_app.command("list")
def list_senders(service: ServiceArgument, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List a service's text senders, archived ones too.

    Example: notifyctl sender list -s "Demo service"
    """
    found = with_clients(home, lambda clients: find_service(clients, service))
    show_table("senders", [_facts(each) for each in found.sms_senders], _COLUMNS, as_json=as_json)


@sender_app.command("add")
def add_sender(
    service: ServiceArgument,
    value: Annotated[str, typer.Argument(help="Name of at most 11 characters, or a phone number.")],
    default: Default = False,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Add a text sender.

    Example: notifyctl sender add PARKING -s "Demo service" --default --reason "new name"
    """

    async def work(clients: Clients) -> pb.SmsSender:
        service_id = (await find_service(clients, service)).service.id
        request = pb.CreateSmsSenderRequest(service_id=service_id, value=value, is_default=default)
        return (await clients.channel.call(clients.accounts.CreateSmsSender, request)).sms_sender

    show_facts(_facts(with_clients(home, work, reason=reason)), as_json=as_json)


@sender_app.command("update")
def update_sender(
    service: ServiceArgument,
    id: SenderId,
    value: Annotated[str | None, typer.Option(help="A new name or number.")] = None,
    default: Default = False,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Change a text sender, or make it the default.

    Example: notifyctl sender update ID -s "Demo service" --default --reason "asked for by the team"
    """
    _update(pb.SENDER_KIND_SMS, service, id, value, default, reason, home, as_json)


@sender_app.command("archive")
def archive_sender(
    service: ServiceArgument,
    id: SenderId,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Archive a text sender: it can't be used any more.

    Example: notifyctl sender archive ID -s "Demo service" --reason "misleading"
    """

    async def work(clients: Clients) -> pb.SmsSender:
        service_id = (await find_service(clients, service)).service.id
        request = pb.ArchiveSmsSenderRequest(service_id=service_id, sms_sender_id=id)
        return (await clients.channel.call(clients.accounts.ArchiveSmsSender, request)).sms_sender

    show_facts(_facts(with_clients(home, work, reason=reason)), as_json=as_json)


@sender_app.command("history")
def history(service: ServiceArgument, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show what a service's text senders were, who changed them and why, newest first.

    Example: notifyctl sender history -s "Demo service"
    """

    async def work(clients: Clients) -> str:
        return (await find_service(clients, service)).service.id

    service_id = with_clients(home, work)
    request = audit_pb2.SearchEventsRequest(service_id=service_id, type="sms_sender.", page_size=1_000)
    rows = [event_facts(event) for event in search_all(home, request, 1_000)]
    columns = {
        "time": "time (UTC)",
        "subject": "sender",
        "type": "change",
        "before": "before",
        "after": "after",
        "actor": "who",
        "reason": "why",
    }
    show_table("events", rows, columns, as_json=as_json)


@reply_to_app.command("list")
def list_reply_tos(service: ServiceArgument, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List a service's reply-to addresses, archived ones too.

    Example: notifyctl reply-to list -s "Demo service"
    """
    found = with_clients(home, lambda clients: find_service(clients, service))
    show_table("reply_tos", [_facts(each) for each in found.email_reply_tos], _COLUMNS, as_json=as_json)


@reply_to_app.command("add")
def add_reply_to(
    service: ServiceArgument,
    address: Annotated[str, typer.Argument(help="The address.")],
    default: Default = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Send it an email first, and add it once that arrives.")
    ] = False,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Add a reply-to address.

    Example: notifyctl reply-to add permits@example.gov.uk -s "Demo service" --verify --reason "asked for by the team"
    """

    async def work(clients: Clients) -> pb.EmailReplyTo:
        service_id = (await find_service(clients, service)).service.id
        if verify:
            return await _verified(clients, service_id, address, is_default=default)
        request = pb.CreateEmailReplyToRequest(service_id=service_id, value=address, is_default=default)
        return (await clients.channel.call(clients.accounts.CreateEmailReplyTo, request)).email_reply_to

    show_facts(_facts(with_clients(home, work, reason=reason)), as_json=as_json)


@reply_to_app.command("update")
def update_reply_to(
    service: ServiceArgument,
    id: SenderId,
    value: Annotated[str | None, typer.Option(help="A new address.")] = None,
    default: Default = False,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Change a reply-to address, or make it the default.

    Example: notifyctl reply-to update ID -s "Demo service" --default --reason "asked for by the team"
    """
    _update(pb.SENDER_KIND_EMAIL_REPLY_TO, service, id, value, default, reason, home, as_json)


@reply_to_app.command("archive")
def archive_reply_to(
    service: ServiceArgument,
    id: SenderId,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Archive a reply-to address: it can't be used any more.

    Example: notifyctl reply-to archive ID -s "Demo service" --reason "nobody reads it"
    """

    async def work(clients: Clients) -> pb.EmailReplyTo:
        service_id = (await find_service(clients, service)).service.id
        request = pb.ArchiveEmailReplyToRequest(service_id=service_id, email_reply_to_id=id)
        return (await clients.channel.call(clients.accounts.ArchiveEmailReplyTo, request)).email_reply_to

    show_facts(_facts(with_clients(home, work, reason=reason)), as_json=as_json)


@guest_app.command("show")
def show_guests(service: ServiceArgument, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show a service's guest list.

    Example: notifyctl guest-list show -s "Demo service"
    """
    found = with_clients(home, lambda clients: find_service(clients, service))
    facts = {"guests": list(found.guest_list), "version": found.guest_list_version}
    show_facts(facts, as_json=as_json)


@guest_app.command("set")
def set_guests(
    service: ServiceArgument,
    guests: Annotated[
        list[str] | None,
        typer.Argument(help="Phone numbers and email addresses, at most 5 of each. None: nobody."),
    ] = None,
    yes: Yes = False,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Replace a service's guest list.

    Example: notifyctl guest-list set 07700900123 jo@example.gov.uk -s "Demo service" --yes --reason "user research"
    """
    wanted = guests or []

    async def work(clients: Clients) -> dict[str, Any]:
        found = await find_service(clients, service)
        question = f"Replace the {len(found.guest_list)} guests of {found.service.name} by {len(wanted)}?"
        confirm(len(found.guest_list) + len(wanted), question, yes=yes)
        request = pb.SetGuestListRequest(
            service_id=found.service.id,
            phone_numbers=[guest for guest in wanted if "@" not in guest],
            email_addresses=[guest for guest in wanted if "@" in guest],
            based_on_version=found.guest_list_version,
        )
        await clients.channel.call(clients.accounts.SetGuestList, request)
        return {"guests": wanted, "version": found.guest_list_version + 1}

    show_facts(with_clients(home, work, reason=reason), as_json=as_json)


def _update(
    kind: "pb.SenderKind",
    service: str,
    id: str,
    value: str | None,
    default: bool,
    reason: str,
    home: Any,
    as_json: bool,
) -> None:
    if value is None and not default:
        raise CommandError("say what is to change: --value or --default")

    async def work(clients: Clients) -> pb.Sender:
        found = await find_service(clients, service)
        versions = {sender.id: sender.version for sender in found.sms_senders}
        versions |= {sender.id: sender.version for sender in found.email_reply_tos}
        request = pb.UpdateSenderRequest(
            service_id=found.service.id,
            kind=kind,
            sender_id=id,
            based_on_version=versions.get(id, 0),
            value=value,
            is_default=True if default else None,
        )
        return (await clients.channel.call(clients.accounts.UpdateSender, request)).sender

    show_facts(_facts(with_clients(home, work, reason=reason)), as_json=as_json)


async def _verified(clients: Clients, service_id: str, address: str, *, is_default: bool) -> pb.EmailReplyTo:
    """Send the email and wait until it has arrived. Raises CommandError when it does not."""
    request = pb.VerifyEmailReplyToRequest(
        request_id=str(uuid4()), service_id=service_id, value=address, is_default=is_default
    )
    give_up_at = monotonic() + _VERIFICATION_PATIENCE_S
    while monotonic() < give_up_at:
        answer = await clients.channel.call(clients.accounts.VerifyEmailReplyTo, request)
        if answer.state == pb.VERIFICATION_STATE_VERIFIED:
            return answer.email_reply_to
        if answer.state == pb.VERIFICATION_STATE_FAILED:
            raise CommandError(f"the email did not arrive (notification {answer.notification_id})")
        await asyncio.sleep(_ASK_EVERY_S)
    raise CommandError(
        f"the email has not arrived in {_VERIFICATION_PATIENCE_S:.0f} s; add it without --verify"
    )


def _facts(sender: pb.SmsSender | pb.EmailReplyTo | pb.Sender) -> dict[str, Any]:
    return {
        "value": sender.value,
        "id": sender.id,
        "default": sender.is_default,
        "archived": sender.archived,
        "version": sender.version,
    }
