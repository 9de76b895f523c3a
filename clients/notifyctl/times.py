"""Times as people type them: spans before now, and ISO 8601."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from google.protobuf.timestamp_pb2 import Timestamp

from clients.notifyctl.output import CommandError
from servicekit import clock

_SPAN = re.compile(r"(\d+)([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

Since = Annotated[
    str | None, typer.Option(help="Not before this: a span before now (30m, 2h, 1d) or a time in ISO 8601.")
]
Until = Annotated[str | None, typer.Option(help="Before this, written in the same way.")]


def moment(text: str, now: datetime) -> datetime:
    """A span before now, such as `2h`, or a time in ISO 8601 (UTC where it says nothing). Raises
    CommandError.
    """
    match = _SPAN.fullmatch(text)
    if match is not None:
        return now - timedelta(**{_UNITS[match[2]]: int(match[1])})
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text}: write 30m, 2h, 1d or a time such as 2026-03-04T12:30") from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def stamp(text: str | None) -> Timestamp | None:
    """The same for the wire; None stays None. Raises CommandError."""
    if text is None:
        return None
    found = Timestamp()
    found.FromDatetime(moment(text, clock.now()))
    return found
