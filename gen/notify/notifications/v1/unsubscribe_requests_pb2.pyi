import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class UnsubscribeOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNSUBSCRIBE_OUTCOME_UNSPECIFIED: _ClassVar[UnsubscribeOutcome]
    UNSUBSCRIBE_OUTCOME_ACCEPTED: _ClassVar[UnsubscribeOutcome]
    UNSUBSCRIBE_OUTCOME_BAD_TOKEN: _ClassVar[UnsubscribeOutcome]
    UNSUBSCRIBE_OUTCOME_UNKNOWN_NOTIFICATION: _ClassVar[UnsubscribeOutcome]
UNSUBSCRIBE_OUTCOME_UNSPECIFIED: UnsubscribeOutcome
UNSUBSCRIBE_OUTCOME_ACCEPTED: UnsubscribeOutcome
UNSUBSCRIBE_OUTCOME_BAD_TOKEN: UnsubscribeOutcome
UNSUBSCRIBE_OUTCOME_UNKNOWN_NOTIFICATION: UnsubscribeOutcome

class UnsubscribeRequest(_message.Message):
    __slots__ = ("notification_id", "token")
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    notification_id: str
    token: str
    def __init__(self, notification_id: _Optional[str] = ..., token: _Optional[str] = ...) -> None: ...

class UnsubscribeResponse(_message.Message):
    __slots__ = ("outcome",)
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    outcome: UnsubscribeOutcome
    def __init__(self, outcome: _Optional[_Union[UnsubscribeOutcome, str]] = ...) -> None: ...

class EmailUnsubscribeRequest(_message.Message):
    __slots__ = ("id", "notification_id", "template_id", "template_version", "email_address", "create_time", "close_time")
    ID_FIELD_NUMBER: _ClassVar[int]
    NOTIFICATION_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_VERSION_FIELD_NUMBER: _ClassVar[int]
    EMAIL_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    CLOSE_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    notification_id: str
    template_id: str
    template_version: int
    email_address: str
    create_time: _timestamp_pb2.Timestamp
    close_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., notification_id: _Optional[str] = ..., template_id: _Optional[str] = ..., template_version: _Optional[int] = ..., email_address: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., close_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListUnsubscribeRequestsRequest(_message.Message):
    __slots__ = ("service_id", "include_closed", "page_size", "page_token")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_CLOSED_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    include_closed: bool
    page_size: int
    page_token: str
    def __init__(self, service_id: _Optional[str] = ..., include_closed: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListUnsubscribeRequestsResponse(_message.Message):
    __slots__ = ("unsubscribe_requests", "next_page_token")
    UNSUBSCRIBE_REQUESTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    unsubscribe_requests: _containers.RepeatedCompositeFieldContainer[EmailUnsubscribeRequest]
    next_page_token: str
    def __init__(self, unsubscribe_requests: _Optional[_Iterable[_Union[EmailUnsubscribeRequest, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class CloseUnsubscribeRequestsRequest(_message.Message):
    __slots__ = ("service_id", "until_time")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    UNTIL_TIME_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    until_time: _timestamp_pb2.Timestamp
    def __init__(self, service_id: _Optional[str] = ..., until_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CloseUnsubscribeRequestsResponse(_message.Message):
    __slots__ = ("closed_count",)
    CLOSED_COUNT_FIELD_NUMBER: _ClassVar[int]
    closed_count: int
    def __init__(self, closed_count: _Optional[int] = ...) -> None: ...
