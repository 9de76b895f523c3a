"""Remembering SES's name of each email that it took, so that its receipts find the notification.

The rows of emails that are sent side by side are written together (group commit), before the delivery is
reported: a receipt may come within milliseconds. Called by `sending.py`; the loops are started in `__main__`.

When the database can't be written, the email is out all the same, and sending it again would be worse than
losing its receipts. So a delivery waits for a while, which also slows sending down; then it goes on, and the
row is written as soon as that works. A process that is killed in between loses the row: the receipts of that
email are then dropped.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final

import psycopg

from servicekit.batching import Batcher
from servicekit.clock import Clock, monotonic
from servicekit.errors import ServiceError
from servicekit.logs import get_logger
from services.email import metrics
from services.email.store import SentEmail

_MAX_BATCH: Final = 256
_MAX_LATE: Final = 100_000
"""Rows in memory while the database is away, about 40 MB; the oldest go first."""
_FIRST_PAUSE_S: Final = 0.1
_MAX_PAUSE_S: Final = 2.0
_PURGE_ROWS: Final = 5_000

_log = get_logger()

_Write = Callable[[Sequence[SentEmail]], Awaitable[None]]


class SentEmails:
    """See the module."""

    def __init__(self, write: _Write, *, patience_s: float) -> None:
        """`write`: `Store.insert_sent_emails`. `patience_s`: how long `record` waits for it to work."""
        self._write = write
        self._patience_s = patience_s
        self._batcher: Batcher[SentEmail, None] = Batcher(
            self._flush, name="sent emails", max_items=_MAX_BATCH
        )
        self._late: deque[SentEmail] = deque(maxlen=_MAX_LATE)

    @property
    def late(self) -> int:
        """Rows that are still to be written."""
        return len(self._late)

    async def record(self, sent: SentEmail) -> None:
        """Write one row, or wait as long as patience lasts and leave it for `write_late`. Raises nothing."""
        deadline = monotonic() + self._patience_s
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                await self._batcher.submit(sent)
            except (ServiceError, psycopg.Error) as err:
                if monotonic() + pause_s >= deadline:
                    self._late.append(sent)
                    metrics.set_unrecorded(self.late)
                    _log.warning("sent_email_unrecorded", notification_id=sent.notification_id, failure=err)
                    return
            else:
                return
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _MAX_PAUSE_S)

    async def write_late(self) -> None:
        """Write what `record` could not. To be called every few seconds."""
        while self._late:
            batch = [self._late.popleft() for _ in range(min(len(self._late), _MAX_BATCH))]
            try:
                await self._write(batch)
            except (ServiceError, psycopg.Error) as err:
                self._late.extendleft(reversed(batch))
                _log.warning("sent_emails_unrecorded", waiting=self.late, failure=err)
                return
            metrics.set_unrecorded(self.late)
            _log.info("sent_emails_recorded_late", count=len(batch))

    async def close(self) -> None:
        """Wait for what is under way, and try once more to write what is late."""
        await self._batcher.close()
        await self.write_late()

    async def _flush(self, batch: list[SentEmail]) -> list[None]:
        await self._write(batch)
        metrics.record_batch(len(batch))
        return [None] * len(batch)


async def purge(delete: Callable[..., Awaitable[int]], clock: Clock, kept: timedelta) -> int:
    """Delete rows that are older than `kept`, part by part; answers how many. `delete`:
    `Store.delete_sent_emails`."""
    before = clock.now() - kept
    total = 0
    while (deleted := await delete(before, _PURGE_ROWS)) > 0:
        total += deleted
        if deleted < _PURGE_ROWS:
            break
    if total:
        _log.info("sent_emails_purged", count=total)
    return total
