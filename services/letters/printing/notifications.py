"""Asking notifications about letters that are about to be printed, over gRPC. Used by `requesting`."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from notify.notifications.v1 import letter_printing_pb2, letter_printing_pb2_grpc, types_pb2
from notifyrules.statuses import NotificationStatus
from servicekit.errors import InternalError
from servicekit.grpc_client import Channel
from servicekit.ids import parse_id
from services.letters.printing.requesting import PrintFacts

_STATUSES: Final = {
    getattr(types_pb2, f"NOTIFICATION_STATUS_{status.name}"): status
    for status in NotificationStatus
    if status is not NotificationStatus.FAILED  # only on rows from before; has no number
}


class NotificationsClient:
    """The notifications service."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._stub = letter_printing_pb2_grpc.LetterPrintingServiceStub(channel.grpc)

    async def print_facts(self, ids: Sequence[UUID]) -> Mapping[UUID, PrintFacts]:
        """As in `requesting.LettersInNotifications`."""
        request = letter_printing_pb2.GetPrintFactsRequest(notification_ids=map(str, ids))
        response = await self._channel.call(self._stub.GetPrintFacts, request, idempotent=True)
        return dict(map(_from_pb, response.letters))


def _from_pb(pb: letter_printing_pb2.PrintFacts) -> tuple[UUID, PrintFacts]:
    try:
        return parse_id(pb.notification_id), PrintFacts(
            status=_STATUSES[pb.status],
            is_service_active=pb.service_is_active,
            organisation_id=parse_id(pb.organisation_id) if pb.HasField("organisation_id") else None,
        )
    except (KeyError, ValueError) as err:
        raise InternalError from err
