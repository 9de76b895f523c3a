"""The report of a service's messages as CSV: page by page, so that it needs the same memory whatever its size.

A page is one short statement, so no snapshot of the database is held while a reader is slow, and whoever was cut off
goes on after the last page. Messages that go to history meanwhile are in it once: each page reads both places at one
moment. Called by the servicer.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from servicekit.errors import NotFound
from services.notifications.reports_store import ReportLot, ReportSpan, ReportsStore

LOT: Final = 2_000
"""Rows of a page: with the longest references, a message that gRPC still takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """The next rows, and where to go on."""

    lines: bytes
    row_count: int
    last_id: UUID


class NotificationsReport:
    """Reads reports."""

    def __init__(self, store: ReportsStore, *, lot: int = LOT) -> None:
        self._store = store
        self._lot = lot

    async def read(self, span: ReportSpan) -> AsyncIterator[ReportPage]:
        """All rows of a span, oldest first. Raises NotFound."""
        if not await self._store.has_service(span.service_id):
            raise NotFound("service")
        while True:
            lot: ReportLot = await self._store.report_lot(span, self._lot)
            if lot.last_id is None:
                return
            yield ReportPage(lines=lot.lines or b"", row_count=lot.row_count, last_id=lot.last_id)
            if lot.looked_at < self._lot:
                return
            span = replace(span, after=lot.last_id)
