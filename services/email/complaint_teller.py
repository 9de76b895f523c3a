"""Complaints on their way to the notifications service, over gRPC: a `complaints.Teller`."""

from collections.abc import Sequence
from typing import Final

from notify.notifications.v1 import callbacks_pb2, callbacks_pb2_grpc
from servicekit.grpc_client import Channel
from services.email.store import Complaint

_TIMEOUT_S: Final = 5.0


class ComplaintTeller:
    """See the module."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._stub = callbacks_pb2_grpc.CallbacksServiceStub(channel.grpc)

    async def tell(self, complaints: Sequence[Complaint]) -> None:
        """As in `Teller`. What it makes of each is its own affair: nothing follows from it here."""
        request = callbacks_pb2.RecordComplaintsRequest()
        for complaint in complaints:
            pb = request.complaints.add(
                notification_id=str(complaint.notification_id),
                feedback_id=complaint.feedback_id,
                complaint_type=complaint.complaint_type,
            )
            pb.complaint_time.FromDatetime(complaint.complained_at)
        await self._channel.call(self._stub.RecordComplaints, request, timeout_s=_TIMEOUT_S, idempotent=True)
