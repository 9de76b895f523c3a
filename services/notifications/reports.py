"""Reports about days: which of them were counted at night, and which are counted when somebody asks.

What is counted at night is `counting`'s; reading it is `reports_store`'s. Called by the servicer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from notifyrules.london_time import london_date, london_midnight_utc
from notifyrules.statuses import NotificationStatus, NotificationType
from servicekit.clock import Clock
from servicekit.errors import NotFound
from servicekit.ids import first_id_at
from services.notifications.reports_store import (
    Days,
    DramaService,
    FailingService,
    Measures,
    ReportsStore,
    RequestsOfDay,
    StatusCount,
)

MAX_DAYS: Final = 400
_COUNTED_NOW: Final = 4
"""Most days that are counted when asked for: as many as a night counts anew. Older ones that no night counted are
empty until `count-daily-deliveries` or `create-nightly-notification-status` ran."""

PERMANENT_FAILURES: Final = (NotificationStatus.PERMANENT_FAILURE,)
FAILURES: Final = (
    NotificationStatus.PERMANENT_FAILURE,
    NotificationStatus.TEMPORARY_FAILURE,
    NotificationStatus.TECHNICAL_FAILURE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days in London, both ends included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingTime:
    """Texts and emails of the API on a day, and those that a provider had within 10 seconds."""

    day: date
    total: int
    within_10_s: int


class Reports:
    """Makes reports about days."""

    def __init__(self, store: ReportsStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def status_summary(
        self, period: Period, service_id: UUID | None, type: NotificationType | None
    ) -> list[StatusCount]:
        """Messages by channel and status. Raises NotFound."""
        await self._check(service_id)
        _, counted = await self._store.counted_until()
        return await self._store.status_counts(self._days(period, counted), service_id, type)

    async def delivery_times(self, period: Period, service_id: UUID | None) -> list[Measures]:
        """Texts and emails by channel; `day` is the first of the period. Raises NotFound."""
        by_type: dict[NotificationType, list[Measures]] = {}
        for measures in await self._measures(period, service_id):
            by_type.setdefault(measures.type, []).append(measures)
        return [_sum(period.first, type, by_type[type]) for type in NotificationType if type in by_type]

    async def processing_times(self, period: Period, service_id: UUID | None) -> list[ProcessingTime]:
        """How many messages of each day were handed over quickly. Raises NotFound."""
        days: dict[date, list[Measures]] = {}
        for measures in await self._measures(period, service_id):
            if measures.single:
                days.setdefault(measures.day, []).append(measures)
        return [
            ProcessingTime(
                day=day, total=sum(m.single for m in found), within_10_s=sum(m.within_10_s for m in found)
            )
            for day, found in sorted(days.items())
        ]

    async def failing_services(
        self, period: Period, *, permanent_only: bool, min_messages: int, min_share: float, limit: int
    ) -> list[FailingService]:
        """Services of whose messages at least this share failed, the worst first."""
        _, counted = await self._store.counted_until()
        return await self._store.failing_services(
            self._days(period, counted),
            PERMANENT_FAILURES if permanent_only else FAILURES,
            min_messages=min_messages,
            min_share=min_share,
            limit=limit,
        )

    async def services_texting_drama_numbers(
        self, period: Period, min_texts: int, limit: int
    ) -> list[DramaService]:
        """Services that text numbers kept for television, the most first."""
        counted, _ = await self._store.counted_until()
        days = self._days(period, counted)
        return await self._store.services_texting_drama_numbers(days, min_texts, limit)

    async def availability(self, period: Period) -> list[RequestsOfDay]:
        """Requests to the public API by day."""
        return await self._store.availability(period.first, period.last)

    async def _measures(self, period: Period, service_id: UUID | None) -> list[Measures]:
        await self._check(service_id)
        counted, _ = await self._store.counted_until()
        return await self._store.measures(self._days(period, counted), service_id)

    async def _check(self, service_id: UUID | None) -> None:
        if service_id is not None and not await self._store.has_service(service_id):
            raise NotFound("service")

    def _days(self, period: Period, counted_until: date | None) -> Days:
        """Split a period into the days that were counted and a span of ids for the rest."""
        today = london_date(self._clock.now())
        not_counted = today - timedelta(days=_COUNTED_NOW)
        if counted_until is not None:
            not_counted = max(not_counted, counted_until + timedelta(days=1))
        first_now = max(period.first, not_counted)
        last_now = min(period.last, today)
        first_id = first_id_at(london_midnight_utc(first_now))
        end_id = first_id_at(london_midnight_utc(last_now + timedelta(days=1)))
        return Days(
            first=period.first,
            last=period.last,
            last_counted=not_counted - timedelta(days=1),
            first_id=first_id,
            end_id=max(first_id, end_id),
        )


def _sum(day: date, type: NotificationType, parts: Iterable[Measures]) -> Measures:
    found = list(parts)
    return Measures(
        day,
        type,
        total=sum(m.total for m in found),
        single=sum(m.single for m in found),
        within_10_s=sum(m.within_10_s for m in found),
        under_1_min=sum(m.under_1_min for m in found),
        under_5_min=sum(m.under_5_min for m in found),
        under_10_min=sum(m.under_10_min for m in found),
        under_30_min=sum(m.under_30_min for m in found),
        over_30_min=sum(m.over_30_min for m in found),
    )
