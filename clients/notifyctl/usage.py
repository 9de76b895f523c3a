"""`notifyctl usage`: what was used and what it costs, by service, organisation or everybody, and what a send
would cost. Amounts in JSON are exact, in pounds with four decimals as text; people see them to the penny.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from clients.notifyctl.accounts import ServiceArgument
from clients.notifyctl.connection import (
    DEFAULT_HOME,
    BillingClients,
    Home,
    find_service,
    is_uuid,
    with_billing,
)
from clients.notifyctl.forecasting import count_texts
from clients.notifyctl.output import AsJson, CommandError, console, show
from notify.billing.v1 import billing_pb2 as pb
from notify.notifications.v1 import accounts_pb2, templates_pb2, types_pb2
from notifyrules.london_time import london_date
from notifyrules.money import pounds, pounds_and_pence
from notifyrules.rates import Rate, RateKind, Rates
from notifyrules.templates import SmsTemplate
from servicekit.clock import now

usage_app = typer.Typer(no_args_is_help=True, help="What was used, and what it costs.")

Year = Annotated[
    int,
    typer.Option("--year", min=0, help="The year in which the financial year begins; this one if left out."),
]
_BAR = 40
_TIMEOUT_S = 60.0
_CHANNELS = {pb.CHANNEL_SMS: "sms", pb.CHANNEL_EMAIL: "email", pb.CHANNEL_LETTER: "letter"}
_REASONS: Mapping[int, str] = {
    pb.ALLOWANCE_REASON_ORGANISATION_TYPE: "by type of organisation",
    pb.ALLOWANCE_REASON_CUSTOM: "set for this service",
    pb.ALLOWANCE_REASON_CARRIED_OVER: "carried over from an earlier year",
    pb.ALLOWANCE_REASON_HIGH_USE: "none, after high use last year",
}


@usage_app.command("service")
def service_usage(
    service: ServiceArgument, year: Year = 0, home: Home = DEFAULT_HOME, as_json: AsJson = False
) -> None:
    """A financial year of a service, by month, and what remains of its allowance.

    Example: notifyctl usage service -s "Parking permits" --year 2026
    """

    async def work(clients: BillingClients) -> pb.GetYearUsageResponse:
        request = pb.GetYearUsageRequest(
            service_id=await service_id_of(clients, service), financial_year=year
        )
        return await clients.channel.call(clients.billing.GetYearUsage, request, timeout_s=_TIMEOUT_S)

    answer = with_billing(home, work)
    if as_json:
        show(
            {
                "financial_year": answer.financial_year,
                "lines": [line_facts(line) for line in answer.lines],
                "months": {month.london_month: total_facts(month.totals) for month in answer.months},
                "totals": total_facts(answer.totals),
                "allowance": allowance_facts(answer.allowance),
            },
            "",
            as_json=True,
        )
        return
    console.print(months_table(answer.months, answer.totals))
    console.print(bar_chart(answer.months))
    allowance = answer.allowance
    console.print(
        f"free allowance: {allowance.free_units:,} fragments ({_REASONS.get(allowance.reason, '')}), "
        f"{allowance.remaining_units:,} left"
    )


@usage_app.command("organisation")
def organisation_usage(
    organisation: Annotated[str, typer.Argument(help="Its id or its name.")],
    year: Year = 0,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """A financial year of an organisation, with all its services."""

    async def work(clients: BillingClients) -> pb.GetOrganisationUsageResponse:
        found = organisation if is_uuid(organisation) else await _organisation_id(clients, organisation)
        request = pb.GetOrganisationUsageRequest(organisation_id=found, financial_year=year)
        return await clients.channel.call(clients.billing.GetOrganisationUsage, request, timeout_s=_TIMEOUT_S)

    answer = with_billing(home, work)
    _show_services(answer.financial_year, answer.services, answer.totals, as_json=as_json)


@usage_app.command("platform")
def platform_usage(year: Year = 0, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """A financial year of everybody, by service."""

    async def work(clients: BillingClients) -> pb.GetPlatformUsageResponse:
        request = pb.GetPlatformUsageRequest(financial_year=year)
        return await clients.channel.call(clients.billing.GetPlatformUsage, request, timeout_s=_TIMEOUT_S)

    answer = with_billing(home, work)
    _show_services(answer.financial_year, answer.services, answer.totals, as_json=as_json)
    if not as_json:
        console.print(bar_chart(answer.months))


@usage_app.command("volumes")
def volumes(
    first_day: Annotated[str, typer.Argument(metavar="FROM", help="First day, YYYY-MM-DD.")],
    last_day: Annotated[str, typer.Argument(metavar="TO", help="Last day, YYYY-MM-DD.")],
    service: Annotated[str | None, typer.Option("--service", "-s", help="Only this service.")] = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """How much was sent on each day, by service and channel."""

    async def work(clients: BillingClients) -> pb.ListVolumesResponse:
        found = None if service is None else await service_id_of(clients, service)
        request = pb.ListVolumesRequest(from_london_date=first_day, to_london_date=last_day, service_id=found)
        return await clients.channel.call(clients.billing.ListVolumes, request, timeout_s=_TIMEOUT_S)

    found = with_billing(home, work).volumes
    if as_json:
        show({"volumes": [_volume_facts(volume) for volume in found]}, "", as_json=True)
        return
    table = _table("day", "service", "channel", numbers=("messages", "units"))
    for volume in found:
        table.add_row(
            volume.london_date,
            volume.service_name or volume.service_id,
            _CHANNELS.get(volume.channel, ""),
            f"{volume.messages:,}",
            f"{volume.chargeable_units:,}",
        )
    console.print(table)


@usage_app.command("report")
def report(
    month: Annotated[str, typer.Argument(help="The month, YYYY-MM.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file; else standard output.")
    ] = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """The finance report of a month, as CSV.

    Example: notifyctl usage report 2026-10 -o october.csv
    """

    async def work(clients: BillingClients) -> str:
        request = pb.GetMonthlyReportRequest(london_month=month)
        answer = await clients.channel.call(clients.billing.GetMonthlyReport, request, timeout_s=_TIMEOUT_S)
        return answer.csv

    text = with_billing(home, work)
    if output is not None:
        output.write_text(text, encoding="utf-8", newline="")
        show({"file": str(output)}, f"{output} written", as_json=as_json)
    elif as_json:
        show({"csv": text}, "", as_json=True)
    else:
        print(text, end="")


@usage_app.command("forecast")
def forecast(
    service: ServiceArgument,
    texts: Annotated[int, typer.Option(min=0, help="How many texts.")] = 0,
    fragments: Annotated[int, typer.Option(min=1, help="Fragments of each text.")] = 1,
    multiplier: Annotated[int, typer.Option(min=1, help="Of the country; 1 within the UK.")] = 1,
    letters: Annotated[int, typer.Option(min=0, help="How many letters.")] = 0,
    sheets: Annotated[int, typer.Option(min=1, max=5, help="Sheets of each letter.")] = 1,
    postage: Annotated[str, typer.Option(help="Of letters.")] = "second",
    template: Annotated[
        str | None, typer.Option("--template", help="A text template's id, for the rows of --csv.")
    ] = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="A spreadsheet with a column phone number.", dir_okay=False)
    ] = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """What a send would cost now, with what remains of the allowance.

    Example: notifyctl usage forecast -s "Parking permits" --texts 20000 --fragments 2
    """
    if (template is None) != (csv_file is None):
        raise CommandError("--template and --csv go together")
    bad_rows = 0
    lines = []
    if texts:
        lines.append(
            pb.ForecastLine(
                channel=pb.CHANNEL_SMS, messages=texts, units=fragments, rate_multiplier=multiplier
            )
        )
    if letters:
        lines.append(
            pb.ForecastLine(channel=pb.CHANNEL_LETTER, messages=letters, units=sheets, postage=postage)
        )
    if not lines and csv_file is None:
        raise CommandError("say what would be sent: --texts, --letters, or --template with --csv")

    async def work(clients: BillingClients) -> pb.ForecastCostResponse:
        nonlocal bad_rows
        found = await service_id_of(clients, service)
        if template is not None and csv_file is not None:
            counted = count_texts(
                read_text(csv_file),
                await _text_template(clients, found, template),
                await _multipliers(clients),
                london_date(now()),
            )
            bad_rows = counted.bad_rows
            lines.extend(
                pb.ForecastLine(channel=pb.CHANNEL_SMS, messages=count, units=units, rate_multiplier=times)
                for (units, times), count in counted.by_size.items()
            )
        request = pb.ForecastCostRequest(service_id=found, lines=lines)
        return await clients.channel.call(clients.billing.ForecastCost, request)

    answer = with_billing(home, work)
    facts = {
        "text_units": answer.text_units,
        "free_text_units": answer.free_text_units,
        "price_pounds": pounds(answer.price_ten_thousandths),
        "cost_pounds": pounds(answer.cost_ten_thousandths),
        "bad_rows": bad_rows,
        "allowance": allowance_facts(answer.allowance),
    }
    show(
        facts,
        f"{pounds_and_pence(answer.cost_ten_thousandths)}, of {answer.text_units:,} fragments "
        f"{answer.free_text_units:,} are free"
        + (f"; {bad_rows:,} rows have no good number" if bad_rows else ""),
        as_json=as_json,
    )


async def service_id_of(clients: BillingClients, id_or_name: str) -> str:
    """The id of a service. Raises NotFound."""
    if is_uuid(id_or_name):
        return id_or_name
    return (await find_service(clients.notifications, id_or_name)).service.id


def line_facts(line: pb.UsageLine) -> dict[str, Any]:
    """A line of usage as JSON."""
    return {
        "service_id": line.service_id,
        "month": line.london_month,
        "channel": line.channel,
        "postage": line.postage or None,
        "sheets": line.sheets or None,
        "rate_pounds": pounds(line.rate_ten_thousandths),
        "messages": line.messages,
        "fragments": line.fragments,
        "chargeable_units": line.chargeable_units,
        "free_units": line.free_units,
        "cost_pounds": pounds(line.cost_ten_thousandths),
    }


def total_facts(totals: pb.UsageTotals) -> dict[str, Any]:
    """Sums as JSON."""
    return {
        "texts": totals.texts,
        "text_units": totals.text_units,
        "free_text_units": totals.free_text_units,
        "text_cost_pounds": pounds(totals.text_cost_ten_thousandths),
        "emails": totals.emails,
        "letters": totals.letters,
        "letter_cost_pounds": pounds(totals.letter_cost_ten_thousandths),
        "cost_pounds": pounds(totals.cost_ten_thousandths),
    }


def allowance_facts(allowance: pb.Allowance) -> dict[str, Any]:
    """An allowance as JSON."""
    return {
        "free_units": allowance.free_units,
        "used_units": allowance.used_units,
        "remaining_units": allowance.remaining_units,
        "reason": pb.AllowanceReason.Name(allowance.reason).removeprefix("ALLOWANCE_REASON_").lower(),
    }


def months_table(months: Sequence[pb.MonthTotals], totals: pb.UsageTotals) -> Table:
    """Months with their sums, and all of them."""
    table = _table("month", numbers=("emails", "texts", "fragments", "free", "letters", "cost"))
    for month in months:
        table.add_row(month.london_month, *_numbers(month.totals))
    table.add_row("all", *_numbers(totals), style="bold")
    return table


def bar_chart(months: Sequence[pb.MonthTotals]) -> str:
    """The cost of each month as a bar, the largest over the whole width."""
    costs = [month.totals.cost_ten_thousandths for month in months]
    most = max([*costs, 1])
    lines = []
    for month, cost in zip(months, costs, strict=True):
        bar = "█" * ((cost * _BAR * 2 + most) // (most * 2)) if cost else ""
        lines.append(f"{month.london_month} {bar or ('▏' if cost else '')} {pounds_and_pence(cost)}")
    return "\n".join(lines)


def _show_services(
    year: int, services: Sequence[pb.ServiceUsage], totals: pb.UsageTotals, *, as_json: bool
) -> None:
    if as_json:
        found = [
            {
                "service_id": service.service_id,
                "service_name": service.service_name,
                "organisation_name": service.organisation_name or None,
                "totals": total_facts(service.totals),
                "allowance": allowance_facts(service.allowance),
            }
            for service in services
        ]
        show({"financial_year": year, "services": found, "totals": total_facts(totals)}, "", as_json=True)
        return
    table = _table(
        "service", numbers=("emails", "texts", "fragments", "free", "letters", "cost", "left free")
    )
    for service in services:
        table.add_row(
            service.service_name or service.service_id,
            *_numbers(service.totals),
            f"{service.allowance.remaining_units:,}",
        )
    table.add_row("all", *_numbers(totals), "", style="bold")
    console.print(table)


def _numbers(totals: pb.UsageTotals) -> list[str]:
    return [
        f"{totals.emails:,}",
        f"{totals.texts:,}",
        f"{totals.text_units:,}",
        f"{totals.free_text_units:,}",
        f"{totals.letters:,}",
        pounds_and_pence(totals.cost_ten_thousandths),
    ]


def _table(*words: str, numbers: Sequence[str]) -> Table:
    table = Table(*words, box=None, pad_edge=False)
    for title in numbers:
        table.add_column(title, justify="right", no_wrap=True)
    return table


def _volume_facts(volume: pb.Volume) -> dict[str, Any]:
    return {
        "service_id": volume.service_id,
        "service_name": volume.service_name,
        "london_date": volume.london_date,
        "channel": _CHANNELS.get(volume.channel, ""),
        "messages": volume.messages,
        "chargeable_units": volume.chargeable_units,
    }


def read_text(path: Path) -> str:
    """A file as text. Raises CommandError."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise CommandError(f"{path} cannot be read as UTF-8 text") from None


async def _multipliers(clients: BillingClients) -> Rates:
    request = pb.ListRatesRequest(kinds=[pb.RATE_KIND_MULTIPLIER])
    answer = await clients.channel.call(clients.billing.ListRates, request)
    return Rates(
        Rate(
            kind=RateKind.MULTIPLIER,
            key=rate.key,
            from_date=date.fromisoformat(rate.from_london_date),
            value=rate.value,
        )
        for rate in answer.rates
    )


async def _text_template(clients: BillingClients, service_id: str, template_id: str) -> SmsTemplate:
    notifications = clients.notifications
    service = (await find_service(notifications, service_id)).service
    request = templates_pb2.GetTemplateRequest(service_id=service_id, template_id=template_id)
    found = (await notifications.channel.call(notifications.templates.GetTemplate, request)).template
    if found.type != types_pb2.NOTIFICATION_TYPE_SMS:
        raise CommandError("the template is not one of texts")
    return SmsTemplate(found.body, service.name if service.prefix_sms else None)


async def _organisation_id(clients: BillingClients, name: str) -> str:
    request = accounts_pb2.ListOrganisationsRequest(name=name)
    accounts = clients.notifications
    found = (await accounts.channel.call(accounts.accounts.ListOrganisations, request)).organisations
    if not found:
        raise CommandError(f"there is no organisation named {name}")
    return found[0].id
