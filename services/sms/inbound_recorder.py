"""Received texts on their way to the notifications service, over gRPC: an `inbound.Recorder`."""

from typing import Final

from notify.notifications.v1 import received_texts_pb2 as pb
from notify.notifications.v1 import received_texts_pb2_grpc as pb_grpc
from servicekit.errors import InternalError
from servicekit.grpc_client import Channel
from services.sms.inbound import RecordOutcome
from services.sms.inbound_formats import InboundText

_TIMEOUT_S: Final = 5.0
_OUTCOMES: Final = {
    pb.RECEIVED_TEXT_OUTCOME_STORED: RecordOutcome.STORED,
    pb.RECEIVED_TEXT_OUTCOME_REPEATED: RecordOutcome.REPEATED,
    pb.RECEIVED_TEXT_OUTCOME_NOT_WANTED: RecordOutcome.NOT_WANTED,
}


class ReceivedTextsClient:
    """See the module."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._stub = pb_grpc.ReceivedTextsServiceStub(channel.grpc)

    async def record(self, text: InboundText) -> RecordOutcome:
        """As in `Recorder`. Repeated on the way only where the provider's reference makes that safe."""
        request = pb.RecordReceivedTextRequest(
            provider=text.provider.value,
            provider_reference=text.reference,
            sender_number=text.sender_number,
            recipient_number=text.recipient_number,
            content=text.content,
        )
        request.send_time.FromDatetime(text.sent_at)
        response = await self._channel.call(
            self._stub.RecordReceivedText,
            request,
            timeout_s=_TIMEOUT_S,
            idempotent=text.reference is not None,
        )
        outcome = _OUTCOMES.get(response.outcome)
        if outcome is None:
            raise InternalError
        return outcome
