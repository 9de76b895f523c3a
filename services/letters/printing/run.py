"""A print run: which letters go to the printer, and how many they are.

A run takes its letters in the database, has its volume report sent, and writes it down; nothing is printed before
that is done.
Handing over is not part of it (`requesting`): it goes on letter by letter, whatever becomes of the process that
made the run. May be called twice, late, and by several processes at once: a letter is taken by one run.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from servicekit.clock import Clock
from servicekit.errors import Conflict
from servicekit.ids import new_id
from servicekit.logs import get_logger
from services.letters.printing import metrics
from services.letters.printing.letters_to_print import PrintRun, RunOrigin
from services.letters.printing.schedule import letters_made_before, print_run_due
from services.letters.printing.store import PrintStore

_LOCK: Final = "print run"
_LOCK_FOR: Final = timedelta(minutes=1)
"""Many times as long as one statement of a run, or telling its volumes; the lock is renewed before each."""

_log = get_logger()


async def tell_nobody(_: PrintRun) -> None:
    """For runs whose volumes nobody wants to know before they are printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintRuns:
    """Makes runs; one for each process. Its methods raise Conflict when another process is just making a run, and
    servicekit errors while the database is away.
    """

    store: PrintStore
    holder: str
    """Names this process."""
    clock: Clock
    tell: Callable[[PrintRun], Awaitable[None]] = tell_nobody
    """Told the volumes of a run before any of it is printed; may be told again, and raises nothing."""

    async def make_due(self, moment: datetime) -> PrintRun | None:
        """Make the scheduled print run that is due at the aware `moment`, and finish runs that were left half-way.

        None when there is nothing to do: too early, or done already.
        """
        day = print_run_due(moment)
        is_needed = day is not None and not await self.store.has_scheduled_run(day)
        if not is_needed and not await self.store.collecting_runs():
            return None
        return await self._make(day if is_needed else None, RunOrigin.SCHEDULE)

    async def collate(self, day: date) -> PrintRun:
        """Make a print run by hand, of letters made before 17:30 London time of `day` that no run has taken."""
        run = await self._make(day, RunOrigin.BY_HAND)
        if run is None:
            raise Conflict("Another process finished this print run")
        return run

    async def _make(self, day: date | None, origin: RunOrigin) -> PrintRun | None:
        """One run at a time in the cluster: those left half-way first, then a new one where a day is given."""
        await self._take_lock()
        try:
            finished = None
            for left in await self.store.collecting_runs():
                finished = await self._collect(left)
            if day is None:
                return finished
            begun = await self.store.begin_run(new_id(), day, origin, self.clock.now())
            return finished if begun is None else await self._collect(begun)
        finally:
            await self.store.release_lock(_LOCK, self.holder)

    async def _collect(self, run: PrintRun) -> PrintRun:
        """Take all letters of a run and tell its volumes; then write them down, which lets printing begin."""
        # Letters that are made while this runs are for the next run, or it might never end.
        before = min(letters_made_before(run.day), self.clock.now())
        after: datetime | None = None
        while True:
            await self._take_lock()
            _, after = await self.store.take_letters(run, before, self.clock.now(), after=after)
            if after is None:
                break
        await self._take_lock()
        await self.tell(await self.store.count_volumes(run))
        collected = await self.store.finish_collecting(run, self.clock.now())
        letters = sum(volume.letters for volume in collected.volumes.values())
        sheets = sum(volume.sheets for volume in collected.volumes.values())
        metrics.record_run(collected.origin, letters)
        _log.info(
            "print_run_collected",
            print_run_id=str(run.id),
            london_date=run.day.isoformat(),
            origin=run.origin,
            letters=letters,
            sheets=sheets,
            volumes={
                postage: [volume.letters, volume.sheets] for postage, volume in collected.volumes.items()
            },
        )
        return collected

    async def _take_lock(self) -> None:
        now = self.clock.now()
        if not await self.store.take_lock(_LOCK, self.holder, now, now + _LOCK_FOR):
            raise Conflict("Another print run is just taking its letters; try again in a minute")
