"""Looking after letters: finding those that are late or stuck, and ending some by hand.

Called for operators (`notifyctl letters`) and, for finding, by the scheduled checks (`letter_checks`). Cancelling is
`cancelling`'s; what came back is `returned_letters`'.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from notifyrules.letter_timings import PRINT_DEADLINE, letter_can_be_cancelled, previous_print_day
from notifyrules.london_time import london_date, london_midnight_utc, london_to_utc, utc_to_london
from notifyrules.statuses import NotificationStatus
from servicekit.clock import Clock
from servicekit.ids import first_id_at, time_of
from services.notifications.cancelling import Printing
from services.notifications.letter_care_store import FoundLetter, LetterCareStore, LetterSpan, LetterStanding

LONGEST_BACK: Final = timedelta(days=90)
"""The longest that messages are kept."""
UNSENT_AFTER_PRINT_DAYS: Final = 2
_RUN_IS_OVER: Final = time(18, 50)
"""London: the print run begins at 17:50, and may take an hour."""
_DAY: Final = timedelta(days=1)
_FIRST_ID: Final = UUID(int=0)

_S = NotificationStatus


class LetterCondition(StrEnum):
    """Which letters are looked for."""

    LATE = "late"
    UNSENT = "unsent"
    PENDING_VIRUS_CHECK = "pending_virus_check"
    TECHNICAL_FAILURE = "technical_failure"
    CANCELLABLE = "cancellable"


_STATUSES: Final = {
    LetterCondition.LATE: (_S.CREATED,),
    LetterCondition.UNSENT: (_S.SENDING,),
    LetterCondition.PENDING_VIRUS_CHECK: (_S.PENDING_VIRUS_CHECK,),
    LetterCondition.TECHNICAL_FAILURE: (_S.TECHNICAL_FAILURE,),
    LetterCondition.CANCELLABLE: (_S.CREATED, _S.PENDING_VIRUS_CHECK),
}

MAY_BE_ENDED_FROM: Final = {
    _S.DELIVERED: frozenset({_S.CREATED, _S.SENDING, _S.TECHNICAL_FAILURE}),
    _S.PERMANENT_FAILURE: frozenset(
        {_S.CREATED, _S.PENDING_VIRUS_CHECK, _S.SENDING, _S.DELIVERED, _S.TECHNICAL_FAILURE}
    ),
}
"""People know what became of a letter better than we do, so this goes further than `notifyrules.statuses`, which says
what the system does by itself."""
_TO_BE_STOPPED: Final = frozenset({_S.CREATED, _S.PENDING_VIRUS_CHECK})


class EndOutcome(StrEnum):
    """Whether a letter was ended."""

    ENDED = "ended"
    ALREADY = "already"
    BEING_PRINTED = "being_printed"
    NOT_ALLOWED = "not_allowed"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedLetters:
    """Which letters are looked for; None asks for nothing."""

    condition: LetterCondition
    service_id: UUID | None = None
    job_id: UUID | None = None
    made_from: datetime | None = None
    made_until: datetime | None = None
    after: UUID | None = None


def late_before(now: datetime) -> datetime:
    """Before when letters were made that a print run should have taken by the aware `now`."""
    current = utc_to_london(now)
    day = current.date() if current.time() >= _RUN_IS_OVER else current.date() - _DAY
    return london_to_utc(datetime.combine(day, PRINT_DEADLINE))


def unsent_before(now: datetime) -> datetime:
    """Before when letters were handed over that should have been despatched by the aware `now`: on the second
    print day before today's, or earlier. Source: the public contract, scheduled work.
    """
    day = london_date(now)
    for _ in range(UNSENT_AFTER_PRINT_DAYS):
        day = previous_print_day(day)
    return london_midnight_utc(day + _DAY)


class LetterCare:
    """Finds and ends letters. One for each process."""

    def __init__(self, store: LetterCareStore, printing: Printing, *, clock: Clock) -> None:
        self._store = store
        self._printing = printing
        self._clock = clock

    async def find(self, wanted: WantedLetters, limit: int) -> list[FoundLetter]:
        """Letters in a condition, the oldest first. Looks a day at a time, so that no statement is long."""
        now = self._clock.now()
        begin = max(wanted.made_from or now - LONGEST_BACK, now - LONGEST_BACK)
        end = min(wanted.made_until or now, now)
        if wanted.condition is LetterCondition.LATE:
            end = min(end, late_before(now))
        sent_before = unsent_before(now) if wanted.condition is LetterCondition.UNSENT else None
        after = max(first_id_at(begin), wanted.after or _FIRST_ID)
        found: list[FoundLetter] = []
        while after < first_id_at(end) and len(found) < limit:
            span = LetterSpan(
                after=after,
                before=first_id_at(min(time_of(after) + _DAY, end)),
                statuses=_STATUSES[wanted.condition],
                service_id=wanted.service_id,
                job_id=wanted.job_id,
                sent_before=sent_before,
            )
            asked = limit - len(found)
            letters = await self._store.find(span, asked)
            found += [each for each in letters if _fits(wanted.condition, each, now)]
            after = letters[-1].id if len(letters) == asked else span.before
        return found

    async def end(
        self, ids: Sequence[UUID], status: NotificationStatus
    ) -> list[tuple[EndOutcome, NotificationStatus | None]]:
        """Give letters their end by hand; for each, in order, what became of it and its status now.

        `status` is a key of `MAY_BE_ENDED_FROM`. Raises Unavailable while the letters service is away.
        """
        before = await self._store.standings(ids)
        allowed = {id for id, each in before.items() if each.status in MAY_BE_ENDED_FROM[status]}
        free = allowed - await self._being_printed({id: before[id] for id in allowed})
        ended = (
            await self._store.end({id: before[id].status for id in free}, status, self._clock.now())
            if free
            else set()
        )
        results: list[tuple[EndOutcome, NotificationStatus | None]] = []
        for id in ids:
            standing = before.get(id)
            if standing is None:
                results.append((EndOutcome.NOT_FOUND, None))
            elif id in ended:
                results.append((EndOutcome.ENDED, status))
            elif standing.status is status:
                results.append((EndOutcome.ALREADY, status))
            elif id in allowed:  # with the printer just now, or changed in this moment
                results.append((EndOutcome.BEING_PRINTED, standing.status))
            else:
                results.append((EndOutcome.NOT_ALLOWED, standing.status))
        return results

    async def _being_printed(self, letters: dict[UUID, LetterStanding]) -> set[UUID]:
        """Of those that the printer does not have by our books, the ones that could not be taken off its run."""
        by_service: defaultdict[UUID, list[UUID]] = defaultdict(list)
        for id, each in letters.items():
            if each.status in _TO_BE_STOPPED:
                by_service[each.service_id].append(id)
        going: set[UUID] = set()
        for service_id, ids in by_service.items():
            going |= set(ids) - await self._printing.stop(service_id, ids)
        return going


def _fits(condition: LetterCondition, letter: FoundLetter, now: datetime) -> bool:
    if condition is not LetterCondition.CANCELLABLE:
        return True
    return letter_can_be_cancelled(NotificationStatus(letter.status), time_of(letter.id), now)
