"""pb ⇄ domain for `LettersService`. Pure; refuses what is missing."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from notify.letters.v1 import letters_pb2 as pb
from notifyrules.postage import Postage
from notifyrules.rates import MAX_SHEETS
from notifyrules.statuses import KeyType
from servicekit.errors import InvalidRequest, Violation
from servicekit.fields import moment_from
from servicekit.ids import parse_id
from services.letters.letter_files import print_run_day
from services.letters.letters import CancelOutcome, Letter, LetterState
from services.letters.previews import PreviewRequest, TemplateTexts
from services.letters.rendering.letter import LetterFault, LetterTexts
from services.letters.rendering.worker_process import RenderReply
from services.letters.uploads.outcomes import UploadProblem, UploadResult, problem_message

MAX_CONTENT_BYTES: Final = 10_000_000
MAX_LETTERS: Final = 1_000

_REFERENCE: Final = re.compile(r"[0-9A-Z]{16}")

_STATES: Final[dict[LetterState, pb.LetterState]] = {
    state: getattr(pb, f"LETTER_STATE_{state.name}") for state in LetterState
}
_OUTCOMES: Final[dict[CancelOutcome, pb.CancelOutcome]] = {
    outcome: getattr(pb, f"CANCEL_OUTCOME_{outcome.name}") for outcome in CancelOutcome
}
_UNPRINTED: Final = {LetterState.PRETENDED, LetterState.INVALID, LetterState.INFECTED, LetterState.CANCELLED}


def id_from_pb(text: str, field: str) -> UUID:
    """An id. Raises InvalidRequest."""
    try:
        return parse_id(text)
    except ValueError:
        raise InvalidRequest([Violation(field, f"{field} is not a valid UUID")]) from None


def letter_id_from_pb(
    request: pb.GetLetterRequest | pb.GetLetterPdfRequest | pb.GetLetterPageRequest,
) -> tuple[UUID, UUID]:
    """Whose letter, and which. Raises InvalidRequest."""
    return (
        id_from_pb(request.service_id, "service_id"),
        id_from_pb(request.notification_id, "notification_id"),
    )


def content_from_pb(content: bytes) -> bytes:
    """The bytes of an upload. Raises InvalidRequest."""
    if len(content) > MAX_CONTENT_BYTES:
        raise InvalidRequest([Violation("content", f"content must be at most {MAX_CONTENT_BYTES} bytes")])
    return content


def page_from_pb(page: int) -> int:
    """Which page. Raises InvalidRequest."""
    if page < 0:
        raise InvalidRequest([Violation("page", "page must be 1 or more")])
    return page or 1


def to_cancel_from_pb(request: pb.CancelLettersRequest) -> dict[UUID, UUID]:
    """Notification ids with their services', in order. Raises InvalidRequest."""
    _check_count(len(request.letters), "letters")
    return {
        id_from_pb(letter.notification_id, "notification_id"): id_from_pb(letter.service_id, "service_id")
        for letter in request.letters
    }


def to_delete_from_pb(request: pb.DeleteLettersRequest) -> list[UUID]:
    """Notification ids. Raises InvalidRequest."""
    _check_count(len(request.notification_ids), "notification_ids")
    return [id_from_pb(text, "notification_ids") for text in request.notification_ids]


def imported_letter_from_pb(request: pb.ImportLetterRequest) -> Letter:
    """A letter that another system printed. Raises InvalidRequest."""
    state = next((state for state, number in _STATES.items() if number == request.state), None)
    faults = []
    if state is None:
        faults.append(Violation("state", "state is not set, or not known"))
    if _REFERENCE.fullmatch(request.reference) is None:
        faults.append(Violation("reference", "reference must be 16 capitals and digits"))
    if request.postage not in {postage.value for postage in Postage}:
        faults.append(Violation("postage", f"postage must be one of {', '.join(Postage)}"))
    if not 1 <= request.sheets <= MAX_SHEETS:
        faults.append(Violation("sheets", f"sheets must be 1 to {MAX_SHEETS}"))
    if not request.address_lines:
        faults.append(Violation("address_lines", "address_lines must not be empty"))
    if not request.HasField("create_time"):
        faults.append(Violation("create_time", "create_time is required"))
    if faults or state is None:
        raise InvalidRequest(faults)
    created_at = moment_from(request.create_time, "create_time")
    return Letter(
        notification_id=id_from_pb(request.notification_id, "notification_id"),
        service_id=id_from_pb(request.service_id, "service_id"),
        state=state,
        state_changed_at=created_at,  # the store has its own
        created_at=created_at,
        key_type=KeyType.NORMAL,
        is_uploaded=request.is_uploaded,
        reference=request.reference,
        postage=Postage(request.postage),
        sheets=request.sheets,
        address_lines=tuple(request.address_lines),
    )


def preview_from_pb(request: pb.PreviewLetterRequest) -> PreviewRequest:
    """What to show. Raises InvalidRequest."""
    return PreviewRequest(
        service_id=id_from_pb(request.service_id, "service_id"),
        template=(
            _texts_from_pb(request.texts)
            if request.HasField("texts")
            else id_from_pb(request.template_id, "template_id")
        ),
        values=_values_from_pb(request.personalisation_json),
    )


def preview_to_pb(made: RenderReply) -> pb.PreviewLetterResponse:
    """A preview."""
    response = pb.PreviewLetterResponse(
        pdf=made.pdf,
        page_count=made.page_count,
        welsh_page_count=made.welsh_page_count,
        attachment_page_count=made.attachment_page_count,
    )
    if made.fault is not None:
        response.fault.CopyFrom(fault_to_pb(made.fault.value, (), made.page_count))
    return response


def attachment_to_pb(result: UploadResult) -> pb.UploadAttachmentResponse:
    """What became of an attachment."""
    response = pb.UploadAttachmentResponse()
    if result.page_count is not None:
        response.page_count = result.page_count
    if result.problem is not None:
        response.fault.CopyFrom(
            fault_to_pb(result.problem.value, result.invalid_pages or (), result.page_count)
        )
    return response


def letter_to_pb(letter: Letter) -> pb.Letter:
    """A letter as it is now."""
    response = pb.Letter(
        notification_id=str(letter.notification_id),
        service_id=str(letter.service_id),
        state=_STATES[letter.state],
        sheets=letter.sheets,
        is_uploaded=bool(letter.is_uploaded),
    )
    response.state_change_time.FromDatetime(letter.state_changed_at)
    if letter.created_at is not None:
        response.create_time.FromDatetime(letter.created_at)
        if letter.state not in _UNPRINTED:
            response.print_run_day = print_run_day(letter.created_at).isoformat()
    if letter.reference is not None:
        response.reference = letter.reference
    if letter.postage is not None:
        response.postage = letter.postage.value
    if letter.page_count is not None:
        response.page_count = letter.page_count
    if letter.fault is not None:
        response.fault.CopyFrom(fault_to_pb(letter.fault, letter.invalid_pages, letter.page_count))
    return response


def fault_to_pb(code: str, invalid_pages: Sequence[int], page_count: int | None) -> pb.LetterFault:
    """Why something must not be printed, with words for the people who sent it."""
    fault = pb.LetterFault(code=code, invalid_pages=invalid_pages, title="Validation failed")
    if code == LetterFault.QR_CODE_TOO_LONG:
        fault.title, fault.detail = (
            "There is a problem",
            "Cannot create a usable QR code - the link is too long",
        )
    elif code in set(UploadProblem):
        message = problem_message(UploadProblem(code), invalid_pages=invalid_pages, page_count=page_count)
        fault.title, fault.detail = message.title, message.detail
    return fault


def outcomes_to_pb(
    request: pb.CancelLettersRequest, outcomes: Mapping[UUID, CancelOutcome]
) -> pb.CancelLettersResponse:
    """What became of cancelling, in the order of the request, in which a letter may be twice."""
    return pb.CancelLettersResponse(
        outcomes=[_OUTCOMES[outcomes[parse_id(letter.notification_id)]] for letter in request.letters]
    )


def _check_count(count: int, field: str) -> None:
    if not 1 <= count <= MAX_LETTERS:
        raise InvalidRequest([Violation(field, f"{field} must be 1 to {MAX_LETTERS}")])


def _texts_from_pb(texts: pb.LetterTexts) -> TemplateTexts:
    return TemplateTexts(
        texts=LetterTexts(
            subject=texts.subject,
            content=texts.body,
            contact_block=texts.contact_block,
            welsh_subject=texts.welsh_subject if texts.HasField("welsh_subject") else None,
            welsh_content=texts.welsh_body if texts.HasField("welsh_body") else None,
        ),
        logo_svg=texts.logo_svg if texts.HasField("logo_svg") else None,
        attachment_id=(
            id_from_pb(texts.attachment_id, "attachment_id") if texts.HasField("attachment_id") else None
        ),
    )


def _values_from_pb(personalisation_json: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(personalisation_json or "{}", type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeError):
        raise InvalidRequest(
            [Violation("personalisation_json", "personalisation_json is not a JSON object")]
        ) from None
