"""What of notifications.proto is about cancelling and importing, and returned_letters.proto ⇄ values."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from notify.notifications.v1 import notifications_pb2 as pb
from notify.notifications.v1 import returned_letters_pb2 as returned_pb
from notifyrules.statuses import NotificationStatus
from servicekit.errors import ServiceError
from servicekit.ids import time_of
from services.notifications.cancelling import CancelOutcome
from services.notifications.convert.values import (
    STATUS_NUMBERS,
    id_from,
    invalid,
    item_error,
    key_type_from,
    moment_from,
    optional_id_from,
    postage_from,
    status_from,
    timestamp,
)
from services.notifications.importing import ImportedNotification, InPlace
from services.notifications.letters_store import ReturnedLetter
from services.notifications.preparing_letters import REFERENCE_CHARACTERS, REFERENCE_LENGTH
from services.notifications.returned_letters import ReturnsRecorded

MAX_REFERENCE_CHARACTERS = 1_000
_CANCEL_OUTCOMES = {
    CancelOutcome.CANCELLED: pb.CANCEL_NOTIFICATION_OUTCOME_CANCELLED,
    CancelOutcome.ALREADY_CANCELLED: pb.CANCEL_NOTIFICATION_OUTCOME_ALREADY_CANCELLED,
    CancelOutcome.TOO_LATE: pb.CANCEL_NOTIFICATION_OUTCOME_TOO_LATE,
    CancelOutcome.ENDED: pb.CANCEL_NOTIFICATION_OUTCOME_ENDED,
    CancelOutcome.NOT_FOUND: pb.CANCEL_NOTIFICATION_OUTCOME_NOT_FOUND,
}


def cancel_result(outcome: CancelOutcome, status: NotificationStatus | None) -> pb.CancelNotificationResult:
    """What became of one letter."""
    return pb.CancelNotificationResult(
        outcome=_CANCEL_OUTCOMES[outcome], status=STATUS_NUMBERS[status] if status is not None else None
    )


def imported_notification(item: pb.ImportedNotification) -> ImportedNotification | ServiceError:
    """One message, or why it cannot be one."""
    try:
        return ImportedNotification(
            id=_optional_id(item, "id"),
            service_id=id_from(item.service_id, "service_id"),
            template_id=_optional_id(item, "template_id"),
            template_version=item.template_version,
            key_type=key_type_from(item.key_type),
            status=status_from(item.status),
            recipient=item.recipient,
            personalisation=_storable(item.personalisation_json, "personalisation_json"),
            reference=_reference(item),
            created_at=_optional_time(item, "create_time"),
            sent_at=_optional_time(item, "send_time"),
            updated_at=_optional_time(item, "update_time"),
            created_by=_optional_id(item, "created_by_user_id"),
            job_id=_optional_id(item, "job_id"),
            job_row=item.job_row if item.HasField("job_row") else None,
            billable_units=item.billable_units,
            postage=postage_from(item.postage) if item.HasField("postage") else None,
            letter_reference=_letter_reference(item),
            provider=_storable(item.provider, "provider") if item.HasField("provider") else None,
        )
    except ServiceError as refusal:
        return refusal


def import_result(result: InPlace | ServiceError) -> pb.ImportNotificationResult:
    """What became of one message."""
    if isinstance(result, ServiceError):
        return pb.ImportNotificationResult(error=item_error(result))
    return pb.ImportNotificationResult(
        notification=pb.ImportedNotificationRef(id=str(result.id), letter_reference=result.letter_reference)
    )


def record_response(recorded: ReturnsRecorded) -> returned_pb.RecordReturnedLettersResponse:
    """What a list of returned letters did."""
    return returned_pb.RecordReturnedLettersResponse(
        recorded_count=recorded.recorded,
        repeated_count=recorded.repeated,
        unknown_references=recorded.unknown,
    )


def returned_page(letters: Sequence[ReturnedLetter], limit: int) -> returned_pb.ListReturnedLettersResponse:
    """A page."""
    last = letters[-1] if len(letters) == limit else None
    return returned_pb.ListReturnedLettersResponse(
        letters=[
            returned_pb.ReturnedLetter(
                notification_id=str(letter.notification_id),
                letter_reference=letter.letter_reference,
                reference=letter.client_reference,
                report_time=timestamp(letter.reported_at),
                create_time=timestamp(time_of(letter.notification_id)),
            )
            for letter in letters
        ],
        next_page_token=f"{last.reported_at.isoformat()}/{last.notification_id}" if last else None,
    )


def returned_page_start(token: str) -> tuple[datetime, UUID]:
    """A page token read back. Raises InvalidRequest."""
    moment, _, notification_id = token.partition("/")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise invalid("page_token", "page_token is not one that was given out")
    return at, id_from(notification_id, "page_token")


def _optional_id(item: pb.ImportedNotification, field: str) -> UUID | None:
    return optional_id_from(getattr(item, field), field, present=item.HasField(field))


def _optional_time(item: pb.ImportedNotification, field: str) -> datetime | None:
    if not item.HasField(field):
        return None
    return moment_from(getattr(item, field), field)


def _reference(item: pb.ImportedNotification) -> str | None:
    if not item.HasField("reference"):
        return None
    if len(item.reference) > MAX_REFERENCE_CHARACTERS:
        raise invalid("reference", f"reference can have {MAX_REFERENCE_CHARACTERS:,} characters")
    return _storable(item.reference, "reference")


def _letter_reference(item: pb.ImportedNotification) -> str | None:
    if not item.HasField("letter_reference"):
        return None
    given = item.letter_reference
    if len(given) != REFERENCE_LENGTH or not set(given) <= set(REFERENCE_CHARACTERS):
        raise invalid("letter_reference", f"letter_reference must be {REFERENCE_LENGTH} capitals and digits")
    return given


def _storable(text: str, field: str) -> str:
    if "\0" in text:
        raise invalid(field, f"{field} has a NUL character")
    return text
