"""`notifyctl cache`: what processes keep in memory for seconds. `notifyctl describe`: what an id is."""

import asyncio
import os
from datetime import UTC
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from clients.notifyctl.connection import (
    DEFAULT_HOME,
    Clients,
    Home,
    Reason,
    address,
    connect,
    running_stack,
    with_clients,
)
from clients.notifyctl.output import AsJson, Yes, confirm, show, show_facts
from clients.notifyctl.stack.services import NOTIFICATIONS
from notify.notifications.v1 import accounts_pb2
from notify.notifications.v1 import caches_pb2 as pb

cache_app = typer.Typer(no_args_is_help=True, help="What processes keep in memory.")


class Kind(StrEnum):
    """What is kept."""

    SERVICES = "services"
    TEMPLATES = "templates"
    USERS = "users"


_KINDS = {
    Kind.SERVICES: pb.CACHE_KIND_SERVICES,
    Kind.TEMPLATES: pb.CACHE_KIND_TEMPLATES,
    Kind.USERS: pb.CACHE_KIND_USERS,
}
_NAMES = {number: kind.value for kind, number in _KINDS.items()}


@cache_app.command("purge")
def purge(
    kinds: Annotated[list[Kind] | None, typer.Argument(help="services, templates, users. None: all.")] = None,
    yes: Yes = False,
    reason: Reason = "",
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Drop what is kept, in every process: what the database says shows at once.

    Example: notifyctl cache purge services --reason "restored from a backup"
    """
    wanted = kinds or list(Kind)
    confirm(len(wanted), f"Drop what is kept of {len(wanted)} kinds?", yes=yes)

    async def work(clients: Clients) -> pb.PurgeCachesResponse:
        request = pb.PurgeCachesRequest(kinds=[_KINDS[kind] for kind in wanted])
        return await clients.channel.call(clients.caches.PurgeCaches, request)

    answer = with_clients(home, work, reason=reason)
    facts = {"kinds": [*wanted], "dropped": answer.dropped_count, "processes_told": answer.told_count}
    text = f"{answer.dropped_count} entries dropped; {answer.told_count} processes were told"
    if not answer.told_count:
        text += "\nValkey is away: the other processes drop theirs within 30 seconds"
    show(facts, text, as_json=as_json)


@cache_app.command("check")
def check(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Hold what each notifications process keeps against the database, and drop what differs.

    Example: notifyctl cache check
    """

    async def ask(target: str) -> pb.CheckCachesResponse:
        async with connect(target, found.caller) as clients:
            return await clients.channel.call(clients.caches.CheckCaches, pb.CheckCachesRequest())

    async def ask_all() -> list[pb.CheckCachesResponse]:
        return await asyncio.gather(*map(ask, targets))

    found = address(home)
    targets = _targets(found.targets[NOTIFICATIONS], home)
    answers = asyncio.run(ask_all())
    stale = [
        {"kind": _NAMES[entry.kind], "id": entry.id} for answer in answers for entry in answer.stale_entries
    ]
    checked = sum(answer.checked_count for answer in answers)
    facts = {"processes": len(targets), "checked": checked, "stale": stale}
    lines = [f"{checked} entries in {len(targets)} processes, {len(stale)} out of date (dropped)"]
    lines += [f"{entry['kind']} {entry['id']}" for entry in stale]
    show(facts, "\n".join(lines), as_json=as_json)


def describe(
    id: Annotated[str, typer.Argument(help="Any id.")], home: Home = DEFAULT_HOME, as_json: AsJson = False
) -> None:
    """Tell what an id is: a service, a template, a key, a message …

    Example: notifyctl describe 019b0000-0000-7000-8000-000000000001
    """

    async def work(clients: Clients) -> dict[str, Any]:
        request = accounts_pb2.DescribeIdRequest(id=id)
        answer = await clients.channel.call(clients.accounts.DescribeId, request)
        return {
            "kind": answer.kind,
            "name": answer.name or None,
            "service_id": answer.service_id or None,
            "created": answer.create_time.ToDatetime(UTC).isoformat(sep=" ", timespec="seconds"),
        }

    show_facts(with_clients(home, work), as_json=as_json)


def _targets(target: str, home: Path) -> list[str]:
    """Every process of the service that is known by an address of its own."""
    if os.environ.get("NOTIFYCTL_TARGET"):
        return target.removeprefix("ipv4:").split(",")
    state = running_stack(home)
    names = [name for name in state.processes if name.partition("-")[0] == NOTIFICATIONS]
    return [state.target(name) for name in names] or [target]
