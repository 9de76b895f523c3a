"""Protobuf to and from the gateway's own types and the public JSON; pure.

The JSON is the public contract's: sections 5 to 7 for what was sent, 10 for what is read, 12 for templates.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from notify.notifications.v1 import (
    accounts_pb2,
    idempotency_pb2,
    limits_pb2,
    notifications_pb2,
    templates_pb2,
    types_pb2,
)
from notifyrules.daily_limits import RATE, LimitKind, TemporaryLimit
from notifyrules.letter_timings import letter_timings
from notifyrules.postage import Postage
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType, is_final, public_status
from servicekit.errors import ErrorParts, ServiceError, Violation, exception_from
from servicekit.ids import bucket_of, new_id
from services.api_gateway import answers
from services.api_gateway.auth import Caller
from services.api_gateway.credentials import ApiKey, Credentials
from services.api_gateway.idempotency import RequestKey
from services.api_gateway.messages import NewMessage, NotificationsFilter

_TYPE_TO_PB: Final = {
    NotificationType.SMS: types_pb2.NOTIFICATION_TYPE_SMS,
    NotificationType.EMAIL: types_pb2.NOTIFICATION_TYPE_EMAIL,
    NotificationType.LETTER: types_pb2.NOTIFICATION_TYPE_LETTER,
}
TYPE_FROM_PB: Final = {number: kind for kind, number in _TYPE_TO_PB.items()}
KEY_TYPE_TO_PB: Final = {
    KeyType.NORMAL: types_pb2.KEY_TYPE_NORMAL,
    KeyType.TEAM: types_pb2.KEY_TYPE_TEAM,
    KeyType.TEST: types_pb2.KEY_TYPE_TEST,
}
_KEY_TYPE_FROM_PB: Final = {number: kind for kind, number in KEY_TYPE_TO_PB.items()}
# `failed` is only found on rows that are older than the gRPC surface, and never travels.
_STATUS_TO_PB: Final = {
    NotificationStatus.CREATED: types_pb2.NOTIFICATION_STATUS_CREATED,
    NotificationStatus.SENDING: types_pb2.NOTIFICATION_STATUS_SENDING,
    NotificationStatus.PENDING: types_pb2.NOTIFICATION_STATUS_PENDING,
    NotificationStatus.SENT: types_pb2.NOTIFICATION_STATUS_SENT,
    NotificationStatus.DELIVERED: types_pb2.NOTIFICATION_STATUS_DELIVERED,
    NotificationStatus.TEMPORARY_FAILURE: types_pb2.NOTIFICATION_STATUS_TEMPORARY_FAILURE,
    NotificationStatus.PERMANENT_FAILURE: types_pb2.NOTIFICATION_STATUS_PERMANENT_FAILURE,
    NotificationStatus.TECHNICAL_FAILURE: types_pb2.NOTIFICATION_STATUS_TECHNICAL_FAILURE,
    NotificationStatus.PENDING_VIRUS_CHECK: types_pb2.NOTIFICATION_STATUS_PENDING_VIRUS_CHECK,
    NotificationStatus.VIRUS_SCAN_FAILED: types_pb2.NOTIFICATION_STATUS_VIRUS_SCAN_FAILED,
    NotificationStatus.VALIDATION_FAILED: types_pb2.NOTIFICATION_STATUS_VALIDATION_FAILED,
    NotificationStatus.CANCELLED: types_pb2.NOTIFICATION_STATUS_CANCELLED,
    NotificationStatus.RETURNED_LETTER: types_pb2.NOTIFICATION_STATUS_RETURNED_LETTER,
}
STATUS_FROM_PB: Final = {number: status for status, number in _STATUS_TO_PB.items()}
_GRPC_CODES: Final = {code.value[0]: code for code in grpc.StatusCode}

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER_SENT: Final = frozenset(
    {
        NotificationStatus.CANCELLED,
        NotificationStatus.TECHNICAL_FAILURE,
        NotificationStatus.VALIDATION_FAILED,
        NotificationStatus.VIRUS_SCAN_FAILED,
    }
)
"""A letter in one of these costs nothing."""
_LIMIT_NAMES: Final = {
    limits_pb2.LIMIT_KIND_RATE: RATE,
    limits_pb2.LIMIT_KIND_EMAIL: LimitKind.EMAIL.value,
    limits_pb2.LIMIT_KIND_SMS: LimitKind.SMS.value,
    limits_pb2.LIMIT_KIND_LETTER: LimitKind.LETTER.value,
}
_RATE_UNIT: Final = 10_000
"""Rates travel in units of 0.0001 pounds."""

MAX_VERSION: Final = 2**31 - 1
"""The largest template version that can be asked for."""


def credentials_from(pb: accounts_pb2.GetServiceCredentialsResponse) -> Credentials:
    """A service's keys, state and limits."""
    limits = pb.daily_limits
    return Credentials(
        service_id=pb.service_id,
        name=pb.name,
        contact_link=optional(pb, "contact_link") or None,
        bucket=bucket_of(UUID(pb.service_id)),
        active=pb.active,
        restricted=pb.restricted,
        rate_limit=pb.rate_limit,
        daily_limits={
            NotificationType.SMS: limits.sms,
            NotificationType.EMAIL: limits.email,
            NotificationType.LETTER: limits.letter,
        },
        keys=tuple(
            ApiKey(
                id=key.id, type=_KEY_TYPE_FROM_PB[key.type], secret=key.secret.encode(), revoked=key.revoked
            )
            for key in pb.keys
        ),
        temporary_limits=tuple(
            TemporaryLimit(
                name=_LIMIT_NAMES[limit.kind], value=limit.value, ends_at=limit.end_time.ToDatetime(UTC)
            )
            for limit in pb.temporary_limits
            if limit.kind in _LIMIT_NAMES
        ),
    )


def new_notification(
    message: NewMessage, caller: Caller, key: RequestKey | None = None
) -> notifications_pb2.NewNotification:
    """What to make, with its id: the id is made here so that the call can be repeated."""
    made = notifications_pb2.NewNotification(
        id=str(new_id(bucket=caller.service.bucket)),
        service_id=caller.service.service_id,
        api_key_id=caller.key.id,
        key_type=KEY_TYPE_TO_PB[caller.key.type],
        type=_TYPE_TO_PB[message.type],
        template_id=message.template_id,
        recipient=message.recipient,
        personalisation_json=message.personalisation_json,
        reference=message.reference,
        one_click_unsubscribe_url=message.one_click_unsubscribe_url,
        sanitise_content_for=message.sanitise_content_for,
    )
    if message.precompiled_postage is not None:
        made.precompiled.postage = message.precompiled_postage
    if key is not None:
        made.idempotency.CopyFrom(idempotency_key(key))
    if message.sender_id is not None:
        if message.type is NotificationType.SMS:
            made.sms_sender_id = message.sender_id
        else:
            made.email_reply_to_id = message.sender_id
    return made


def idempotency_key(key: RequestKey) -> idempotency_pb2.IdempotencyKey:
    """A sender's name for a request; the root of its links is told again to whoever repeats it."""
    return idempotency_pb2.IdempotencyKey(key=key.key, fingerprint=key.fingerprint, context=key.root)


def item_result(
    pb: notifications_pb2.CreateNotificationsResult,
) -> notifications_pb2.CreatedNotification | ServiceError:
    """What became of one item of a batch."""
    return pb.notification if pb.HasField("notification") else item_error(pb.error)


def item_error(error: types_pb2.ItemError) -> ServiceError:
    """Why an item of a batch was refused, or not found."""
    return exception_from(
        ErrorParts(
            code=_GRPC_CODES.get(error.code, grpc.StatusCode.UNKNOWN),
            message=error.message,
            reason=error.reason,
            domain="notifications.notify",
            metadata=dict(error.metadata),
            violations=tuple(Violation(v.field, v.message) for v in error.violations),
        )
    )


def list_request(wanted: NotificationsFilter, page_size: int) -> notifications_pb2.ListNotificationsRequest:
    """One page of a service's notifications."""
    return notifications_pb2.ListNotificationsRequest(
        service_id=wanted.service_id,
        key_type=KEY_TYPE_TO_PB[wanted.key_type],
        types=[_TYPE_TO_PB[kind] for kind in wanted.types],
        statuses=sorted(_STATUS_TO_PB[status] for status in wanted.statuses if status in _STATUS_TO_PB),
        reference=wanted.reference,
        include_jobs=wanted.include_jobs,
        page_size=page_size,
        page_token=wanted.older_than,
    )


def list_templates_request(
    service_id: str, kind: NotificationType | None
) -> templates_pb2.ListTemplatesRequest:
    """All templates of a service, or those of one type."""
    return templates_pb2.ListTemplatesRequest(
        service_id=service_id,
        type=types_pb2.NOTIFICATION_TYPE_UNSPECIFIED if kind is None else _TYPE_TO_PB[kind],
    )


def created_json(
    pb: notifications_pb2.CreatedNotification, kind: NotificationType, caller: Caller, root: str
) -> answers.SmsSent | answers.EmailSent | answers.LetterSent | answers.PrecompiledLetterSent:
    """The answer to a notification that was accepted."""
    if pb.is_precompiled:
        return {"id": pb.id, "reference": pb.reference, "postage": pb.postage}
    common: answers.Sent = {
        "id": pb.id,
        "reference": optional(pb, "reference"),
        "uri": f"{root}/v2/notifications/{pb.id}",
        "template": {
            "id": pb.template_id,
            "version": pb.template_version,
            "uri": f"{root}/services/{caller.service.service_id}/templates/{pb.template_id}",
        },
        "scheduled_for": None,
    }
    match kind:
        case NotificationType.SMS:
            return {**common, "content": {"body": pb.body, "from_number": pb.sender}}
        case NotificationType.EMAIL:
            return {
                **common,
                "content": {
                    "from_email": pb.sender,
                    "subject": pb.subject,
                    "body": pb.body,
                    "one_click_unsubscribe_url": optional(pb, "one_click_unsubscribe_url"),
                },
                "sanitised_content": {
                    value.name: {"unsanitised": value.unsanitised, "sanitised": value.sanitised}
                    for value in pb.sanitised_values
                },
            }
        case NotificationType.LETTER:
            return {**common, "content": {"subject": pb.subject, "body": pb.body}}


def notification_json(pb: notifications_pb2.Notification, root: str) -> answers.Notification:
    """A notification as its service reads it."""
    kind = TYPE_FROM_PB[pb.type]
    status = STATUS_FROM_PB[pb.status]
    is_ready, cost, details = cost_of(pb, kind, status)
    address = pb.address.get
    answer: answers.Notification = {
        "id": pb.id,
        "reference": optional(pb, "reference"),
        "email_address": pb.recipient if kind is NotificationType.EMAIL else None,
        "phone_number": pb.recipient if kind is NotificationType.SMS else None,
        "line_1": address("address_line_1"),
        "line_2": address("address_line_2"),
        "line_3": address("address_line_3"),
        "line_4": address("address_line_4"),
        "line_5": address("address_line_5"),
        "line_6": address("address_line_6"),
        "postcode": address("postcode"),
        "type": kind.value,
        "status": public_status(kind, status),
        "template": {
            "id": pb.template_id,
            "version": pb.template_version,
            "uri": f"{root}/v2/template/{pb.template_id}/version/{pb.template_version}",
        },
        "body": pb.body,
        "subject": optional(pb, "subject"),
        "created_at": time_text(pb.create_time),
        "created_by_name": optional(pb, "created_by_name"),
        "sent_at": time_text(pb.send_time) if pb.HasField("send_time") else None,
        "completed_at": time_text(pb.update_time)
        if is_final(status) and pb.HasField("update_time")
        else None,
        "scheduled_for": None,
        "postage": optional(pb, "postage"),
        "one_click_unsubscribe_url": optional(pb, "one_click_unsubscribe_url"),
        "is_cost_data_ready": is_ready,
        "cost_in_pounds": cost,
        "cost_details": details,
    }
    if kind is NotificationType.LETTER:
        answer["estimated_delivery"] = _estimated_delivery(pb)
    return answer


def _estimated_delivery(pb: notifications_pb2.Notification) -> str | None:
    if not pb.postage:
        return None
    timings = letter_timings(_time(pb.create_time), Postage(pb.postage))
    return _text_of(timings.latest_delivery)


def status_of(pb: notifications_pb2.Notification) -> NotificationStatus:
    """Where a notification is, as it is stored."""
    return STATUS_FROM_PB[pb.status]


def is_letter(pb: notifications_pb2.Notification) -> bool:
    """Whether a notification is a letter."""
    return TYPE_FROM_PB[pb.type] is NotificationType.LETTER


def cost_of(
    pb: notifications_pb2.Notification, kind: NotificationType, status: NotificationStatus
) -> tuple[bool, float | None, answers.CostDetails]:
    """`is_cost_data_ready`, `cost_in_pounds` and `cost_details`: the public contract, section 10."""
    match kind:
        case NotificationType.EMAIL:
            return True, 0.0, {}
        case NotificationType.SMS:
            if status is NotificationStatus.CREATED and pb.billable_units == 0:
                return False, None, {}
            return (
                True,
                pb.billable_units * pb.rate_multiplier * pb.rate_ten_thousandths / _RATE_UNIT,
                {
                    "billable_sms_fragments": pb.billable_units,
                    "international_rate_multiplier": pb.rate_multiplier,
                    "sms_rate": pb.rate_ten_thousandths / _RATE_UNIT,
                },
            )
        case NotificationType.LETTER:
            return _letter_cost(pb, status)


def _letter_cost(
    pb: notifications_pb2.Notification, status: NotificationStatus
) -> tuple[bool, float | None, answers.CostDetails]:
    sheets = 0 if status in _NEVER_SENT else pb.billable_units
    is_waiting = status is NotificationStatus.CREATED and sheets == 0
    if status is NotificationStatus.PENDING_VIRUS_CHECK or is_waiting:
        return False, None, {}
    cost = pb.rate_ten_thousandths / _RATE_UNIT if sheets else 0.0
    return True, cost, {"billable_sheets_of_paper": sheets, "postage": optional(pb, "postage")}


def template_json(pb: templates_pb2.Template) -> answers.Template:
    """A version of a template."""
    return {
        "id": pb.id,
        "type": TYPE_FROM_PB[pb.type].value,
        "name": pb.name,
        "created_at": time_text(pb.create_time),
        "updated_at": time_text(pb.update_time) if pb.HasField("update_time") else None,
        "created_by": optional(pb, "created_by_email_address"),
        "version": pb.version,
        "body": pb.body,
        "subject": optional(pb, "subject"),
        "personalisation": {name: {"required": True} for name in pb.placeholders},
        "postage": optional(pb, "postage"),
        "letter_contact_block": optional(pb, "letter_contact_block"),
    }


def preview_json(pb: templates_pb2.PreviewTemplateResponse) -> answers.TemplatePreview:
    """A template that was filled in without being sent."""
    template = pb.template
    return {
        "id": template.id,
        "type": TYPE_FROM_PB[template.type].value,
        "version": template.version,
        "body": pb.body,
        "subject": optional(pb, "subject"),
        "html": optional(pb, "html"),
        "postage": optional(template, "postage"),
    }


def optional(pb: Any, name: str) -> Any:
    """The value of an optional field, None where it is absent."""
    return getattr(pb, name) if pb.HasField(name) else None


def time_text(pb: Timestamp) -> str:
    """A time as the public API writes it: UTC with six decimals."""
    return _text_of(_time(pb))


def _time(pb: Timestamp) -> datetime:
    return _EPOCH + timedelta(seconds=pb.seconds, microseconds=pb.nanos // 1_000)


def _text_of(at: datetime) -> str:
    # strftime takes four times as long.
    return f"{at.isoformat(timespec='microseconds')[:26]}Z"
