"""CallbacksService: endpoints, attempts, sending again, complaints."""

from collections.abc import Callable
from typing import Any

import structlog
from grpc.aio import ServicerContext

from notify.notifications.v1 import callbacks_pb2 as pb
from notify.notifications.v1.callbacks_pb2_grpc import CallbacksServiceServicer
from servicekit.clock import Clock
from services.notifications.callbacks_endpoints import CallbackEndpoints
from services.notifications.callbacks_store import CallbacksStore
from services.notifications.convert import callbacks as convert
from services.notifications.convert.deliveries import check_batch
from services.notifications.convert.values import id_from, invalid

Context = ServicerContext[Any, Any]

log = structlog.get_logger()


class CallbacksServicer(CallbacksServiceServicer):
    """Looks after callbacks."""

    def __init__(
        self,
        endpoints: CallbackEndpoints,
        store: CallbacksStore,
        clock: Clock,
        *,
        callbacks_queued: Callable[[], None],
    ) -> None:
        self._endpoints = endpoints
        self._store = store
        self._clock = clock
        self._callbacks_queued = callbacks_queued

    async def ListCallbackEndpoints(  # noqa: N802 -- the name of the RPC
        self, request: pb.ListCallbackEndpointsRequest, context: Context
    ) -> pb.ListCallbackEndpointsResponse:
        found = await self._store.list_endpoints(id_from(request.service_id, "service_id"))
        return pb.ListCallbackEndpointsResponse(endpoints=[convert.endpoint_state(state) for state in found])

    async def RotateCallbackSecret(  # noqa: N802
        self, request: pb.RotateCallbackSecretRequest, context: Context
    ) -> pb.RotateCallbackSecretResponse:
        endpoint = convert.endpoint(request.service_id, request.kind)
        return pb.RotateCallbackSecretResponse(signing_secret=await self._endpoints.rotate_secret(endpoint))

    async def RetireCallbackSecret(  # noqa: N802
        self, request: pb.RetireCallbackSecretRequest, context: Context
    ) -> pb.RetireCallbackSecretResponse:
        await self._endpoints.retire_secret(convert.endpoint(request.service_id, request.kind))
        return pb.RetireCallbackSecretResponse()

    async def ListCallbackAttempts(  # noqa: N802
        self, request: pb.ListCallbackAttemptsRequest, context: Context
    ) -> pb.ListCallbackAttemptsResponse:
        wanted = convert.attempt_filter(request)
        return convert.attempts_response(await self._store.list_attempts(wanted), wanted.limit)

    async def ReplayCallbacks(  # noqa: N802
        self, request: pb.ReplayCallbacksRequest, context: Context
    ) -> pb.ReplayCallbacksResponse:
        convert.check_replay_reason(request.reason)
        next_part = None
        match request.WhichOneof("which"):
            case "callback_ids":
                ids = [id_from(text, "callback_ids") for text in request.callback_ids.ids]
                check_batch(len(ids), "callback_ids")
                replayed = await self._endpoints.replay(ids)
            case "span":
                span = convert.span(request)
                replayed, next_part = await self._endpoints.replay_span(span)
            case _:
                raise invalid("which", "which is not set: give callback_ids or span")
        log.info("callbacks_replayed", count=replayed)
        return pb.ReplayCallbacksResponse(
            replayed_count=replayed, next_page_token=str(next_part) if next_part else None
        )

    async def RecordComplaints(  # noqa: N802
        self, request: pb.RecordComplaintsRequest, context: Context
    ) -> pb.RecordComplaintsResponse:
        check_batch(len(request.complaints), "complaints")
        complaints = [convert.new_complaint(complaint) for complaint in request.complaints]
        news, callbacks_queued = await self._store.insert_complaints(complaints, self._clock.now())
        if callbacks_queued:
            self._callbacks_queued()
        return pb.RecordComplaintsResponse(outcomes=[convert.complaint_outcome(is_new) for is_new in news])
