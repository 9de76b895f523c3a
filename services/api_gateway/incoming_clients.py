"""What recipients send back, for the notifications service: received texts and unsubscribe links, by gRPC."""

from collections.abc import Sequence
from typing import Final

from notify.notifications.v1 import (
    received_texts_pb2,
    received_texts_pb2_grpc,
    unsubscribe_requests_pb2,
    unsubscribe_requests_pb2_grpc,
)
from servicekit.errors import InternalError
from servicekit.grpc_client import Channel
from services.api_gateway.ports import UnsubscribeOutcome

_PAGE_SIZE: Final = 250
_OUTCOMES: Final = {
    unsubscribe_requests_pb2.UNSUBSCRIBE_OUTCOME_ACCEPTED: UnsubscribeOutcome.ACCEPTED,
    unsubscribe_requests_pb2.UNSUBSCRIBE_OUTCOME_BAD_TOKEN: UnsubscribeOutcome.BAD_TOKEN,
    unsubscribe_requests_pb2.UNSUBSCRIBE_OUTCOME_UNKNOWN_NOTIFICATION: (
        UnsubscribeOutcome.UNKNOWN_NOTIFICATION
    ),
}


class ReceivedTexts:
    """Received texts of the notifications service."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._stub = received_texts_pb2_grpc.ReceivedTextsServiceStub(channel.grpc)

    async def page(
        self, service_id: str, older_than: str | None
    ) -> Sequence[received_texts_pb2.ReceivedText]:
        """Read a page, newest first."""
        request = received_texts_pb2.ListReceivedTextsRequest(
            service_id=service_id, page_size=_PAGE_SIZE, page_token=older_than
        )
        response = await self._channel.call(self._stub.ListReceivedTexts, request, idempotent=True)
        return response.received_texts


class Unsubscribing:
    """Unsubscribe links of the notifications service."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._stub = unsubscribe_requests_pb2_grpc.UnsubscribeRequestsServiceStub(channel.grpc)

    async def unsubscribe(self, notification_id: str, token: str) -> UnsubscribeOutcome:
        """Take a click on a link."""
        request = unsubscribe_requests_pb2.UnsubscribeRequest(notification_id=notification_id, token=token)
        response = await self._channel.call(self._stub.Unsubscribe, request, idempotent=True)
        outcome = _OUTCOMES.get(response.outcome)
        if outcome is None:
            raise InternalError
        return outcome
