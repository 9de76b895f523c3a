"""`notifyctl providers`: who messages are handed to, how much each is used, and how well it does.

Each sending service keeps its own; commands find the service by the provider's name.
"""

import asyncio
import calendar
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from clients.notifyctl.connection import DEFAULT_HOME, Home, Reason, connect_all
from clients.notifyctl.output import AsJson, CommandError, Yes, confirm, show, show_table
from clients.notifyctl.provider_tables import change_facts, provider_facts, show_providers, statistics_facts
from notify.providers.v1 import providers_pb2 as pb
from notify.providers.v1 import providers_pb2_grpc
from notifyrules.london_time import london_date
from servicekit import clock
from servicekit.errors import NotFound, Unimplemented
from servicekit.grpc_client import Channel

T = TypeVar("T")

providers_app = typer.Typer(
    no_args_is_help=True, help="Providers: how much each is used, its history, how well it does."
)

Name = Annotated[str, typer.Argument(help="The provider: mmg, firetext, ses or dvla.")]


class By(StrEnum):
    """What is taken together."""

    DAY = "day"
    MONTH = "month"


_PERIODS = {By.DAY: pb.STATISTICS_PERIOD_DAY, By.MONTH: pb.STATISTICS_PERIOD_MONTH}


@providers_app.command("list")
def list_providers(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List all providers: weights, use, limits, and how they did since the hour before this one.

    Example: notifyctl providers list
    """
    found = asyncio.run(_all(home))
    rows = [provider_facts(provider) for providers in found.values() for provider in providers]
    show_providers(rows, as_json=as_json)


@providers_app.command("share")
def share(
    shares: Annotated[list[str], typer.Argument(metavar="NAME=WEIGHT...", help="Weights, 0 to 100.")],
    resting: Annotated[
        bool, typer.Option("--resting", help="Also change the resting weights, or they drift back.")
    ] = False,
    reason: Reason = "",
    yes: Yes = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Change how messages are shared out among providers, all weights at once.

    Without --resting the weights drift back to the resting ones, 10 points every 5 minutes, after 15 minutes.

    Example: notifyctl providers share mmg=70 firetext=30 --reason "MMG is cheaper this month"
    """
    weights = dict(_weight(each) for each in shares)
    confirm(len(weights), f"Change the weights of {' and '.join(weights)}?", yes=yes)

    def update(provider: pb.Provider) -> pb.ProviderUpdate:
        weight = weights[provider.name]
        return pb.ProviderUpdate(
            name=provider.name,
            based_on_version=provider.version,
            weight=weight,
            resting_weight=weight if resting else None,
        )

    _show_changed(asyncio.run(_update(home, list(weights), update, reason)), as_json=as_json)


@providers_app.command("activate")
def activate(name: Name, reason: Reason = "", home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Take a provider into use again.

    Example: notifyctl providers activate firetext --reason "mended, ticket 4711"
    """
    _show_changed(_set_active(home, name, reason, active=True), as_json=as_json)


@providers_app.command("deactivate")
def deactivate(name: Name, reason: Reason = "", home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Take a provider out of use. The last one of texts or emails stays; without dvla letters wait.

    Example: notifyctl providers deactivate firetext --reason "wrong receipts, ticket 4711"
    """
    _show_changed(_set_active(home, name, reason, active=False), as_json=as_json)


@providers_app.command("history")
def history(
    name: Annotated[str | None, typer.Argument(help="Only of this provider.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many at most, of each service.")] = 20,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List what was changed of providers, by whom or by which rule, newest first.

    Example: notifyctl providers history mmg --limit 50
    """

    async def ask(stub: Any, channel: Channel) -> list[pb.ProviderChange]:
        request = pb.ListProviderChangesRequest(name=name, page_size=limit)
        return list((await channel.call(stub.ListProviderChanges, request)).changes)

    changes = [change for found in asyncio.run(_of_one(home, name, ask)) for change in found]
    changes.sort(key=lambda change: change.change_time.ToDatetime(UTC), reverse=True)
    columns = {
        "time": "time (UTC)",
        "provider": "provider",
        "weight": "weight",
        "resting_weight": "resting",
        "active": "used",
        "changed_by": "who",
        "automatic": "by rule",
        "reason": "why",
    }
    show_table("changes", [change_facts(change) for change in changes], columns, as_json=as_json)


@providers_app.command("statistics")
def statistics(
    name: Annotated[str | None, typer.Argument(help="Only of this provider.")] = None,
    month: Annotated[
        str | None, typer.Option(help="A month, such as 2026-11; without dates: this one.")
    ] = None,
    first: Annotated[str | None, typer.Option("--from", help="The first day, such as 2026-11-01.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="The last day; without: today.")] = None,
    by: Annotated[By, typer.Option(help="What is taken together.")] = By.DAY,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Show how providers answered and how fast messages arrived, by day or month of London time.

    Example: notifyctl providers statistics mmg --month 2026-11 --by month
    """
    begin, end = days_asked_for(month, first, last, london_date(clock.now()))

    async def ask(stub: Any, channel: Channel) -> list[pb.ProviderStatistics]:
        request = pb.GetProviderStatisticsRequest(
            name=name,
            from_london_date=begin.isoformat(),
            to_london_date=end.isoformat(),
            period=_PERIODS[by],
        )
        return list((await channel.call(stub.GetProviderStatistics, request)).statistics)

    found = [each for answer in asyncio.run(_of_one(home, name, ask)) for each in answer]
    columns = {
        "from": by.value,
        "provider": "provider",
        "requests": "requests",
        "taken": "2xx %",
        "refused": "4xx %",
        "errors": "5xx %",
        "no_answer": "no answer %",
        "answer_p95_s": "answers p95",
        "sent_p50_s": "sent p50",
        "sent_p95_s": "p95",
        "delivered_p50_s": "delivered p50",
        "delivered_p90_s": "p90",
        "delivered_p95_s": "p95 ",
        "delivered_p99_s": "p99",
        "slow": "slow %",
    }
    show_table("statistics", [statistics_facts(each) for each in found], columns, as_json=as_json)


def days_asked_for(month: str | None, first: str | None, last: str | None, today: date) -> tuple[date, date]:
    """The days that options ask for; without any this month's up to today. Raises CommandError."""
    try:
        if month is not None:
            if first or last:
                raise CommandError("say --month, or --from and --to")
            begin = date.fromisoformat(f"{month}-01")
            return begin, begin.replace(day=calendar.monthrange(begin.year, begin.month)[1])
        return (
            today.replace(day=1) if first is None else date.fromisoformat(first),
            today if last is None else date.fromisoformat(last),
        )
    except ValueError:
        raise CommandError("a month looks like 2026-11, a day like 2026-11-30") from None


def _weight(text: str) -> tuple[str, int]:
    name, _, weight = text.partition("=")
    if not name or not weight.isdecimal():
        raise CommandError("weights look like mmg=70 firetext=30")
    return name, int(weight)


def _set_active(home: Path, name: str, reason: str, *, active: bool) -> list[pb.Provider]:
    def update(provider: pb.Provider) -> pb.ProviderUpdate:
        return pb.ProviderUpdate(name=name, based_on_version=provider.version, active=active)

    return asyncio.run(_update(home, [name], update, reason))


async def _update(
    home: Path, names: Sequence[str], make: Callable[[pb.Provider], pb.ProviderUpdate], reason: str
) -> list[pb.Provider]:
    """Change providers of one service; gives all providers of it as they are then."""
    async with connect_all(home, reason=reason) as channels:
        known = await _ask_each(channels, _list)
        owners = {provider.name: service for service, found in known.items() for provider in found}
        if unknown := [name for name in names if name not in owners]:
            raise CommandError(f"there is no provider {unknown[0]}; there are {', '.join(sorted(owners))}")
        if len({owners[name] for name in names}) > 1:
            raise CommandError("these providers do not take the same kind of message")
        service = owners[names[0]]
        channel = channels[service]
        updates = [make(provider) for provider in known[service] if provider.name in names]
        stub = providers_pb2_grpc.ProvidersServiceStub(channel.grpc)
        await channel.call(stub.UpdateProviders, pb.UpdateProvidersRequest(updates=updates))
        return await _list(stub, channel)


def _show_changed(providers: Sequence[pb.Provider], *, as_json: bool) -> None:
    rows = [provider_facts(provider) for provider in providers]
    show_providers(rows, as_json=as_json)
    if as_json:
        return
    if not any(provider.active for provider in providers):
        show({}, "No provider is active: messages wait until one is.", as_json=False)
    elif not any(provider.active and provider.supports_international for provider in providers):
        show({}, "No active provider sends abroad: messages to there wait until one does.", as_json=False)


async def _list(stub: Any, channel: Channel) -> list[pb.Provider]:
    return list((await channel.call(stub.ListProviders, pb.ListProvidersRequest())).providers)


async def _all(home: Path) -> Mapping[str, list[pb.Provider]]:
    async with connect_all(home) as channels:
        return await _ask_each(channels, _list)


async def _of_one(
    home: Path, name: str | None, ask: Callable[[Any, Channel], Awaitable[list[T]]]
) -> list[list[T]]:
    """Answers of all senders or, with a name, of the one that has this provider. Raises CommandError."""
    async with connect_all(home) as channels:
        answers = list((await _ask_each(channels, ask)).values())
    if name is not None and not answers:
        raise CommandError(f"there is no provider {name}; `notifyctl providers list` shows them all")
    return answers


async def _ask_each(
    channels: Mapping[str, Channel], ask: Callable[[Any, Channel], Awaitable[list[T]]]
) -> dict[str, list[T]]:
    """Answers by service; services without providers, or without the one asked for, are left out."""
    answers = {}
    for service, channel in channels.items():
        try:
            answers[service] = await ask(providers_pb2_grpc.ProvidersServiceStub(channel.grpc), channel)
        except (Unimplemented, NotFound):
            continue
    return answers
