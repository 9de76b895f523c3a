import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReceivedTextOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECEIVED_TEXT_OUTCOME_UNSPECIFIED: _ClassVar[ReceivedTextOutcome]
    RECEIVED_TEXT_OUTCOME_STORED: _ClassVar[ReceivedTextOutcome]
    RECEIVED_TEXT_OUTCOME_REPEATED: _ClassVar[ReceivedTextOutcome]
    RECEIVED_TEXT_OUTCOME_NOT_WANTED: _ClassVar[ReceivedTextOutcome]
RECEIVED_TEXT_OUTCOME_UNSPECIFIED: ReceivedTextOutcome
RECEIVED_TEXT_OUTCOME_STORED: ReceivedTextOutcome
RECEIVED_TEXT_OUTCOME_REPEATED: ReceivedTextOutcome
RECEIVED_TEXT_OUTCOME_NOT_WANTED: ReceivedTextOutcome

class RecordReceivedTextRequest(_message.Message):
    __slots__ = ("provider", "provider_reference", "sender_number", "recipient_number", "content", "send_time")
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    SENDER_NUMBER_FIELD_NUMBER: _ClassVar[int]
    RECIPIENT_NUMBER_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    SEND_TIME_FIELD_NUMBER: _ClassVar[int]
    provider: str
    provider_reference: str
    sender_number: str
    recipient_number: str
    content: str
    send_time: _timestamp_pb2.Timestamp
    def __init__(self, provider: _Optional[str] = ..., provider_reference: _Optional[str] = ..., sender_number: _Optional[str] = ..., recipient_number: _Optional[str] = ..., content: _Optional[str] = ..., send_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RecordReceivedTextResponse(_message.Message):
    __slots__ = ("outcome", "received_text_id")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_TEXT_ID_FIELD_NUMBER: _ClassVar[int]
    outcome: ReceivedTextOutcome
    received_text_id: str
    def __init__(self, outcome: _Optional[_Union[ReceivedTextOutcome, str]] = ..., received_text_id: _Optional[str] = ...) -> None: ...

class ReceivedText(_message.Message):
    __slots__ = ("id", "service_id", "notify_number", "user_number", "content", "create_time", "send_time")
    ID_FIELD_NUMBER: _ClassVar[int]
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    NOTIFY_NUMBER_FIELD_NUMBER: _ClassVar[int]
    USER_NUMBER_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    SEND_TIME_FIELD_NUMBER: _ClassVar[int]
    id: str
    service_id: str
    notify_number: str
    user_number: str
    content: str
    create_time: _timestamp_pb2.Timestamp
    send_time: _timestamp_pb2.Timestamp
    def __init__(self, id: _Optional[str] = ..., service_id: _Optional[str] = ..., notify_number: _Optional[str] = ..., user_number: _Optional[str] = ..., content: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., send_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListReceivedTextsRequest(_message.Message):
    __slots__ = ("service_id", "page_size", "page_token")
    SERVICE_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    service_id: str
    page_size: int
    page_token: str
    def __init__(self, service_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListReceivedTextsResponse(_message.Message):
    __slots__ = ("received_texts", "next_page_token")
    RECEIVED_TEXTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    received_texts: _containers.RepeatedCompositeFieldContainer[ReceivedText]
    next_page_token: str
    def __init__(self, received_texts: _Optional[_Iterable[_Union[ReceivedText, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
