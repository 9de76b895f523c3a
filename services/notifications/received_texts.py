"""Texts that people send to services: whose they are, and in which form their numbers are kept.

Source: public contract, section 13, and the facts about received texts: the service is found by the active
number that was written to and needs the permission `inbound_sms`; the sender's number is kept in
international form where it can be read. Called by the servicers. What providers send is read by the sms
service.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from notifyrules.phone_numbers import InvalidPhoneNumber, parse_phone_number
from servicekit.clock import Clock
from servicekit.errors import InvalidRequest, Violation
from services.notifications.numbers_store import NumbersStore
from services.notifications.received_texts_store import (
    InboundNumber,
    NewReceivedText,
    NumberStock,
    ReceivedText,
    ReceivedTextsStore,
)

INBOUND_PROVIDERS = ("mmg", "firetext")
MAX_PAGE = 250
MAX_IMPORTED_NUMBERS = 10_000
LOW_STOCK_BELOW = 50
"""Fewer free numbers than this: more should be ordered."""
MAX_CONTENT_CHARACTERS = 20_000
"""Many times the longest chain of parts that a phone can send."""
MAX_SENDER_CHARACTERS = 100

_SHORT_CODE = re.compile(r"[0-9]{3,8}")
_PURGED_AT_ONCE = 5_000


class ReceivedTextOutcome(StrEnum):
    """What became of a received text."""

    STORED = "stored"
    REPEATED = "repeated"
    NOT_WANTED = "not_wanted"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedText:
    """A text as a provider handed it over."""

    provider: str
    provider_reference: str | None
    sender_number: str
    recipient_number: str
    content: str
    sent_at: datetime


class ReceivedTexts:
    """Takes and lists received texts. One for each process."""

    def __init__(
        self,
        store: ReceivedTextsStore,
        *,
        clock: Clock,
        repeats_known_for: timedelta,
        callbacks_queued: Callable[[], None],
    ) -> None:
        """`repeats_known_for`: how long a text is known again that comes twice under one reference."""
        self._store = store
        self._clock = clock
        self._repeats_known_for = repeats_known_for
        self._callbacks_queued = callbacks_queued

    async def record(self, text: ArrivedText) -> tuple[ReceivedTextOutcome, UUID | None]:
        """Store a text and queue its callback, together; gives its id, where it was stored."""
        number = kept_number(text.recipient_number)
        service_id = await self._store.find_receiver(number) if number is not None else None
        if service_id is None or number is None:
            return ReceivedTextOutcome.NOT_WANTED, None
        new = NewReceivedText(
            service_id=service_id,
            notify_number=number,
            user_number=shown_sender(text.sender_number),
            content=text.content,
            provider=text.provider,
            provider_reference=text.provider_reference,
            sent_at=text.sent_at,
        )
        now = self._clock.now()
        stored = await self._store.insert_received_text(new, now, repeats_since=now - self._repeats_known_for)
        if stored is None:
            return ReceivedTextOutcome.REPEATED, None
        if stored.callback_queued:
            self._callbacks_queued()
        return ReceivedTextOutcome.STORED, stored.id

    async def list(self, service_id: UUID, *, older_than: UUID | None, limit: int) -> Sequence[ReceivedText]:
        """A page of a service's texts, newest first; an unknown `older_than` gives an empty one."""
        return await self._store.list_received_texts(service_id, older_than=older_than, limit=limit)

    async def purge_marks(self) -> int:
        """Forget texts that came too long ago to be known again, in lots; gives how many."""
        before, total = self._clock.now() - self._repeats_known_for, 0
        while True:
            count = await self._store.delete_marks(before, _PURGED_AT_ONCE)
            total += count
            if count < _PURGED_AT_ONCE:
                return total


class InboundNumbers:
    """The numbers that people can text to. One for each process."""

    def __init__(self, store: NumbersStore) -> None:
        self._store = store

    async def add(self, number: str, provider: str, service_id: UUID | None) -> InboundNumber:
        """Add a number. Raises InvalidRequest, NotFound for the service, Conflict when another one has it."""
        return await self._store.insert(checked_number(number), checked_provider(provider), service_id)

    async def add_many(self, written: Sequence[str], provider: str, *, dry_run: bool) -> tuple[int, int]:
        """Add free numbers, all or none; gives how many are new, and how many were there or came twice. Raises
        InvalidRequest that says where in the list each wrong one is, and not what it is.
        """
        if not 1 <= len(written) <= MAX_IMPORTED_NUMBERS:
            raise InvalidRequest(
                [Violation("numbers", f"numbers must have 1 to {MAX_IMPORTED_NUMBERS} entries")]
            )
        numbers = [kept_number(each) for each in written]
        wrong = [
            Violation(f"numbers[{at}]", f"entry {at + 1} is not a phone number or a short code")
            for at, number in enumerate(numbers)
            if number is None
        ]
        if wrong:
            raise InvalidRequest(wrong)
        good = [number for number in numbers if number is not None]
        added = await self._store.insert_many(good, checked_provider(provider), dry_run=dry_run)
        return added, len(good) - added

    async def release(self, number: str) -> None:
        """Give a number back to its provider. Raises InvalidRequest, NotFound, RuleBroken where it was used."""
        await self._store.release(checked_number(number))

    async def stock(self) -> NumberStock:
        """How many are left to give."""
        return await self._store.stock()

    async def assign(self, number: str, service_id: UUID | None) -> InboundNumber:
        """Give a number to a service, or (None) take it away. Raises InvalidRequest, NotFound, Conflict."""
        return await self._store.assign(checked_number(number), service_id)

    async def list(
        self, *, service_id: UUID | None, free_only: bool, after: str, limit: int
    ) -> Sequence[InboundNumber]:
        """Numbers in order; `after` is the last one of the page before."""
        return await self._store.list(service_id=service_id, free_only=free_only, after=after, limit=limit)


def kept_number(written: str) -> str | None:
    """A number of ours in the one form in which it is kept and shown: national for +44, else digits; None
    for what is no number.
    """
    stripped = re.sub(r"[\s()-]", "", written)
    try:
        parsed = parse_phone_number(stripped)
    except InvalidPhoneNumber:
        return stripped if _SHORT_CODE.fullmatch(stripped) else None
    return f"0{parsed.normalised.removeprefix('44')}" if parsed.is_uk else parsed.normalised


def checked_provider(name: str) -> str:
    """Who hands texts over. Raises InvalidRequest."""
    if name not in INBOUND_PROVIDERS:
        raise InvalidRequest(
            [Violation("provider", f"provider must be one of {', '.join(INBOUND_PROVIDERS)}")]
        )
    return name


def checked_number(written: str) -> str:
    """A number of ours in its kept form. Raises InvalidRequest."""
    number = kept_number(written)
    if number is None:
        raise InvalidRequest([Violation("number", "number is not a phone number or a short code")])
    return number


def shown_sender(written: str) -> str:
    """Who sent a text: international digits where they can be told, else as received."""
    try:
        return parse_phone_number(written).normalised
    except InvalidPhoneNumber:
        return written
