"""Tells people when a provider has been slow for ten minutes in a row: a task of every minute.

Slow is a provider of whose texts of the last 15 minutes a tenth or more took, or have taken, 5 minutes. That the
weights move away from it is `balancing`'s work, by a rule of its own. Source: the public contract, scheduled work.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from operationskit.alerts import Alerts
from operationskit.schedules import Every
from operationskit.tasks import PeriodicTask, TaskRun
from servicekit.clock import Clock
from services.sms.clients.provider import ProviderName
from services.sms.delivery_times import SlowShare

ALERT: Final = "sms-delivery-slow"
SLOW_SHARE: Final = 0.10
ALERT_AFTER_MINUTES: Final = 10
MISSED_AFTER: Final = timedelta(seconds=150)
"""A row of minutes is broken when none was counted for so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowMinute:
    """Whether a provider was slow in a minute."""

    provider: ProviderName
    is_slow: bool


CountMinutes = Callable[[Sequence[SlowMinute], datetime, datetime], Awaitable[Mapping[ProviderName, int]]]
"""Counts a minute (the second argument; a row is broken by a gap since the third) once; gives each provider's row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowDelivery:
    """See the module."""

    slow_shares: Callable[[datetime], Awaitable[Mapping[ProviderName, SlowShare]]]
    count_minutes: CountMinutes
    alerts: Alerts
    clock: Clock

    async def look(self, run: TaskRun) -> None:
        """Measure, count the minute, raise alerts, and end those that are over."""
        shares = await self.slow_shares(self.clock.now())
        nothing = SlowShare(total=0, slow=0)
        minutes = [
            SlowMinute(provider=name, is_slow=shares.get(name, nothing).share >= SLOW_SHARE)
            for name in ProviderName
        ]
        counted = await self.count_minutes(minutes, run.scheduled_for, run.scheduled_for - MISSED_AFTER)
        for name in ProviderName:
            share = shares.get(name, nothing)
            if counted.get(name, 0) >= ALERT_AFTER_MINUTES:
                await self.alerts.raise_alert(
                    ALERT,
                    name.value,
                    {"texts": share.total, "slow_share": round(share.share, 3), "minutes": counted[name]},
                )
            elif counted.get(name, 0) == 0:
                await self.alerts.end_alert(ALERT, name.value, "a minute was not slow any more")


def sms_tasks(slow_delivery: SlowDelivery) -> list[PeriodicTask]:
    """The scheduled tasks of this service."""
    return [
        PeriodicTask(
            name="generate-sms-delivery-stats",
            description="Measure how slow each provider is; tell when one has been slow for 10 minutes in a row",
            schedule=Every(timedelta(minutes=1)),
            run=slow_delivery.look,
            made_up_for=timedelta(minutes=1),
        )
    ]
