"""A print run: which letters go to the printer, and how many they are.

A run takes its letters in the database and writes its volume report; nothing is printed before that is done.
Handing over is not part of it (`requesting`): it goes on letter by letter, whatever becomes of the process that
made the run. May be called twice, late, and by several processes at once: a letter is taken by one run.
"""

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
"""Many times as long as one statement of a run; the lock is renewed before each."""

_log = get_logger()


async def run_print_run(store: PrintStore, now: datetime, *, holder: str, clock: Clock) -> PrintRun | None:
    """Make the scheduled print run that is due at the aware `now`, and finish runs that were left half-way.

    None when there is nothing to do: too early, or done already. `holder` names this process. Raises Conflict
    when another process is just making a run, and servicekit errors while the database is away.
    """
    day = print_run_due(now)
    is_needed = day is not None and not await store.has_scheduled_run(day)
    if not is_needed and not await store.collecting_runs():
        return None
    return await _make_run(store, day if is_needed else None, RunOrigin.SCHEDULE, holder=holder, clock=clock)


async def collate_letters(store: PrintStore, day: date, *, holder: str, clock: Clock) -> PrintRun:
    """Make a print run by hand, of letters made before 17:30 London time of `day` that no run has taken. Raises as
    `run_print_run`."""
    run = await _make_run(store, day, RunOrigin.BY_HAND, holder=holder, clock=clock)
    if run is None:
        raise Conflict("Another process finished this print run")
    return run


async def _make_run(
    store: PrintStore, day: date | None, origin: RunOrigin, *, holder: str, clock: Clock
) -> PrintRun | None:
    """One run at a time in the cluster: those left half-way first, then a new one where a day is given."""
    await _take_lock(store, holder, clock)
    try:
        finished = None
        for left in await store.collecting_runs():
            finished = await _collect(store, left, holder=holder, clock=clock)
        if day is None:
            return finished
        begun = await store.begin_run(new_id(), day, origin, clock.now())
        return finished if begun is None else await _collect(store, begun, holder=holder, clock=clock)
    finally:
        await store.release_lock(_LOCK, holder)


async def _collect(store: PrintStore, run: PrintRun, *, holder: str, clock: Clock) -> PrintRun:
    """Take all letters of a run, then write its volume report, which lets printing begin."""
    # Letters that are made while this runs are for the next run, or it might never end.
    before = min(letters_made_before(run.day), clock.now())
    after: datetime | None = None
    while True:
        await _take_lock(store, holder, clock)
        _, after = await store.take_letters(run, before, clock.now(), after=after)
        if after is None:
            break
    collected = await store.finish_collecting(run, clock.now())
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
        volumes={postage: [volume.letters, volume.sheets] for postage, volume in collected.volumes.items()},
    )
    return collected


async def _take_lock(store: PrintStore, holder: str, clock: Clock) -> None:
    now = clock.now()
    if not await store.take_lock(_LOCK, holder, now, now + _LOCK_FOR):
        raise Conflict("Another print run is just taking its letters; try again in a minute")
