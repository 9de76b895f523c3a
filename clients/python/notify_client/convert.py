"""Protobuf to and from the client's own types; pure. Not here: the calls themselves (`async_client`)."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from clients.python.notify_client.requests import (
    NewEmail,
    NewLetter,
    NewService,
    NewTemplate,
    NewText,
    NotificationFilter,
    TemplateChange,
)
from clients.python.notify_client.values import (
    ApiKey,
    DailyLimits,
    Event,
    Explanation,
    Lane,
    Notification,
    Queue,
    QueuedDelivery,
    SanitisedValue,
    Sent,
    Service,
    ServiceDetails,
    SmsSender,
    Template,
    TemplatePreview,
)
from notify.notifications.v1 import accounts_pb2, deliveries_pb2, notifications_pb2, templates_pb2, types_pb2
from notifyrules.statuses import KeyType, NotificationStatus, NotificationType
from servicekit.errors import ErrorParts, ServiceError, Violation, exception_from
from servicekit.ids import bucket_of, new_id

TYPE_TO_PB: Final = {
    NotificationType.SMS: types_pb2.NOTIFICATION_TYPE_SMS,
    NotificationType.EMAIL: types_pb2.NOTIFICATION_TYPE_EMAIL,
    NotificationType.LETTER: types_pb2.NOTIFICATION_TYPE_LETTER,
}
KEY_TYPE_TO_PB: Final = {
    KeyType.NORMAL: types_pb2.KEY_TYPE_NORMAL,
    KeyType.TEAM: types_pb2.KEY_TYPE_TEAM,
    KeyType.TEST: types_pb2.KEY_TYPE_TEST,
}
# `failed` stands on old rows alone and has no number.
STATUS_TO_PB: Final = {
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
LANE_TO_PB: Final = {
    Lane.PRIORITY: types_pb2.LANE_PRIORITY,
    Lane.NORMAL: types_pb2.LANE_NORMAL,
    Lane.BULK: types_pb2.LANE_BULK,
}
TYPES: Final = {number: kind for kind, number in TYPE_TO_PB.items()}
KEY_TYPES: Final = {number: kind for kind, number in KEY_TYPE_TO_PB.items()}
STATUSES: Final = {number: status for status, number in STATUS_TO_PB.items()}
_LANES: Final = {number: lane for lane, number in LANE_TO_PB.items()}
_GRPC_CODES: Final = {code.value[0]: code for code in grpc.StatusCode}
_RATE_UNITS_IN_A_POUND: Final = 10_000


def new_notification(message: NewText | NewEmail | NewLetter) -> notifications_pb2.NewNotification:
    """What to make, with its id: the id is made here so that the call can be repeated."""
    made = notifications_pb2.NewNotification(
        id=str(new_id(bucket=bucket_of(UUID(message.service_id)))),
        service_id=message.service_id,
        key_type=KEY_TYPE_TO_PB[message.key_type],
        template_id=message.template_id,
        personalisation_json=personalisation_json(message.personalisation),
        reference=message.reference,
    )
    match message:
        case NewText():
            made.type = types_pb2.NOTIFICATION_TYPE_SMS
            made.recipient = message.phone_number
            if message.sms_sender_id is not None:
                made.sms_sender_id = message.sms_sender_id
        case NewEmail():
            made.type = types_pb2.NOTIFICATION_TYPE_EMAIL
            made.recipient = message.email_address
            if message.email_reply_to_id is not None:
                made.email_reply_to_id = message.email_reply_to_id
            if message.one_click_unsubscribe_url is not None:
                made.one_click_unsubscribe_url = message.one_click_unsubscribe_url
            made.sanitise_content_for.extend(message.sanitise_content_for)
        case NewLetter():
            made.type = types_pb2.NOTIFICATION_TYPE_LETTER
    return made


def personalisation_json(personalisation: Mapping[str, Any]) -> str:
    """Values as the service takes them; "" for none. Raises TypeError or ValueError for what JSON cannot say."""
    return json.dumps(dict(personalisation), ensure_ascii=False) if personalisation else ""


def outcome(pb: notifications_pb2.CreateNotificationsResult) -> Sent | ServiceError:
    """What became of one message of a batch."""
    if pb.HasField("notification"):
        return sent(pb.notification)
    error = pb.error
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


def sent(pb: notifications_pb2.CreatedNotification) -> Sent:
    """A message that was accepted."""
    return Sent(
        id=pb.id,
        reference=optional(pb, "reference"),
        body=pb.body,
        subject=optional(pb, "subject"),
        sender=pb.sender,
        template_id=pb.template_id,
        template_version=pb.template_version,
        sanitised_values=tuple(
            SanitisedValue(name=value.name, unsanitised=value.unsanitised, sanitised=value.sanitised)
            for value in pb.sanitised_values
        ),
        simulated=pb.simulated,
    )


def list_request(wanted: NotificationFilter) -> notifications_pb2.ListNotificationsRequest:
    """One page of a service's messages. Raises ValueError for the status `failed`, which no message is given now."""
    if NotificationStatus.FAILED in wanted.statuses:
        raise ValueError("no message has the status failed; ask for the failures by their own names")
    return notifications_pb2.ListNotificationsRequest(
        service_id=wanted.service_id,
        key_type=types_pb2.KEY_TYPE_UNSPECIFIED
        if wanted.key_type is None
        else KEY_TYPE_TO_PB[wanted.key_type],
        types=[TYPE_TO_PB[kind] for kind in wanted.types],
        statuses=[STATUS_TO_PB[status] for status in wanted.statuses],
        reference=wanted.reference,
        include_jobs=wanted.include_jobs,
        page_size=wanted.page_size,
        page_token=wanted.page_token,
    )


def notification(pb: notifications_pb2.Notification) -> Notification:
    """A message as its service sees it."""
    kind = TYPES[pb.type]
    rate = Decimal(pb.rate_ten_thousandths) / _RATE_UNITS_IN_A_POUND
    is_text = kind is NotificationType.SMS
    return Notification(
        id=pb.id,
        service_id=pb.service_id,
        type=kind,
        key_type=KEY_TYPES[pb.key_type],
        status=STATUSES[pb.status],
        reference=optional(pb, "reference"),
        recipient=pb.recipient,
        template_id=pb.template_id,
        template_version=pb.template_version,
        body=pb.body,
        subject=optional(pb, "subject"),
        created_at=time(pb.create_time),
        sent_at=optional_time(pb, "send_time"),
        updated_at=optional_time(pb, "update_time"),
        provider=optional(pb, "provider"),
        billable_units=pb.billable_units,
        cost_in_pounds=pb.billable_units * pb.rate_multiplier * rate if is_text else rate,
        possible_duplicate=pb.possible_duplicate,
    )


def explanation(pb: notifications_pb2.ExplainNotificationResponse) -> Explanation:
    """Everything that happened to a message."""
    about = pb.notification
    return Explanation(
        notification_id=about.id,
        service_id=about.service_id,
        type=TYPES[about.type],
        status=STATUSES[about.status],
        provider=optional(about, "provider"),
        possible_duplicate=about.possible_duplicate,
        events=tuple(
            Event(at=time(event.time), kind=event.kind, party=optional(event, "party"), detail=event.detail)
            for event in pb.events
        ),
        delivery=_queued(pb.delivery) if pb.HasField("delivery") else None,
    )


def _queued(pb: notifications_pb2.QueuedDelivery) -> QueuedDelivery:
    return QueuedDelivery(
        lane=_LANES[pb.lane],
        run_at=time(pb.run_time),
        attempts=pb.attempts,
        lease_owner=optional(pb, "lease_owner"),
        dead=pb.dead,
        last_error=optional(pb, "last_error"),
    )


def create_template_request(new: NewTemplate, request_id: str) -> templates_pb2.CreateTemplateRequest:
    """A template to make; with the same `request_id` it is made once."""
    return templates_pb2.CreateTemplateRequest(
        request_id=request_id,
        service_id=new.service_id,
        type=TYPE_TO_PB[new.type],
        name=new.name,
        body=new.body,
        subject=new.subject,
        is_priority=new.is_priority,
        has_unsubscribe_link=new.has_unsubscribe_link,
        postage=new.postage,
        letter_contact_id=new.letter_contact_id,
        letter_welsh_subject=new.letter_welsh_subject,
        letter_welsh_body=new.letter_welsh_body,
        letter_attachment_id=new.letter_attachment_id,
    )


def update_template_request(change: TemplateChange) -> templates_pb2.UpdateTemplateRequest:
    """A new version to make."""
    return templates_pb2.UpdateTemplateRequest(
        service_id=change.service_id,
        template_id=change.template_id,
        based_on_version=change.based_on_version,
        name=change.name,
        body=change.body,
        subject=change.subject,
        is_priority=change.is_priority,
        has_unsubscribe_link=change.has_unsubscribe_link,
        postage=change.postage,
        letter_contact_id=change.letter_contact_id,
        letter_welsh_subject=change.letter_welsh_subject,
        letter_welsh_body=change.letter_welsh_body,
        letter_attachment_id=change.letter_attachment_id,
    )


def template(pb: templates_pb2.Template) -> Template:
    """A version of a template."""
    return Template(
        id=pb.id,
        service_id=pb.service_id,
        type=TYPES[pb.type],
        name=pb.name,
        version=pb.version,
        body=pb.body,
        subject=optional(pb, "subject"),
        placeholders=tuple(pb.placeholders),
        created_at=time(pb.create_time),
        updated_at=optional_time(pb, "update_time"),
        is_priority=pb.is_priority,
        is_archived=pb.is_archived,
        has_unsubscribe_link=pb.has_unsubscribe_link,
        postage=optional(pb, "postage"),
        letter_contact_block=optional(pb, "letter_contact_block"),
        letter_welsh_subject=optional(pb, "letter_welsh_subject"),
        letter_welsh_body=optional(pb, "letter_welsh_body"),
        letter_attachment_id=optional(pb, "letter_attachment_id"),
    )


def template_preview(pb: templates_pb2.PreviewTemplateResponse) -> TemplatePreview:
    """A template that was filled in."""
    return TemplatePreview(
        template=template(pb.template),
        body=pb.body,
        subject=optional(pb, "subject"),
        html=optional(pb, "html"),
    )


def create_service_request(new: NewService, request_id: str) -> accounts_pb2.CreateServiceRequest:
    """A service to make; with the same `request_id` it is made once."""
    return accounts_pb2.CreateServiceRequest(
        request_id=request_id,
        name=new.name,
        permissions=new.permissions,
        restricted=new.restricted,
        organisation_id=new.organisation_id,
        default_sms_sender=new.default_sms_sender,
    )


def service(pb: accounts_pb2.Service) -> Service:
    """A service."""
    limits = pb.daily_limits
    return Service(
        id=pb.id,
        name=pb.name,
        active=pb.active,
        restricted=pb.restricted,
        permissions=tuple(pb.permissions),
        rate_limit=pb.rate_limit,
        daily_limits=DailyLimits(
            email=limits.email,
            sms=limits.sms,
            letter=limits.letter,
            international_sms=limits.international_sms,
        ),
        organisation_id=optional(pb, "organisation_id"),
        version=pb.version,
        created_at=time(pb.create_time),
    )


def service_details(pb: accounts_pb2.GetServiceResponse) -> ServiceDetails:
    """A service with what belongs to it."""
    return ServiceDetails(
        service=service(pb.service),
        api_keys=tuple(api_key(key) for key in pb.api_keys),
        sms_senders=tuple(
            SmsSender(
                id=sender.id, value=sender.value, is_default=sender.is_default, archived=sender.archived
            )
            for sender in pb.sms_senders
        ),
        guest_list=tuple(pb.guest_list),
    )


def api_key(pb: accounts_pb2.ApiKey) -> ApiKey:
    """A key without its secret."""
    return ApiKey(
        id=pb.id,
        name=pb.name,
        type=KEY_TYPES[pb.type],
        created_at=time(pb.create_time),
        revoked_at=optional_time(pb, "revoke_time"),
    )


def queue(pb: deliveries_pb2.QueueStatistics) -> Queue:
    """What waits in one lane."""
    return Queue(
        channel=TYPES[pb.channel],
        lane=_LANES[pb.lane],
        ready=pb.ready_count,
        leased=pb.leased_count,
        waiting=pb.waiting_count,
        oldest_ready_age=pb.oldest_ready_age.ToTimedelta() if pb.HasField("oldest_ready_age") else None,
    )


def optional(pb: Any, name: str) -> Any:
    """The value of an optional field, None where it is absent."""
    return getattr(pb, name) if pb.HasField(name) else None


def optional_time(pb: Any, name: str) -> datetime | None:
    """A time that may be absent."""
    return time(getattr(pb, name)) if pb.HasField(name) else None


def time(pb: Timestamp) -> datetime:
    """An aware time in UTC."""
    return pb.ToDatetime(tzinfo=UTC)
