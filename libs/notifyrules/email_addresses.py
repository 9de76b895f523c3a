"""Email addresses: cleaning, judging and normalising what people type into a recipient's field.

The local part of our own sending addresses is made in `names`; who may be sent to is in `recipients`. Called
by the notifications service for each email, and for the rows of spreadsheets.
"""

import re
from dataclasses import dataclass

from notifyrules.text import strip_and_remove_obscure_whitespace

MESSAGE = "Not a valid email address"
"""The only fault there is, in the words that web pages and the public API share."""

_MAX_LENGTH = 320

# Stricter than DNS: no underscores, and no three hyphens in a row. Hosts are ASCII by the time they get here.
_SHORT_ENOUGH = r"(?=[^.]{1,63}(?:\.|\Z))"
_LABEL = r"[a-z0-9]+(?:--?[a-z0-9]+)*"
_LAST_LABEL = r"(?:[a-z]{2,}|xn--[a-z0-9]+(?:-[a-z0-9]+)*)"
_ADDRESS = re.compile(
    rf"[a-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@(?=.{{1,253}}\Z)(?:{_SHORT_ENOUGH}{_LABEL}\.)+{_SHORT_ENOUGH}{_LAST_LABEL}",
    re.ASCII | re.IGNORECASE,
)

_GOVERNMENT_DOMAINS = (
    "gov.uk",
    "nhs.uk",
    "nhs.net",
    "nhs.scot",
    "police.uk",
    "cjsm.net",
    "sch.uk",
    "hscni.net",
    "llyw.cymru",
    "nhs.wales",
    "judiciary.uk",
    "kirkleeseducation.uk",
)
_GOVERNMENT_ENDINGS = tuple(f"{before}{domain}" for domain in _GOVERNMENT_DOMAINS for before in "@.")


class InvalidEmailAddress(ValueError):  # noqa: N818 - says what is wrong, as our other refusals do
    """An email address is refused. The address itself is in no text of this exception."""

    def __init__(self) -> None:
        super().__init__(MESSAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailAddress:
    """An address that mail can be sent to, as far as its text can tell."""

    accepted_as: str
    """The address after cleaning, its case kept: what the public API gives back."""
    normalised: str
    """The same in lower case: what is compared and sent to. Its host may hold letters outside ASCII."""


def parse_email_address(raw: str) -> EmailAddress:
    """Return the address that `raw` means.

    Raises InvalidEmailAddress when mail can't be sent there.
    """
    address = strip_and_remove_obscure_whitespace(raw)
    if ".." in address or len(address) > _MAX_LENGTH or _ADDRESS.fullmatch(_with_ascii_host(address)) is None:
        raise InvalidEmailAddress
    return EmailAddress(accepted_as=address, normalised=address.lower())


def format_email_address(raw: str) -> str:
    """Return `raw` in lower case and cleaned, whether it is an address or not."""
    return strip_and_remove_obscure_whitespace(raw.lower())


def is_government_email_address(address: str) -> bool:
    """Return whether `address`, which is not cleaned here, is at or under a domain of the public sector."""
    return address.lower().endswith(_GOVERNMENT_ENDINGS)


def _with_ascii_host(address: str) -> str:
    """Return `address` with its host as DNS knows it by IDNA 2003 (https://www.rfc-editor.org/rfc/rfc3490).

    Raises InvalidEmailAddress when the host has no such form.
    """
    if address.isascii():
        return address
    local_part, at, host = address.partition("@")
    try:
        return f"{local_part}{at}{host.encode('idna').decode('ascii')}"
    except UnicodeError:
        # Not "from" it: its text shows a part of the address.
        raise InvalidEmailAddress from None
