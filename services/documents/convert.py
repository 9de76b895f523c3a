"""documents.proto ⇄ values. Pure; raises InvalidRequest for what no caller of ours should send."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from notify.documents.v1 import documents_pb2 as pb
from servicekit.fields import id_from, invalid
from services.documents.opening import Confirmation, OpenedDocument
from services.documents.removing import RemovalReport
from services.documents.storing import StoredDocument
from services.documents.values import (
    MAX_RETENTION_WEEKS,
    Action,
    ConfirmOutcome,
    Document,
    DocumentIds,
    DocumentLink,
    DocumentSpec,
    DocumentState,
    Selection,
)

DEFAULT_PAGE: Final = 100
MAX_PAGE: Final = 1_000
MAX_REASON_CHARACTERS: Final = 500

STATES: Final[Mapping[DocumentState, pb.DocumentState]] = {
    DocumentState.AVAILABLE: pb.DOCUMENT_STATE_AVAILABLE,
    DocumentState.EXPIRED: pb.DOCUMENT_STATE_EXPIRED,
    DocumentState.BLOCKED: pb.DOCUMENT_STATE_BLOCKED,
    DocumentState.CONFIRMATION_NEEDED: pb.DOCUMENT_STATE_CONFIRMATION_NEEDED,
}
OUTCOMES: Final[Mapping[ConfirmOutcome, pb.ConfirmOutcome]] = {
    ConfirmOutcome.CONFIRMED: pb.CONFIRM_OUTCOME_CONFIRMED,
    ConfirmOutcome.WRONG: pb.CONFIRM_OUTCOME_WRONG,
    ConfirmOutcome.LOCKED: pb.CONFIRM_OUTCOME_LOCKED,
    ConfirmOutcome.NOT_ASKED_FOR: pb.CONFIRM_OUTCOME_NOT_ASKED_FOR,
}


async def spec_from(requests: AsyncIterator[pb.StoreDocumentRequest]) -> DocumentSpec:
    """What is to be stored, from the first message."""
    first = await anext(requests, None)
    if first is None or first.WhichOneof("part") != "spec":
        raise invalid("spec", "the first message must have the spec")
    spec = first.spec
    if not 1 <= spec.retention_weeks <= MAX_RETENTION_WEEKS:
        raise invalid("spec.retention_weeks", f"retention_weeks must be 1 to {MAX_RETENTION_WEEKS}")
    file_name = spec.file_name if spec.HasField("file_name") else None
    if file_name is not None and "." not in file_name:
        raise invalid("spec.file_name", "file_name must have an extension")
    return DocumentSpec(
        service_id=id_from(spec.service_id, "spec.service_id"),
        file_name=file_name,
        is_csv=spec.is_csv,
        confirmation_email=spec.confirmation_email if spec.HasField("confirmation_email") else None,
        retention=timedelta(weeks=spec.retention_weeks),
    )


async def chunks_from(requests: AsyncIterator[pb.StoreDocumentRequest]) -> AsyncIterator[bytes]:
    """The pieces of a file, from all other messages."""
    async for request in requests:
        if request.WhichOneof("part") != "chunk":
            raise invalid("chunk", "all messages but the first must have a chunk")
        yield request.chunk


def stored_response(stored: StoredDocument) -> pb.StoreDocumentResponse:
    """A document that was just stored."""
    return pb.StoreDocumentResponse(
        document_id=str(stored.ids.document_id),
        url=stored.url,
        mime_type=stored.mime_type,
        expire_time=_timestamp(stored.expires_at),
    )


def ids_from(request: pb.DeleteDocumentRequest | pb.DocumentLink) -> DocumentIds:
    """Which document, and whose."""
    return DocumentIds(
        service_id=id_from(request.service_id, "service_id"),
        document_id=id_from(request.document_id, "document_id"),
    )


def link_from(link: pb.DocumentLink) -> DocumentLink:
    """What a link says."""
    return DocumentLink(ids=ids_from(link), key=link.key)


def document_id_from(text: str) -> UUID:
    """Which document."""
    return id_from(text, "document_id")


def describe_response(opened: OpenedDocument) -> pb.DescribeDocumentResponse:
    """What a link leads to."""
    document = opened.document
    return pb.DescribeDocumentResponse(
        state=STATES[opened.state],
        file_name=opened.file_name,
        mime_type=document.mime_type,
        size_bytes=document.size_bytes,
        expire_time=_timestamp(document.expires_at),
        confirmation_needed=document.confirmation is not None,
    )


def confirm_response(confirmation: Confirmation) -> pb.ConfirmRecipientResponse:
    """What became of a try."""
    return pb.ConfirmRecipientResponse(
        outcome=OUTCOMES[confirmation.outcome],
        pass_token=confirmation.passed,
        locked_until_time=_optional(confirmation.locked_until),
    )


def download_head(opened: OpenedDocument) -> pb.DownloadDocumentResponse:
    """What a download begins with."""
    return pb.DownloadDocumentResponse(
        head=pb.DownloadHead(
            state=STATES[opened.state],
            file_name=opened.file_name,
            mime_type=opened.document.mime_type,
            size_bytes=opened.document.size_bytes,
        )
    )


def document(found: Document, now: datetime, actions: Sequence[Action] = ()) -> pb.Document:
    """A document as operators see it."""
    is_locked = found.locked_until is not None and found.locked_until > now
    return pb.Document(
        id=str(found.ids.document_id),
        service_id=str(found.ids.service_id),
        state=STATES[found.state(now)],
        mime_type=found.mime_type,
        size_bytes=found.size_bytes,
        create_time=_timestamp(found.created_at),
        expire_time=_timestamp(found.expires_at),
        remove_time=_optional(found.removed_at),
        confirmation_needed=found.confirmation is not None,
        downloads=found.downloads,
        locked_until_time=_optional(found.locked_until) if is_locked else None,
        actions=[
            pb.DocumentAction(
                time=_timestamp(action.at), caller=action.caller, blocked=action.blocked, reason=action.reason
            )
            for action in actions
        ],
    )


def service_id_from(text: str) -> UUID:
    """Whose documents."""
    return id_from(text, "service_id")


def day_from(text: str) -> date | None:
    """A London date; None for all days."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid("london_date", "london_date is not a date: YYYY-MM-DD") from None


def page_from(request: pb.ListDocumentsRequest) -> tuple[int, UUID | None]:
    """How many documents, and before which."""
    if not 0 <= request.page_size <= MAX_PAGE:
        raise invalid("page_size", f"page_size must be at most {MAX_PAGE}")
    before = id_from(request.page_token, "page_token") if request.page_token else None
    return request.page_size or DEFAULT_PAGE, before


def selection_from(selection: pb.DocumentSelection) -> Selection:
    """Documents that were chosen."""
    ids = tuple(id_from(text, "document_ids") for text in selection.document_ids)
    if len(ids) > MAX_PAGE:
        raise invalid("document_ids", f"at most {MAX_PAGE} documents can be chosen by id")
    if ids:
        if selection.service_id or selection.london_date:
            raise invalid("document_ids", "choose by ids, or by service and day")
        return Selection(document_ids=ids)
    day = day_from(selection.london_date)
    if not selection.service_id or day is None:
        raise invalid("document_ids", "choose documents: by ids, or by service and day")
    return Selection(service_id=service_id_from(selection.service_id), london_day=day)


def reason_from(text: str) -> str:
    """Why an operator does something."""
    if not 1 <= len(text.strip()) <= MAX_REASON_CHARACTERS:
        raise invalid("reason", f"reason must have 1 to {MAX_REASON_CHARACTERS} characters")
    return text.strip()


def removal_response(report: RemovalReport) -> pb.RemoveExpiredResponse:
    """What a removal did."""
    return pb.RemoveExpiredResponse(
        files=report.files,
        bytes=report.bytes,
        orphans=report.orphans,
        forgotten=report.forgotten,
        failed=report.failed,
    )


def _timestamp(moment: datetime) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(moment)
    return made


def _optional(moment: datetime | None) -> Timestamp | None:
    return None if moment is None else _timestamp(moment)
