"""Received texts: who may hand them over, and what providers are told.

A provider gives a name and a password (HTTP basic), each of a list that was agreed with it. A text that it is
told was taken is stored by the notifications service, which knows whose number it was sent to. Called by
`service.py`; formats are in `inbound_formats.py`.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from servicekit.logs import get_logger
from services.sms import metrics
from services.sms.clients.provider import Faulty, ProviderName
from services.sms.inbound_formats import READERS, InboundText

FIRETEXT_USERNAME: Final = "notify"
"""Firetext always comes under this name."""
MAX_BODY_BYTES: Final = 64 * 1024
"""Many times the longest text with everything around it."""

_log = get_logger()


class InboundAnswer(StrEnum):
    """What a provider is told."""

    OK = "ok"
    RECEIVED = "received"
    NO_CREDENTIALS = "no_credentials"
    WRONG_CREDENTIALS = "wrong_credentials"
    MALFORMED = "malformed"


class RecordOutcome(StrEnum):
    """What the notifications service made of a text."""

    STORED = "stored"
    REPEATED = "repeated"
    NOT_WANTED = "not_wanted"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawInbound:
    """A request of a provider as it came."""

    provider: ProviderName
    body: bytes = field(repr=False)
    authorization: str | None = field(repr=False)
    received_at: datetime


@dataclass(frozen=True, slots=True)
class InboundResult:
    """What a provider is told, with the faults of a text that could not be read."""

    answer: InboundAnswer
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Credentials:
    """Names and passwords that are good, each with each."""

    usernames: tuple[str, ...]
    passwords: tuple[str, ...] = field(repr=False)

    def fit(self, username: str, password: str) -> bool:
        """Whether both are good. Takes the same time whatever is given."""
        return _is_among(username, self.usernames) & _is_among(password, self.passwords)


class Recorder(Protocol):
    """Hands texts to the notifications service."""

    async def record(self, text: InboundText) -> RecordOutcome:
        """Store a text. Raises servicekit errors while that can't be done."""
        ...


class InboundHandler:
    """Takes received texts."""

    def __init__(self, recorder: Recorder, credentials: Mapping[ProviderName, Credentials]) -> None:
        self._recorder = recorder
        self._credentials = credentials

    async def handle(self, raw: RawInbound) -> InboundResult:
        """Take a text, or say why not. Raises servicekit errors (Unavailable) when it can't be stored now; the
        provider should come again.
        """
        result = await self._handle(raw)
        metrics.record_inbound(raw.provider, result.answer.value)
        return result

    async def _handle(self, raw: RawInbound) -> InboundResult:
        given = read_basic(raw.authorization)
        if given is None:
            _log.warning("inbound_without_credentials", provider=raw.provider)
            return InboundResult(InboundAnswer.NO_CREDENTIALS)
        if not self._credentials[raw.provider].fit(*given):
            _log.warning("inbound_credentials_wrong", provider=raw.provider)
            return InboundResult(InboundAnswer.WRONG_CREDENTIALS)
        if len(raw.body) > MAX_BODY_BYTES:
            return InboundResult(InboundAnswer.MALFORMED, ("The text is too long",))
        text = READERS[raw.provider](raw.body, raw.received_at)
        if isinstance(text, Faulty):
            _log.warning("inbound_malformed", provider=raw.provider, faults=len(text.faults))
            return InboundResult(InboundAnswer.MALFORMED, text.faults)
        outcome = await self._recorder.record(text)
        _log.info("text_received", provider=raw.provider, outcome=outcome)
        # MMG alone is told when nobody wants a text (public contract, providers' facts).
        if outcome is RecordOutcome.NOT_WANTED and raw.provider is ProviderName.MMG:
            return InboundResult(InboundAnswer.RECEIVED)
        return InboundResult(InboundAnswer.OK)


def read_basic(authorization: str | None) -> tuple[str, str] | None:
    """Name and password of an Authorization header; None where it has none."""
    scheme, _, encoded = (authorization or "").strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return None
    username, colon, password = text.partition(":")
    return (username, password) if colon else None


def listed(text: str) -> tuple[str, ...]:
    """The items of a setting with commas between."""
    return tuple(item.strip() for item in text.split(",") if item.strip())


def _is_among(given: str, good: Sequence[str]) -> bool:
    fits = [
        hmac.compare_digest(given.encode(), each.encode()) for each in good
    ]  # all, also after one that fits
    return any(fits)
