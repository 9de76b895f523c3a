"""ReturnedLettersService: letters that came back."""

from typing import Any

from grpc.aio import ServicerContext

from notify.notifications.v1 import returned_letters_pb2 as pb
from notify.notifications.v1.returned_letters_pb2_grpc import ReturnedLettersServiceServicer
from services.notifications.convert import letters as convert
from services.notifications.convert.deliveries import check_batch
from services.notifications.convert.values import id_from, page_size
from services.notifications.returned_letters import DEFAULT_PAGE, MAX_PAGE, MAX_REFERENCES, ReturnedLetters

Context = ServicerContext[Any, Any]


class ReturnedLettersServicer(ReturnedLettersServiceServicer):
    """Takes the printer's lists."""

    def __init__(self, returned_letters: ReturnedLetters) -> None:
        self._returned_letters = returned_letters

    async def RecordReturnedLetters(  # noqa: N802 -- the name of the RPC
        self, request: pb.RecordReturnedLettersRequest, context: Context
    ) -> pb.RecordReturnedLettersResponse:
        check_batch(len(request.references), "references", MAX_REFERENCES)
        return convert.record_response(await self._returned_letters.record(request.references))

    async def ListReturnedLetters(  # noqa: N802
        self, request: pb.ListReturnedLettersRequest, context: Context
    ) -> pb.ListReturnedLettersResponse:
        limit = page_size(request.page_size, DEFAULT_PAGE, MAX_PAGE)
        before = convert.returned_page_start(request.page_token) if request.HasField("page_token") else None
        found = await self._returned_letters.list(id_from(request.service_id, "service_id"), before, limit)
        return convert.returned_page(found, limit)
