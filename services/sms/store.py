"""Every statement of the sms service but those of kept receipts (`deliverykit.kept_store`) and those about providers
(`providerkit.store`).

One method is one statement or one transaction. All raise Unavailable, DeadlineExceeded or Conflict while the
database can't do it now (see `servicekit.database`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from servicekit.database import Pool, load_queries
from services.sms.clients.provider import ProviderName
from services.sms.delivery_times import SLOW_AFTER, WINDOW, MinuteCounts, SlowShare
from services.sms.slow_delivery import SlowMinute

_QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))
_MINUTE: Final = timedelta(minutes=1)
_RUN_SLACK: Final = timedelta(seconds=1)
"""Two processes' clocks and pauses differ a little; a run just short of its interval counts."""


class Store:
    """See the module."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def add_delivery_counts(self, rows: Sequence[MinuteCounts]) -> None:
        """Raise counters; each provider and minute at most once in `rows`."""
        await self._pool.run(
            _QUERIES["add_delivery_counts"],
            {
                "providers": [row.provider.value for row in rows],
                "minutes": [row.minute for row in rows],
                "sent": [row.counts.sent for row in rows],
                "fast": [row.counts.fast for row in rows],
                "failed": [row.counts.failed for row in rows],
            },
        )

    async def slow_shares(self, now: datetime) -> dict[ProviderName, SlowShare]:
        """How many texts of the last 15 minutes there were, and how many of them are slow, by provider."""
        parameters = {"since": now - WINDOW, "slow_until": now - SLOW_AFTER - _MINUTE}
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_QUERIES.slow_shares, parameters)
            return {
                ProviderName(provider): SlowShare(total=total, slow=slow)
                for provider, total, slow in await cursor.fetchall()
            }

    async def count_slow_minutes(
        self, minutes: Sequence[SlowMinute], minute: datetime, unbroken_since: datetime
    ) -> dict[ProviderName, int]:
        """Count a minute once; gives for how many in a row each provider has been slow."""
        parameters = {
            "providers": [each.provider.value for each in minutes],
            "are_slow": [each.is_slow for each in minutes],
            "minute": minute,
            "unbroken_since": unbroken_since,
        }
        async with self._pool.connection() as connection:
            cursor = await connection.execute(_QUERIES.count_slow_minutes, parameters)
            return {ProviderName(provider): count for provider, count in await cursor.fetchall()}

    async def delete_delivery_counts(self, before: datetime) -> None:
        """Forget minutes before a time."""
        await self._pool.run(_QUERIES["delete_delivery_counts"], {"before": before})

    async def claim_run(self, name: str, now: datetime, every: timedelta) -> bool:
        """Whether this process is to do what is done once in the cluster in each `every`."""
        parameters = {"name": name, "now": now, "not_since": now - every + _RUN_SLACK}
        return await self._pool.run(_QUERIES["claim_run"], parameters) == 1
