"""What a provider may be given in a month of London time: for a staging system that must not cost much.

Counted from the same counters as the statistics (`measuring`), by whatever process; a cap may be exceeded by what was
under way when it was reached, and by the last seconds of a process that was killed. Without a setting there is no cap.
What becomes of a message that nobody may take is the sender's matter: it is refused with `MONTHLY_CAP_REACHED`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from notifyrules.london_time import london_date
from operationskit.alerts import Alerts
from providerkit import metrics
from providerkit.measuring import Measurements
from providerkit.statistics import month_began
from providerkit.store import ProviderStore
from servicekit.clock import Clock
from servicekit.errors import ServiceError
from servicekit.logs import get_logger

MONTHLY_CAP_REACHED: Final = "monthly_cap_reached"
"""The error code of a message that was refused for it."""
ALERT: Final = "provider-monthly-cap-reached"

_log = get_logger()


@dataclass(slots=True, kw_only=True)
class MonthlyCaps:
    """The caps of one sender's providers, as one process knows them."""

    caps: Mapping[str, int]
    """By provider; one without a cap is left out."""
    store: ProviderStore
    measurements: Measurements
    clock: Clock
    _volumes: Mapping[str, int] = field(default_factory=dict)
    _since: datetime | None = None

    async def refresh(self) -> None:
        """Read what was sent this month. Raises servicekit errors; what was known stays."""
        if not self.caps:
            return
        since = self._month()
        self._volumes = await self.store.volumes_since(since)
        self._since = since
        for provider in self.caps:
            metrics.record_month_volume(provider, self._volume(provider))

    async def keep_fresh(self) -> None:
        """Read it if that is possible."""
        try:
            await self.refresh()
        except ServiceError as err:
            _log.warning("provider_volumes_stale", failure=err)

    def is_reached(self, provider: str) -> bool:
        """Whether a provider may not be given any more this month."""
        cap = self.caps.get(provider)
        if cap is None:
            return False
        return self._volume(provider) >= cap

    async def tell(self, alerts: Alerts) -> None:
        """Raise an alert for each cap that is reached, and end those of caps that are not."""
        await self.refresh()
        for provider, cap in self.caps.items():
            if self.is_reached(provider):
                details = {"messages": self._volume(provider), "cap": cap}
                await alerts.raise_alert(ALERT, provider, details)
            else:
                await alerts.end_alert(ALERT, provider, "a new month, or a higher cap")

    def _volume(self, provider: str) -> int:
        known = self._volumes.get(provider, 0) if self._since == self._month() else 0
        return known + self.measurements.accepted(provider)

    def _month(self) -> datetime:
        return month_began(london_date(self.clock.now()))
