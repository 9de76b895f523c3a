from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class NotificationType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOTIFICATION_TYPE_UNSPECIFIED: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_SMS: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_EMAIL: _ClassVar[NotificationType]
    NOTIFICATION_TYPE_LETTER: _ClassVar[NotificationType]

class KeyType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    KEY_TYPE_UNSPECIFIED: _ClassVar[KeyType]
    KEY_TYPE_NORMAL: _ClassVar[KeyType]
    KEY_TYPE_TEAM: _ClassVar[KeyType]
    KEY_TYPE_TEST: _ClassVar[KeyType]

class NotificationStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NOTIFICATION_STATUS_UNSPECIFIED: _ClassVar[NotificationStatus]
    NOTIFICATION_STATUS_CREATED: _ClassVar[NotificationStatus]
    NOTIFICATION_STATUS_SENDING: _ClassVar[NotificationStatus]
    NOTIFICATION_STATUS_PENDING: _ClassVar[NotificationStatus]
    NOTIFICATION_STATUS_SENT: _ClassVar[NotificationStatus]
    NOTIFICATION_STATUS_DELIVERED: _ClassVar[NotificationStatus]
    NOTIFICATION_STATUS_TEMPORARY_FAILURE: _ClassVar[NotificationStatus]
    NOTIFICATION_STATUS_PERMANENT_FAILURE: _ClassVar[NotificationStatus]
    NOTIFICATION_STATUS_TECHNICAL_FAILURE: _ClassVar[NotificationStatus]
    NOTIFICATION_STATUS_PENDING_VIRUS_CHECK: _ClassVar[NotificationStatus]
    NOTIFICATION_STATUS_VIRUS_SCAN_FAILED: _ClassVar[NotificationStatus]
    NOTIFICATION_STATUS_VALIDATION_FAILED: _ClassVar[NotificationStatus]
    NOTIFICATION_STATUS_CANCELLED: _ClassVar[NotificationStatus]
    NOTIFICATION_STATUS_RETURNED_LETTER: _ClassVar[NotificationStatus]

class Lane(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LANE_UNSPECIFIED: _ClassVar[Lane]
    LANE_PRIORITY: _ClassVar[Lane]
    LANE_NORMAL: _ClassVar[Lane]
    LANE_BULK: _ClassVar[Lane]

class ErrorReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ERROR_REASON_UNSPECIFIED: _ClassVar[ErrorReason]
    ERROR_REASON_INVALID_REQUEST: _ClassVar[ErrorReason]
    ERROR_REASON_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_CHANNEL_NOT_ALLOWED: _ClassVar[ErrorReason]
    ERROR_REASON_TEMPLATE_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_TEMPLATE_WRONG_TYPE: _ClassVar[ErrorReason]
    ERROR_REASON_TEMPLATE_ARCHIVED: _ClassVar[ErrorReason]
    ERROR_REASON_MISSING_PERSONALISATION: _ClassVar[ErrorReason]
    ERROR_REASON_MESSAGE_EMPTY: _ClassVar[ErrorReason]
    ERROR_REASON_MESSAGE_TOO_LONG: _ClassVar[ErrorReason]
    ERROR_REASON_FILE_NOT_ALLOWED: _ClassVar[ErrorReason]
    ERROR_REASON_SENDER_NOT_FOUND: _ClassVar[ErrorReason]
    ERROR_REASON_RECIPIENT_NOT_ON_TEAM: _ClassVar[ErrorReason]
    ERROR_REASON_RECIPIENT_NOT_IN_TRIAL: _ClassVar[ErrorReason]
    ERROR_REASON_INTERNATIONAL_NOT_ALLOWED: _ClassVar[ErrorReason]
    ERROR_REASON_LANDLINE_NOT_ALLOWED: _ClassVar[ErrorReason]
    ERROR_REASON_DAILY_LIMIT_REACHED: _ClassVar[ErrorReason]
    ERROR_REASON_CONFLICT: _ClassVar[ErrorReason]
    ERROR_REASON_LETTER_NOT_ALLOWED: _ClassVar[ErrorReason]
    ERROR_REASON_FILE_REFUSED: _ClassVar[ErrorReason]
    ERROR_REASON_IDEMPOTENCY_KEY_REUSED: _ClassVar[ErrorReason]
    ERROR_REASON_IDEMPOTENCY_KEY_IN_PROGRESS: _ClassVar[ErrorReason]
    ERROR_REASON_JOB_ENDED: _ClassVar[ErrorReason]
    ERROR_REASON_QR_CODE_TOO_LONG: _ClassVar[ErrorReason]
    ERROR_REASON_FILES_NOT_STORED: _ClassVar[ErrorReason]
    ERROR_REASON_POSITION_LOST: _ClassVar[ErrorReason]
NOTIFICATION_TYPE_UNSPECIFIED: NotificationType
NOTIFICATION_TYPE_SMS: NotificationType
NOTIFICATION_TYPE_EMAIL: NotificationType
NOTIFICATION_TYPE_LETTER: NotificationType
KEY_TYPE_UNSPECIFIED: KeyType
KEY_TYPE_NORMAL: KeyType
KEY_TYPE_TEAM: KeyType
KEY_TYPE_TEST: KeyType
NOTIFICATION_STATUS_UNSPECIFIED: NotificationStatus
NOTIFICATION_STATUS_CREATED: NotificationStatus
NOTIFICATION_STATUS_SENDING: NotificationStatus
NOTIFICATION_STATUS_PENDING: NotificationStatus
NOTIFICATION_STATUS_SENT: NotificationStatus
NOTIFICATION_STATUS_DELIVERED: NotificationStatus
NOTIFICATION_STATUS_TEMPORARY_FAILURE: NotificationStatus
NOTIFICATION_STATUS_PERMANENT_FAILURE: NotificationStatus
NOTIFICATION_STATUS_TECHNICAL_FAILURE: NotificationStatus
NOTIFICATION_STATUS_PENDING_VIRUS_CHECK: NotificationStatus
NOTIFICATION_STATUS_VIRUS_SCAN_FAILED: NotificationStatus
NOTIFICATION_STATUS_VALIDATION_FAILED: NotificationStatus
NOTIFICATION_STATUS_CANCELLED: NotificationStatus
NOTIFICATION_STATUS_RETURNED_LETTER: NotificationStatus
LANE_UNSPECIFIED: Lane
LANE_PRIORITY: Lane
LANE_NORMAL: Lane
LANE_BULK: Lane
ERROR_REASON_UNSPECIFIED: ErrorReason
ERROR_REASON_INVALID_REQUEST: ErrorReason
ERROR_REASON_NOT_FOUND: ErrorReason
ERROR_REASON_CHANNEL_NOT_ALLOWED: ErrorReason
ERROR_REASON_TEMPLATE_NOT_FOUND: ErrorReason
ERROR_REASON_TEMPLATE_WRONG_TYPE: ErrorReason
ERROR_REASON_TEMPLATE_ARCHIVED: ErrorReason
ERROR_REASON_MISSING_PERSONALISATION: ErrorReason
ERROR_REASON_MESSAGE_EMPTY: ErrorReason
ERROR_REASON_MESSAGE_TOO_LONG: ErrorReason
ERROR_REASON_FILE_NOT_ALLOWED: ErrorReason
ERROR_REASON_SENDER_NOT_FOUND: ErrorReason
ERROR_REASON_RECIPIENT_NOT_ON_TEAM: ErrorReason
ERROR_REASON_RECIPIENT_NOT_IN_TRIAL: ErrorReason
ERROR_REASON_INTERNATIONAL_NOT_ALLOWED: ErrorReason
ERROR_REASON_LANDLINE_NOT_ALLOWED: ErrorReason
ERROR_REASON_DAILY_LIMIT_REACHED: ErrorReason
ERROR_REASON_CONFLICT: ErrorReason
ERROR_REASON_LETTER_NOT_ALLOWED: ErrorReason
ERROR_REASON_FILE_REFUSED: ErrorReason
ERROR_REASON_IDEMPOTENCY_KEY_REUSED: ErrorReason
ERROR_REASON_IDEMPOTENCY_KEY_IN_PROGRESS: ErrorReason
ERROR_REASON_JOB_ENDED: ErrorReason
ERROR_REASON_QR_CODE_TOO_LONG: ErrorReason
ERROR_REASON_FILES_NOT_STORED: ErrorReason
ERROR_REASON_POSITION_LOST: ErrorReason

class FieldViolation(_message.Message):
    __slots__ = ("field", "message")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    field: str
    message: str
    def __init__(self, field: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class ItemError(_message.Message):
    __slots__ = ("code", "message", "reason", "metadata", "violations")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    VIOLATIONS_FIELD_NUMBER: _ClassVar[int]
    code: int
    message: str
    reason: str
    metadata: _containers.ScalarMap[str, str]
    violations: _containers.RepeatedCompositeFieldContainer[FieldViolation]
    def __init__(self, code: _Optional[int] = ..., message: _Optional[str] = ..., reason: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ..., violations: _Optional[_Iterable[_Union[FieldViolation, _Mapping]]] = ...) -> None: ...
