"""Recomputing days from notifications: rebuilds, and the nightly check of the last ten days.

A rebuild goes through a day in lots by id, and makes the books say of each lot what notifications say; at the
end the day's counts are made anew from the books. Nothing is emptied first, so that nobody reads half a day,
and a process that is killed leaves right what it had done. What the feed brings meanwhile is newer and stays.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

import structlog

from notifyrules.london_time import london_date, london_midnight_utc
from servicekit.clock import Clock
from servicekit.errors import RuleBroken
from servicekit.ids import first_id_at
from services.billing import metrics
from services.billing.facts import FactKey, FactsLot, count_by_key
from services.billing.store import Span, Store

log = structlog.get_logger()

CHECKED_DAYS: Final = 10
MAX_AGE_DAYS: Final = 360
"""Notifications older than a year may have been put away for good: their days can no longer be recomputed."""
_NIGHTLY: Final = "check of the last days"


class FactsClient(Protocol):
    """What the notifications service says of a span of time."""

    def facts(
        self, from_time: datetime, until_time: datetime, service_id: UUID | None, *, counts_only: bool
    ) -> AsyncIterator[FactsLot]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuiltDay:
    """What a rebuild of a day did."""

    day: date
    notifications: int  # that were read
    corrected: int  # that were counted wrongly, or not at all
    removed: int  # that were counted and are not there
    recounted: int  # facts whose count was wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A fact that is not what notifications say."""

    key: FactKey
    counted: int  # in the books
    found: int  # among notifications


class Rebuilding:
    """Rebuilds and checks. One for each process."""

    def __init__(self, source: FactsClient, store: Store, *, clock: Clock) -> None:
        self._source = source
        self._store = store
        self._clock = clock

    async def rebuild_day(
        self, day: date, service_id: UUID | None = None, *, may_empty: bool = False
    ) -> RebuiltDay:
        """Recompute a London day, of one service or of all.

        Raises RuleBroken for a day that is to come or too old, and, unless `may_empty`, for one of which no
        notification is kept although some were counted.
        """
        self._check_age(day)
        span = span_of(day, service_id)
        cursor = await self._store.cursor()
        read = corrected = removed = 0
        after = UUID(int=span.first_id.int - 1)
        async for lot in self._lots(span, counts_only=False):
            done = await self._store.rebuild_lot(lot, after, span, cursor.batch)
            read += sum(group.count for group in lot.groups)
            corrected, removed, after = corrected + done.corrected, removed + done.removed, lot.last_id
        if not read and not may_empty and await self._store.read_day(day, service_id):
            raise RuleBroken(
                "NOTHING_KEPT",
                f"No notification of {day} is kept, and some were counted: nothing was changed. "
                "Say that the day may become empty if it should",
            )
        rest = FactsLot(groups=(), last_id=UUID(int=span.until_id.int - 1))
        removed += (await self._store.rebuild_lot(rest, after, span, cursor.batch)).removed
        rebuilt = RebuiltDay(
            day=day,
            notifications=read,
            corrected=corrected,
            removed=removed,
            recounted=await self._store.recount(span),
        )
        log.info(
            "day_rebuilt",
            london_date=day.isoformat(),
            service_id=str(service_id) if service_id else None,
            notifications=read,
            corrected=corrected,
            removed=removed,
            recounted=rebuilt.recounted,
        )
        return rebuilt

    async def differences(self, day: date, service_id: UUID | None = None) -> list[Difference]:
        """Where the facts of a day differ from its notifications. Changes nothing."""
        found: dict[FactKey, int] = {}
        async for lot in self._lots(span_of(day, service_id), counts_only=True):
            for key, count in count_by_key(lot.groups, day).items():
                found[key] = found.get(key, 0) + count
        counted = await self._store.read_day(day, service_id)
        return [
            Difference(key=key, counted=counted.get(key, 0), found=found.get(key, 0))
            for key in {**counted, **found}
            if counted.get(key, 0) != found.get(key, 0)
        ]

    def _lots(self, span: Span, *, counts_only: bool) -> AsyncIterator[FactsLot]:
        return self._source.facts(
            london_midnight_utc(span.day),
            london_midnight_utc(span.day + timedelta(days=1)),
            span.service_id,
            counts_only=counts_only,
        )

    def _check_age(self, day: date) -> None:
        today = london_date(self._clock.now())
        if not today - timedelta(days=MAX_AGE_DAYS) <= day <= today:
            raise RuleBroken(
                "DAY_NOT_KEPT",
                f"{day} cannot be recomputed: only days from {today - timedelta(days=MAX_AGE_DAYS)} to today can",
                metadata={"london_date": day.isoformat()},
            )


class NightlyCheck:
    """Recomputes the last ten days, tells of every difference, and puts it right."""

    def __init__(
        self, rebuilding: Rebuilding, store: Store, *, catch_up: Callable[[], Awaitable[None]], clock: Clock
    ) -> None:
        self._rebuilding = rebuilding
        self._store = store
        self._catch_up = catch_up
        self._clock = clock

    async def check_last_days(self, now: datetime) -> list[Difference]:
        """Compare the ten days before today with notifications; gives what differed.

        A difference is told when it is still there after the feed was read to its end: then it is a fault, not
        a change under way. Its day and service are rebuilt.
        """
        today = london_date(now)
        found: list[Difference] = []
        for back in range(CHECKED_DAYS, 0, -1):
            day = today - timedelta(days=back)
            if not await self._rebuilding.differences(day):
                continue
            await self._catch_up()
            found += (of_day := await self._rebuilding.differences(day))
            for difference in of_day:
                _tell(difference)
            for service_id in sorted({difference.key.service_id for difference in of_day}):
                await self._repair(day, service_id)
        metrics.record_check(len(found), now.timestamp())
        await self._store.end_run(_NIGHTLY, today, self._clock.now(), len(found))
        return found

    async def _repair(self, day: date, service_id: UUID) -> None:
        try:
            await self._rebuilding.rebuild_day(day, service_id)
        except RuleBroken as err:
            # Where nothing is left of what was counted, a person decides. The difference itself is told as an error.
            log.warning(
                "difference_not_repaired",
                london_date=day.isoformat(),
                service_id=str(service_id),
                reason=err.reason,
            )


def span_of(day: date, service_id: UUID | None) -> Span:
    """The range of ids of a London day."""
    return Span(
        day=day,
        first_id=first_id_at(london_midnight_utc(day)),
        until_id=first_id_at(london_midnight_utc(day + timedelta(days=1))),
        service_id=service_id,
    )


def _tell(difference: Difference) -> None:
    key = difference.key
    log.error(
        "billing_difference",
        london_date=key.london_date.isoformat(),
        service_id=str(key.service_id),
        template_id=str(key.template_id),
        channel=key.channel.value,
        provider=key.provider,
        postage=key.postage,
        units=key.units,
        rate_multiplier=key.rate_multiplier,
        key_type=key.key_type.value,
        counted=difference.counted,
        found=difference.found,
    )
