"""ReceivedTextsService and UnsubscribeRequestsService: what people send back."""

from typing import Any

from grpc.aio import ServicerContext

from notify.notifications.v1 import received_texts_pb2 as pb
from notify.notifications.v1 import unsubscribe_requests_pb2 as unsubscribe_pb
from notify.notifications.v1.received_texts_pb2_grpc import ReceivedTextsServiceServicer
from notify.notifications.v1.unsubscribe_requests_pb2_grpc import UnsubscribeRequestsServiceServicer
from services.notifications.convert import received_texts as convert
from services.notifications.convert.values import id_from, invalid, moment_from, optional_id_from, page_size
from services.notifications.received_texts import MAX_PAGE, ReceivedTexts
from services.notifications.unsubscribing import Unsubscribing

Context = ServicerContext[Any, Any]


class ReceivedTextsServicer(ReceivedTextsServiceServicer):
    """Keeps received texts."""

    def __init__(self, received_texts: ReceivedTexts) -> None:
        self._received_texts = received_texts

    async def RecordReceivedText(  # noqa: N802 -- the name of the RPC
        self, request: pb.RecordReceivedTextRequest, context: Context
    ) -> pb.RecordReceivedTextResponse:
        outcome, id = await self._received_texts.record(convert.arrived_text(request))
        return convert.record_response(outcome, id)

    async def ListReceivedTexts(  # noqa: N802
        self, request: pb.ListReceivedTextsRequest, context: Context
    ) -> pb.ListReceivedTextsResponse:
        limit = page_size(request.page_size, MAX_PAGE, MAX_PAGE)
        found = await self._received_texts.list(
            id_from(request.service_id, "service_id"),
            older_than=optional_id_from(
                request.page_token, "page_token", present=request.HasField("page_token")
            ),
            limit=limit,
        )
        return convert.list_response(found, limit)


class UnsubscribeRequestsServicer(UnsubscribeRequestsServiceServicer):
    """Keeps requests to unsubscribe."""

    def __init__(self, unsubscribing: Unsubscribing) -> None:
        self._unsubscribing = unsubscribing

    async def Unsubscribe(  # noqa: N802
        self, request: unsubscribe_pb.UnsubscribeRequest, context: Context
    ) -> unsubscribe_pb.UnsubscribeResponse:
        outcome = await self._unsubscribing.unsubscribe(request.notification_id, request.token)
        return unsubscribe_pb.UnsubscribeResponse(outcome=convert.unsubscribe_outcome(outcome))

    async def ListUnsubscribeRequests(  # noqa: N802
        self, request: unsubscribe_pb.ListUnsubscribeRequestsRequest, context: Context
    ) -> unsubscribe_pb.ListUnsubscribeRequestsResponse:
        limit = page_size(request.page_size, 100, 1_000)
        found = await self._unsubscribing.list(
            id_from(request.service_id, "service_id"),
            include_closed=request.include_closed,
            before=optional_id_from(request.page_token, "page_token", present=request.HasField("page_token")),
            limit=limit,
        )
        return unsubscribe_pb.ListUnsubscribeRequestsResponse(
            unsubscribe_requests=[convert.unsubscribe_request(each) for each in found],
            next_page_token=str(found[-1].id) if len(found) == limit else None,
        )

    async def CloseUnsubscribeRequests(  # noqa: N802
        self, request: unsubscribe_pb.CloseUnsubscribeRequestsRequest, context: Context
    ) -> unsubscribe_pb.CloseUnsubscribeRequestsResponse:
        if not request.HasField("until_time"):
            raise invalid("until_time", "until_time is required")
        closed = await self._unsubscribing.close(
            id_from(request.service_id, "service_id"), moment_from(request.until_time, "until_time")
        )
        return unsubscribe_pb.CloseUnsubscribeRequestsResponse(closed_count=closed)
