"""`notifyctl token`: the tokens by which people are known to the system. They are signed with the operator key, which
nobody else holds: the services know its public half.
"""

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from clients.notifyctl.connection import (
    DEFAULT_HOME,
    Home,
    Reason,
    address,
    notifications_target,
    open_channel,
)
from clients.notifyctl.output import AsJson, CommandError, Yes, confirm, show, show_table
from clients.notifyctl.stack.secrets import StackSecrets, write_private
from clients.notifyctl.stack.services import NOTIFICATIONS
from notify.operations.v1 import tokens_pb2, tokens_pb2_grpc
from servicekit import clock
from servicekit.access import Role
from servicekit.errors import ServiceError
from servicekit.grpc_client import Channel
from servicekit.identity import PersonToken, mint_person_token, new_operator_key, token_facts

if TYPE_CHECKING:
    TokensStub = tokens_pb2_grpc.TokensServiceAsyncStub

T = TypeVar("T")

token_app = typer.Typer(no_args_is_help=True, help="Tokens of the people who run the system.")

_SPAN = re.compile(r"(\d+)([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@token_app.command("create")
def create_token(
    name: Annotated[str, typer.Option(help="Who it is for, as the record of changes shall say.")],
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.VIEWER,
    expires: Annotated[
        str, typer.Option(help="When it ends: a span from now (30m, 8h, 90d) or a time in ISO 8601.")
    ] = "8h",
    key_file: Annotated[
        Path | None,
        typer.Option(
            envvar="NOTIFY_OPERATOR_KEY_FILE", help="Holds the operator key; else the local stack's."
        ),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Do not record it: the system is elsewhere, or down.")
    ] = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Make a person's token. It is recorded where the system can be reached; --offline leaves that out.

    Example: export NOTIFYCTL_TOKEN=$(notifyctl token create --name ada.lovelace --role operator --expires 8h)
    """
    now = clock.now()
    ends_at = end_of(expires, now)
    try:
        token = mint_person_token(
            _operator_key(key_file, home), name=name, role=role.value, life=ends_at - now
        )
    except ValueError as err:
        raise CommandError(str(err)) from err
    recorded = not offline and _record(home, token)
    facts = {
        "id": token_facts(token).id,
        "name": name,
        "role": role.value,
        "expires": ends_at.isoformat(),
        "recorded": recorded,
        "token": token,
    }
    show(facts, token, as_json=as_json)


@token_app.command("list")
def list_tokens(
    name: Annotated[str | None, typer.Option(help="Only this person's.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many at most.")] = 50,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List the tokens that were recorded and have not ended, newest first.

    Example: notifyctl token list --name ada.lovelace
    """
    request = tokens_pb2.ListTokensRequest(name=name, page_size=limit)
    answer = _ask(home, lambda channel, stub: channel.call(stub.ListTokens, request))
    rows = [
        {
            "id": token.id,
            "name": token.name,
            "role": token.role,
            "made": f"{token.create_time.ToDatetime(UTC):%Y-%m-%d %H:%M:%S}",
            "ends": f"{token.end_time.ToDatetime(UTC):%Y-%m-%d %H:%M:%S}",
            "revoked": token.revoked,
        }
        for token in answer.tokens
    ]
    columns = {
        "id": "id",
        "name": "name",
        "role": "role",
        "made": "made (UTC)",
        "ends": "ends (UTC)",
        "revoked": "revoked",
    }
    show_table("tokens", rows, columns, as_json=as_json)


@token_app.command("revoke")
def revoke_tokens(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of tokens, as the list has them.")] = None,
    name: Annotated[
        list[str] | None, typer.Option(help="A person, all of whose tokens end. Again for more.")
    ] = None,
    reason: Reason = "",
    yes: Yes = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """End tokens before their time, recorded or not: some by id, or all that a person has until now.

    Example: notifyctl token revoke --name ada.lovelace --reason "left the team"
    """
    count = len(ids or []) + len(name or [])
    if not count:
        raise CommandError("say which: ids of tokens, or --name")
    # A person may have any number of tokens.
    question = f"End {len(ids or [])} tokens, and all tokens of {len(name or [])} people?"
    confirm(2 if name else count, question, yes=yes)
    request = tokens_pb2.RevokeTokensRequest(token_ids=ids, names=name)
    answer = _ask(home, lambda channel, stub: channel.call(stub.RevokeTokens, request), reason=reason)
    facts = {"revoked": answer.revoked_count}
    show(facts, f"{answer.revoked_count} revoked; refused everywhere within a minute", as_json=as_json)


@token_app.command("new-key")
def new_key(
    out: Annotated[Path, typer.Option(help="Where to write the key; only you can read it.")],
    as_json: AsJson = False,
) -> None:
    """Make an operator key, and show the public half that the services are told.

    Example: notifyctl token new-key --out operator.key
    """
    if out.exists():
        raise CommandError(f"{out} is there already")
    key = new_operator_key()
    write_private(out.resolve(), key.private)
    facts = {"key_file": str(out), "public_key": key.public}
    show(facts, f"NOTIFY_OPERATOR_PUBLIC_KEYS={key.public}", as_json=as_json)


def _record(home: Path, token: str) -> bool:
    """Write a new token down, with itself; whether that worked. One that is not can be revoked all the same."""
    try:
        target = notifications_target(home)

        async def run() -> None:
            async with open_channel(target, PersonToken(token)) as channel:
                stub: TokensStub = tokens_pb2_grpc.TokensServiceStub(channel.grpc)
                await channel.call(stub.RecordToken, tokens_pb2.RecordTokenRequest())

        asyncio.run(run())
    except (CommandError, ServiceError) as err:
        typer.echo(f"not recorded, `token list` will not show it: {err}", err=True)
        return False
    return True


def _ask(home: Path, work: Callable[[Channel, "TokensStub"], Awaitable[T]], *, reason: str = "") -> T:
    async def run() -> T:
        found = address(home)
        why = reason or os.environ.get("NOTIFYCTL_REASON", "")
        async with open_channel(found.targets[NOTIFICATIONS], found.caller, why) as channel:
            return await work(channel, tokens_pb2_grpc.TokensServiceStub(channel.grpc))

    return asyncio.run(run())


def end_of(text: str, now: datetime) -> datetime:
    """A span from now, such as `8h`, or a time in ISO 8601 (UTC where it says nothing). Raises CommandError."""
    match = _SPAN.fullmatch(text)
    try:
        if match is not None:
            return now + timedelta(**{_UNITS[match[2]]: int(match[1])})
        at = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise CommandError(f"{text}: write 30m, 8h, 90d or a time such as 2026-03-04T12:30") from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _operator_key(key_file: Path | None, home: Path) -> str:
    if key_file is not None:
        try:
            return key_file.read_text().strip()
        except OSError as err:
            raise CommandError(f"{key_file} can't be read: {err.strerror}") from err
    if os.environ.get("NOTIFYCTL_TARGET"):
        raise CommandError("say with --key-file where the operator key is")
    return StackSecrets(home / "secrets").operator_key()
