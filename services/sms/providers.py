"""The providers as this service's operators see them: weight, use, history; and each process's copy of them.

Rows are in the table `providers`. What a weight does is in `failover.py`, what moves it in `balancing.py`.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from servicekit.errors import InvalidRequest, NotFound, ServiceError, Violation
from servicekit.logs import get_logger
from services.sms import metrics
from services.sms.clients.provider import ProviderName

SYSTEM_USER: Final = "system"
"""Who changes weights by rule."""
MAX_WEIGHT: Final = 100

_log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider and how much it is used."""

    name: ProviderName
    weight: int
    """0 to 100; texts are shared out in this proportion."""
    resting_weight: int
    active: bool
    """It is used."""
    supports_international: bool
    version: int
    """Counts changes, from 1."""
    updated_at: datetime
    update_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderChange:
    """A change to one provider; None leaves a part as it is."""

    name: ProviderName
    weight: int | None = None
    active: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRecord:
    """What is written beside a change."""

    reason: str
    changed_by: str
    at: datetime


Decide = Callable[[Sequence[Provider]], Sequence[ProviderChange]]
ChangeProviders = Callable[[Decide, ChangeRecord], Awaitable[list[Provider]]]
"""Locks all providers, changes those that `decide` says, and answers them as they are now."""


class ProviderDirectory:
    """This process's copy of the providers, refreshed every second: sending must not ask the database."""

    def __init__(self, list_providers: Callable[[], Awaitable[list[Provider]]]) -> None:
        self._list_providers = list_providers
        self._providers: tuple[Provider, ...] = ()
        self._is_stale = False

    async def keep_fresh(self) -> None:
        """Read the providers if that is possible; texts are sent by the old copy while it is not."""
        try:
            await self.refresh()
        except ServiceError as err:
            if not self._is_stale:
                _log.warning("providers_stale", failure=err)
            self._is_stale = True
        else:
            self._is_stale = False

    async def refresh(self) -> None:
        """Read the providers. Raises servicekit errors; the copy stays as it was."""
        self._providers = tuple(await self._list_providers())
        metrics.record_weights({p.name: p.weight if p.active else 0 for p in self._providers})

    @property
    def all(self) -> tuple[Provider, ...]:
        """Every provider, by name."""
        return self._providers

    def usable(self, *, international: bool) -> tuple[Provider, ...]:
        """The providers that may be asked for such a number."""
        return tuple(
            provider
            for provider in self._providers
            if provider.active and (provider.supports_international or not international)
        )


async def change_provider(
    change_providers: ChangeProviders, change: ProviderChange, record: ChangeRecord
) -> Provider:
    """Change one provider as an operator wants; answers it as it is now.

    Raises InvalidRequest for a weight outside 0 to 100, no reason or no change, NotFound for an unknown
    provider."""
    violations = []
    if change.weight is not None and not 0 <= change.weight <= MAX_WEIGHT:
        violations.append(Violation("weight", f"weight must be between 0 and {MAX_WEIGHT}"))
    if change.weight is None and change.active is None:
        violations.append(Violation("weight", "weight or active is required"))
    if not record.reason.strip():
        violations.append(Violation("reason", "reason is required"))
    if violations:
        raise InvalidRequest(violations)
    changed = await change_providers(lambda _: [change], record)
    if not changed:
        raise NotFound("provider")
    return changed[0]
