"""StatusChangesService: the feed for billing and for whoever watches."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from grpc.aio import ServicerContext

from notify.notifications.v1 import status_changes_pb2 as pb
from notify.notifications.v1.status_changes_pb2_grpc import StatusChangesServiceServicer
from services.notifications.convert import status_changes as convert
from services.notifications.convert.values import page_size
from services.notifications.feed import Feed

Context = ServicerContext[Any, Any]

_PAGE = 1_000
_MAX_PAGE = 5_000


class StatusChangesServicer(StatusChangesServiceServicer):
    """Tells what became of notifications. `stopping`: set when streams must end."""

    def __init__(self, feed: Feed, stopping: asyncio.Event) -> None:
        self._feed = feed
        self._stopping = stopping

    async def ListStatusChanges(  # noqa: N802 -- the name of the RPC
        self, request: pb.ListStatusChangesRequest, context: Context
    ) -> pb.ListStatusChangesResponse:
        limit = page_size(request.page_size, _PAGE, _MAX_PAGE)
        page = await self._feed.page(convert.position_from(request), convert.statuses_from(request), limit)
        return convert.page(page)

    async def WatchNotifications(  # noqa: N802
        self, request: pb.WatchNotificationsRequest, context: Context
    ) -> AsyncIterator[pb.WatchNotificationsResponse]:
        async for changes in self._feed.watch(convert.watched(request), self._stopping):
            yield pb.WatchNotificationsResponse(changes=convert.changes(changes))

    async def ReadNotificationFacts(  # noqa: N802
        self, request: pb.ReadNotificationFactsRequest, context: Context
    ) -> AsyncIterator[pb.ReadNotificationFactsResponse]:
        start, end = convert.span(request)
        lots = self._feed.facts(start, end, convert.wanted_service(request), with_ids=not request.counts_only)
        async for lot in lots:
            yield convert.facts_lot(lot)
