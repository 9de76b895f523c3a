"""Deleting what is kept no longer: letters with their files, when they are asked to go or are far too old, and the
files of areas with a rule of their own (`object_store.retention`).

Files go before rows: what was interrupted is found again. The sweep is a scheduled task; several processes may sweep
at a time.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final, Protocol
from uuid import UUID

from filekit.object_store.keys import Area, ObjectKey
from filekit.object_store.store import ObjectStore
from operationskit.schedules import Daily
from operationskit.tasks import PeriodicTask, TaskRun
from servicekit.clock import Clock
from servicekit.logs import get_logger
from services.letters import metrics
from services.letters.letter_files import upload_key
from services.letters.retention import KEPT_FOR, delete_expired

_LOT: Final = 500
_BY_ID: Final = (Area.QUARANTINE, Area.ORIGINALS, Area.SANITISED, Area.INVALID)
"""Where files of a letter may be under its id."""

_log = get_logger()


class Deletes(Protocol):
    """`store.Store`."""

    async def deletable(self, notification_ids: Sequence[UUID]) -> dict[UUID, ObjectKey | None]:
        """Those that need not be printed any more, with where their files are."""
        ...

    async def old_letters(self, before: datetime, limit: int) -> list[UUID]:
        """Letters, done with, to which nothing has happened since."""
        ...

    async def delete(self, notification_ids: Sequence[UUID]) -> int:
        """Forget letters."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """What deleting needs."""

    letters: Deletes
    files: ObjectStore
    clock: Clock
    kept_for: timedelta
    """After so long letters go that nobody asked to delete."""

    async def forget(self, notification_ids: Sequence[UUID]) -> int:
        """Delete letters with all their files, but those that are to be printed; answers how many there were.

        Raises Unavailable; what was done is done, and asking again goes on.
        """
        found = await self.letters.deletable(notification_ids)
        if found:
            await asyncio.to_thread(self._delete_files, found)
        return await self.letters.delete(list(found)) if found else 0

    def task(self) -> PeriodicTask:
        """The nightly sweep."""
        return PeriodicTask(
            name="delete-old-letter-files",
            description="Delete files of uploads that are past their days, and letters that nobody asked to delete",
            schedule=Daily(times=(time(4, 20),)),
            run=self.sweep,
            made_up_for=timedelta(hours=20),
        )

    async def sweep(self, run: TaskRun) -> None:
        """Delete everything whose time is over. Raises Unavailable; the next sweep goes on."""
        now = self.clock.now()
        for area in KEPT_FOR:
            count = await asyncio.to_thread(delete_expired, self.files, area, now)
            metrics.record_deleted_files(area.value, count)
            run.count("files_deleted", count)
            await run.note_progress()
        forgotten = 0
        while ids := await self.letters.old_letters(now - self.kept_for, _LOT):
            forgotten += await self.forget(ids)
            run.count("letters_deleted", len(ids))
            await run.note_progress(forgotten)
        if forgotten:
            _log.warning("letters_forgotten_unasked", count=forgotten)

    def _delete_files(self, letters: dict[UUID, ObjectKey | None]) -> None:
        for notification_id, key in letters.items():
            for area in _BY_ID:
                self.files.delete(upload_key(area, str(notification_id)))
            if key is not None:
                self.files.delete(key)
