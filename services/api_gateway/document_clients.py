"""The documents service, by gRPC. Implements `ports.DocumentsPort`."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import UTC, datetime
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from notify.documents.v1 import documents_pb2 as pb
from notify.documents.v1 import documents_pb2_grpc
from servicekit.errors import InternalError
from servicekit.grpc_client import Channel
from services.api_gateway.ports import (
    Confirmation,
    ConfirmOutcome,
    DocumentState,
    FileDescription,
    FileDownload,
    FileLink,
    NewFile,
    StoredFile,
)

_PIECE_BYTES: Final = 64 * 1024
_STORE_TIMEOUT_S: Final = 60.0
"""A file may have to wait for others, and a virus scan takes some seconds."""
_DOWNLOAD_TIMEOUT_S: Final = 600.0
"""Browsers may be slow; what is not fetched by then is broken off."""

_STATES: Final = {
    pb.DOCUMENT_STATE_AVAILABLE: DocumentState.AVAILABLE,
    pb.DOCUMENT_STATE_EXPIRED: DocumentState.EXPIRED,
    pb.DOCUMENT_STATE_BLOCKED: DocumentState.BLOCKED,
    pb.DOCUMENT_STATE_CONFIRMATION_NEEDED: DocumentState.CONFIRMATION_NEEDED,
}
_OUTCOMES: Final = {
    pb.CONFIRM_OUTCOME_CONFIRMED: ConfirmOutcome.CONFIRMED,
    pb.CONFIRM_OUTCOME_WRONG: ConfirmOutcome.WRONG,
    pb.CONFIRM_OUTCOME_LOCKED: ConfirmOutcome.LOCKED,
    pb.CONFIRM_OUTCOME_NOT_ASKED_FOR: ConfirmOutcome.NOT_ASKED_FOR,
}


class Documents:
    """Files sent by email."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._stub = documents_pb2_grpc.DocumentsServiceStub(channel.grpc)

    async def store(self, file: NewFile) -> StoredFile:
        """Store a file. Raises RuleBroken when it may not be sent."""
        response = await self._channel.send_stream(
            self._stub.StoreDocument, _parts(file), timeout_s=_STORE_TIMEOUT_S
        )
        return StoredFile(document_id=response.document_id, url=response.url)

    async def delete(self, service_id: str, document_id: str) -> None:
        """Delete a file whose email was refused after all."""
        request = pb.DeleteDocumentRequest(service_id=service_id, document_id=document_id)
        await self._channel.call(self._stub.DeleteDocument, request, idempotent=True)

    async def describe(self, link: FileLink) -> FileDescription:
        """What a link leads to. Raises NotFound."""
        request = pb.DescribeDocumentRequest(link=_link(link))
        response = await self._channel.call(self._stub.DescribeDocument, request, idempotent=True)
        return FileDescription(
            state=_state(response.state),
            file_name=response.file_name,
            mime_type=response.mime_type,
            size_bytes=response.size_bytes,
            expires_at=_time(response.expire_time),
            confirmation_needed=response.confirmation_needed,
        )

    async def confirm(self, link: FileLink, email_address: str) -> Confirmation:
        """Take a try to confirm the address. Not repeated when it is lost: it may have been counted."""
        request = pb.ConfirmRecipientRequest(link=_link(link), email_address=email_address)
        response = await self._channel.call(self._stub.ConfirmRecipient, request)
        outcome = _OUTCOMES.get(response.outcome)
        if outcome is None:
            raise InternalError
        locked = response.HasField("locked_until_time")
        return Confirmation(
            outcome=outcome,
            pass_token=response.pass_token,
            locked_until=_time(response.locked_until_time) if locked else None,
        )

    async def download(self, link: FileLink, pass_token: str) -> FileDownload:
        """Begin a download. Raises NotFound."""
        request = pb.DownloadDocumentRequest(link=_link(link), pass_token=pass_token)
        messages = self._channel.stream(self._stub.DownloadDocument, request, timeout_s=_DOWNLOAD_TIMEOUT_S)
        try:
            head = (await anext(messages)).head
            state = _state(head.state)
        except BaseException:
            await messages.aclose()
            raise
        return FileDownload(
            state=state,
            file_name=head.file_name,
            mime_type=head.mime_type,
            size_bytes=head.size_bytes,
            pieces=_pieces(messages),
        )


async def _pieces(
    messages: AsyncGenerator[pb.DownloadDocumentResponse, None],
) -> AsyncGenerator[bytes, None]:
    async with contextlib.aclosing(messages):
        async for message in messages:
            yield message.chunk


async def _parts(file: NewFile) -> AsyncIterator[pb.StoreDocumentRequest]:
    yield pb.StoreDocumentRequest(
        spec=pb.DocumentSpec(
            service_id=file.service_id,
            file_name=file.file_name,
            is_csv=file.is_csv,
            confirmation_email=file.confirmation_email,
            retention_weeks=file.retention_weeks,
        )
    )
    content = memoryview(file.content)
    for start in range(0, len(content), _PIECE_BYTES):
        yield pb.StoreDocumentRequest(chunk=bytes(content[start : start + _PIECE_BYTES]))


def _link(link: FileLink) -> pb.DocumentLink:
    return pb.DocumentLink(service_id=link.service_id, document_id=link.document_id, key=link.key)


def _state(number: pb.DocumentState) -> DocumentState:
    state = _STATES.get(number)
    if state is None:
        raise InternalError
    return state


def _time(pb_time: Timestamp) -> datetime:
    return pb_time.ToDatetime(tzinfo=UTC)
