"""`ProvidersService`, for whichever sender's providers. A method is: pb → domain, one call, domain → pb."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from notify.providers.v1 import providers_pb2 as pb
from notify.providers.v1 import providers_pb2_grpc
from notifyrules.london_time import london_date
from notifyrules.statuses import NotificationType
from providerkit import convert
from providerkit.directory import ProviderDirectory
from providerkit.limits import ProviderLimits
from providerkit.managing import update_providers
from providerkit.providers import SYSTEM_USER, ChangeRecord, Provider
from providerkit.statistics import RecentAnswers, month_began, recent_answers, statistics
from providerkit.store import ProviderStore
from servicekit.clock import Clock
from servicekit.errors import NotFound
from servicekit.request_context import current_caller, current_reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvidersServicer(providers_pb2_grpc.ProvidersServiceServicer):
    """See the proto."""

    channel: NotificationType
    store: ProviderStore
    directory: ProviderDirectory
    limits: Mapping[str, ProviderLimits]
    may_be_without: bool
    """The channel may be left without an active provider."""
    clock: Clock

    async def ListProviders(  # noqa: N802 -- the proto's name
        self, request: pb.ListProvidersRequest, context: Any
    ) -> pb.ListProvidersResponse:
        """List providers as the database has them."""
        return pb.ListProvidersResponse(providers=await self._to_pb(await self.store.list_providers()))

    async def UpdateProviders(  # noqa: N802 -- the proto's name
        self, request: pb.UpdateProvidersRequest, context: Any
    ) -> pb.UpdateProvidersResponse:
        """Change providers; this process uses the change at once, the others within a second."""
        caller = current_caller()
        record = ChangeRecord(
            reason=current_reason(),
            changed_by=SYSTEM_USER if caller is None else caller.name,
            at=self.clock.now(),
        )
        changed = await update_providers(
            self.store.change_providers,
            convert.updates_from_pb(request),
            record,
            may_be_without=self.may_be_without,
        )
        await self.directory.keep_fresh()
        return pb.UpdateProvidersResponse(providers=await self._to_pb(changed))

    async def ListProviderChanges(  # noqa: N802 -- the proto's name
        self, request: pb.ListProviderChangesRequest, context: Any
    ) -> pb.ListProviderChangesResponse:
        """List changes."""
        limit = convert.page_size_from(request.page_size)
        before = convert.position_from(request.page_token) if request.HasField("page_token") else None
        name = self._known(request.name) if request.HasField("name") else None
        changes = await self.store.list_changes(name, before, limit)
        return pb.ListProviderChangesResponse(
            changes=[convert.change_to_pb(change) for change in changes],
            next_page_token=convert.token_of(changes[-1]) if len(changes) == limit else None,
        )

    async def GetProviderStatistics(  # noqa: N802 -- the proto's name
        self, request: pb.GetProviderStatisticsRequest, context: Any
    ) -> pb.GetProviderStatisticsResponse:
        """Tell how providers did."""
        found = await statistics(
            self.store,
            self._known(request.name) if request.HasField("name") else None,
            convert.date_from(request.from_london_date, "from_london_date"),
            convert.date_from(request.to_london_date, "to_london_date"),
            convert.period_from_pb(request.period),
        )
        return convert.statistics_to_pb(found)

    def _known(self, name: str) -> str:
        if all(provider.name != name for provider in self.directory.all):
            raise NotFound("provider")
        return name

    async def _to_pb(self, providers: Sequence[Provider]) -> list[pb.Provider]:
        now = self.clock.now()
        since, recent = await recent_answers(self.store, now)
        volumes = await self.store.volumes_since(month_began(london_date(now)))
        return [
            convert.provider_to_pb(
                provider,
                self.channel,
                self.limits.get(provider.name, ProviderLimits()),
                month_volume=volumes.get(provider.name, 0),
                recent=recent.get(provider.name, RecentAnswers()),
                recent_since=since,
            )
            for provider in providers
        ]
