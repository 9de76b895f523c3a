"""Letters past retention go with their PDFs: the letters service is told, by the list that is written with their move
to history (`retention`).

What only letters have (`letter_details`) is kept as long as their history, because letters come back weeks later;
it goes with the message of a test key at once, and with a week of history when that is archived.
"""

from collections.abc import Sequence
from typing import Final, Protocol
from uuid import UUID

from operationskit.tasks import TaskRun
from services.notifications.retention_store import RetentionStore

_LOT: Final = 500


class DeletesLetters(Protocol):
    """The letters service."""

    async def delete(self, ids: Sequence[UUID]) -> int:
        """Delete letters with their files; gives how many it knew. Raises Unavailable."""
        ...


class LettersForgetting:
    """The work of one task; may be repeated at will."""

    def __init__(self, store: RetentionStore, letters: DeletesLetters, *, lot: int = _LOT) -> None:
        self._store = store
        self._letters = letters
        self._lot = lot

    async def forget(self, run: TaskRun) -> None:
        """Have letters deleted whose messages are past retention. Raises Unavailable; the next run goes on."""
        while ids := await self._store.letters_to_forget(self._lot):
            # Told first: a process that ends in between tells again, which changes nothing.
            run.count("letters_deleted", await self._letters.delete(ids))
            await self._store.letters_forgotten(ids)
            await run.note_progress(run.counts["letters_deleted"])
