"""Letters that came back: recorded by the printer's names of them, once each, with a callback to the service.

A letter comes back weeks after it was posted, so its notification may be past retention; what is told of it is
in `letter_details`. Called for lists that operators give (`notifyctl letters returned`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from servicekit.clock import Clock
from services.notifications.letters_store import LettersStore, ReturnedLetter

MAX_REFERENCES = 5_000
MAX_PAGE = 1_000
DEFAULT_PAGE = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnsRecorded:
    """What a list did."""

    recorded: int
    repeated: int  # recorded before
    unknown: tuple[str, ...]  # as they were given


class ReturnedLetters:
    """Letters that came back. One for each process."""

    def __init__(self, store: LettersStore, *, clock: Clock, callbacks_queued: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._callbacks_queued = callbacks_queued

    async def record(self, references: Sequence[str]) -> ReturnsRecorded:
        """Record letters as returned. Spaces around references do not count, nor does case."""
        wanted = {given: given.strip().upper() for given in references}
        recorded = await self._store.record_returned(list(set(wanted.values())), self._clock.now())
        if recorded.callbacks_queued:
            self._callbacks_queued()
        known = recorded.new | recorded.repeated
        return ReturnsRecorded(
            recorded=len(recorded.new),
            repeated=len(recorded.repeated),
            unknown=tuple(given for given, reference in wanted.items() if reference not in known),
        )

    async def list(
        self, service_id: UUID, before: tuple[datetime, UUID] | None, limit: int
    ) -> Sequence[ReturnedLetter]:
        """A page of a service's letters that came back, those reported last first."""
        return await self._store.list_returned(service_id, before, limit)
