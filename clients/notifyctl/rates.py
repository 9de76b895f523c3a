"""`notifyctl rates`: prices, multipliers and allowances, from which day they hold, and who changed them."""

from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.table import Table

from clients.notifyctl.connection import DEFAULT_HOME, BillingClients, Home, with_billing
from clients.notifyctl.output import AsJson, CommandError, console, show
from clients.notifyctl.usage import service_id_of
from notify.billing.v1 import billing_pb2 as pb
from notifyrules.money import pounds

rates_app = typer.Typer(no_args_is_help=True, help="Prices and free allowances.")


class Kind(StrEnum):
    """What a figure is for."""

    TEXT = "text"
    LETTER = "letter"
    MULTIPLIER = "multiplier"
    FREE_ALLOWANCE = "free-allowance"
    SERVICE_ALLOWANCE = "service-allowance"


KINDS = {
    Kind.TEXT: pb.RATE_KIND_TEXT,
    Kind.LETTER: pb.RATE_KIND_LETTER,
    Kind.MULTIPLIER: pb.RATE_KIND_MULTIPLIER,
    Kind.FREE_ALLOWANCE: pb.RATE_KIND_FREE_ALLOWANCE,
    Kind.SERVICE_ALLOWANCE: pb.RATE_KIND_SERVICE_ALLOWANCE,
}
_NAMES = {number: kind for kind, number in KINDS.items()}
_PRICES = (Kind.TEXT, Kind.LETTER)


@rates_app.command("list")
def list_rates(
    kind: Annotated[Kind | None, typer.Option("--kind", help="Only of this kind.")] = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List every figure with its first day.

    Example: notifyctl rates list --kind text
    """

    async def work(clients: BillingClients) -> pb.ListRatesResponse:
        request = pb.ListRatesRequest(kinds=[KINDS[kind]] if kind else [])
        return await clients.channel.call(clients.billing.ListRates, request)

    rates = with_billing(home, work).rates
    if as_json:
        show({"rates": [rate_facts(rate) for rate in rates]}, "", as_json=True)
        return
    table = Table("kind", "for", "from", box=None, pad_edge=False)
    table.add_column("value", justify="right")
    for rate in rates:
        facts = rate_facts(rate)
        table.add_row(facts["kind"], facts["key"], facts["from"], str(facts["value"]))
    console.print(table)


@rates_app.command("set")
def set_rate(
    kind: Annotated[Kind, typer.Argument(help="What it is for.")],
    value: Annotated[
        str, typer.Argument(help="Prices in pounds with up to four decimals (0.0240); others whole numbers.")
    ],
    from_day: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the record.")],
    key: Annotated[
        str,
        typer.Option(
            "--for", help='Which one: "second/2" (postage and sheets), a phone prefix, a type, or a service.'
        ),
    ] = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Set a figure from a day on; what was used from that day is priced anew.

    Example: notifyctl rates set text 0.0250 --from 2027-04-01 --reason "new contract"
    """
    number = whole(value, is_price=kind in _PRICES)

    async def work(clients: BillingClients) -> pb.SetRateResponse:
        found = await service_id_of(clients, key) if kind is Kind.SERVICE_ALLOWANCE else key
        rate = pb.Rate(kind=KINDS[kind], key=found, from_london_date=from_day, value=number)
        return await clients.channel.call(
            clients.billing.SetRate, pb.SetRateRequest(rate=rate, reason=reason), timeout_s=60.0
        )

    answer = with_billing(home, work, reason=reason)
    facts = change_facts(answer.change) | {"repriced": answer.repriced_count}
    before = facts["before"]
    show(
        facts,
        f"{facts['kind']} {facts['key']} from {facts['from']}: "
        f"{'new' if before is None else before} → {facts['value']}; {answer.repriced_count} daily facts priced anew",
        as_json=as_json,
    )


@rates_app.command("history")
def history(
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many at most.")] = 50,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Who changed what, when and why; newest first.

    Example: notifyctl rates history --limit 20
    """

    async def work(clients: BillingClients) -> pb.ListRateChangesResponse:
        return await clients.channel.call(
            clients.billing.ListRateChanges, pb.ListRateChangesRequest(page_size=limit)
        )

    changes = with_billing(home, work).changes
    if as_json:
        show({"changes": [change_facts(change) for change in changes]}, "", as_json=True)
        return
    table = Table(
        "time (UTC)", "kind", "for", "from", "before", "after", "by", "why", box=None, pad_edge=False
    )
    for change in changes:
        facts = change_facts(change)
        table.add_row(
            *(str(facts[name] if facts[name] is not None else "") for name in (
                "time", "kind", "key", "from", "before", "value", "by", "reason"
            ))
        )  # fmt: skip
    console.print(table)


def whole(text: str, *, is_price: bool) -> int:
    """A figure as it is kept: pounds as ten-thousandths. Raises CommandError."""
    pieces = text.removeprefix("£").split(".")
    decimals = pieces[1] if len(pieces) == 2 else ""
    is_number = pieces[0].isascii() and pieces[0].isdigit() and (not decimals or decimals.isdigit())
    if len(pieces) > 2 or not is_number or len(decimals) > (4 if is_price else 0):
        raise CommandError(
            f"{text}: write {'pounds with up to four decimals, such as 0.0240' if is_price else 'a whole number'}"
        )
    return int(pieces[0] + decimals.ljust(4, "0")) if is_price else int(pieces[0])


def rate_facts(rate: pb.Rate) -> dict[str, Any]:
    """A figure as JSON: prices as exact pounds."""
    kind = _NAMES.get(rate.kind)
    return {
        "kind": kind.value if kind else "",
        "key": rate.key,
        "from": rate.from_london_date,
        "value": pounds(rate.value) if kind in _PRICES else rate.value,
    }


def change_facts(change: pb.RateChange) -> dict[str, Any]:
    """A change as JSON."""
    facts = rate_facts(change.rate)
    before = change.value_before if change.HasField("value_before") else None
    is_price = facts["kind"] in {kind.value for kind in _PRICES}
    return facts | {
        "before": pounds(before) if before is not None and is_price else before,
        "time": change.change_time.ToDatetime().isoformat(timespec="seconds"),
        "by": change.changed_by,
        "reason": change.reason,
    }
