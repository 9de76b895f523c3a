"""Limits of a day that only this service can check: texts abroad, whose number it parses, and whole jobs.

Single messages are counted by the gateway, before their body is read. All count under the same names
(`notifyrules.daily_limits`). Places are reserved before something is stored and given back when it was not.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from notifyrules.daily_limits import (
    LimitKind,
    counter_name,
    is_counted,
    limit_for,
    refusal,
    until_tomorrow,
)
from notifyrules.statuses import KeyType
from servicekit.clock import Clock
from servicekit.counters import Counters, Reservation
from servicekit.errors import QuotaExceeded
from services.notifications.sending_services import SendingService


class SendingLimits:
    """Reserves places in services' days. One for each process."""

    def __init__(self, counters: Counters, clock: Clock) -> None:
        self._counters = counters
        self._clock = clock

    async def take(
        self, service: SendingService, kind: LimitKind, key_type: KeyType, wanted: int
    ) -> Reservation:
        """Places for as many of `wanted` messages as the day has left; not counted for test keys, whom only
        a limit of nought refuses.
        """
        limit = self._limit(service, kind, key_type)
        name = counter_name(service.id, kind, self._clock.now())
        if not is_counted(key_type):
            return Reservation(name, wanted if limit > 0 else 0, is_counted=False)
        return await self._counters.reserve(name, wanted, limit)

    async def take_all(
        self, service: SendingService, key_type: KeyType, wanted: Mapping[LimitKind, int]
    ) -> tuple[Reservation, ...]:
        """Places for all of a job's messages, or none. Raises QuotaExceeded for the first kind that has too
        few left.
        """
        taken: list[Reservation] = []
        for kind, messages in wanted.items():
            limit = self._limit(service, kind, key_type)
            name = counter_name(service.id, kind, self._clock.now())
            if not is_counted(key_type):
                reservation = Reservation(name, messages if limit > 0 else 0, is_counted=False)
            else:
                reservation = await self._counters.reserve_all(name, messages, limit)
            if reservation.places < messages:
                await self.give_back(taken)
                raise self.refusal(service, kind, key_type)
            taken.append(reservation)
        return tuple(taken)

    def check_possible(
        self, service: SendingService, key_type: KeyType, wanted: Mapping[LimitKind, int]
    ) -> None:
        """Raise QuotaExceeded where not even a whole day has as many places as a job wants."""
        for kind, messages in wanted.items():
            limit = self._limit(service, kind, key_type)
            if limit < (messages if is_counted(key_type) else min(messages, 1)):
                raise self.refusal(service, kind, key_type)

    async def give_back_of(
        self, service_id: UUID, key_type: KeyType, day: datetime, places: Mapping[LimitKind, int]
    ) -> None:
        """Give places of a day back that were taken at the time `day`, perhaps by another process."""
        if not is_counted(key_type):
            return
        for kind, messages in places.items():
            name = counter_name(service_id, kind, day)
            await self._counters.give_back(Reservation(name, messages, is_counted=True))

    async def give_back(self, reservations: Iterable[Reservation]) -> None:
        """Give all places of reservations back."""
        for reservation in reservations:
            await self._counters.give_back(reservation)

    async def check_abroad(self, service: SendingService, key_type: KeyType) -> None:
        """Raise QuotaExceeded where the day has no text abroad left."""
        reservation = await self.take(service, LimitKind.INTERNATIONAL_SMS, key_type, 1)
        if reservation.places < 1:
            raise self.refusal(service, LimitKind.INTERNATIONAL_SMS, key_type)
        await self._counters.give_back(reservation)

    def refusal(self, service: SendingService, kind: LimitKind, key_type: KeyType) -> QuotaExceeded:
        """What a service is told whose day has too few places left."""
        limit = self._limit(service, kind, key_type)
        seconds = round(until_tomorrow(self._clock.now()).total_seconds())
        return QuotaExceeded(
            kind.value,
            refusal(kind, limit),
            {"limit": str(limit), "retry_after_s": str(seconds)},
            reason="DAILY_LIMIT_REACHED",
        )

    def _limit(self, service: SendingService, kind: LimitKind, key_type: KeyType) -> int:
        own = service.daily_limit(kind, self._clock.now())
        return limit_for(kind, own, key_type, restricted=service.restricted)
