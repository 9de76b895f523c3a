"""What was accepted: the newest messages in full, and every reference with its count.

In memory and bounded: old messages are forgotten, references are kept compactly until `keep_references` is
reached, about 200 bytes each. The provider modules add; `views.py` and the tests read.
"""

from array import array
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from simulators.outcomes import Outcome
from simulators.receipts import Receipt

KEPT_PDFS = 50
"""A PDF can have megabytes, so far fewer are kept than messages."""


class Channel(StrEnum):
    SMS = "sms"
    EMAIL = "email"
    LETTER = "letter"


@dataclass(slots=True, kw_only=True)
class Message:
    """One accepted request. Only `receipts` and `pdf` change after it was made."""

    channel: Channel
    provider: str
    reference: str  # the sender's own: the notification id
    provider_reference: str  # what the provider answered with
    recipient: str
    sender: str
    received_at_us: int
    outcome: Outcome
    text: str = ""
    subject: str = ""
    html: str = ""
    reply_to: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    pdf: bytes = b""
    page_count: int = 0  # of the PDF; 0 where it can't be read
    receipt_url: str = ""  # as given with the message, empty where it was not
    number: int = 0  # position among all messages, from 1; set by the outbox
    copy: int = 1  # 2 and more: this reference was accepted before
    receipts: list[Receipt] = field(default_factory=list)


@dataclass(slots=True)
class Counts:
    """Requests of one provider since the start or the last clearing."""

    requests: int = 0
    accepted: int = 0
    refused: int = 0
    distinct: int = 0
    duplicates: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """How often a reference was accepted, first when, and first by whom."""

    reference: str
    provider: str
    count: int
    first_received_at_us: int


class References:
    """Every accepted reference, whichever provider it came through: a text that failed over and was
    accepted by both providers reached the phone twice, and counts as a duplicate."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rows: dict[str, int] = {}
        self._counts = array("I")
        self._first_us = array("q")
        self._providers = array("B")
        self._provider_names: list[str] = []
        self.is_full = False
        """References beyond the limit were not remembered, so duplicates may be missed."""

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, reference: str, provider: str, received_at_us: int) -> int:
        """Count the reference and return how often it was accepted, this time included."""
        row = self._rows.get(reference)
        if row is not None:
            self._counts[row] += 1
            return self._counts[row]
        if len(self._rows) >= self._limit:
            self.is_full = True
            return 1
        if provider not in self._provider_names:
            self._provider_names.append(provider)
        self._rows[reference] = len(self._rows)
        self._counts.append(1)
        self._first_us.append(received_at_us)
        self._providers.append(self._provider_names.index(provider))
        return 1

    def find(self, reference: str) -> Seen | None:
        row = self._rows.get(reference)
        return None if row is None else self._seen(reference, row)

    def __iter__(self) -> Iterator[Seen]:
        return (self._seen(reference, row) for reference, row in self._rows.items())

    def _seen(self, reference: str, row: int) -> Seen:
        provider = self._provider_names[self._providers[row]]
        return Seen(reference, provider, self._counts[row], self._first_us[row])


class Outbox:
    """All that the providers accepted."""

    def __init__(self, *, keep_messages: int, keep_references: int) -> None:
        self._keep_references = keep_references
        self._messages: deque[Message] = deque(maxlen=keep_messages)
        self._with_pdf: deque[Message] = deque()
        self._last_number = 0
        self.references = References(keep_references)
        self.counts: dict[str, Counts] = {}

    def counts_of(self, provider: str) -> Counts:
        counts = self.counts.get(provider)
        if counts is None:
            counts = self.counts[provider] = Counts()
        return counts

    def accept(self, message: Message) -> None:
        """Keep the message and count its reference."""
        self._last_number += 1
        message.number = self._last_number
        message.copy = self.references.add(message.reference, message.provider, message.received_at_us)
        counts = self.counts_of(message.provider)
        counts.accepted += 1
        if message.copy > 1:
            counts.duplicates += 1
        else:
            counts.distinct += 1
        self._messages.append(message)
        if message.pdf:
            self._with_pdf.append(message)
            if len(self._with_pdf) > KEPT_PDFS:
                self._with_pdf.popleft().pdf = b""

    def find(self, reference: str) -> Message | None:
        """Return the newest message with this reference, if it is still kept."""
        return next((message for message in self.newest_first() if message.reference == reference), None)

    def newest_first(self) -> Iterator[Message]:
        return reversed(self._messages)

    def clear(self) -> None:
        """Forget messages, references and counts; numbers go on, so that a page's `since` stays right."""
        self._messages.clear()
        self._with_pdf.clear()
        self.references = References(self._keep_references)
        self.counts.clear()
