"""A provider that is slow for ten minutes in a row is told of."""

from datetime import UTC, datetime, timedelta

import pytest

from operationskit.alerts import Alerts
from operationskit.tasks import TaskRun
from servicekit.clock import FixedClock
from servicekit.database import Pool
from services.sms.clients.provider import ProviderName
from services.sms.delivery_times import SlowShare
from services.sms.slow_delivery import SlowDelivery
from services.sms.store import Store

START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Minutes:
    """Minutes of a provider, slow or not."""

    def __init__(self, pool: Pool) -> None:
        self.alerts = Alerts(pool, FixedClock(START))
        self.share = 0.0
        self.task = SlowDelivery(
            slow_shares=self._shares,
            count_minutes=Store(pool).count_slow_minutes,
            alerts=self.alerts,
            clock=FixedClock(START),
        )

    async def _shares(self, now: datetime) -> dict[ProviderName, SlowShare]:
        return {ProviderName.MMG: SlowShare(total=100, slow=round(100 * self.share))}

    async def look(self, minute: float, share: float) -> None:
        self.share = share
        await self.task.look(TaskRun(id=1, scheduled_for=START + minute * MINUTE))

    async def raised(self) -> list[tuple[str, str, object]]:
        page = await self.alerts.page(also_acknowledged=False, before=None, limit=10)
        return [(alert.name, alert.subject, alert.details["minutes"]) for alert in page]


async def test_the_tenth_slow_minute_in_a_row_raises_an_alert(pool: Pool) -> None:
    minutes = Minutes(pool)
    for n in range(9):
        await minutes.look(n, 0.1)
    assert await minutes.raised() == []
    await minutes.look(9, 0.1)
    assert await minutes.raised() == [("sms-delivery-slow", "mmg", 10)]


async def test_the_alert_ends_with_the_first_minute_that_is_not_slow(pool: Pool) -> None:
    minutes = Minutes(pool)
    for n in range(10):
        await minutes.look(n, 0.1)

    await minutes.look(10, 0.09)

    assert await minutes.raised() == []


@pytest.mark.parametrize(
    "breaking", [[(9, 0.09), (10, 0.5)], [(12, 0.5)]], ids=["a minute that was not slow", "a gap"]
)
async def test_a_row_that_is_broken_begins_anew(pool: Pool, breaking: list[tuple[int, float]]) -> None:
    minutes = Minutes(pool)
    for n in range(9):
        await minutes.look(n, 0.5)
    for minute, share in breaking:
        await minutes.look(minute, share)
    assert await minutes.raised() == []


async def test_a_minute_that_is_looked_at_twice_counts_once(pool: Pool) -> None:
    minutes = Minutes(pool)
    for n in range(9):
        await minutes.look(n, 0.5)
        await minutes.look(n, 0.5)
    assert await minutes.raised() == []
