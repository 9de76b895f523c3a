"""The nightly removal of expired files, and what it reports.

Files go first and rows are marked after them, so a removal that is killed is simply made again. Also removed:
files that no row knows, left by a process that was killed while it stored them; and rows that expired long
ago. Runs as a task of `operationskit`, and in `service` when an operator asks.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID

from filekit.object_store.keys import Area
from filekit.object_store.store import ObjectInfo, ObjectStore
from operationskit.schedules import Daily, Zone
from operationskit.tasks import PeriodicTask, TaskRun
from servicekit.clock import Clock
from servicekit.errors import Unavailable
from servicekit.logs import get_logger
from services.documents import metrics
from services.documents.sealing import sealed_size
from services.documents.store import Store
from services.documents.values import Document, day_folder

_BATCH: Final = 200
_AT_ONCE: Final = 8
"""Files that are deleted at the same time."""
_ORPHAN_AGE: Final = timedelta(days=1)
"""A file without a row that is younger may just be being stored."""
_ORPHAN_DAYS: Final = 7
"""Days back for which orphans are looked for: each night looks several times at each day."""

_log = get_logger()


@dataclass(slots=True, kw_only=True)
class RemovalReport:
    """What a removal did."""

    files: int = 0
    bytes: int = 0
    orphans: int = 0
    forgotten: int = 0
    failed: int = 0


class Removing:
    """Removes what has expired."""

    def __init__(
        self, *, store: Store, objects: ObjectStore, clock: Clock, forgotten_after: timedelta
    ) -> None:
        self._store = store
        self._objects = objects
        self._clock = clock
        self._forgotten_after = forgotten_after

    def task(self) -> PeriodicTask:
        """The nightly task: the numbers of the report are what it shows of a run."""

        async def run(task_run: TaskRun) -> None:
            report = await self.run(task_run.note_progress)
            for what, number in asdict(report).items():
                task_run.count(what, number)

        return PeriodicTask(
            name="remove-expired-files",
            description="Remove files sent by email whose time is over, and what uploads left that were cut off",
            schedule=Daily(times=(time(3, 0),), zone=Zone.LONDON),
            run=run,
        )

    async def run(self, note_progress: Callable[[], Awaitable[None]] | None = None) -> RemovalReport:
        """Remove all that has expired by now; answers what was done, and logs it.

        `note_progress` is called between batches and may raise: what is done by then stays done.
        """
        now = self._clock.now()
        report = RemovalReport()
        await self._remove_expired(now, report, note_progress)
        await self._remove_orphans(now, report)
        while forgotten := await self._store.forget(now - self._forgotten_after, _BATCH):
            report.forgotten += forgotten
        metrics.count_removal(report.files, report.orphans, report.failed)
        write = _log.warning if report.failed else _log.info
        write(
            "expired_files_removed",
            files=report.files,
            bytes=report.bytes,
            orphans=report.orphans,
            forgotten=report.forgotten,
            failed=report.failed,
        )
        return report

    async def _remove_expired(
        self,
        now: datetime,
        report: RemovalReport,
        note_progress: Callable[[], Awaitable[None]] | None,
    ) -> None:
        after = UUID(int=0)
        while batch := await self._store.find_expired(now, after, _BATCH):
            after = batch[-1].ids.document_id
            if note_progress is not None:
                await note_progress()
            for start in range(0, len(batch), _AT_ONCE):
                documents = batch[start : start + _AT_ONCE]
                gone = await asyncio.gather(*(self._remove_file(document) for document in documents))
                removed = [document for document, is_gone in zip(documents, gone, strict=True) if is_gone]
                await self._store.mark_removed([document.ids.document_id for document in removed], now)
                report.files += len(removed)
                report.bytes += sum(sealed_size(document.size_bytes) for document in removed)
                report.failed += len(documents) - len(removed)

    async def _remove_file(self, document: Document) -> bool:
        try:
            await asyncio.to_thread(self._objects.delete, document.ids.object_key)
        except Unavailable:
            return False
        return True

    async def _remove_orphans(self, now: datetime, report: RemovalReport) -> None:
        for days in range(1, _ORPHAN_DAYS + 1):
            folder = day_folder(now - timedelta(days=days))
            try:
                infos = await asyncio.to_thread(self._files_of, folder)
                await self._remove_unknown(
                    [info for info in infos if info.stored_at < now - _ORPHAN_AGE], report
                )
            except Unavailable:
                report.failed += 1

    def _files_of(self, folder: str) -> list[ObjectInfo]:
        return list(self._objects.list(Area.DOCUMENTS, folder))

    async def _remove_unknown(self, infos: list[ObjectInfo], report: RemovalReport) -> None:
        by_id = {UUID(info.key.name.rpartition("/")[2]): info for info in infos}
        for document_id in by_id.keys() - await self._store.find_known(list(by_id)):
            await asyncio.to_thread(self._objects.delete, by_id[document_id].key)
            report.orphans += 1
