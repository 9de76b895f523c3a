"""What is kept of requests, told to the notifications service by gRPC. Implements `recording.RecordsPort`."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from notify.notifications.v1 import requests_pb2, requests_pb2_grpc
from servicekit.grpc_client import Channel
from services.api_gateway.recording import DayCount, Refused

_TIMEOUT_S: Final = 5.0


class RequestRecords:
    """Records of the notifications service."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._stub = requests_pb2_grpc.RequestsServiceStub(channel.grpc)

    async def record(self, process_id: UUID, counts: Sequence[DayCount], refused: Sequence[Refused]) -> None:
        """Keep sums; again changes nothing."""
        request = requests_pb2.RecordRequestsRequest(
            process_id=str(process_id),
            counts=[
                requests_pb2.RequestCount(
                    london_date=count.day.isoformat(), requests=count.requests, failed=count.failed
                )
                for count in counts
            ],
            refused=[_refused(each) for each in refused],
        )
        await self._channel.call(self._stub.RecordRequests, request, timeout_s=_TIMEOUT_S)


def _refused(refused: Refused) -> requests_pb2.RefusedRequests:
    kind = refused.kind
    last_time = Timestamp()
    last_time.FromDatetime(refused.last_at)
    return requests_pb2.RefusedRequests(
        id=str(refused.id),
        service_id=kind.service_id,
        api_key_id=kind.api_key_id,
        method=kind.method,
        route=kind.route,
        status=kind.status,
        error=kind.error,
        reason=kind.reason,
        fields=kind.fields,
        count=refused.count,
        last_time=last_time,
    )
