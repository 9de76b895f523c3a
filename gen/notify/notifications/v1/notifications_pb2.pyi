import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from notify.notifications.v1 import idempotency_pb2 as _idempotency_pb2
from notify.notifications.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CancelNotificationOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CANCEL_NOTIFICATION_OUTCOME_UNSPECIFIED: _ClassVar[CancelNotificationOutcome]
    CANCEL_NOTIFICATION_OUTCOME_CANCELLED: _ClassVar[CancelNotificationOutcome]
    CANCEL_NOTIFICATION_OUTCOME_ALREADY_CANCELLED: _ClassVar[CancelNotificationOutcome]
    CANCEL_NOTIFICATION_OUTCOME_TOO_LATE: _ClassVar[CancelNotificationOutcome]
    CANCEL_NOTIFICATION_OUTCOME_ENDED: _ClassVar[CancelNotificationOutcome]
    CANCEL_NOTIFICATION_OUTCOME_NOT_FOUND: _ClassVar[CancelNotificationOutcome]
CANCEL_NOTIFICATION_OUTCOME_UNSPECIFIED: CancelNotificationOutcome
CANCEL_NOTIFICATION_OUTCOME_CANCELLED: CancelNotificationOutcome
CANCEL_NOTIFICATION_OUTCOME_ALREADY_CANCELLED: CancelNotificationOutcome
CANCEL_NOTIFICATION_OUTCOME_TOO_LATE: CancelNotificationOutcome
CANCEL_NOTIFICATION_OUTCOME_ENDED: CancelNotificationOutcome
CANCEL_NOTIFICATION_OUTCOME_NOT_FOUND: CancelNotificationOutcome

class CreateNotificationsRequest(_message.Message):
    __slots__ = ("notifications",)
    NOTIFICATIONS_FIELD_NUMBER: _ClassVar[int]
    notifications: _containers.RepeatedCompositeFieldContainer[NewNotification]
    def __init__(self, notifications: _Optional[_Iterable[_Union[NewNotification, _Mapping]]] = ...) -> None: ...

class NewNotification(_message.Message):
    __slots__ = ("id", "service_id", "api_key_id", "key_type", "type", "template_id", "recipient", "personalisation_json", "reference", "sms_sender_id", "email_reply_to_id", "one_click_unsubscribe_url", "sanitise_content_for", "idempotency", "precompiled")
    ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    API_KEY_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_TYPE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    PERSONALISATION_JSON_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    SMS_SENDER_ID_FIELD_NUMBER: _ClassVar[int]
    EMAIL_REPLY_TO_ID_FIELD_NUMBER: _ClassVar[int]
    ONE_CLICK_UNSUBSCRIBE_URL_FIELD_NUMBER: _ClassVar[int]
    SANITISE_CONTENT_FOR_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_FIELD_NUMBER: _ClassVar[int]
    PRECOMPILED_FIELD_NUMBER: _ClassVar[int]
    id: str
    service_id: str
    api_key_id: str
    key_type: _types_pb2.KeyType
    type: _types_pb2.NotificationType
    template_id: str
    recipient: str
    personalisation_json: str
    reference: str
    sms_sender_id: str
    email_reply_to_id: str
    one_click_unsubscribe_url: str
    sanitise_content_for: _containers.RepeatedScalarFieldContainer[str]
    idempotency: _idempotency_pb2.IdempotencyKey
    precompiled: PrecompiledUpload
    def __init__(self, id: _Optional[str] = ..., service_id: _Optional[str] = ..., api_key_id: _Optional[str] = ..., key_type: _Optional[_Union[_types_pb2.KeyType, str]] = ..., type: _Optional[_Union[_types_pb2.NotificationType, str]] = ..., template_id: _Optional[str] = ..., recipient: _Optional[str] = ..., personalisation_json: _Optional[str] = ..., reference: _Optional[str] = ..., sms_sender_id: _Optional[str] = ..., email_reply_to_id: _Optional[str] = ..., one_click_unsubscribe_url: _Optional[str] = ..., sanitise_content_for: _Optional[_Iterable[str]] = ..., idempotency: _Optional[_Union[_idempotency_pb2.IdempotencyKey, _Mapping]] = ..., precompiled: _Optional[_Union[PrecompiledUpload, _Mapping]] = ...) -> None: ...

class PrecompiledUpload(_message.Message):
    __slots__ = ("postage",)
    POSTAGE_FIELD_NUMBER: _ClassVar[int]
    postage: str
    def __init__(self, postage: _Optional[str] = ...) -> None: ...

class CreateNotificationsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[CreateNotificationsResult]
    def __init__(self, results: _Optional[_Iterable[_Union[CreateNotificationsResult, _Mapping]]] = ...) -> None: ...

class CreateNotificationsResult(_message.Message):
    __slots__ = ("notification", "error")
    NOTIFICATION_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    notification: CreatedNotification
    error: _types_pb2.ItemError
    def __init__(self, notification: _Optional[_Union[CreatedNotification, _Mapping]] = ..., error: _Optional[_Union[_types_pb2.ItemError, _Mapping]] = ...) -> None: ...

class CreatedNotification(_message.Message):
    __slots__ = ("id", "reference", "body", "subject", "sender", "template_id", "template_version", "one_click_unsubscribe_url", "sanitised_values", "simulated", "replayed", "context", "postage", "is_precompiled")
    ID_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    SENDER_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_VERSION_FIELD_NUMBER: _ClassVar[int]
    ONE_CLICK_UNSUBSCRIBE_URL_FIELD_NUMBER: _ClassVar[int]
    SANITISED_VALUES_FIELD_NUMBER: _ClassVar[int]
    SIMULATED_FIELD_NUMBER: _ClassVar[int]
    REPLAYED_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    POSTAGE_FIELD_NUMBER: _ClassVar[int]
    IS_PRECOMPILED_FIELD_NUMBER: _ClassVar[int]
    id: str
    reference: str
    body: str
    subject: str
    sender: str
    template_id: str
    template_version: int
    one_click_unsubscribe_url: str
    sanitised_values: _containers.RepeatedCompositeFieldContainer[SanitisedValue]
    simulated: bool
    replayed: bool
    context: str
    postage: str
    is_precompiled: bool
    def __init__(self, id: _Optional[str] = ..., reference: _Optional[str] = ..., body: _Optional[str] = ..., subject: _Optional[str] = ..., sender: _Optional[str] = ..., template_id: _Optional[str] = ..., template_version: _Optional[int] = ..., one_click_unsubscribe_url: _Optional[str] = ..., sanitised_values: _Optional[_Iterable[_Union[SanitisedValue, _Mapping]]] = ..., simulated: _Optional[bool] = ..., replayed: _Optional[bool] = ..., context: _Optional[str] = ..., postage: _Optional[str] = ..., is_precompiled: _Optional[bool] = ...) -> None: ...

class SanitisedValue(_message.Message):
    __slots__ = ("name", "unsanitised", "sanitised")
    NAME_FIELD_NUMBER: _ClassVar[int]
    UNSANITISED_FIELD_NUMBER: _ClassVar[int]
    SANITISED_FIELD_NUMBER: _ClassVar[int]
    name: str
    unsanitised: str
    sanitised: str
    def __init__(self, name: _Optional[str] = ..., unsanitised: _Optional[str] = ..., sanitised: _Optional[str] = ...) -> None: ...

class CheckLetterUploadRequest(_message.Message):
    __slots__ = ("service_id", "key_type")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_TYPE_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    key_type: _types_pb2.KeyType
    def __init__(self, service_id: _Optional[str] = ..., key_type: _Optional[_Union[_types_pb2.KeyType, str]] = ...) -> None: ...

class CheckLetterUploadResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetKeptAnswerRequest(_message.Message):
    __slots__ = ("service_id", "idempotency")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    idempotency: _idempotency_pb2.IdempotencyKey
    def __init__(self, service_id: _Optional[str] = ..., idempotency: _Optional[_Union[_idempotency_pb2.IdempotencyKey, _Mapping]] = ...) -> None: ...

class GetKeptAnswerResponse(_message.Message):
    __slots__ = ("notification",)
    NOTIFICATION_FIELD_NUMBER: _ClassVar[int]
    notification: CreatedNotification
    def __init__(self, notification: _Optional[_Union[CreatedNotification, _Mapping]] = ...) -> None: ...

class GetNotificationRequest(_message.Message):
    __slots__ = ("service_id", "notification_id")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    notification_id: str
    def __init__(self, service_id: _Optional[str] = ..., notification_id: _Optional[str] = ...) -> None: ...

class GetNotificationResponse(_message.Message):
    __slots__ = ("notification",)
    NOTIFICATION_FIELD_NUMBER: _ClassVar[int]
    notification: Notification
    def __init__(self, notification: _Optional[_Union[Notification, _Mapping]] = ...) -> None: ...

class GetNotificationsRequest(_message.Message):
    __slots__ = ("notifications",)
    NOTIFICATIONS_FIELD_NUMBER: _ClassVar[int]
    notifications: _containers.RepeatedCompositeFieldContainer[NotificationRef]
    def __init__(self, notifications: _Optional[_Iterable[_Union[NotificationRef, _Mapping]]] = ...) -> None: ...

class NotificationRef(_message.Message):
    __slots__ = ("service_id", "notification_id")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    notification_id: str
    def __init__(self, service_id: _Optional[str] = ..., notification_id: _Optional[str] = ...) -> None: ...

class GetNotificationsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[GetNotificationsResult]
    def __init__(self, results: _Optional[_Iterable[_Union[GetNotificationsResult, _Mapping]]] = ...) -> None: ...

class GetNotificationsResult(_message.Message):
    __slots__ = ("notification", "error")
    NOTIFICATION_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    notification: Notification
    error: _types_pb2.ItemError
    def __init__(self, notification: _Optional[_Union[Notification, _Mapping]] = ..., error: _Optional[_Union[_types_pb2.ItemError, _Mapping]] = ...) -> None: ...

class Notification(_message.Message):
    __slots__ = ("id", "service_id", "type", "key_type", "status", "reference", "recipient", "template_id", "template_version", "body", "subject", "create_time", "send_time", "update_time", "created_by_name", "provider", "billable_units", "rate_multiplier", "rate_ten_thousandths", "postage", "one_click_unsubscribe_url", "address", "possible_duplicate", "letter")
    class AddressEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    KEY_TYPE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_VERSION_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SEND_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATED_BY_NAME_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    BILLABLE_UNITS_FIELD_NUMBER: _ClassVar[int]
    RATE_MULTIPLIER_FIELD_NUMBER: _ClassVar[int]
    RATE_TEN_THOUSANDTHS_FIELD_NUMBER: _ClassVar[int]
    POSTAGE_FIELD_NUMBER: _ClassVar[int]
    ONE_CLICK_UNSUBSCRIBE_URL_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    POSSIBLE_DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    LETTER_FIELD_NUMBER: _ClassVar[int]
    id: str
    service_id: str
    type: _types_pb2.NotificationType
    key_type: _types_pb2.KeyType
    status: _types_pb2.NotificationStatus
    reference: str
    recipient: str
    template_id: str
    template_version: int
    body: str
    subject: str
    create_time: _timestamp_pb2.Timestamp
    send_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    created_by_name: str
    provider: str
    billable_units: int
    rate_multiplier: int
    rate_ten_thousandths: int
    postage: str
    one_click_unsubscribe_url: str
    address: _containers.ScalarMap[str, str]
    possible_duplicate: bool
    letter: LetterFacts
    def __init__(self, id: _Optional[str] = ..., service_id: _Optional[str] = ..., type: _Optional[_Union[_types_pb2.NotificationType, str]] = ..., key_type: _Optional[_Union[_types_pb2.KeyType, str]] = ..., status: _Optional[_Union[_types_pb2.NotificationStatus, str]] = ..., reference: _Optional[str] = ..., recipient: _Optional[str] = ..., template_id: _Optional[str] = ..., template_version: _Optional[int] = ..., body: _Optional[str] = ..., subject: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., send_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., created_by_name: _Optional[str] = ..., provider: _Optional[str] = ..., billable_units: _Optional[int] = ..., rate_multiplier: _Optional[int] = ..., rate_ten_thousandths: _Optional[int] = ..., postage: _Optional[str] = ..., one_click_unsubscribe_url: _Optional[str] = ..., address: _Optional[_Mapping[str, str]] = ..., possible_duplicate: _Optional[bool] = ..., letter: _Optional[_Union[LetterFacts, _Mapping]] = ...) -> None: ...

class LetterFacts(_message.Message):
    __slots__ = ("reference", "is_precompiled", "page_count", "failure_reason", "invalid_pages")
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    IS_PRECOMPILED_FIELD_NUMBER: _ClassVar[int]
    PAGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    FAILURE_REASON_FIELD_NUMBER: _ClassVar[int]
    INVALID_PAGES_FIELD_NUMBER: _ClassVar[int]
    reference: str
    is_precompiled: bool
    page_count: int
    failure_reason: str
    invalid_pages: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, reference: _Optional[str] = ..., is_precompiled: _Optional[bool] = ..., page_count: _Optional[int] = ..., failure_reason: _Optional[str] = ..., invalid_pages: _Optional[_Iterable[int]] = ...) -> None: ...

class ListNotificationsRequest(_message.Message):
    __slots__ = ("service_id", "key_type", "types", "statuses", "reference", "include_jobs", "page_size", "page_token")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_TYPE_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_JOBS_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    key_type: _types_pb2.KeyType
    types: _containers.RepeatedScalarFieldContainer[_types_pb2.NotificationType]
    statuses: _containers.RepeatedScalarFieldContainer[_types_pb2.NotificationStatus]
    reference: str
    include_jobs: bool
    page_size: int
    page_token: str
    def __init__(self, service_id: _Optional[str] = ..., key_type: _Optional[_Union[_types_pb2.KeyType, str]] = ..., types: _Optional[_Iterable[_Union[_types_pb2.NotificationType, str]]] = ..., statuses: _Optional[_Iterable[_Union[_types_pb2.NotificationStatus, str]]] = ..., reference: _Optional[str] = ..., include_jobs: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListNotificationsResponse(_message.Message):
    __slots__ = ("notifications", "next_page_token")
    NOTIFICATIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    notifications: _containers.RepeatedCompositeFieldContainer[Notification]
    next_page_token: str
    def __init__(self, notifications: _Optional[_Iterable[_Union[Notification, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ExplainNotificationRequest(_message.Message):
    __slots__ = ("notification_id",)
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    def __init__(self, notification_id: _Optional[str] = ...) -> None: ...

class ExplainNotificationResponse(_message.Message):
    __slots__ = ("notification", "events", "delivery", "is_past_retention")
    NOTIFICATION_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    IS_PAST_RETENTION_FIELD_NUMBER: _ClassVar[int]
    notification: Notification
    events: _containers.RepeatedCompositeFieldContainer[NotificationEvent]
    delivery: QueuedDelivery
    is_past_retention: bool
    def __init__(self, notification: _Optional[_Union[Notification, _Mapping]] = ..., events: _Optional[_Iterable[_Union[NotificationEvent, _Mapping]]] = ..., delivery: _Optional[_Union[QueuedDelivery, _Mapping]] = ..., is_past_retention: _Optional[bool] = ...) -> None: ...

class NotificationEvent(_message.Message):
    __slots__ = ("time", "kind", "party", "detail")
    TIME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PARTY_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    kind: str
    party: str
    detail: str
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., kind: _Optional[str] = ..., party: _Optional[str] = ..., detail: _Optional[str] = ...) -> None: ...

class QueuedDelivery(_message.Message):
    __slots__ = ("lane", "run_time", "attempts", "lease_owner", "lease_expire_time", "dead", "last_error")
    LANE_FIELD_NUMBER: _ClassVar[int]
    RUN_TIME_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    LEASE_OWNER_FIELD_NUMBER: _ClassVar[int]
    LEASE_EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    DEAD_FIELD_NUMBER: _ClassVar[int]
    LAST_ERROR_FIELD_NUMBER: _ClassVar[int]
    lane: _types_pb2.Lane
    run_time: _timestamp_pb2.Timestamp
    attempts: int
    lease_owner: str
    lease_expire_time: _timestamp_pb2.Timestamp
    dead: bool
    last_error: str
    def __init__(self, lane: _Optional[_Union[_types_pb2.Lane, str]] = ..., run_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., attempts: _Optional[int] = ..., lease_owner: _Optional[str] = ..., lease_expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., dead: _Optional[bool] = ..., last_error: _Optional[str] = ...) -> None: ...

class CancelNotificationsRequest(_message.Message):
    __slots__ = ("service_id", "notification_ids")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_IDS_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    notification_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, service_id: _Optional[str] = ..., notification_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class CancelNotificationsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[CancelNotificationResult]
    def __init__(self, results: _Optional[_Iterable[_Union[CancelNotificationResult, _Mapping]]] = ...) -> None: ...

class CancelNotificationResult(_message.Message):
    __slots__ = ("outcome", "status")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    outcome: CancelNotificationOutcome
    status: _types_pb2.NotificationStatus
    def __init__(self, outcome: _Optional[_Union[CancelNotificationOutcome, str]] = ..., status: _Optional[_Union[_types_pb2.NotificationStatus, str]] = ...) -> None: ...

class ImportNotificationsRequest(_message.Message):
    __slots__ = ("notifications",)
    NOTIFICATIONS_FIELD_NUMBER: _ClassVar[int]
    notifications: _containers.RepeatedCompositeFieldContainer[ImportedNotification]
    def __init__(self, notifications: _Optional[_Iterable[_Union[ImportedNotification, _Mapping]]] = ...) -> None: ...

class ImportedNotification(_message.Message):
    __slots__ = ("id", "service_id", "template_id", "template_version", "key_type", "status", "recipient", "personalisation_json", "reference", "create_time", "send_time", "update_time", "created_by_user_id", "job_id", "job_row", "billable_units", "postage", "letter_reference", "provider")
    ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_VERSION_FIELD_NUMBER: _ClassVar[int]
    KEY_TYPE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_FIELD_NUMBER: _ClassVar[int]
    PERSONALISATION_JSON_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SEND_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATED_BY_USER_ID_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    JOB_ROW_FIELD_NUMBER: _ClassVar[int]
    BILLABLE_UNITS_FIELD_NUMBER: _ClassVar[int]
    POSTAGE_FIELD_NUMBER: _ClassVar[int]
    LETTER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    id: str
    service_id: str
    template_id: str
    template_version: int
    key_type: _types_pb2.KeyType
    status: _types_pb2.NotificationStatus
    recipient: str
    personalisation_json: str
    reference: str
    create_time: _timestamp_pb2.Timestamp
    send_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    created_by_user_id: str
    job_id: str
    job_row: int
    billable_units: int
    postage: str
    letter_reference: str
    provider: str
    def __init__(self, id: _Optional[str] = ..., service_id: _Optional[str] = ..., template_id: _Optional[str] = ..., template_version: _Optional[int] = ..., key_type: _Optional[_Union[_types_pb2.KeyType, str]] = ..., status: _Optional[_Union[_types_pb2.NotificationStatus, str]] = ..., recipient: _Optional[str] = ..., personalisation_json: _Optional[str] = ..., reference: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., send_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., created_by_user_id: _Optional[str] = ..., job_id: _Optional[str] = ..., job_row: _Optional[int] = ..., billable_units: _Optional[int] = ..., postage: _Optional[str] = ..., letter_reference: _Optional[str] = ..., provider: _Optional[str] = ...) -> None: ...

class ImportNotificationsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[ImportNotificationResult]
    def __init__(self, results: _Optional[_Iterable[_Union[ImportNotificationResult, _Mapping]]] = ...) -> None: ...

class ImportNotificationResult(_message.Message):
    __slots__ = ("notification", "error")
    NOTIFICATION_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    notification: ImportedNotificationRef
    error: _types_pb2.ItemError
    def __init__(self, notification: _Optional[_Union[ImportedNotificationRef, _Mapping]] = ..., error: _Optional[_Union[_types_pb2.ItemError, _Mapping]] = ...) -> None: ...

class ImportedNotificationRef(_message.Message):
    __slots__ = ("id", "letter_reference")
    ID_FIELD_NUMBER: _ClassVar[int]
    LETTER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    id: str
    letter_reference: str
    def __init__(self, id: _Optional[str] = ..., letter_reference: _Optional[str] = ...) -> None: ...
