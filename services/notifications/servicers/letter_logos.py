"""LetterLogosService: logos on letters."""

from typing import Any

from grpc.aio import ServicerContext

from notify.notifications.v1 import letter_logos_pb2 as pb
from notify.notifications.v1.letter_logos_pb2_grpc import LetterLogosServiceServicer
from services.notifications.convert.values import id_from, invalid, timestamp
from services.notifications.letter_logos import LetterLogos

Context = ServicerContext[Any, Any]


class LetterLogosServicer(LetterLogosServiceServicer):
    """Keeps logos."""

    def __init__(self, logos: LetterLogos) -> None:
        self._logos = logos

    async def SetLetterLogo(  # noqa: N802 -- the name of the RPC
        self, request: pb.SetLetterLogoRequest, context: Context
    ) -> pb.SetLetterLogoResponse:
        match request.WhichOneof("owner"):
            case "service_id":
                owner = id_from(request.service_id, "service_id")
                await self._logos.set_for_service(owner, request.name, request.svg)
            case "organisation_id":
                owner = id_from(request.organisation_id, "organisation_id")
                await self._logos.set_for_organisation(owner, request.name, request.svg)
            case _:
                raise invalid("owner", "say service_id or organisation_id")
        return pb.SetLetterLogoResponse()

    async def GetLetterLogo(  # noqa: N802
        self, request: pb.GetLetterLogoRequest, context: Context
    ) -> pb.GetLetterLogoResponse:
        found = await self._logos.find(id_from(request.service_id, "service_id"))
        if found is None:
            return pb.GetLetterLogoResponse()
        return pb.GetLetterLogoResponse(
            logo=pb.LetterLogo(
                name=found.name,
                svg=found.svg,
                is_of_organisation=found.is_of_organisation,
                update_time=timestamp(found.updated_at),
            )
        )
