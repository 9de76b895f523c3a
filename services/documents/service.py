"""DocumentsService: protobuf in, one call, protobuf out."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from grpc.aio import ServicerContext

from filekit.object_store.store import ObjectStore
from notify.documents.v1 import documents_pb2 as pb
from notify.documents.v1.documents_pb2_grpc import DocumentsServiceServicer
from operationskit.audit import Change, record_alone
from servicekit.clock import Clock
from servicekit.database import Pool
from servicekit.request_context import current_caller
from services.documents import convert
from services.documents.opening import Opening
from services.documents.removing import Removing
from services.documents.store import Store
from services.documents.storing import Storing
from services.documents.values import DocumentState

Context = ServicerContext[Any, Any]


class DocumentsServicer(DocumentsServiceServicer):
    """See the proto."""

    def __init__(
        self,
        *,
        storing: Storing,
        opening: Opening,
        removing: Removing,
        store: Store,
        objects: ObjectStore,
        clock: Clock,
        pool: Pool,
    ) -> None:
        """`pool`: of the record of changes."""
        self._storing = storing
        self._opening = opening
        self._removing = removing
        self._store = store
        self._objects = objects
        self._clock = clock
        self._pool = pool

    async def StoreDocument(  # noqa: N802 -- the name of the RPC
        self, request_iterator: AsyncIterator[pb.StoreDocumentRequest], context: Context
    ) -> pb.StoreDocumentResponse:
        requests = aiter(request_iterator)
        spec = await convert.spec_from(requests)
        return convert.stored_response(await self._storing.store(spec, convert.chunks_from(requests)))

    async def DeleteDocument(  # noqa: N802
        self, request: pb.DeleteDocumentRequest, context: Context
    ) -> pb.DeleteDocumentResponse:
        ids = convert.ids_from(request)
        if await self._store.delete(ids):
            # If this fails the file is an orphan, which the nightly removal finds.
            await asyncio.to_thread(self._objects.delete, ids.object_key)
        return pb.DeleteDocumentResponse()

    async def DescribeDocument(  # noqa: N802
        self, request: pb.DescribeDocumentRequest, context: Context
    ) -> pb.DescribeDocumentResponse:
        return convert.describe_response(await self._opening.describe(convert.link_from(request.link)))

    async def ConfirmRecipient(  # noqa: N802
        self, request: pb.ConfirmRecipientRequest, context: Context
    ) -> pb.ConfirmRecipientResponse:
        confirmation = await self._opening.confirm(convert.link_from(request.link), request.email_address)
        return convert.confirm_response(confirmation)

    async def DownloadDocument(  # noqa: N802
        self, request: pb.DownloadDocumentRequest, context: Context
    ) -> AsyncIterator[pb.DownloadDocumentResponse]:
        link = convert.link_from(request.link)
        download = await self._opening.begin_download(link, request.pass_token)
        yield convert.download_head(download.opened)
        if download.opened.state is DocumentState.AVAILABLE:
            async for piece in download.pieces():
                yield pb.DownloadDocumentResponse(chunk=piece)

    async def GetDocument(  # noqa: N802
        self, request: pb.GetDocumentRequest, context: Context
    ) -> pb.GetDocumentResponse:
        document_id = convert.document_id_from(request.document_id)
        found = await self._store.find(document_id)
        actions = await self._store.actions(document_id)
        return pb.GetDocumentResponse(document=convert.document(found, self._clock.now(), actions))

    async def ListDocuments(  # noqa: N802
        self, request: pb.ListDocumentsRequest, context: Context
    ) -> pb.ListDocumentsResponse:
        limit, before = convert.page_from(request)
        found = await self._store.page(
            convert.service_id_from(request.service_id), convert.day_from(request.london_date), before, limit
        )
        now = self._clock.now()
        return pb.ListDocumentsResponse(
            documents=[convert.document(each, now) for each in found],
            next_page_token=str(found[-1].ids.document_id) if len(found) == limit else "",
        )

    async def BlockDocuments(  # noqa: N802
        self, request: pb.BlockDocumentsRequest, context: Context
    ) -> pb.BlockDocumentsResponse:
        changed = await self._store.block(
            convert.selection_from(request.selection),
            caller=_caller_name(),
            reason=convert.reason_from(request.reason),
            now=self._clock.now(),
        )
        return pb.BlockDocumentsResponse(changed=changed)

    async def UnblockDocuments(  # noqa: N802
        self, request: pb.UnblockDocumentsRequest, context: Context
    ) -> pb.UnblockDocumentsResponse:
        changed = await self._store.unblock(
            convert.selection_from(request.selection),
            caller=_caller_name(),
            reason=convert.reason_from(request.reason),
            now=self._clock.now(),
        )
        return pb.UnblockDocumentsResponse(changed=changed)

    async def RemoveExpired(  # noqa: N802
        self, request: pb.RemoveExpiredRequest, context: Context
    ) -> pb.RemoveExpiredResponse:
        change = Change(type="document.expired_removed", subject="documents")
        await record_alone(self._pool, change, self._clock.now())
        return convert.removal_response(await self._removing.run())


def _caller_name() -> str:
    caller = current_caller()
    return "" if caller is None else caller.name
