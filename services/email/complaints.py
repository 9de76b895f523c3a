"""Recipients who marked an email as spam: recorded here at once, and told to the notifications service, which
tells the sending service.

A complaint that `record` took is safe: it is told as soon as that works, and may be told twice without harm.
Called by `matching.py`; `run` is started as a loop in `__main__`.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final, Protocol

from servicekit.clock import Clock
from servicekit.errors import ServiceError
from servicekit.logs import get_logger
from services.email.store import Complaint, Store

_IDLE_S: Final = 5.0
_TOLD_AT_ONCE: Final = 500

_log = get_logger()


class Teller(Protocol):
    """Tells the notifications service."""

    async def tell(self, complaints: Sequence[Complaint]) -> None:
        """Tell of complaints (1 to 1,000). Raises servicekit errors; may be repeated."""
        ...


class Complaints:
    """See the module."""

    def __init__(self, store: Store, teller: Teller, clock: Clock) -> None:
        self._store = store
        self._teller = teller
        self._clock = clock
        self._wake = asyncio.Event()
        self._stopping = False

    async def record(self, complaints: Sequence[Complaint]) -> None:
        """Record complaints; one that is recorded already stays as it is. Raises Unavailable and the like."""
        if not complaints:
            return
        await self._store.insert_complaints(complaints)
        for complaint in complaints:
            _log.info(
                "complaint_recorded",
                notification_id=complaint.notification_id,
                complaint_type=complaint.complaint_type,
            )
        self._wake.set()

    async def run(self) -> None:
        """Tell of what was recorded until `stop`."""
        while not self._stopping:
            self._wake.clear()
            try:
                told = await self._tell_some()
            except ServiceError as err:
                _log.warning("complaints_told_later", failure=err)
                told = 0
            if told < _TOLD_AT_ONCE:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_IDLE_S):
                        await self._wake.wait()

    def stop(self) -> None:
        """Let `run` end."""
        self._stopping = True
        self._wake.set()

    async def _tell_some(self) -> int:
        """Tell of a batch; answers how many there were."""
        untold = await self._store.find_untold_complaints(_TOLD_AT_ONCE)
        if untold:
            await self._teller.tell(untold)
            await self._store.note_told(untold, self._clock.now())
        return len(untold)
