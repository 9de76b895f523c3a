"""Cancelling letters, up to the cut-off of the print run that takes them (`notifyrules.letter_timings`).

The letters service is asked first: what it promises never to print is marked as cancelled here afterwards. A
process that dies in between leaves a letter that is not printed and not cancelled; cancelling again ends it.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from notifyrules.daily_limits import LimitKind
from notifyrules.letter_timings import letter_can_be_cancelled
from notifyrules.statuses import KeyType, NotificationStatus
from servicekit.clock import Clock
from servicekit.ids import time_of
from services.notifications.letters_store import LettersStore
from services.notifications.sending_limits import SendingLimits


class CancelOutcome(StrEnum):
    """Whether a letter was cancelled."""

    CANCELLED = "cancelled"
    ALREADY_CANCELLED = "already_cancelled"
    TOO_LATE = "too_late"
    ENDED = "ended"  # in another way
    NOT_FOUND = "not_found"


_S = NotificationStatus
_PRINTABLE = frozenset({_S.CREATED, _S.PENDING_VIRUS_CHECK, _S.SENDING, _S.DELIVERED, _S.RETURNED_LETTER})
"""Statuses of a letter that the printer has, or could still get."""


class Printing(Protocol):
    """The letters service, which alone knows what the printer has."""

    async def stop(self, service_id: UUID, ids: Sequence[UUID]) -> set[UUID]:
        """See to it that letters are not printed; gives those that never will be. Raises Unavailable."""
        ...


class Cancelling:
    """Cancels letters. One for each process."""

    def __init__(
        self, store: LettersStore, printing: Printing, *, limits: SendingLimits, clock: Clock
    ) -> None:
        self._store = store
        self._printing = printing
        self._limits = limits
        self._clock = clock

    async def cancel(
        self, service_id: UUID, ids: Sequence[UUID]
    ) -> list[tuple[CancelOutcome, NotificationStatus | None]]:
        """Cancel letters of a service; for each, in order, what became of it and the status it has now."""
        wanted = list(dict.fromkeys(ids))
        before = await self._store.statuses(service_id, wanted)
        now = self._clock.now()
        in_time = [id for id, status in before.items() if letter_can_be_cancelled(status, time_of(id), now)]
        stopped = await self._printing.stop(service_id, in_time) if in_time else set()
        cancelled = await self._store.cancel(list(stopped), now) if stopped else {}
        await self._give_back(service_id, cancelled)
        after = before
        if stopped - cancelled.keys():
            after = await self._store.statuses(service_id, wanted)
        return [
            (CancelOutcome.CANCELLED, _S.CANCELLED) if id in cancelled else _kept(after.get(id)) for id in ids
        ]

    async def _give_back(self, service_id: UUID, cancelled: dict[UUID, KeyType]) -> None:
        """The places that letters took in the limit of the day on which they were made."""
        places = Counter((key_type, _day_of(id)) for id, key_type in cancelled.items())
        for (key_type, day), letters in places.items():
            await self._limits.give_back_of(service_id, key_type, day, {LimitKind.LETTER: letters})


def _day_of(id: UUID) -> datetime:
    return time_of(id).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _kept(status: NotificationStatus | None) -> tuple[CancelOutcome, NotificationStatus | None]:
    """Why a letter was not cancelled now."""
    if status is None:
        return CancelOutcome.NOT_FOUND, None
    if status is _S.CANCELLED:
        return CancelOutcome.ALREADY_CANCELLED, status
    if status in _PRINTABLE:
        return CancelOutcome.TOO_LATE, status
    return CancelOutcome.ENDED, status
