"""What a text provider is to the rest of the service: something that takes texts, and receipts that can be
read.

One file beside this for each provider, with its wire format and its code tables. What failure means for the
choice of a provider is in `failover.py`, what a receipt does in `receipts.py`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from deliverykit.types import TextContent
from notifyrules.statuses import NotificationStatus


class ProviderName(StrEnum):
    """The providers, as they are called in records."""

    MMG = "mmg"
    FIRETEXT = "firetext"


class Blame(StrEnum):
    """What a failure is about."""

    PROVIDER = "provider"  # the next message would probably fail as well
    MESSAGE = "message"  # the provider is well and does not want this message


@dataclass(frozen=True, slots=True)
class Taken:
    """The provider has the message."""

    reference: str | None = None
    """What the provider calls it."""


@dataclass(frozen=True, slots=True)
class NotTaken:
    """The provider does not have the message, or did not say that it has."""

    error_code: str
    """A short fixed code, such as `http_500`, `timeout`, `connection`, `not_json`, `refused_code_6`."""
    blame: Blame
    may_have_it: bool = False
    """The request went out and no clear answer came: to send the text again may be to send it twice."""


class SmsClient(Protocol):
    """Hands texts to one provider."""

    async def send(self, notification_id: UUID, text: TextContent) -> Taken | NotTaken:
        """One request, with the notification's id as the reference. Raises nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A receipt that was read."""

    reference: str
    """What came as our notification's id; may be anything."""
    status: NotificationStatus
    is_known: bool
    """The provider's status is in its table."""
    detail_code: str
    """The provider's status and detail, such as `3/5`; never free text."""
    reason: str
    """What the code means, for the log; empty where it says nothing."""
    code: str = ""
    """Firetext's `code`, which may give the status another meaning."""


@dataclass(frozen=True, slots=True)
class Faulty:
    """A receipt that could not be read."""

    faults: tuple[str, ...]
    """To be told to the provider, in the public contract's words and order."""


_MAX_CODE: Final = 6
_NOT_A_CODE: Final = "odd"


def text_of(value: object) -> str:
    """A value of a receipt as text without outer spaces; "" where there is none."""
    return "" if value is None else str(value).strip()


def detail_code(status: str, detail: str) -> str:
    """Both codes as `status/detail`, or the status alone.

    Anybody may post receipts, so what can't be a code is not passed on; "odd" stands for it.
    """
    return "/".join(_code(text) for text in (status, detail) if text)


def _code(text: str) -> str:
    return text if len(text) <= _MAX_CODE and text.isascii() and text.isalnum() else _NOT_A_CODE
