"""Printing by the clock: the daily run, the change of credentials, and looking after both. Called from `wiring`.

The queue of tasks sees to it that each runs once for each of its times, in one process, and is taken up by another
one when that dies. Times are the public contract's.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, time, timedelta
from typing import Final

from operationskit.alerts import Alerts
from operationskit.schedules import Daily, Every, Zone
from operationskit.tasks import PeriodicTask, TaskRun
from servicekit.clock import Clock
from servicekit.errors import Conflict
from services.letters.printing.letters_to_print import PrintRun
from services.letters.printing.rotation import Credential, Rotation
from services.letters.printing.run import PrintRuns
from services.letters.printing.schedule import PRINT_RUN_AT
from services.letters.printing.store import PrintStore

RUN_LATE: Final = "print-run-late"
"""An alert: a run was missed, or left half-way, and was made up for. Its subject is the London day."""
NOT_HANDED_OVER: Final = "letters-not-handed-over"
"""An alert: letters of a run wait for the printer. Its subject is the run."""

_WAITS: Final = 4
_WAIT_S: Final = 25.0
"""A dead process holds up others for a minute."""
_LATE_AFTER: Final = timedelta(minutes=5)
_HANDED_OVER_WITHIN: Final = timedelta(hours=1)
"""Ten thousand letters take two minutes."""
_LOOKED_AT: Final = timedelta(days=4)
_RUNS_LOOKED_AT: Final = 20
_TUESDAY: Final = frozenset({1})
_WEDNESDAY: Final = frozenset({2})


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintTasks:
    """What the tasks need."""

    runs: PrintRuns
    rotation: Rotation
    store: PrintStore
    alerts: Alerts
    collected: Callable[[], None]
    """Called when there are letters to hand over."""
    clock: Clock
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep

    def tasks(self) -> Sequence[PeriodicTask]:
        """All of them."""
        return [
            PeriodicTask(
                name="collate-letters",
                description="Take the day's letters, email their volumes to the printer, and begin to hand them over",
                schedule=Daily(times=(PRINT_RUN_AT,), zone=Zone.LONDON),
                run=self.collate,
                made_up_for=timedelta(hours=6),
            ),
            PeriodicTask(
                name="check-print-runs",
                description="Make up for a print run that was missed or left half-way; tell of letters that still wait",
                schedule=Every(timedelta(minutes=10)),
                run=self.look_at_runs,
            ),
            PeriodicTask(
                name="change-dvla-api-key",
                description="Have the print provider make a new API key, on the first Tuesday of a month",
                schedule=Daily(times=(time(9, 0),), weekdays=_TUESDAY, days=frozenset(range(1, 8))),
                run=self.change_api_key,
                made_up_for=timedelta(hours=14),
            ),
            PeriodicTask(
                name="change-dvla-password",
                description="Change our password at the print provider, on the day after the first Tuesday of a month",
                schedule=Daily(times=(time(9, 0),), weekdays=_WEDNESDAY, days=frozenset(range(2, 9))),
                run=self.change_password,
                made_up_for=timedelta(hours=14),
            ),
        ]

    async def collate(self, run: TaskRun) -> None:
        """Make the run of the day, if its time has come and nobody made it. Raises Conflict while another is made."""
        made = await self._made(run)
        if made is not None:
            _count(run, made)
            self.collected()

    async def _made(self, run: TaskRun) -> PrintRun | None:
        """The run; after a wait where another process, which may have died, is at it."""
        for pauses_left in reversed(range(_WAITS)):
            try:
                return await self.runs.make_due(run.scheduled_for)
            except Conflict:
                if not pauses_left:
                    raise
                await self.pause(_WAIT_S)
                await run.note_progress()
        return None

    async def look_at_runs(self, run: TaskRun) -> None:
        """Make up for what was missed, and tell of it; tell of letters that are not handed over."""
        now = self.clock.now()
        try:
            made = await self.runs.make_due(now - _LATE_AFTER)
        except Conflict:  # another process is just at it
            return
        if made is not None:
            _count(run, made)
            self.collected()
            if made.volumes:
                letters = sum(volume.letters for volume in made.volumes.values())
                await self.alerts.raise_alert(RUN_LATE, made.day.isoformat(), {"letters": letters})
        for each in await self.store.list_runs(_RUNS_LOOKED_AT, None):
            if each.collected_at is None or not _HANDED_OVER_WITHIN <= now - each.collected_at <= _LOOKED_AT:
                continue
            progress = await self.store.progress(each.id)
            if progress.waiting:
                run.count("letters_waiting", progress.waiting)
                details = {"waiting": progress.waiting, "retrying": progress.retrying}
                await self.alerts.raise_alert(NOT_HANDED_OVER, str(each.id), details)

    async def change_api_key(self, run: TaskRun) -> None:
        """Change the key. Raises RotationFailed."""
        await self._change(run, Credential.API_KEY)

    async def change_password(self, run: TaskRun) -> None:
        """Change the password. Raises RotationFailed."""
        await self._change(run, Credential.PASSWORD)

    async def _change(self, run: TaskRun, credential: Credential) -> None:
        day = run.scheduled_for.astimezone(UTC).date()
        if await self.rotation.change(credential, day, self.alerts):
            run.count("changed")


def _count(run: TaskRun, made: PrintRun) -> None:
    run.count("runs")
    run.count("letters", sum(volume.letters for volume in made.volumes.values()))
    run.count("sheets", sum(volume.sheets for volume in made.volumes.values()))
