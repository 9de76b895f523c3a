"""What providers send when somebody texts one of our numbers: reading it. Pure.

Facts: the providers' manuals, as the public contract repeats them. MMG sends JSON whose text is URL-encoded
and may hold backslash escapes; Firetext sends a form. What is done with a text is in `inbound.py`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

import msgspec

from notifyrules.london_time import london_to_utc
from services.sms.clients.provider import Faulty, ProviderName, text_of


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundText:
    """A text that somebody sent to one of our numbers."""

    provider: ProviderName
    reference: str | None
    """What the provider calls it; None where it gives no name."""
    sender_number: str = field(repr=False)
    recipient_number: str
    """As the provider writes it."""
    content: str = field(repr=False)
    sent_at: datetime
    """As the provider tells, in UTC; when it came, where that can't be read."""


Reader = Callable[[bytes, datetime], InboundText | Faulty]

_SIMPLE_ESCAPES: Final = {
    "\n": "",
    "\\": "\\",
    "'": "'",
    '"': '"',
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}
_ESCAPE: Final = re.compile(
    r"\\(?:(?P<simple>[\n\\'\"abfnrtv])|x(?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8})"
    r"|(?P<octal>[0-7]{1,3}))"
)
_MAX_CODE_POINT: Final = 0x10FFFF
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


def read_mmg(body: bytes, received_at: datetime) -> InboundText | Faulty:
    """Read what MMG sent. Its times are UTC."""
    try:
        fields = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        fields = {}
    faults = _missing("MMG", fields, ("MSISDN", "Number", "Message"))
    if faults is not None:
        return faults
    number = text_of(fields["Number"])
    return InboundText(
        provider=ProviderName.MMG,
        reference=text_of(fields.get("ID")) or None,
        sender_number=text_of(fields["MSISDN"]),
        recipient_number=f"0{number[2:]}" if number.startswith("44") else number,
        content=storable(unescaped(unquote_plus(str(fields["Message"])))),
        sent_at=_moment(unquote_plus(text_of(fields.get("DateRecieved"))), _in_utc) or received_at,
    )


def read_firetext(body: bytes, received_at: datetime) -> InboundText | Faulty:
    """Read what Firetext sent. Its times are the UK's, and it gives texts no names."""
    fields: dict[str, str] = {}
    for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
        fields.setdefault(name, value)
    faults = _missing("Firetext", fields, ("source", "destination", "message"))
    if faults is not None:
        return faults
    return InboundText(
        provider=ProviderName.FIRETEXT,
        reference=None,
        sender_number=text_of(fields["source"]),
        recipient_number=text_of(fields["destination"]),
        content=storable(fields["message"]),
        sent_at=_moment(text_of(fields.get("time")), london_to_utc) or received_at,
    )


READERS: Final[Mapping[ProviderName, Reader]] = {
    ProviderName.MMG: read_mmg,
    ProviderName.FIRETEXT: read_firetext,
}


def unescaped(text: str) -> str:
    """The text with backslash escapes read as Python and C read them; what is no escape stays as it is."""
    return _ESCAPE.sub(_meant, text) if "\\" in text else text


def storable(text: str) -> str:
    """The text with surrogate pairs joined, and without what no database or JSON can hold: halves of pairs
    and NUL.
    """
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return joined.replace("\0", "")


def _meant(escape: re.Match[str]) -> str:
    simple = escape["simple"]
    if simple is not None:
        return _SIMPLE_ESCAPES[simple]
    octal = escape["octal"]
    code_point = int(octal, 8) if octal is not None else int(escape["x"] or escape["u"] or escape["U"], 16)
    return chr(code_point) if code_point <= _MAX_CODE_POINT else _REPLACEMENT


def _missing(provider: str, fields: Mapping[str, object], names: tuple[str, ...]) -> Faulty | None:
    missing = [name for name in names if fields.get(name) is None]
    return (
        Faulty(tuple(f"{provider} inbound failed: {name} missing" for name in missing)) if missing else None
    )


def _moment(text: str, to_utc: Callable[[datetime], datetime]) -> datetime | None:
    """A time in UTC; one without an offset is read by `to_utc`. None for what is no time."""
    try:
        read = datetime.fromisoformat(text)
        return to_utc(read) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _in_utc(wall_time: datetime) -> datetime:
    return wall_time.replace(tzinfo=UTC)
