"""The letters service, by gRPC: asked before a letter is cancelled. Implements `cancelling.Printing`."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from notify.letters.v1 import letters_pb2, letters_pb2_grpc
from servicekit.grpc_client import Channel

_NEVER_PRINTED: Final = frozenset(
    {letters_pb2.CANCEL_OUTCOME_CANCELLED, letters_pb2.CANCEL_OUTCOME_NEVER_PRINTED}
)


class Letters:
    """The letters service."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._stub = letters_pb2_grpc.LettersServiceStub(channel.grpc)

    async def stop(self, service_id: UUID, ids: Sequence[UUID]) -> set[UUID]:
        """See to it that letters are not printed; gives those that never will be. Raises Unavailable."""
        request = letters_pb2.CancelLettersRequest(
            letters=[
                letters_pb2.LetterToCancel(service_id=str(service_id), notification_id=str(id)) for id in ids
            ]
        )
        response = await self._channel.call(self._stub.CancelLetters, request, idempotent=True)
        return {id for id, outcome in zip(ids, response.outcomes, strict=True) if outcome in _NEVER_PRINTED}
