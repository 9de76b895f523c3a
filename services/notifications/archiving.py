"""Old history goes to files: a week's partition, once it is a year old, to one compressed CSV file.

The file is written aside and renamed when it is whole, then the partition is dropped: a process that is killed
leaves a file to be written anew, or a partition whose file is there, which the next run drops. Without a folder
history stays in the database.
"""

import asyncio
import gzip
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from operationskit.tasks import TaskRun
from servicekit.clock import Clock
from servicekit.ids import first_id_at
from services.notifications.partitions import monday_of
from services.notifications.retention import HISTORY, week_start
from services.notifications.retention_store import RetentionStore

log = structlog.get_logger()

ARCHIVED_AFTER: Final = timedelta(days=365)
_MOST_A_NIGHT: Final = 1
"""Weeks; a night archives at most ten days in the original."""
_PIECE: Final = timedelta(hours=1)
_LOOSE: Final = r"^notification_history_\d{4}_w\d{2}$"


class Archiving:
    """Writes history to files; its method may be repeated at will."""

    def __init__(self, store: RetentionStore, clock: Clock, folder: Path | None) -> None:
        self._store = store
        self._clock = clock
        self._folder = folder

    async def archive(self, run: TaskRun) -> None:
        """Write the oldest week of history that is a year old to its file, and drop it."""
        if self._folder is None:
            return
        for partition in await self._store.partitions(HISTORY):
            if partition.detach_pending:
                await self._store.detach(HISTORY, partition.name, pending=True)
        for name in await self._store.loose_partitions(_LOOSE):
            await self._archive_table(run, self._folder, name, attached=False)
        old = [
            partition.name
            for partition in await self._store.partitions(HISTORY)
            if week_start(monday_of(partition.name)) + timedelta(weeks=1)
            <= self._clock.now() - ARCHIVED_AFTER
        ]
        for name in old[:_MOST_A_NIGHT]:
            await self._archive_table(run, self._folder, name, attached=True)

    async def _archive_table(self, run: TaskRun, folder: Path, name: str, *, attached: bool) -> None:
        target = folder / f"{name}.csv.gz"
        if not target.exists():
            await self._write(run, target, name)
        if attached:
            await self._store.detach(HISTORY, name, pending=False)
        await self._store.drop(name)
        run.count("weeks_archived")
        log.info("history_archived", partition=name)

    async def _write(self, run: TaskRun, target: Path, name: str) -> None:
        unfinished = target.with_suffix(".unfinished")
        await asyncio.to_thread(target.parent.mkdir, parents=True, exist_ok=True)
        file = await asyncio.to_thread(gzip.open, unfinished, "wb")
        try:
            for n, start in enumerate(pieces(monday_of(name))):
                async for chunk in self._store.copy_history(
                    name, first_id_at(start), first_id_at(start + _PIECE), with_headings=n == 0
                ):
                    await asyncio.to_thread(file.write, chunk)
                    run.count("bytes_written", len(chunk))
                await run.note_progress(n + 1, len(pieces(monday_of(name))))
        finally:
            await asyncio.to_thread(file.close)
        await asyncio.to_thread(unfinished.replace, target)


def pieces(monday: date) -> list[datetime]:
    """The beginnings of the spans in which a week is read, each a statement of seconds."""
    start = week_start(monday)
    return [start + n * _PIECE for n in range(timedelta(weeks=1) // _PIECE)]
