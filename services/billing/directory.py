"""The mirror of services and organisations: names for reports, types for allowances."""

from collections.abc import Sequence
from typing import Protocol

import structlog

from notifyrules.london_time import london_date
from notifyrules.rates import financial_year
from servicekit.clock import Clock
from servicekit.errors import DeadlineExceeded, Unavailable
from services.billing.usage_store import KnownService, UsageStore

log = structlog.get_logger()


class AccountsClient(Protocol):
    """Services and organisations, as the notifications service keeps them."""

    async def services(self) -> Sequence[KnownService]: ...


class Directory:
    """Keeps the mirror. One for each process; several do no harm."""

    def __init__(self, accounts: AccountsClient, store: UsageStore, *, clock: Clock) -> None:
        self._accounts = accounts
        self._store = store
        self._clock = clock

    async def refresh(self) -> None:
        """Bring the mirror up to date; while the notifications service is away, it stays as it is."""
        try:
            services = await self._accounts.services()
        except (Unavailable, DeadlineExceeded) as err:
            log.warning("services_not_mirrored", reason=err.reason)
            return
        await self._store.save_services(services, financial_year(london_date(self._clock.now())))
