"""What a process of this service keeps of accounts, how it is dropped when it changes, and the check that it is true.

Without messages from other processes an entry is dropped when its seconds are over (`caches`). The gateway keeps
services too, and hears of the same messages. Called by the stores (through `AccountTransactions`) and the servicer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from redis.asyncio import Redis

from servicekit.invalidation import ALL, Invalidations
from services.notifications.caches import TtlCache
from services.notifications.sending_services import SendingService, TemplateVersion


class Kind(StrEnum):
    """What is kept; the words travel between processes."""

    SERVICES = "services"
    TEMPLATES = "templates"
    USERS = "users"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleEntry:
    """An entry that was not as the database has it."""

    kind: Kind
    id: UUID


class CachedAccounts:
    """The caches of one process."""

    def __init__(
        self,
        valkey: Redis | None,
        *,
        services: TtlCache[UUID, SendingService],
        templates: TtlCache[UUID, TemplateVersion],
        versions: TtlCache[tuple[UUID, int], TemplateVersion],
    ) -> None:
        self._services = services
        self._templates = templates
        self._versions = versions
        self.invalidations = Invalidations(valkey, drop=self._drop)

    def service_changed(self, service_id: UUID) -> None:
        """Something of a service was changed, or of one of its templates."""
        self.invalidations.tell(Kind.SERVICES, str(service_id))

    async def purge(self, kinds: Sequence[Kind]) -> tuple[int, int]:
        """Drop everything of some kinds, in every process; gives how much was dropped here, and how many processes
        heard of it, 0 while nobody can be told."""
        dropped = sum(self._drop(kind, ALL) for kind in kinds)
        told = [await self.invalidations.tell_now(kind, ALL) for kind in kinds]
        return dropped, max(told, default=0)

    async def check(self) -> tuple[int, list[StaleEntry]]:
        """Hold all that is kept here against the database; gives how much that was, and what differed."""
        services, stale_services = await self._services.stale()
        templates, stale_templates = await self._templates.stale()
        versions, stale_versions = await self._versions.stale()
        stale = [StaleEntry(kind=Kind.SERVICES, id=id) for id in stale_services]
        stale += [StaleEntry(kind=Kind.TEMPLATES, id=id) for id in stale_templates]
        stale += [StaleEntry(kind=Kind.TEMPLATES, id=id) for id, _ in stale_versions]
        return services + templates + versions, stale

    def _drop(self, kind: str, key: str) -> int:
        dropped = 0
        if kind == Kind.TEMPLATES or kind == ALL:
            dropped += self._templates.forget_where(lambda _: True)
            dropped += self._versions.forget_where(lambda _: True)
        if kind in (Kind.SERVICES, Kind.USERS, ALL):
            if key == ALL:
                return dropped + self._services.forget_where(lambda _: True)
            try:
                service_id = UUID(key)
            except ValueError:
                return dropped
            dropped += self._services.forget(service_id)
            # Versions never change.
            dropped += self._templates.forget_where(lambda template: template.service_id == service_id)
        return dropped
