"""`notifyctl number`: the numbers that people can text to."""

import csv
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any

import typer

from clients.notifyctl.connection import DEFAULT_HOME, Clients, Home, Reason, find_service, with_clients
from clients.notifyctl.output import AsJson, CommandError, Yes, confirm, show, show_facts, show_table
from notify.notifications.v1 import accounts_pb2 as pb

number_app = typer.Typer(no_args_is_help=True, help="Numbers that people can text to.")

Number = Annotated[str, typer.Argument(help="In any written form, or a short code.")]
Provider = Annotated[str, typer.Option(help="Who hands its texts over: mmg or firetext.")]
OptionalService = Annotated[
    str | None, typer.Option("--service", "-s", help="The service: its id or its name.")
]
_PAGE = 1_000
_NUMBER_COLUMNS = frozenset({"number", "phone number", "phone_number", "inbound number"})


@number_app.command("list")
def list_numbers(
    service: OptionalService = None,
    free: Annotated[bool, typer.Option("--free", help="Only those that no service has.")] = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List numbers.

    Example: notifyctl number list --free
    """

    async def work(clients: Clients) -> list[pb.InboundNumber]:
        request = pb.ListInboundNumbersRequest(free_only=free, page_size=_PAGE)
        if service is not None:
            request.service_id = (await find_service(clients, service)).service.id
        found: list[pb.InboundNumber] = []
        while True:
            answer = await clients.channel.call(clients.accounts.ListInboundNumbers, request)
            found += answer.inbound_numbers
            if not answer.HasField("next_page_token"):
                return found
            request.page_token = answer.next_page_token

    columns = {
        "number": "number",
        "provider": "provider",
        "service_id": "service",
        "first_used": "first used",
    }
    show_table("numbers", [_facts(each) for each in with_clients(home, work)], columns, as_json=as_json)


@number_app.command("import")
def import_numbers(
    file: Annotated[Path, typer.Argument(help="CSV: a column `number`, or the first one.")],
    provider: Provider,
    yes: Yes = False,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Add many numbers from a CSV file, all or none; those that are there already stay as they are.

    Example: notifyctl number import numbers.csv --provider mmg --reason "order 4711"
    """
    numbers = read_numbers(file)

    async def work(clients: Clients) -> pb.ImportInboundNumbersResponse:
        request = pb.ImportInboundNumbersRequest(numbers=numbers, provider=provider, dry_run=True)
        expected = await clients.channel.call(clients.accounts.ImportInboundNumbers, request)
        question = f"Add {expected.added_count} numbers ({expected.known_count} are there already)?"
        confirm(expected.added_count, question, yes=yes)
        request.dry_run = False
        return await clients.channel.call(clients.accounts.ImportInboundNumbers, request)

    answer = with_clients(home, work, reason=reason)
    facts = {"added": answer.added_count, "known": answer.known_count}
    show(facts, f"{answer.added_count} added, {answer.known_count} were there already", as_json=as_json)


@number_app.command("add")
def add_number(
    number: Number,
    provider: Provider,
    service: OptionalService = None,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Add one number.

    Example: notifyctl number add "07700 900 200" --provider mmg --reason "order 4711"
    """

    async def work(clients: Clients) -> pb.InboundNumber:
        request = pb.AddInboundNumberRequest(number=number, provider=provider)
        if service is not None:
            request.service_id = (await find_service(clients, service)).service.id
        return (await clients.channel.call(clients.accounts.AddInboundNumber, request)).inbound_number

    show_facts(_facts(with_clients(home, work, reason=reason)), as_json=as_json)


@number_app.command("assign")
def assign_number(
    service: Annotated[str, typer.Option("--service", "-s", help="The service: its id or its name.")],
    number: Annotated[str | None, typer.Argument(help="In any written form; else any free one.")] = None,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Give a free number to a service.

    Example: notifyctl number assign -s "Demo service" --reason "wants replies"
    """

    async def work(clients: Clients) -> pb.InboundNumber:
        service_id = (await find_service(clients, service)).service.id
        wanted = number or await _any_free(clients)
        request = pb.AssignInboundNumberRequest(number=wanted, service_id=service_id)
        return (await clients.channel.call(clients.accounts.AssignInboundNumber, request)).inbound_number

    show_facts(_facts(with_clients(home, work, reason=reason)), as_json=as_json)


@number_app.command("unassign")
def unassign_number(
    number: Number, reason: Reason = "", home: Home = DEFAULT_HOME, as_json: AsJson = False
) -> None:
    """Take a number that no text has come to away from its service.

    Example: notifyctl number unassign 07700900200 --reason "given by mistake"
    """

    async def work(clients: Clients) -> pb.InboundNumber:
        request = pb.AssignInboundNumberRequest(number=number)
        return (await clients.channel.call(clients.accounts.AssignInboundNumber, request)).inbound_number

    show_facts(_facts(with_clients(home, work, reason=reason)), as_json=as_json)


@number_app.command("release")
def release_number(
    number: Number, reason: Reason = "", home: Home = DEFAULT_HOME, as_json: AsJson = False
) -> None:
    """Give a number that no text has come to back to its provider.

    Example: notifyctl number release 07700900200 --reason "contract ended"
    """

    async def work(clients: Clients) -> None:
        request = pb.ReleaseInboundNumberRequest(number=number)
        await clients.channel.call(clients.accounts.ReleaseInboundNumber, request)

    with_clients(home, work, reason=reason)
    show({"number": number, "released": True}, f"{number} is no longer ours", as_json=as_json)


@number_app.command("stock")
def stock(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Count the numbers that are left to give, and warn when they are few.

    Example: notifyctl number stock
    """

    async def work(clients: Clients) -> pb.GetInboundNumberStockResponse:
        request = pb.GetInboundNumberStockRequest()
        return await clients.channel.call(clients.accounts.GetInboundNumberStock, request)

    answer = with_clients(home, work)
    facts = {"free": answer.free_count, "assigned": answer.assigned_count, "low": answer.low}
    text = f"{answer.free_count} free, {answer.assigned_count} assigned"
    if answer.low:
        text += f"\nlow: fewer than {answer.low_below_count} are left; order more"
    show(facts, text, as_json=as_json)


def read_numbers(file: Path) -> list[str]:
    """The numbers of a CSV file: of the column that is called so, else of the first one. Raises CommandError."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            rows = [row for row in csv.reader(lines) if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        raise CommandError(f"{file} can't be read as CSV in UTF-8") from err
    if not rows:
        raise CommandError(f"{file} has no rows")
    titles = [cell.strip().lower() for cell in rows[0]]
    column = next((at for at, title in enumerate(titles) if title in _NUMBER_COLUMNS), None)
    body = rows if column is None else rows[1:]
    return [row[column or 0].strip() if len(row) > (column or 0) else "" for row in body]


async def _any_free(clients: Clients) -> str:
    request = pb.ListInboundNumbersRequest(free_only=True, page_size=_PAGE)
    answer = await clients.channel.call(clients.accounts.ListInboundNumbers, request)
    for number in answer.inbound_numbers:
        if not number.HasField("first_used_time"):
            return number.number
    raise CommandError("no number is free; `notifyctl number import` adds some")


def _facts(number: pb.InboundNumber) -> dict[str, Any]:
    used = number.HasField("first_used_time")
    return {
        "number": number.number,
        "provider": number.provider,
        "service_id": number.service_id or None,
        "first_used": number.first_used_time.ToDatetime(UTC).isoformat() if used else None,
    }
