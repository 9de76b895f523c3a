"""Regular looks at letters: late ones, failed ones, those that were not despatched or wait for their virus check.

Alerts tell; what is repaired is a letter that is in no queue. Times and thresholds are the public contract's.
One scan that fails is tried again by the letters service itself, every few seconds.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from notifyrules.letter_timings import is_print_day
from notifyrules.london_time import london_date
from operationskit.alerts import Alerts
from operationskit.tasks import TaskRun
from servicekit.clock import Clock
from servicekit.ids import time_of
from services.notifications.letter_care import LetterCare, LetterCondition, WantedLetters
from services.notifications.letter_care_store import FoundLetter, LetterCareStore

FAILED_WITHIN: Final = timedelta(days=3)
PREPARED_WITHIN: Final = timedelta(minutes=15)
"""Older than any id may be that is still to be inserted (ten minutes)."""
REPAIRED_WITHIN: Final = timedelta(days=7)
CHECK_EXPECTED_WITHIN: Final = timedelta(minutes=10)
CHECK_LATE_AFTER: Final = timedelta(hours=2)
CHECK_GIVEN_UP_AFTER: Final = timedelta(days=3)
_LOT: Final = 1_000

log = structlog.get_logger()


class LetterChecks:
    """Each public method is the work of one task, and may be repeated at will."""

    def __init__(self, care: LetterCare, store: LetterCareStore, alerts: Alerts, clock: Clock) -> None:
        self._care = care
        self._store = store
        self._alerts = alerts
        self._clock = clock

    async def look_at_unprepared(self, run: TaskRun) -> None:
        """Queue letters again whose PDF is not there and that are in no queue, and tell of them."""
        now = self._clock.now()
        wanted = WantedLetters(
            condition=LetterCondition.UNPREPARED,
            made_from=now - REPAIRED_WITHIN,
            made_until=now - PREPARED_WITHIN,
        )
        found = await self._all(run, wanted)
        await self._queue_lost(run, [each.id for each in found])
        await self._tell("letters-lost", found)

    async def look_at_late(self, run: TaskRun) -> None:
        """Tell of letters that no print run took, and have the letters service look at each once more.

        It answers for one that it has prepared, or had promised never to print, and prepares one that it does not know:
        whatever kept them apart is put right, and nothing is printed twice.
        """
        found = await self._all(run, WantedLetters(condition=LetterCondition.LATE))
        await self._queue_lost(run, [each.id for each in found if not each.has_delivery], also_prepared=True)
        await self._tell("letters-still-created", found)

    async def look_at_failed(self, run: TaskRun) -> None:
        """Tell of letters of the last three days that ended as technical-failure."""
        since = self._clock.now() - FAILED_WITHIN
        wanted = WantedLetters(condition=LetterCondition.TECHNICAL_FAILURE, made_from=since)
        await self._tell("letters-technical-failure", await self._all(run, wanted))

    async def look_at_unsent(self, run: TaskRun) -> None:
        """Tell on print days of letters that the printer has had for two print days."""
        if not is_print_day(london_date(self._clock.now())):
            return
        found = await self._all(run, WantedLetters(condition=LetterCondition.UNSENT))
        await self._tell("letters-still-sending", found)

    async def look_at_pending(self, run: TaskRun) -> None:
        """Queue letters again that wait for their check and are in no queue; tell when some wait for two hours."""
        now = self._clock.now()
        wanted = WantedLetters(
            condition=LetterCondition.PENDING_VIRUS_CHECK, made_until=now - CHECK_EXPECTED_WITHIN
        )
        found = await self._all(run, wanted)
        await self._queue_lost(run, [each.id for each in found if not each.has_delivery])
        late = [each for each in found if now - time_of(each.id) > CHECK_LATE_AFTER]
        await self._tell("letters-pending-virus-check", late)

    async def look_at_given_up(self, run: TaskRun) -> None:
        """The same once a night, and tell of each letter that has waited for three days."""
        await self.look_at_pending(run)
        until = self._clock.now() - CHECK_GIVEN_UP_AFTER
        wanted = WantedLetters(condition=LetterCondition.PENDING_VIRUS_CHECK, made_until=until)
        for letter in await self._care.find(wanted, _LOT):
            run.count("given_up")
            await self._alerts.raise_alert("letter-never-checked", str(letter.id), _about([letter]))

    async def _queue_lost(self, run: TaskRun, lost: list[UUID], *, also_prepared: bool = False) -> None:
        for begin in range(0, len(lost), _LOT):
            lot = lost[begin : begin + _LOT]
            queued = await self._store.queue_lost(lot, self._clock.now(), also_prepared=also_prepared)
            run.count("queued_again", queued)
            log.error("lost_letters_queued", count=queued)
            await run.note_progress()

    async def _all(self, run: TaskRun, wanted: WantedLetters) -> list[FoundLetter]:
        found: list[FoundLetter] = []
        after: UUID | None = None
        while True:
            page = await self._care.find(replace(wanted, after=after), _LOT)
            found += page
            run.count("found", len(page))
            if len(page) < _LOT:
                return found
            after = page[-1].id
            await run.note_progress(len(found))

    async def _tell(self, alert: str, letters: list[FoundLetter]) -> None:
        by_service: defaultdict[UUID, list[FoundLetter]] = defaultdict(list)
        for each in letters:
            by_service[each.service_id].append(each)
        for service_id, own in by_service.items():
            await self._alerts.raise_alert(alert, str(service_id), _about(own))


def _about(letters: list[FoundLetter]) -> dict[str, str | int | float]:
    return {"letters": len(letters), "oldest": time_of(letters[0].id).isoformat(timespec="seconds")}
