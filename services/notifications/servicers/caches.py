"""CachesService: dropping what processes keep in memory, and finding what is out of date."""

from typing import Any

from grpc.aio import ServicerContext

from notify.notifications.v1 import caches_pb2 as pb
from notify.notifications.v1.caches_pb2_grpc import CachesServiceServicer
from operationskit.audit import Change, record
from services.notifications.cached_accounts import CachedAccounts, Kind
from services.notifications.convert.values import invalid
from services.notifications.transactions import AccountTransactions

Context = ServicerContext[Any, Any]

_KINDS = {
    pb.CACHE_KIND_SERVICES: Kind.SERVICES,
    pb.CACHE_KIND_TEMPLATES: Kind.TEMPLATES,
    pb.CACHE_KIND_USERS: Kind.USERS,
}
_NUMBERS = {kind: number for number, kind in _KINDS.items()}


class CachesServicer(CachesServiceServicer):
    """Looks after caches."""

    def __init__(self, cached: CachedAccounts, transactions: AccountTransactions) -> None:
        self._cached = cached
        self._transactions = transactions

    async def PurgeCaches(  # noqa: N802 -- the name of the RPC
        self, request: pb.PurgeCachesRequest, context: Context
    ) -> pb.PurgeCachesResponse:
        """Drop what is kept."""
        if not request.kinds or any(kind not in _KINDS for kind in request.kinds):
            raise invalid("kinds", "kinds must be some of services, templates and users")
        kinds = [_KINDS[kind] for kind in dict.fromkeys(request.kinds)]
        async with self._transactions.begin() as connection:
            change = Change(type="cache.purged", subject="caches", after={"kinds": [*kinds]})
            await record(connection, change, self._transactions.clock.now())
        dropped, told = await self._cached.purge(kinds)
        return pb.PurgeCachesResponse(dropped_count=dropped, told_count=told)

    async def CheckCaches(  # noqa: N802
        self, request: pb.CheckCachesRequest, context: Context
    ) -> pb.CheckCachesResponse:
        """Hold what is kept against the database."""
        checked, stale = await self._cached.check()
        return pb.CheckCachesResponse(
            checked_count=checked,
            stale_entries=[pb.StaleEntry(kind=_NUMBERS[entry.kind], id=str(entry.id)) for entry in stale],
        )
