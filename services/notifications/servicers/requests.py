"""RequestsService: what the gateway tells of requests to the public API, and which were refused."""

from typing import Any

from grpc.aio import ServicerContext

from notify.notifications.v1 import requests_pb2 as pb
from notify.notifications.v1.requests_pb2_grpc import RequestsServiceServicer
from services.notifications.convert import requests as convert
from services.notifications.convert.reports import records_limit
from services.notifications.convert.values import id_from, optional_id_from
from services.notifications.reports_store import ReportsStore
from services.notifications.requests_store import RequestsStore

Context = ServicerContext[Any, Any]


class RequestsServicer(RequestsServiceServicer):
    """Keeps counts of requests. `store` writes, `reports` reads."""

    def __init__(self, store: RequestsStore, reports: ReportsStore) -> None:
        self._store = store
        self._reports = reports

    async def RecordRequests(  # noqa: N802 -- the name of the RPC
        self, request: pb.RecordRequestsRequest, context: Context
    ) -> pb.RecordRequestsResponse:
        await self._store.record(
            id_from(request.process_id, "process_id"), convert.counts(request), convert.refused(request)
        )
        return pb.RecordRequestsResponse()

    async def ListRefusedRequests(  # noqa: N802
        self, request: pb.ListRefusedRequestsRequest, context: Context
    ) -> pb.ListRefusedRequestsResponse:
        limit = records_limit(request.page_size)
        found = await self._reports.refused_requests(
            optional_id_from(request.service_id, "service_id", present=request.HasField("service_id")),
            request.status if request.HasField("status") else None,
            convert.first_id(request),
            convert.before(request),
            limit,
        )
        return pb.ListRefusedRequestsResponse(
            refused=[convert.refused_row(each) for each in found],
            next_page_token=str(found[-1].id) if len(found) == limit else None,
        )
