"""LetterPrintingService: what the letters service asks before it prints."""

from typing import Any

from grpc.aio import ServicerContext

from notify.notifications.v1 import letter_printing_pb2 as pb
from notify.notifications.v1.letter_printing_pb2_grpc import LetterPrintingServiceServicer
from services.notifications.convert.values import STATUS_NUMBERS, id_from, invalid
from services.notifications.letter_printing import LetterPrinting, PrintFacts

_MOST_LETTERS = 1_000


class LetterPrintingServicer(LetterPrintingServiceServicer):
    """Tells how letters stand."""

    def __init__(self, printing: LetterPrinting) -> None:
        self._printing = printing

    async def GetPrintFacts(  # noqa: N802 -- the name of the RPC
        self, request: pb.GetPrintFactsRequest, context: ServicerContext[Any, Any]
    ) -> pb.GetPrintFactsResponse:
        ids = [id_from(text, "notification_ids") for text in request.notification_ids]
        if not 1 <= len(ids) <= _MOST_LETTERS:
            raise invalid("notification_ids", f"notification_ids must be 1 to {_MOST_LETTERS}")
        return pb.GetPrintFactsResponse(letters=map(_to_pb, await self._printing.print_facts(ids)))


def _to_pb(facts: PrintFacts) -> pb.PrintFacts:
    return pb.PrintFacts(
        notification_id=str(facts.notification_id),
        status=STATUS_NUMBERS[facts.status],
        service_is_active=facts.service_is_active,
        organisation_id=None if facts.organisation_id is None else str(facts.organisation_id),
    )
