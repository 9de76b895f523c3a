import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from notify.notifications.v1 import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class NotificationFacts(_message.Message):
    __slots__ = ("version", "service_id", "template_id", "type", "key_type", "status", "provider", "billable_units", "rate_multiplier", "postage")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    KEY_TYPE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    BILLABLE_UNITS_FIELD_NUMBER: _ClassVar[int]
    RATE_MULTIPLIER_FIELD_NUMBER: _ClassVar[int]
    POSTAGE_FIELD_NUMBER: _ClassVar[int]
    version: int
    service_id: str
    template_id: str
    type: _types_pb2.NotificationType
    key_type: _types_pb2.KeyType
    status: _types_pb2.NotificationStatus
    provider: str
    billable_units: int
    rate_multiplier: int
    postage: str
    def __init__(self, version: _Optional[int] = ..., service_id: _Optional[str] = ..., template_id: _Optional[str] = ..., type: _Optional[_Union[_types_pb2.NotificationType, str]] = ..., key_type: _Optional[_Union[_types_pb2.KeyType, str]] = ..., status: _Optional[_Union[_types_pb2.NotificationStatus, str]] = ..., provider: _Optional[str] = ..., billable_units: _Optional[int] = ..., rate_multiplier: _Optional[int] = ..., postage: _Optional[str] = ...) -> None: ...

class StatusChange(_message.Message):
    __slots__ = ("notification_id", "version", "status", "change_time", "facts")
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    CHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    version: int
    status: _types_pb2.NotificationStatus
    change_time: _timestamp_pb2.Timestamp
    facts: NotificationFacts
    def __init__(self, notification_id: _Optional[str] = ..., version: _Optional[int] = ..., status: _Optional[_Union[_types_pb2.NotificationStatus, str]] = ..., change_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., facts: _Optional[_Union[NotificationFacts, _Mapping]] = ...) -> None: ...

class ListStatusChangesRequest(_message.Message):
    __slots__ = ("page_size", "page_token", "statuses")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    statuses: _containers.RepeatedScalarFieldContainer[_types_pb2.NotificationStatus]
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., statuses: _Optional[_Iterable[_Union[_types_pb2.NotificationStatus, str]]] = ...) -> None: ...

class ListStatusChangesResponse(_message.Message):
    __slots__ = ("changes", "next_page_token", "has_more")
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    HAS_MORE_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[StatusChange]
    next_page_token: str
    has_more: bool
    def __init__(self, changes: _Optional[_Iterable[_Union[StatusChange, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., has_more: _Optional[bool] = ...) -> None: ...

class WatchNotificationsRequest(_message.Message):
    __slots__ = ("service_id", "notification_ids")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_IDS_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    notification_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, service_id: _Optional[str] = ..., notification_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class WatchNotificationsResponse(_message.Message):
    __slots__ = ("changes",)
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[StatusChange]
    def __init__(self, changes: _Optional[_Iterable[_Union[StatusChange, _Mapping]]] = ...) -> None: ...

class ReadNotificationFactsRequest(_message.Message):
    __slots__ = ("from_time", "until_time", "service_id", "counts_only")
    FROM_TIME_FIELD_NUMBER: _ClassVar[int]
    UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    COUNTS_ONLY_FIELD_NUMBER: _ClassVar[int]
    from_time: _timestamp_pb2.Timestamp
    until_time: _timestamp_pb2.Timestamp
    service_id: str
    counts_only: bool
    def __init__(self, from_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., service_id: _Optional[str] = ..., counts_only: _Optional[bool] = ...) -> None: ...

class ReadNotificationFactsResponse(_message.Message):
    __slots__ = ("groups", "last_id")
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    LAST_ID_FIELD_NUMBER: _ClassVar[int]
    groups: _containers.RepeatedCompositeFieldContainer[FactsGroup]
    last_id: str
    def __init__(self, groups: _Optional[_Iterable[_Union[FactsGroup, _Mapping]]] = ..., last_id: _Optional[str] = ...) -> None: ...

class FactsGroup(_message.Message):
    __slots__ = ("facts", "count", "ids", "versions")
    FACTS_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    IDS_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    facts: NotificationFacts
    count: int
    ids: bytes
    versions: bytes
    def __init__(self, facts: _Optional[_Union[NotificationFacts, _Mapping]] = ..., count: _Optional[int] = ..., ids: _Optional[bytes] = ..., versions: _Optional[bytes] = ...) -> None: ...
