"""LetterCareService: letters that did not go their usual way."""

from typing import Any, Final
from uuid import UUID

from grpc.aio import ServicerContext

from notify.notifications.v1 import letter_care_pb2 as pb
from notify.notifications.v1.letter_care_pb2_grpc import LetterCareServiceServicer
from notifyrules.statuses import NotificationStatus
from servicekit.ids import time_of
from services.notifications.convert.deliveries import check_batch
from services.notifications.convert.values import (
    STATUS_NUMBERS,
    id_from,
    invalid,
    moment_from,
    optional_id_from,
    page_size,
    timestamp,
)
from services.notifications.letter_care import EndOutcome, LetterCare, LetterCondition, WantedLetters
from services.notifications.letter_care_store import FoundLetter

Context = ServicerContext[Any, Any]

_PAGE: Final = 250
_MAX_PAGE: Final = 1_000
_CONDITIONS: Final[dict[int, LetterCondition]] = {
    pb.LETTER_CONDITION_LATE: LetterCondition.LATE,
    pb.LETTER_CONDITION_UNSENT: LetterCondition.UNSENT,
    pb.LETTER_CONDITION_PENDING_VIRUS_CHECK: LetterCondition.PENDING_VIRUS_CHECK,
    pb.LETTER_CONDITION_TECHNICAL_FAILURE: LetterCondition.TECHNICAL_FAILURE,
    pb.LETTER_CONDITION_CANCELLABLE: LetterCondition.CANCELLABLE,
}
_ENDS: Final[dict[int, NotificationStatus]] = {
    pb.LETTER_END_DELIVERED: NotificationStatus.DELIVERED,
    pb.LETTER_END_PERMANENT_FAILURE: NotificationStatus.PERMANENT_FAILURE,
}
_OUTCOMES: Final = {
    EndOutcome.ENDED: pb.END_LETTER_OUTCOME_ENDED,
    EndOutcome.ALREADY: pb.END_LETTER_OUTCOME_ALREADY,
    EndOutcome.BEING_PRINTED: pb.END_LETTER_OUTCOME_BEING_PRINTED,
    EndOutcome.NOT_ALLOWED: pb.END_LETTER_OUTCOME_NOT_ALLOWED,
    EndOutcome.NOT_FOUND: pb.END_LETTER_OUTCOME_NOT_FOUND,
}


class LetterCareServicer(LetterCareServiceServicer):
    """Finds letters, and ends them by hand."""

    def __init__(self, care: LetterCare) -> None:
        self._care = care

    async def FindLetters(  # noqa: N802 -- the name of the RPC
        self, request: pb.FindLettersRequest, context: Context
    ) -> pb.FindLettersResponse:
        limit = page_size(request.page_size, _PAGE, _MAX_PAGE)
        found = await self._care.find(_wanted(request), limit)
        return pb.FindLettersResponse(
            letters=[_found(each) for each in found],
            next_page_token=str(found[-1].id) if len(found) == limit else None,
        )

    async def EndLetters(  # noqa: N802
        self, request: pb.EndLettersRequest, context: Context
    ) -> pb.EndLettersResponse:
        check_batch(len(request.notification_ids), "notification_ids")
        status = _ENDS.get(request.end)
        if status is None:
            raise invalid("end", "end is not set, or not known")
        ids = [id_from(text, "notification_ids") for text in request.notification_ids]
        results = await self._care.end(ids, status)
        return pb.EndLettersResponse(
            results=[
                pb.EndLetterResult(
                    outcome=_OUTCOMES[outcome],
                    status=None if now is None else STATUS_NUMBERS[now],
                    create_time=None if now is None else timestamp(time_of(id)),
                )
                for id, (outcome, now) in zip(ids, results, strict=True)
            ]
        )


def _wanted(request: pb.FindLettersRequest) -> WantedLetters:
    condition = _CONDITIONS.get(request.condition)
    if condition is None:
        raise invalid("condition", "condition is not set, or not known")
    has = request.HasField
    return WantedLetters(
        condition=condition,
        service_id=optional_id_from(request.service_id, "service_id", present=has("service_id")),
        job_id=optional_id_from(request.job_id, "job_id", present=has("job_id")),
        made_from=moment_from(request.made_from, "made_from") if has("made_from") else None,
        made_until=moment_from(request.made_until, "made_until") if has("made_until") else None,
        after=_page_start(request.page_token) if has("page_token") else None,
    )


def _page_start(token: str) -> UUID:
    found = id_from(token, "page_token")
    if found.version != 7:
        raise invalid("page_token", "page_token is not one that was given out")
    return found


def _found(letter: FoundLetter) -> pb.FoundLetter:
    return pb.FoundLetter(
        notification_id=str(letter.id),
        service_id=str(letter.service_id),
        letter_reference=letter.reference,
        status=STATUS_NUMBERS[NotificationStatus(letter.status)],
        postage=letter.postage or "",
        create_time=timestamp(time_of(letter.id)),
        send_time=None if letter.sent_at is None else timestamp(letter.sent_at),
        has_delivery=letter.has_delivery,
    )
