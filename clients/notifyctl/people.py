"""`notifyctl token`: the tokens by which people are known to the system. They are signed with the operator key, which
nobody else holds: the services know its public half.
"""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from clients.notifyctl.connection import DEFAULT_HOME, Home
from clients.notifyctl.output import AsJson, CommandError, show
from clients.notifyctl.stack.secrets import StackSecrets, write_private
from servicekit import clock
from servicekit.access import Role
from servicekit.identity import mint_person_token, new_operator_key

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
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Make a person's token. It can't be taken back, so let it end soon.

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
    facts = {"name": name, "role": role.value, "expires": ends_at.isoformat(), "token": token}
    show(facts, token, as_json=as_json)


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
