"""Each process's copy of its providers: sending must not ask the database. Read by senders, refreshed by `wiring`."""

from collections.abc import Awaitable, Callable

from providerkit import metrics
from providerkit.providers import Provider
from servicekit.errors import ServiceError
from servicekit.logs import get_logger

_log = get_logger()


class ProviderDirectory:
    """This process's copy of the providers, refreshed every second."""

    def __init__(self, list_providers: Callable[[], Awaitable[list[Provider]]]) -> None:
        self._list_providers = list_providers
        self._providers: tuple[Provider, ...] = ()
        self._is_stale = False

    async def keep_fresh(self) -> None:
        """Read the providers if that is possible; messages are sent by the old copy while it is not."""
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

    @property
    def active(self) -> tuple[Provider, ...]:
        """The providers that are used."""
        return tuple(provider for provider in self._providers if provider.active)

    def usable(self, *, international: bool) -> tuple[Provider, ...]:
        """The providers that may be asked for such a message."""
        return tuple(
            provider
            for provider in self._providers
            if provider.active and (provider.supports_international or not international)
        )

    def is_active(self, name: str) -> bool:
        """Whether a provider is used; one that is not known is not."""
        return any(provider.name == name and provider.active for provider in self._providers)
