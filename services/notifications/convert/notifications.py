"""notifications.proto ⇄ values."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from notify.notifications.v1 import notifications_pb2 as pb
from notify.notifications.v1 import types_pb2
from notify.notifications.v1.idempotency_pb2 import IdempotencyKey as IdempotencyKeyPb
from notifyrules.postage import Postage
from notifyrules.statuses import NotificationType
from servicekit.errors import NotFound, ServiceError
from servicekit.ids import parse_id, time_of
from services.notifications.convert.values import (
    KEY_TYPE_NUMBERS,
    LANE_NUMBERS,
    STATUS_NUMBERS,
    TYPE_NUMBERS,
    id_from,
    invalid,
    item_error,
    key_type_from,
    known_id_from,
    optional_id_from,
    page_size,
    postage_from,
    status_from,
    timestamp,
    type_from,
)
from services.notifications.creating import new_notification_id
from services.notifications.deliveries import Lane, LetterDetails
from services.notifications.explaining import Event, Explanation
from services.notifications.idempotency import idempotency_key
from services.notifications.new_notifications import CreatedNotification, IdempotencyKey, NewNotification
from services.notifications.preparing_letters import PRECOMPILED_POSTAGES, precompiled_template_id
from services.notifications.reading import ReadNotification
from services.notifications.store import NotificationFilter, NotificationRow, StoredNotification

MAX_PAGE = 250
MAX_REFERENCE_CHARACTERS = 1_000
MAX_KEY_CHARACTERS = 255
MAX_CONTEXT_CHARACTERS = 2_000
FINGERPRINT_BYTES = 32
# By what the rows hold: a row is converted often, and making an enum's member first costs more than the rest.
_TYPE_NUMBERS: Mapping[str, "types_pb2.NotificationType"] = {k.value: n for k, n in TYPE_NUMBERS.items()}
_KEY_TYPE_NUMBERS: Mapping[str, "types_pb2.KeyType"] = {k.value: n for k, n in KEY_TYPE_NUMBERS.items()}
_STATUS_NUMBERS: Mapping[str, "types_pb2.NotificationStatus"] = {
    k.value: n for k, n in STATUS_NUMBERS.items()
}


def new_notification(item: pb.NewNotification) -> NewNotification | ServiceError:
    """One item, or why it cannot be one."""
    try:
        service_id = known_id_from(item.service_id, "service_id")
        type = type_from(item.type)
        precompiled = _precompiled(item, type)
        return NewNotification(
            id=id_from(item.id, "id") if item.HasField("id") else new_notification_id(service_id),
            service_id=service_id,
            api_key_id=known_id_from(item.api_key_id, "api_key_id") if item.HasField("api_key_id") else None,
            key_type=key_type_from(item.key_type),
            type=type,
            template_id=known_id_from(item.template_id, "template_id")
            if precompiled is None
            else precompiled_template_id(service_id),
            recipient=item.recipient,
            personalisation=item.personalisation_json,
            reference=item.reference if item.HasField("reference") else None,
            sms_sender_id=optional_id_from(
                item.sms_sender_id, "sms_sender_id", present=item.HasField("sms_sender_id")
            ),
            email_reply_to_id=optional_id_from(
                item.email_reply_to_id, "email_reply_to_id", present=item.HasField("email_reply_to_id")
            ),
            one_click_unsubscribe_url=item.one_click_unsubscribe_url
            if item.HasField("one_click_unsubscribe_url")
            else None,
            sanitise_content_for=tuple(item.sanitise_content_for),
            idempotency=idempotency_from(item.idempotency, service_id)
            if item.HasField("idempotency")
            else None,
            precompiled=precompiled,
        )
    except ServiceError as refusal:
        return refusal


def _precompiled(item: pb.NewNotification, type: NotificationType) -> Postage | None:
    """How a letter is posted that was uploaded; None for everything else. Raises InvalidRequest."""
    if not item.HasField("precompiled"):
        return None
    if type is not NotificationType.LETTER or not item.HasField("id"):
        raise invalid("precompiled", "precompiled is for letters with an id only")
    postage = postage_from(item.precompiled.postage)
    if postage not in PRECOMPILED_POSTAGES:
        raise invalid("postage", "postage must be first, second or economy")
    return postage


def idempotency_from(given: IdempotencyKeyPb, service_id: UUID) -> IdempotencyKey:
    """A sender's key for a request. Raises InvalidRequest."""
    if not 1 <= len(given.key) <= MAX_KEY_CHARACTERS:
        raise invalid("idempotency.key", f"idempotency.key must have 1 to {MAX_KEY_CHARACTERS} characters")
    if len(given.fingerprint) != FINGERPRINT_BYTES:
        raise invalid(
            "idempotency.fingerprint", f"idempotency.fingerprint must have {FINGERPRINT_BYTES} bytes"
        )
    if len(given.context) > MAX_CONTEXT_CHARACTERS:
        raise invalid(
            "idempotency.context", f"idempotency.context can have {MAX_CONTEXT_CHARACTERS} characters"
        )
    return idempotency_key(service_id, given.key, given.fingerprint, given.context)


def create_result(result: CreatedNotification | ServiceError) -> pb.CreateNotificationsResult:
    """What became of one item."""
    if isinstance(result, ServiceError):
        return pb.CreateNotificationsResult(error=item_error(result))
    return pb.CreateNotificationsResult(notification=created(result))


def created(result: CreatedNotification) -> pb.CreatedNotification:
    """What the sender is told."""
    return pb.CreatedNotification(
        id=str(result.id),
        reference=result.reference,
        body=result.body,
        subject=result.subject,
        sender=result.sender,
        template_id=str(result.template_id),
        template_version=result.template_version,
        one_click_unsubscribe_url=result.one_click_unsubscribe_url,
        sanitised_values=[
            pb.SanitisedValue(name=value.name, unsanitised=value.unsanitised, sanitised=value.sanitised)
            for value in result.sanitised_values
        ],
        simulated=result.simulated,
        replayed=result.replayed,
        context=result.context,
        postage=result.postage,
        is_precompiled=result.is_precompiled,
    )


def notification(read: ReadNotification) -> pb.Notification:
    """A notification with its message."""
    message = bare_notification(read.row)
    message.recipient = read.row.recipient
    message.body = read.body
    if read.row.reference is not None:
        message.reference = read.row.reference
    if read.subject is not None:
        message.subject = read.subject
    if read.unsubscribe_url is not None:
        message.one_click_unsubscribe_url = read.unsubscribe_url
    message.rate_ten_thousandths = read.rate_ten_thousandths
    if read.address:
        message.address.update(read.address)
    if read.created_by_name is not None:
        message.created_by_name = read.created_by_name
    if read.letter is not None:
        message.letter.CopyFrom(_letter_facts(read.letter))
    return message


def _letter_facts(letter: LetterDetails) -> pb.LetterFacts:
    return pb.LetterFacts(
        reference=letter.reference,
        is_precompiled=letter.is_precompiled,
        page_count=letter.page_count,
        failure_reason=letter.failure_reason,
        invalid_pages=letter.invalid_pages,
    )


def notification_refs(request: pb.GetNotificationsRequest) -> list[tuple[UUID, UUID] | None]:
    """Service and id of each that is asked for; None where they can't be ids, so that there is none."""
    return [_notification_ref(ref) for ref in request.notifications]


def _notification_ref(ref: pb.NotificationRef) -> tuple[UUID, UUID] | None:
    try:
        return parse_id(ref.service_id), parse_id(ref.notification_id)
    except ValueError:
        return None


def get_result(read: ReadNotification | None) -> pb.GetNotificationsResult:
    """What was found of one."""
    if read is None:
        return pb.GetNotificationsResult(error=item_error(NotFound("notification")))
    return pb.GetNotificationsResult(notification=notification(read))


def bare_notification(row: NotificationRow | StoredNotification) -> pb.Notification:
    """A notification without recipient, content, personalisation and reference."""
    return pb.Notification(
        id=str(row.id),
        service_id=str(row.service_id),
        type=_TYPE_NUMBERS[row.type],
        key_type=_KEY_TYPE_NUMBERS[row.key_type],
        status=_STATUS_NUMBERS[row.status],
        template_id=str(row.template_id),
        template_version=row.template_version,
        create_time=timestamp(time_of(row.id)),
        send_time=_stamp(row.sent_at),
        update_time=_stamp(row.updated_at),
        provider=row.provider,
        billable_units=row.billable_units,
        rate_multiplier=row.rate_multiplier,
        postage=row.postage,
        possible_duplicate=row.possible_duplicate,
    )


def notification_filter(request: pb.ListNotificationsRequest) -> NotificationFilter:
    """Which notifications are asked for. Raises InvalidRequest."""
    return NotificationFilter(
        service_id=id_from(request.service_id, "service_id"),
        key_type=key_type_from(request.key_type) if request.key_type else None,
        types=tuple(type_from(number, "types") for number in request.types),
        statuses=tuple(status_from(number, "statuses") for number in request.statuses),
        reference=request.reference if request.HasField("reference") else None,
        include_jobs=request.include_jobs,
        older_than=optional_id_from(request.page_token, "page_token", present=request.HasField("page_token")),
        limit=page_size(request.page_size, MAX_PAGE, MAX_PAGE),
    )


def list_response(found: Sequence[ReadNotification], limit: int) -> pb.ListNotificationsResponse:
    """A page."""
    return pb.ListNotificationsResponse(
        notifications=[notification(read) for read in found],
        next_page_token=str(found[-1].row.id) if len(found) == limit else None,
    )


def explain_response(explanation: Explanation) -> pb.ExplainNotificationResponse:
    """Everything that happened."""
    delivery = explanation.delivery
    return pb.ExplainNotificationResponse(
        notification=bare_notification(explanation.row),
        events=[_event(event) for event in explanation.events],
        delivery=pb.QueuedDelivery(
            lane=LANE_NUMBERS[Lane(delivery.lane)],
            run_time=timestamp(delivery.run_at),
            attempts=delivery.attempts,
            lease_owner=delivery.lease_owner,
            lease_expire_time=_stamp(delivery.leased_until),
            dead=explanation.dead,
            last_error=delivery.last_error,
        )
        if delivery is not None
        else None,
        is_past_retention=explanation.is_past_retention,
    )


def _event(event: Event) -> pb.NotificationEvent:
    return pb.NotificationEvent(
        time=timestamp(event.at), kind=event.kind.value, party=event.party, detail=event.detail
    )


def _stamp(moment: datetime | None) -> Timestamp | None:
    return timestamp(moment) if moment is not None else None
